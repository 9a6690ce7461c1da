"""The rules of counting, kept beside the log on a real broker."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from typer.testing import CliRunner

from streams.apps.rules import LargerHorizon, Rules
from streams.cli import app
from streams.edges.errors import UserError
from streams.edges.local_kafka import LocalKafka
from streams.edges.rulebook import AnnouncedLate, Reader, announce
from streams.edges.settings import Settings
from streams.edges.topic_id import topic_id
from streams.edges.topics import declared
from streams.edges.topics_live import apply

pytestmark = pytest.mark.kafka
_numbers = itertools.count(1)


class Consumer:
    """Says how many partitions a topic has."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions

    def partitions_of(self, topic: str) -> int:
        return self._partitions


@pytest.fixture
async def settings(kafka: LocalKafka) -> Settings:
    """An installation with its topics made."""
    installed = Settings(kafka_brokers=kafka.bootstrap, topic_prefix=f"rules{next(_numbers)}.", rules_refresh_s=0.05)
    await apply(installed, declared(installed, partitions=2))
    return installed


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def read(settings: Settings) -> Reader:
    reader = Reader(settings)
    await reader.refresh()
    return reader


async def test_making_the_topics_writes_the_rules_down_once(settings: Settings) -> None:
    """Whatever a worker's environment says later, all count by what was written down."""
    assert await apply(settings.model_copy(update={"max_age_ms": 1}), declared(settings, partitions=2)) == []
    reader = await read(settings)
    (entry,) = reader.book.policies
    (log,) = reader.book.logs.values()
    await reader.stop()
    assert (entry.policy.number, entry.policy.max_age_ms, entry.catalogue) == (1, settings.max_age_ms, "")
    assert (log.partitions, log.successor) == (2, False)
    assert log.log == await topic_id(settings, settings.topic("touchpoints"))


async def test_a_running_worker_hears_of_a_change_before_it_holds(settings: Settings) -> None:
    rules = Rules(settings)
    await rules.refresh()
    at_ms = now_ms() + 60_000
    await announce(settings, from_ms=at_ms, now_ms=now_ms(), max_age_ms=5_000)
    await rules.refresh()
    assert [rules.book.at(time_ms).policy.number for time_ms in (at_ms - 1, at_ms)] == [1, 2]
    assert rules.book.at(at_ms).policy.max_age_ms == 5_000
    await rules.stop()


@pytest.mark.parametrize(
    ("ahead_ms", "changes", "why"),
    [
        pytest.param(100, {"max_age_ms": 1}, "ahead, so that every worker hears", id="too-soon"),
        pytest.param(60_000, {}, "nothing changes", id="no-change"),
        pytest.param(60_000, {"block_size": 7}, "changes the blocks", id="other-blocks"),
    ],
)
async def test_a_change_that_would_break_counting_is_refused(
    settings: Settings, ahead_ms: int, changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(UserError, match=why):
        await announce(settings, from_ms=now_ms() + ahead_ms, now_ms=now_ms(), **changes)


async def test_a_larger_horizon_makes_a_worker_start_again(settings: Settings) -> None:
    """It has not read far enough back to know all ids it must remember then."""
    rules = Rules(settings)
    await rules.refresh()
    await announce(settings, from_ms=now_ms() + 60_000, now_ms=now_ms(), horizon=2 * settings.horizon)
    with pytest.raises(LargerHorizon):
        await rules.refresh()
    await rules.stop()


async def test_a_setting_that_is_not_in_force_stops_the_start(settings: Settings) -> None:
    """Silently counting by other rules than the operator set would be worse."""
    rules = Rules(Settings(**settings.model_dump(exclude_unset=True), max_age_ms=77_000))
    with pytest.raises(UserError, match="TOUCHPULSE_MAX_AGE_MS=77000"):
        await rules.refresh()
    await rules.stop()


async def test_a_topic_made_anew_behind_our_back_is_not_counted(settings: Settings) -> None:
    rules = Rules(settings)
    await rules.refresh()
    with pytest.raises(UserError, match="made anew"):
        rules.follows_another(Consumer(2), "touchpoints", "another-log")  # type: ignore[arg-type]
    await rules.stop()


async def test_partitions_added_behind_our_back_stop_counting(settings: Settings) -> None:
    """Retries would go to other partitions than their twins."""
    name = settings.topic("touchpoints")
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.brokers())
    await admin.start()
    await admin.create_partitions({name: NewPartitions(3)})
    rules = Rules(settings)
    await rules.refresh()
    with pytest.raises(UserError, match="has 3 partitions and was made with 2"):
        rules.follows_another(Consumer(3), name, await topic_id(settings, name))  # type: ignore[arg-type]
    await rules.stop()
    await admin.close()


async def test_a_topic_made_anew_as_it_should_be_follows_its_old_log(settings: Settings) -> None:
    name = settings.topic("touchpoints")
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.brokers())
    await admin.start()
    await admin.delete_topics([name])
    while name in await admin.list_topics():
        pass
    await admin.close()
    lines = await apply(settings, declared(settings, partitions=4))
    assert any("new log beside its old one" in line for line in lines)
    rules = Rules(settings)
    await rules.refresh()
    assert rules.follows_another(Consumer(4), name, await topic_id(settings, name))  # type: ignore[arg-type]
    await rules.stop()


async def test_a_policy_that_kafka_took_too_late_never_holds(settings: Settings) -> None:
    """Its announcer was held up: some worker may have counted without it, so nobody counts with it, ever."""
    at_ms = now_ms() + 100
    with pytest.raises(AnnouncedLate, match="announce again"):
        await announce(settings, from_ms=at_ms, now_ms=at_ms - 600_000, max_age_ms=5_000)
    later_ms = now_ms() + 600_000
    entry = await announce(settings, from_ms=later_ms, now_ms=now_ms(), max_age_ms=7_000)
    assert entry.policy.number == 2
    rules = Rules(settings)
    try:
        await rules.refresh()
        assert [rules.book.at(time_ms).policy.max_age_ms for time_ms in (at_ms, later_ms)] == [
            settings.max_age_ms, 7_000,
        ]  # fmt: skip
    finally:
        await rules.stop()


def test_the_command_announces_and_shows(settings: Settings) -> None:
    env = {
        "TOUCHPULSE_KAFKA_BROKERS": settings.kafka_brokers,
        "TOUCHPULSE_TOPIC_PREFIX": settings.topic_prefix,
    }
    run = CliRunner().invoke
    refused = run(app, ["policy", "announce", "--max-age-ms", "5000", "--in-s", "3"], env=env)
    assert (refused.exit_code, "120 s ahead" in str(refused.exception)) == (1, True)
    announced = run(app, ["policy", "announce", "--max-age-ms", "5000", "--in-s", "300"], env=env)
    assert announced.exit_code == 0, announced.output
    shown = run(app, ["policy", "show"], env=env)
    assert "policy 2" in shown.output
    assert "max_age_ms 86400000 -> 5000" in shown.output
