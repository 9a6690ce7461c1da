"""When a worker says that it does its part: what a rolling update waits for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from streams.edges.settings import Settings
from streams.edges.watchdog import Watchdog


def why_not(**consumer: Any) -> list[str]:
    known: dict[str, Any] = {"epoch": 1, "settled": True, "done": {("touchpoints", 0): 7}, **consumer}
    app = SimpleNamespace(loop=None, steps={}, _consumer=SimpleNamespace(**known))
    return Watchdog(app, Settings()).not_ready()


def test_a_worker_that_reads_back_is_not_ready() -> None:
    assert why_not() == ["reading back"]


@pytest.mark.parametrize("consumer", [{"epoch": 0}, {"settled": False, "done": {}}], ids=["joining", "looking"])
def test_a_worker_that_does_not_know_its_partitions_is_not_ready(consumer: dict[str, Any]) -> None:
    assert why_not(**consumer) == ["no partitions yet"]


def test_a_worker_that_stands_by_without_partitions_is_ready() -> None:
    """The second process of a role with one partition: never ready, it would hold up every rolling update."""
    assert why_not(done={}) == []
