"""Funnel plot: SQL and Python mark the same places, and rank them alike."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.funnel import by_location, by_region, funnel
from schemas.catalogue import Catalogue
from streams.edges.store import Store
from streams.edges.targets import store_targets
from streams.pure.method import funnel as pure
from tests.kit.method import Scene, ask, same, twins

KINDS: dict[str, dict[str, Any]] = {
    "csat-1-5": {"kind": "csat", "scale": "1-5"},
    "ces-effort-1-5": {"kind": "ces", "scale": "1-5", "direction": "effort"},
    "ces-agreement-1-7": {"kind": "ces", "scale": "1-7", "direction": "agreement"},
    "nps-0-10": {"kind": "nps"},
}
groups = st.lists(
    st.tuples(st.sampled_from("abcde"), st.integers(1, 5), st.sampled_from([1, 4, 29, 30, 200])),
    min_size=1,
    max_size=8,
)
REGIONS = Catalogue.model_validate(
    {"locations": {"a": {"time_zone": "UTC", "region": "north"}, "b": {"time_zone": "UTC", "region": "south"},
                   "c": {"time_zone": "UTC", "region": "north"}, "d": {"time_zone": "UTC"}}}
)  # fmt: skip


def laid(store: Store, scale_id: str, chosen: list[tuple[str, int, int]]) -> Scene:
    """Answers of these places, and of others that are no part of it."""
    scene = Scene()
    for place, score, times in chosen:
        scene.add(**KINDS[scale_id], score=score, location=place, times=times)
    scene.add(**KINDS[scale_id], score=1, times=7)
    scene.add(**KINDS[scale_id], score=1, location="a", respondent="employee", times=9)
    scene.add("csat", scale="1-7", score=1, location="b", times=9)
    scene.lay(store)
    store_targets(store, REGIONS.targets, REGIONS.locations)
    return scene


@twins
@given(scale_id=st.sampled_from(sorted(KINDS)), chosen=groups)
def test_sql_and_python_agree(method_store: Store, scale_id: str, chosen: list[tuple[str, int, int]]) -> None:
    """Shares, differences and means; a scale on which low is good; places of one answer and of many."""
    scene, metric = laid(method_store, scale_id, chosen), scale_id.partition("-")[0]
    places = scene.tallies(lambda event, answer: (event.location or None) if answer[1] == scale_id else None)
    found = ask(method_store, funnel("location", by_location(f"'{scale_id}'")))
    same(found, [place.row() for place in pure.funnel(places, metric, scale_id)])
    region = {"a": "north", "b": "south", "c": "north"}
    regions = scene.tallies(
        lambda event, answer: (
            region.get(event.location, "no region") if answer[1] == scale_id and event.location else None
        )
    )
    found = ask(method_store, funnel("region", by_region(by_location(f"'{scale_id}'"))))
    same(found, [place.row() for place in pure.funnel(regions, metric, scale_id)])
