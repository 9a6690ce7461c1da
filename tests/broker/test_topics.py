"""The topics as brokers really have them: made, checked, told apart when made anew."""

from __future__ import annotations

import asyncio
import itertools
import shlex
import subprocess
import time
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from typer.testing import CliRunner, Result

from streams.cli import app
from streams.edges.errors import SettingsError, Unavailable, UserError
from streams.edges.local_kafka import LocalKafka
from streams.edges.memory_broker import MemoryBroker
from streams.edges.settings import Settings
from streams.edges.topic_id import topic_id
from streams.edges.topics import declared
from streams.edges.topics_live import apply, check
from tests.kit.kafka import Broker, MakeTopic, create_topic

NOBODY = "127.0.0.1:1"  # a port nobody may listen on without being root
_numbers = itertools.count(1)


@pytest.fixture
def settings(kafka: LocalKafka) -> Settings:
    """An installation of the test's own on the shared broker."""
    return Settings(kafka_brokers=kafka.bootstrap, topic_prefix=f"shop{next(_numbers)}.")


def topics(settings: Settings, *arguments: str) -> Result:
    """`touchpulse topics ...`"""
    env = {
        "TOUCHPULSE_KAFKA_BROKERS": settings.kafka_brokers,
        "TOUCHPULSE_TOPIC_PREFIX": settings.topic_prefix,
    }
    return CliRunner().invoke(app, ["topics", *arguments], env=env)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def test_a_topic_keeps_its_id(broker: Broker, make_topic: MakeTopic) -> None:
    """Each worker, and each restart, counts under the same log id; another topic has another."""
    one, other = await make_topic(), await make_topic()
    first = await topic_id(Settings(kafka_brokers=broker.bootstrap), one)
    assert first == await topic_id(Settings(kafka_brokers=broker.bootstrap), one)
    assert first != await topic_id(Settings(kafka_brokers=broker.bootstrap), other)
    assert len(first) == 22


@pytest.mark.kafka
async def test_a_topic_made_anew_has_another_id(kafka: LocalKafka) -> None:
    """Offsets start again with it, so its counts must not hide behind the old ones."""
    name = "made-anew"
    await create_topic(kafka, name, partitions=1)
    first = await topic_id(Settings(kafka_brokers=kafka.bootstrap), name)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    await admin.delete_topics([name])
    await admin.close()
    with pytest.raises(UserError, match="does not exist"):
        await topic_id(Settings(kafka_brokers=kafka.bootstrap), name)
    await create_topic(kafka, name, partitions=1)
    assert await topic_id(Settings(kafka_brokers=kafka.bootstrap), name) != first


async def test_without_a_broker_there_is_no_id() -> None:
    """A worker that starts too early can try again."""
    with pytest.raises(Unavailable, match="no Kafka broker answers"):
        await topic_id(Settings(kafka_brokers=NOBODY), "touchpoints")


@pytest.mark.kafka
def test_topics_made_by_us_pass_the_check(settings: Settings) -> None:
    """A newcomer's way: check says what is missing, apply makes it, check is content."""
    before = topics(settings, "check")
    assert before.exit_code == 1
    assert before.output.count("does not exist") == len(declared(settings))

    made = topics(settings, "apply", "--partitions", "3")
    assert made.exit_code == 0
    assert f"made {settings.topic('touchpoints')} with 3 partitions" in made.output

    after = topics(settings, "check")
    assert (after.exit_code, after.output) == (0, "All 12 topics are fit for counting.\n")
    assert topics(settings, "apply", "--partitions", "3").output == "All topics exist already.\n"


@pytest.mark.kafka
def test_apply_never_changes_the_partitions_of_a_topic(settings: Settings) -> None:
    """Retries would part from their twins; it says what to do instead."""
    topics(settings, "apply", "--partitions", "2")
    again = topics(settings, "apply", "--partitions", "4")
    assert again.exit_code == 0
    assert f"left {settings.topic('touchpoints')} alone: it has 2 partitions, not 4" in again.output
    assert f"--delete --topic {settings.topic('touchpoints')}`" in again.output
    assert "All 12 topics" in topics(settings, "check").output


@pytest.mark.kafka
async def test_the_command_we_print_mends_what_we_found(
    settings: Settings, kafka: LocalKafka, kafka_jars: Path
) -> None:
    """Copied into a shell as it stands, it makes the check content."""
    table = declared(settings, partitions=1)
    await create_topic(kafka, settings.topic("panes"), partitions=1)
    await apply(settings, table)
    (problem,) = await check(settings, table, now_ms=now_ms())
    assert "cleanup.policy=delete, not compact,delete" in problem.sentence
    script, *arguments = shlex.split(problem.command)
    assert script == "kafka-configs.sh"
    # What that script runs, with the jars at hand.
    command = ["java", "-cp", f"{kafka_jars}/*", "kafka.admin.ConfigCommand", *arguments]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert await check(settings, table, now_ms=now_ms()) == []


@pytest.mark.kafka
async def test_a_block_that_fills_too_slowly_is_found(settings: Settings) -> None:
    """With little traffic the log would forget the beginning of a block before its end comes."""
    table = declared(settings, partitions=1)
    await apply(settings, table)
    producer = AIOKafkaProducer(bootstrap_servers=settings.brokers())
    async with producer:
        await producer.send_and_wait(settings.topic("touchpoints"), b"{}")
    assert await check(settings, table, now_ms=now_ms()) == []
    five_days_on_ms = now_ms() + 5 * 24 * 3_600_000
    (problem,) = await check(settings, table, now_ms=five_days_on_ms)
    assert "only 0 records came in half the retention" in problem.sentence


async def test_without_a_broker_the_setting_is_named() -> None:
    """One sentence that says which variable to look at."""
    settings = Settings(kafka_brokers=NOBODY)
    with pytest.raises(SettingsError, match="TOUCHPULSE_KAFKA_BROKERS: no Kafka broker answers"):
        await check(settings, declared(settings), now_ms=now_ms())


async def test_a_broker_that_cannot_tell_settings_is_said_to(memory_broker: MemoryBroker) -> None:
    """The in-memory broker has no topic settings: that is not the same as having the right ones."""
    settings = Settings(kafka_brokers=memory_broker.bootstrap)
    memory_broker.create_topic("touchpoints", partitions=1)
    with pytest.raises(UserError, match="does not tell the settings"):
        await check(settings, declared(settings), now_ms=now_ms())
