"""Key experience and first to mend: SQL and Python choose the same of any ratings."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.key import key
from streams.edges.store import Store
from streams.pure.method.delta import deltas
from streams.pure.method.key import first_to_mend, key_experience
from tests.kit.method import RATINGS, ask, same, scene_of, twins


@twins
@given(chosen=st.lists(RATINGS, max_size=8))
def test_sql_and_python_agree(method_store: Store, chosen: list[dict[str, Any]]) -> None:
    """With ties, few answers, and nobody saying what matters."""
    scene = scene_of(chosen, "rating")
    scene.lay(method_store)
    measured = deltas(scene.ratings())
    first, mend = key_experience(measured), first_to_mend(measured)
    wanted = [{**one.row(), "is_key": int(one is first), "is_first_to_mend": int(one is mend)} for one in measured]
    same(ask(method_store, key()), wanted)
