"""Where expectations come from: SQL reads the same sources out of the stored events."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.sources import sources
from schemas.wire import Rating
from streams.edges.store import Store
from streams.pure.method import sources as pure
from tests.kit.method import RATINGS, ask, points, same, scene_of, twins


@twins
@given(chosen=st.lists(RATINGS, max_size=8))
def test_sql_and_python_agree(method_store: Store, chosen: list[dict[str, Any]]) -> None:
    """Those without an expectation, or without a source, are part of no share."""
    scene = scene_of(chosen, "rating")
    scene.lay(method_store)
    told = [one for one in scene.shown() if isinstance(one, Rating) and one.respondent == "customer"]
    by_source = {
        source: points(
            "rating-1-10",
            *[one.expectation for one in told if one.expectation and (one.expectation_from or "") == source],
        )
        for source in ("", *pure.SOURCES)
    }
    same(ask(method_store, sources()), [one.row() for one in pure.sources(by_source)])
