"""Emotion curve: SQL and Python walk the same journeys."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.emotion import curve
from streams.edges.store import Store
from streams.pure.method import emotion as pure
from tests.kit.method import DAY_MS, END_MS, ask, same, scene_of, twins

common = {
    "customer": st.sampled_from([None, "a", "b", "c"]),
    "stage": st.sampled_from(["purchase", "use", None]),
    "touchpoint": st.sampled_from(["pay", "find", None]),
    "days_ago": st.sampled_from([1, 6, 7, 7.5, 8, 20, 141]),
}
words = st.sampled_from([None, "pays", "waits", "asks", "leaves"])
happened = st.fixed_dictionaries(
    {
        "kind": st.just("emotion"),
        "valence": st.sampled_from([-1, -0.4, 0, 0.9]),
        "action": words,
        "need": words,
        **common,
    }
) | st.fixed_dictionaries({"kind": st.sampled_from(["visit", "purchase"]), **common})


@twins
@given(chosen=st.lists(happened, max_size=16))
def test_sql_and_python_agree(method_store: Store, chosen: list[dict[str, Any]]) -> None:
    """With journeys that may go on, events of the same moment, strangers, and what is no answer."""
    scene = scene_of(chosen)
    scene.lay(method_store)
    steps = [
        pure.Step(
            event.customer or "",
            event.occurred_ms,
            event.event_id,
            (event.series[1], event.series[2]),
            event.answers[0][2] <= -34 if event.kind == "emotion" else None,
            getattr(event, "action", None) or "",
            getattr(event, "need", None) or "",
        )
        for event in scene.shown()
    ]
    felt = scene.tallies(lambda event, answer: (event.series[1], event.series[2]) if answer[0] == "emotion" else None)
    wanted = pure.curve(felt, steps, ended_before_ms=END_MS - 7 * DAY_MS)
    same(ask(method_store, curve("$__toTime - toIntervalDay(7)")), [point.row() for point in wanted])
