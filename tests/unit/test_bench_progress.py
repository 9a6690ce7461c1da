"""How far a group has come, asked of a cluster that is too new to know."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import GroupCoordinatorNotAvailableError

from streams.edges import progress
from streams.edges.errors import Unavailable
from streams.edges.progress import Progress
from streams.edges.settings import Settings

WEB = TopicPartition("touchpoints", 0)


class NewCluster:
    """Answers `offset` once it has made its topic of groups: after so many questions."""

    def __init__(self, questions: float, offset: int) -> None:
        self.questions, self.offset = questions, offset

    async def list_consumer_group_offsets(self, group: str, partitions: list[TopicPartition]) -> dict[Any, Any]:
        self.questions -= 1
        if self.questions >= 0:
            raise GroupCoordinatorNotAvailableError
        return {tp: SimpleNamespace(offset=self.offset) for tp in partitions}


@pytest.fixture
async def asking(monkeypatch: pytest.MonkeyPatch) -> Progress:
    """Questions without a broker behind them, and without long waiting."""
    monkeypatch.setattr(progress, "POLL_S", 0.001)
    monkeypatch.setattr(progress, "COORDINATOR_S", 0.05)
    return Progress(Settings(kafka_brokers="127.0.0.1:1"), None)  # type: ignore[arg-type]  # no store is asked


@pytest.mark.parametrize(("stored", "told"), [pytest.param(-1, 0, id="nothing-yet"), pytest.param(7, 7, id="some")])
async def test_a_new_cluster_is_asked_until_it_has_a_coordinator(asking: Progress, stored: int, told: int) -> None:
    """A cluster nobody asked before makes its topic of groups first, which takes a second."""
    asking._admin = NewCluster(3, stored)  # type: ignore[assignment]
    assert await asking.committed("score", [WEB]) == {WEB: told}


async def test_a_cluster_without_a_coordinator_is_not_asked_for_ever(asking: Progress) -> None:
    """And nothing committed is not said of a group nobody could look up."""
    asking._admin = NewCluster(float("inf"), 7)  # type: ignore[assignment]
    with pytest.raises(Unavailable, match="coordinator of group touchpulse-score"):
        await asking.committed("score", [WEB])
