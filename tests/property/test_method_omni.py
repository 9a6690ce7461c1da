"""Omni-channel consistency: SQL and Python name the same odd one out."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.omni import omni
from streams.edges.store import Store
from streams.pure.method.omni import fits
from tests.kit.method import SCORES, ask, asked, same, scene_of, twins


@twins
@given(chosen=st.lists(SCORES, max_size=10))
def test_sql_and_python_agree(method_store: Store, chosen: list[dict[str, Any]]) -> None:
    """With one channel, with two that differ from each other, with few answers."""
    scene = scene_of(chosen)
    scene.lay(method_store)
    cells = scene.tallies(lambda event, answer: (event.series[2], event.channel) if asked(answer) else None)
    same(ask(method_store, omni()), [fit.row() for fit in fits(cells)])
