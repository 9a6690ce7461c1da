"""Gap to the ideal: SQL and Python hold any ratings against the same target file."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboards.method_sql.ideal import ideal
from schemas.catalogue import Targets
from streams.edges.store import Store
from streams.edges.targets import store_targets
from streams.pure.method.delta import ASPECTS, deltas
from streams.pure.method.ideal import gaps
from tests.kit.method import RATINGS, ask, same, scene_of, twins


@twins
@given(chosen=st.lists(RATINGS, max_size=8), wanted=st.sampled_from(["as_it_is", 10, 6]), again=st.booleans())
def test_sql_and_python_agree(method_store: Store, chosen: list[dict[str, Any]], wanted: Any, again: bool) -> None:
    """With decisions for some aspects; a file stored before counts no more."""
    scene = scene_of(chosen, "rating")
    scene.lay(method_store)
    if again:
        store_targets(method_store, Targets.model_validate({"ideal": {ASPECTS[2]: 3, ASPECTS[0]: 1}}))
    targets = Targets.model_validate({"ideal": {ASPECTS[0]: wanted, ASPECTS[1]: 9}})
    store_targets(method_store, targets)
    same(ask(method_store, ideal()), [gap.row() for gap in gaps(deltas(scene.ratings()), targets.ideal)])
