"""Segments and their weights: SQL and Python give the same scores, plain and weighted."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.segments import segments, whole
from schemas.catalogue import Targets
from streams.edges.store import Store
from streams.edges.targets import store_targets
from streams.pure.method import segments as pure
from tests.kit.method import Scene, ask, same, twins

KINDS: dict[str, dict[str, Any]] = {
    "ces-effort-1-5": {"kind": "ces", "scale": "1-5", "direction": "effort"},
    "csat-1-5": {"kind": "csat", "scale": "1-5"},
    "nps-0-10": {"kind": "nps"},
}
answers = st.lists(
    st.tuples(
        st.sampled_from(sorted(KINDS)),
        st.sampled_from([None, "new", "loyal", "vip"]),
        st.integers(1, 5),
        st.sampled_from([1, 2, 29, 40]),
    ),
    min_size=1,
    max_size=10,
)
WEIGHTS: list[dict[str, float]] = [{}, {"new": 0.7, "loyal": 0.3}, {"vip": 2}, {"new": 5, "nobody": 3, "loyal": 0.001}]


@twins
@given(chosen=answers, weights=st.sampled_from(WEIGHTS))
def test_sql_and_python_agree(
    method_store: Store, chosen: list[tuple[str, str | None, int, int]], weights: dict[str, float]
) -> None:
    """Without weights, with segments nobody weighted and segments nobody heard, with one answer in a segment."""
    scene = Scene()
    for scale_id, segment, score, times in chosen:
        scene.add(**KINDS[scale_id], score=score, segment=segment, times=times)
    scene.add("csat", scale="1-5", score=1, segment="new", respondent="employee", times=5)
    scene.lay(method_store)
    store_targets(method_store, Targets.model_validate({"segments": weights}))
    wanted_parts, wanted_wholes = [], []
    for scale_id in sorted({one[0] for one in chosen}):
        metric = scale_id.partition("-")[0]
        named = {"metric": metric, "on_scale": scale_id}
        tallies = scene.tallies(lambda event, answer, s=scale_id: event.series[4] if answer[1] == s else None)
        together = pure.whole(tallies, weights, metric, scale_id)
        wanted_wholes.append({**named, **together.row()})
        for segment, found in pure.segments(tallies, metric, scale_id).items():
            row = {"segment": segment, **named, "weight": weights.get(segment)}
            wanted_parts.append({**row, **found.columns("score"), "every": together.plain.value})
    same(ask(method_store, segments()), wanted_parts)
    same(ask(method_store, whole()), wanted_wholes)
