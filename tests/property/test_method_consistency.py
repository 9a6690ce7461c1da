"""Derived consistency: SQL and Python take the same noise off."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.consistency import consistency
from schemas.answers import Answer
from schemas.decode import Event
from streams.edges.store import Store
from streams.pure.method import consistency as pure
from tests.kit.method import WEEK_MS, ask, same, scene_of, twins

answers = st.fixed_dictionaries(
    {
        "aspect": st.sampled_from(["price", "service"]),
        "experience": st.integers(1, 10),
        "channel": st.sampled_from(["app", "web", "store"]),
        "touchpoint": st.sampled_from([None, "pay", "pay", "find"]),
        "days_ago": st.sampled_from([1, 6, 8, 20]),
        "times": st.sampled_from([1, 2, 9]),
    }
)


def cell(event: Event, answer: Answer) -> tuple[str, str, str, int]:
    return event.series[2], answer[0].removeprefix("experience."), event.channel, event.occurred_ms // WEEK_MS


@twins
@given(chosen=st.lists(answers, max_size=16))
def test_sql_and_python_agree(method_store: Store, chosen: list[dict[str, Any]]) -> None:
    """Over channels and weeks, with cells of one answer, and with nothing to compare."""
    scene = scene_of(chosen, "rating")
    scene.lay(method_store)
    same(ask(method_store, consistency()), [one.row() for one in pure.consistency(scene.tallies(cell))])
