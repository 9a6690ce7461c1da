"""What only a real Kafka broker can show, and what the kit that runs it promises."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import UnknownTopicOrPartitionError

from streams.edges.errors import Unavailable
from streams.edges.local_kafka import LocalKafka
from tests.kit.kafka import create_topic

pytestmark = pytest.mark.kafka

PATIENCE_S = 30


async def send(kafka: LocalKafka, topic: str, values: list[bytes], *, timestamp_ms: int | None = None) -> None:
    """Send to partition 0 and wait until the broker has it."""
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all") as producer:
        for value in values:
            await producer.send_and_wait(topic, value, partition=0, timestamp_ms=timestamp_ms)


async def first_record(kafka: LocalKafka, topic: str) -> tuple[bytes, int, int]:
    """Value, time and kind of time of a topic's first record."""
    async with AIOKafkaConsumer(topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest") as consumer:
        record = await asyncio.wait_for(consumer.getone(), PATIENCE_S)
    return record.value, record.timestamp, record.timestamp_type


async def test_record_times_are_the_brokers(kafka: LocalKafka) -> None:
    """LogAppendTime by default: a producer with a wrong clock cannot move the border of lateness."""
    await create_topic(kafka, "append-time", partitions=1)
    before_ms = int(time.time() * 1_000)
    await send(kafka, "append-time", [b"x"], timestamp_ms=1_000)
    _, timestamp_ms, kind = await first_record(kafka, "append-time")
    assert kind == 1
    assert before_ms <= timestamp_ms <= int(time.time() * 1_000)


async def test_a_topic_nobody_made_does_not_appear(kafka: LocalKafka) -> None:
    """A misspelt topic is an error, not an empty topic."""
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, request_timeout_ms=1_000) as producer:
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.partitions_for("never-made")


async def test_two_members_share_the_partitions_of_a_group(kafka: LocalKafka) -> None:
    """The ground on which several workers stand."""
    await create_topic(kafka, "shared", partitions=4)
    members = [AIOKafkaConsumer("shared", bootstrap_servers=kafka.bootstrap, group_id="two") for _ in range(2)]
    try:
        await asyncio.gather(*(member.start() for member in members))
        async with asyncio.timeout(PATIENCE_S):
            while not all(len(member.assignment()) == 2 for member in members):
                await asyncio.gather(*(member.getmany(timeout_ms=100) for member in members))
    finally:
        await asyncio.gather(*(member.stop() for member in members))


async def test_offsets_can_be_looked_up_by_time(kafka: LocalKafka) -> None:
    """Receipts name offset ranges for a time."""
    await create_topic(kafka, "by-time", partitions=1)
    await send(kafka, "by-time", [b"first"])
    partition = TopicPartition("by-time", 0)
    async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap) as consumer:
        found = await consumer.offsets_for_times({partition: 0})
    assert found[partition].offset == 0


@pytest.mark.deep
async def test_what_was_acknowledged_survives_a_kill_and_a_restart(own_kafka: LocalKafka) -> None:
    """Same port, same data: what a broker's fall does to us can be tried."""
    address, pid = own_kafka.bootstrap, own_kafka.pid
    await create_topic(own_kafka, "kept", partitions=1)
    await send(own_kafka, "kept", [b"before"])
    own_kafka.kill()
    assert own_kafka.pid is None
    await asyncio.to_thread(own_kafka.start)
    assert own_kafka.bootstrap == address
    assert own_kafka.pid not in (None, pid)
    assert (await first_record(own_kafka, "kept"))[0] == b"before"
    await asyncio.to_thread(own_kafka.restart)
    assert (await first_record(own_kafka, "kept"))[0] == b"before"


def test_a_broker_that_cannot_start_says_why_and_leaves_no_process(kafka_jars: Path, tmp_path: Path) -> None:
    """The error carries the broker's own words, not only that it ended."""
    broker = LocalKafka(tmp_path, jars=kafka_jars, settings={"num.network.threads": "none"})
    with pytest.raises(Unavailable, match=r"num\.network\.threads"):
        broker.start()
    assert broker.pid is None
