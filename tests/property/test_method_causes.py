"""Touchpoints behind an aspect: SQL and Python have them in the same order."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.causes import causes
from streams.edges.store import Store
from streams.pure.method import causes as pure
from streams.pure.method.delta import ASPECTS
from tests.kit.method import RATINGS, ask, same, scene_of, twins


@twins
@given(chosen=st.lists(RATINGS, max_size=8))
def test_sql_and_python_agree(method_store: Store, chosen: list[dict[str, Any]]) -> None:
    """Worst first, few answers last, one answer without an interval among them."""
    scene = scene_of(chosen, "rating")
    scene.lay(method_store)
    aspect = ASPECTS[0]
    behind = scene.tallies(lambda event, answer: event.series[2] if answer[0] == f"experience.{aspect}" else None)
    same(ask(method_store, causes(f"'{aspect}'")), [one.row() for one in pure.causes(behind)])
