"""A target file is in force as a whole, from the moment it is stored."""

from __future__ import annotations

from schemas.catalogue import Targets
from streams.edges.store import Store
from streams.edges.targets import in_force, store_targets
from tests.kit.method import method_store as method_store

FIRST = Targets.model_validate(
    {
        "ideal": {"price": "as_it_is"},
        "goals": [{"metric": "csat", "scale": "csat-1-5", "value": 90, "touchpoint": "pickup"}],
    }
)
SECOND = Targets.model_validate({"ideal": {"price": 9}})


def test_what_was_taken_out_of_the_file_is_gone(method_store: Store) -> None:
    """A goal nobody stands by any more must leave the boards; even the last one."""
    assert store_targets(method_store, FIRST) == 2
    assert in_force(method_store) == ["goal csat csat-1-5 pickup: 90", "ideal price: as_it_is"]
    assert store_targets(method_store, SECOND) == 1
    assert in_force(method_store) == ["ideal price: 9"]
    assert store_targets(method_store, Targets()) == 0
    assert in_force(method_store) == []
