"""Where the in-memory broker differs from Kafka, so that nobody rests on what it does not do."""

from __future__ import annotations

import asyncio
import os
import time

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from streams.edges.memory_broker import DEFAULT_PARTITIONS, MAX_PARTITION_BYTES, MemoryBroker

MEGABYTE = 1_000_000
PATIENCE_S = 20


async def send_megabytes(broker: MemoryBroker, topic: str, count: int) -> None:
    """One batch a megabyte, of bytes that do not compress."""
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, max_request_size=2 * MEGABYTE) as producer:
        for _ in range(count):
            await producer.send_and_wait(topic, os.urandom(MEGABYTE), partition=0)


async def edges(broker: MemoryBroker, partition: TopicPartition) -> tuple[int, int]:
    """The first offset still kept, and the next one to be written."""
    async with AIOKafkaConsumer(bootstrap_servers=broker.bootstrap) as consumer:
        first = await consumer.beginning_offsets([partition])
        after = await consumer.end_offsets([partition])
    return first[partition], after[partition]


async def test_it_keeps_five_mebibytes_a_partition_and_drops_the_oldest_batches(
    memory_broker: MemoryBroker,
) -> None:
    """Whoever feeds it must wait for the consumers: what they have not read by then is silently gone."""
    fits = MAX_PARTITION_BYTES // MEGABYTE
    await send_megabytes(memory_broker, "full", fits)
    assert await edges(memory_broker, TopicPartition("full", 0)) == (0, fits)
    await send_megabytes(memory_broker, "full", 2)
    assert await edges(memory_broker, TopicPartition("full", 0)) == (2, fits + 2)


async def test_the_limit_counts_bytes_after_compression(memory_broker: MemoryBroker) -> None:
    """A producer that compresses gets many times more events in."""
    count = 3 * MAX_PARTITION_BYTES // MEGABYTE
    async with AIOKafkaProducer(
        bootstrap_servers=memory_broker.bootstrap, compression_type="lz4", max_request_size=2 * MEGABYTE
    ) as producer:
        for _ in range(count):
            await producer.send_and_wait("small", b"the same again " * (MEGABYTE // 15), partition=0)
    assert await edges(memory_broker, TopicPartition("small", 0)) == (0, count)


async def test_a_topic_nobody_made_appears_with_four_partitions(memory_broker: MemoryBroker) -> None:
    """A real broker refuses; here a misspelt topic is not noticed."""
    async with AIOKafkaProducer(bootstrap_servers=memory_broker.bootstrap) as producer:
        assert len(await producer.partitions_for("never-made")) == DEFAULT_PARTITIONS


async def test_record_times_are_the_producers(memory_broker: MemoryBroker) -> None:
    """No LogAppendTime: a record sent with an old time keeps it."""
    async with AIOKafkaProducer(bootstrap_servers=memory_broker.bootstrap) as producer:
        await producer.send_and_wait("times", b"x", partition=0, timestamp_ms=1_000)
    async with AIOKafkaConsumer(
        "times", bootstrap_servers=memory_broker.bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        record = await asyncio.wait_for(consumer.getone(), PATIENCE_S)
    assert (record.timestamp, record.timestamp_type) == (1_000, 0)


async def test_offsets_cannot_be_looked_up_by_time(memory_broker: MemoryBroker) -> None:
    """The answer is always that there is none."""
    partition = TopicPartition("times", 0)
    async with AIOKafkaProducer(bootstrap_servers=memory_broker.bootstrap) as producer:
        await producer.send_and_wait("times", b"x", partition=0)
    async with AIOKafkaConsumer(bootstrap_servers=memory_broker.bootstrap) as consumer:
        assert await consumer.offsets_for_times({partition: 0}) == {partition: None}


async def test_a_group_cannot_have_a_second_member(memory_broker: MemoryBroker) -> None:
    """Two that join together never share the work. If this fails, librdkafka has learnt it."""
    members = [
        AIOKafkaConsumer(
            "shared",
            bootstrap_servers=memory_broker.bootstrap,
            group_id="two",
            session_timeout_ms=3_000,
            heartbeat_interval_ms=300,
            enable_auto_commit=False,
        )
        for _ in range(2)
    ]
    try:
        started = await asyncio.wait_for(
            asyncio.gather(*(member.start() for member in members), return_exceptions=True), PATIENCE_S
        )
        refused = any(isinstance(outcome, KafkaError) for outcome in started)
        assert refused or not all(member.assignment() for member in members)
    finally:
        await asyncio.gather(*(member.stop() for member in members), return_exceptions=True)


async def test_a_new_group_starts_at_once(memory_broker: MemoryBroker) -> None:
    """The three seconds that Kafka waits for more members are switched off: the demo shows scores sooner."""
    async with AIOKafkaProducer(bootstrap_servers=memory_broker.bootstrap) as producer:
        await producer.send_and_wait("quick", b"x", partition=0)
    began = time.monotonic()
    async with AIOKafkaConsumer(
        "quick", bootstrap_servers=memory_broker.bootstrap, group_id="g", auto_offset_reset="earliest"
    ) as consumer:
        await asyncio.wait_for(consumer.getone(), PATIENCE_S)
    assert time.monotonic() - began < 2.5


def test_topics_can_be_given_at_the_start() -> None:
    """So that the first client already meets them; making one twice is refused."""
    with MemoryBroker({"alerts": 1}) as broker, pytest.raises(ValueError, match="'alerts' with 2 partitions"):
        broker.create_topic("alerts", partitions=2)


def test_stopping_twice_is_harmless_and_a_new_start_is_empty() -> None:
    """Ctrl-C may come while it is already going down."""
    broker = MemoryBroker()
    assert broker.start() == broker.bootstrap
    broker.stop()
    broker.stop()
    assert broker.bootstrap == ""
    with pytest.raises(ValueError, match="not running"):
        broker.create_topic("late", partitions=1)
    assert broker.start().startswith("127.0.0.1:")
    broker.stop()
