"""Rows on their way to the store: which of two versions counts."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from streams.apps.columns import Table, add_mark
from tests.unit.test_windows import mark


@pytest.mark.parametrize("frozen_last", [False, True])
def test_a_closed_block_stays_closed_whoever_sends_last(frozen_last: bool) -> None:
    """A whole block is told open and closed with the same offsets; a frozen writer's word comes seconds too late."""
    told = [mark(), replace(mark(), closed=True)]
    table = Table()
    for one in reversed(told) if frozen_last else told:
        add_mark(table, one)
    versions = dict(zip(table["closed"], table["version"], strict=True))
    assert versions[1] > versions[0]


def test_more_of_the_log_and_a_newer_policy_count_more_than_being_closed() -> None:
    table = Table()
    for one in (replace(mark(), closed=True), replace(mark(), next_offset=9), replace(mark(), policy=2, next_offset=0)):
        add_mark(table, one)
    assert table["version"] == sorted(table["version"])
    assert len(set(table["version"])) == 3
