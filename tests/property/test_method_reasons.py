"""Brand value: SQL reads the same reasons out of visits and purchases."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.reasons import reasons
from streams.edges.store import Store
from streams.pure.method import reasons as pure
from streams.pure.method.delta import ASPECTS
from tests.kit.method import DAYS, TIMES, ask, same, scene_of, twins

came = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["visit", "purchase"]),
        "reason": st.none() | st.sampled_from(ASPECTS),
        "days_ago": DAYS,
        "times": TIMES,
    }
)


@twins
@given(chosen=st.lists(came, max_size=8))
def test_sql_and_python_agree(method_store: Store, chosen: list[dict[str, Any]]) -> None:
    """Most come without giving one."""
    scene = scene_of(chosen)
    scene.lay(method_store)
    given_reasons = [getattr(event, "reason", None) or "" for event in scene.shown()]
    counts = {reason: given_reasons.count(reason) for reason in ("", *ASPECTS)}
    same(ask(method_store, reasons()), [one.row() for one in pure.reasons(counts)])
