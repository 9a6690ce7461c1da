"""Customer value: SQL and Python multiply the same three numbers."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.value import value
from streams.edges.store import Store
from streams.pure.method.value import Bought, customer_values
from tests.kit.method import END_MS, ask, same, scene_of, twins

bought = st.fixed_dictionaries(
    {
        "customer": st.sampled_from([None, "a", "b", "c", "d"]),
        "money": st.sampled_from([(None, None), (0, "EUR"), (9.5, "EUR"), (200, "EUR"), (75.25, "CHF")]),
        "days_ago": st.sampled_from([1, 100, 364, 365, 366, 500, 729, 730, 731]),
        "times": st.sampled_from([1, 3]),
    }
)


@twins
@given(chosen=st.lists(bought, max_size=14))
def test_sql_and_python_agree(method_store: Store, chosen: list[dict[str, Any]]) -> None:
    """In each currency, with unknown amounts, unknown customers, and all or none who stayed."""
    parts = [({**one}, one["money"]) for one in chosen]
    scene = scene_of(
        [
            {**{name: one[name] for name in one if name != "money"}, "amount": money[0], "currency": money[1]}
            for one, money in parts
        ],
        "purchase",
    )
    scene.lay(method_store)
    purchases = [
        Bought(event.customer or "", event.occurred_ms, event.amount, event.currency or "")  # type: ignore[attr-defined]
        for event in scene.events
    ]
    same(ask(method_store, value()), [one.row() for one in customer_values(purchases, now_ms=END_MS)])
