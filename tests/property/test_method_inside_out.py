"""Inside-out gap: SQL and Python keep the same groups apart."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.inside_out import inside_out
from streams.edges.store import Store
from streams.pure.method import inside_out as pure
from tests.kit.method import RATINGS, ask, same, scene_of, twins


@twins
@given(chosen=st.lists(RATINGS, max_size=8))
def test_sql_and_python_agree(method_store: Store, chosen: list[dict[str, Any]]) -> None:
    """Of customers, employees and managers; partners are none of the three."""
    scene = scene_of(chosen, "rating")
    scene.lay(method_store)
    groups = {who: scene.ratings(respondent=who) for who in ("customer", "employee", "manager")}
    same(ask(method_store, inside_out()), [one.row() for one in pure.inside_out(groups)])
