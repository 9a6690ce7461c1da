"""Delta: the SQL of the boards and Python say the same of any ratings."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.delta import delta
from streams.edges.store import Store
from streams.pure.method.delta import deltas
from tests.kit.method import RATINGS, ask, same, scene_of, twins


@twins
@given(chosen=st.lists(RATINGS, max_size=8))
def test_sql_and_python_agree(method_store: Store, chosen: list[dict[str, Any]]) -> None:
    """Down to nobody asked, few asked, only staff asked; importance of a target segment or of all."""
    scene = scene_of(chosen, "rating")
    scene.lay(method_store)
    same(ask(method_store, delta()), [one.row() for one in deltas(scene.ratings())])
    of_target = deltas(scene.ratings(), scene.ratings(segment="loyal"))
    same(ask(method_store, delta(target="segment = 'loyal'")), [one.row() for one in of_target])
