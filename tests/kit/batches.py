"""Apps of our own around a plain handler, for tests of what lies between Kafka and the handler."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.apps.base import consume, every, make_app
from streams.apps.transport import Batch, BatchApp
from streams.edges.memory_broker import MemoryBroker
from streams.edges.settings import Settings
from tests.kit.kafka import Broker

Handle = Callable[[Batch], Awaitable[None]]


def settings_for(broker: Broker, **changes: Any) -> Settings:
    """Settings that lead to either broker."""
    given: dict[str, Any] = {"kafka_session_timeout_ms": 6_000, "memory_broker": isinstance(broker, MemoryBroker)}
    return Settings(kafka_brokers=broker.bootstrap, **{**given, **changes})


@asynccontextmanager
async def running(
    broker: Broker,
    topic: str,
    handle: Handle,
    group: str,
    positions: object = None,
    job: Callable[[], Awaitable[None]] | None = None,
) -> AsyncIterator[BatchApp]:
    """An app that gives each batch of a topic to `handle`, and may do a job again and again."""
    app = make_app(group, settings_for(broker))
    if positions is not None:
        app.positions = positions  # type: ignore[assignment]
    consume(app, [topic], handle, "test")
    if job is not None:
        every(app, 0.1, job, "job")
    await app.start()
    try:
        yield app
    finally:
        await app.stop()


async def send(broker: Broker, topic: str, numbers: range, partition: int = 0) -> None:
    """Numbers as records."""
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, compression_type="lz4")
    await producer.start()
    try:
        pending = [await producer.send(topic, str(number).encode(), partition=partition) for number in numbers]
        await asyncio.gather(*pending)
    finally:
        await producer.stop()


async def committed(broker: Broker, topic: str, group: str) -> int:
    """What a group has committed of partition 0."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=broker.bootstrap, group_id=f"touchpulse-{group}", enable_auto_commit=False
    )
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        return await consumer.committed(partition) or 0
    finally:
        await consumer.stop()


class Gathering:
    """Keeps what came, and tells when enough did."""

    def __init__(self, wanted: int) -> None:
        self.batches: list[Batch] = []
        self.enough = asyncio.Event()
        self._wanted = wanted

    async def __call__(self, batch: Batch) -> None:
        self.batches.append(batch)
        if self.values >= self._wanted:
            self.enough.set()

    @property
    def values(self) -> int:
        return len(self.numbers())

    def numbers(self) -> list[int]:
        return [int(record.value or b"-1") for batch in self.batches for record in batch.records]
