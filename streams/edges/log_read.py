"""Reading one partition of a topic from any offset, beside the consumer group that owns it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.edges.errors import Unavailable
from streams.edges.kafka_wire import wire
from streams.edges.settings import Settings
from streams.pure.counting import Record

TIMEOUT_S = 15.0


class LogReader:
    """Reads partition 0 of a topic; connects when it is first asked.

    Args:
        settings: where the brokers are.
        topic: without the prefix.
    """

    def __init__(self, settings: Settings, topic: str) -> None:
        self._settings = settings
        self._tp = TopicPartition(settings.topic(topic), 0)
        self._consumer: AIOKafkaConsumer | None = None
        self._one_at_a_time = asyncio.Lock()

    async def read(self, offset: int, limit: int) -> tuple[Sequence[Record], int]:
        """At most `limit` records from an offset on, and the offset to go on from.

        No records and the same offset: the log ends there. Where the log no longer reaches back so far, it begins at
        what is left.

        Raises:
            Unavailable: no broker answers in time.
        """
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    return await self._read(offset, limit)
            except (KafkaError, TimeoutError, OSError) as error:
                await self._disconnect()
                raise Unavailable(f"the topic {self._tp.topic} cannot be read: {type(error).__name__}") from None

    async def _read(self, offset: int, limit: int) -> tuple[Sequence[Record], int]:
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(
                **wire(self._settings), enable_auto_commit=False, auto_offset_reset="earliest"
            )
            await self._consumer.start()
            self._consumer.assign([self._tp])
        ends = await self._consumer.end_offsets([self._tp])
        starts = await self._consumer.beginning_offsets([self._tp])
        position = max(offset, starts[self._tp])
        if position >= ends[self._tp]:
            return [], position
        self._consumer.seek(self._tp, position)
        found: list[Record] = []
        while not found and position < ends[self._tp]:
            fetched = await self._consumer.getmany(self._tp, timeout_ms=500, max_records=limit)
            found = list(fetched.get(self._tp, []))
            position = await self._consumer.position(self._tp)
        return found, position

    async def stop(self) -> None:
        """Disconnects."""
        async with self._one_at_a_time:
            await self._disconnect()

    async def _disconnect(self) -> None:
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            await consumer.stop()
