"""The way out to Kafka: one idempotent producer for each incarnation of a worker.

Its name (`writer`) is part of every cell's key, so that what a frozen predecessor sends on waking cannot
replace what was published after it.
"""

from __future__ import annotations

import asyncio
import time
import uuid
import zlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError

from streams.apps.listening import APPEND_TIME, CLOCK, stopwatch_ms
from streams.edges import metrics
from streams.edges.errors import Unavailable
from streams.edges.kafka_wire import wire
from streams.edges.settings import Settings
from streams.edges.vitals import PULSE

Sending = tuple[str, int | None, bytes | None, bytes]
"""(topic without prefix, partition or None, key, value)."""


def partition_of(name: str, partitions: int) -> int:
    """Partition of a channel: the same for every writer and for ever, whatever the key of the record."""
    return zlib.crc32(name.encode()) % partitions


class Outbox:
    """Sends messages and waits until the brokers have them.

    Args:
        settings: where the brokers are, and the topics' prefix.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._partitions: dict[str, int] = {}
        self._starting = asyncio.Lock()
        self.writer = uuid.uuid4().hex[:16]

    async def start(self) -> None:
        """Connects; a second call changes nothing."""
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **wire(self._settings),
                    acks="all",
                    enable_idempotence=True,
                    compression_type="lz4",
                    linger_ms=5,
                    max_batch_size=262_144,
                    max_request_size=2_097_152,
                )
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer

    async def stop(self) -> None:
        """Sends what is under way and disconnects."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def partitions(self, topic: str) -> int:
        """Number of partitions of one of our topics."""
        await self.start()
        if topic not in self._partitions:
            assert self._producer is not None
            found = await self._producer.partitions_for(self._settings.topic(topic))
            self._partitions[topic] = len(found)
        return self._partitions[topic]

    async def send(self, sendings: Sequence[Sending]) -> None:
        """Sends all and returns once every one is acknowledged by all replicas in sync.

        Raises:
            Unavailable: the brokers did not take them in time; none of it may be taken for durable.
        """
        PULSE.check()
        await self.start()
        producer = self._producer
        assert producer is not None
        began_s = time.monotonic()
        try:
            pending = [
                await producer.send(self._settings.topic(topic), value, key=key, partition=partition)
                for topic, partition, key, value in sendings
            ]
            if not pending:
                return
            receipts = await asyncio.gather(*pending)
        except (KafkaTimeoutError, KafkaError) as error:
            metrics.PUBLISH_FAILURES.inc()
            raise Unavailable(f"Kafka did not take {len(sendings)} messages: {error!r}") from error
        metrics.PUBLISH_S.observe(time.monotonic() - began_s)
        for topic, count in Counter(topic for topic, *_ in sendings).items():
            metrics.PUBLISHED.labels(topic).inc(count)
        _learn(producer, receipts)


def _learn(producer: AIOKafkaProducer, receipts: Sequence[Any]) -> None:
    """The brokers stamped what we sent: their clocks have reached these times."""
    now_ms = stopwatch_ms()
    newest: dict[int, int] = {}
    for receipt in receipts:
        if receipt.timestamp_type == APPEND_TIME:
            broker = producer.client.cluster.leader_for_partition(receipt.topic_partition)
            if broker is not None:
                newest[broker] = max(receipt.timestamp, newest.get(broker, 0))
    for broker, stamp_ms in newest.items():
        CLOCK.learn(broker, stamp_ms, now_ms)
