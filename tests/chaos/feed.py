"""Sends a stream in its own time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer

from streams.edges.settings import Settings
from tests.chaos.stream import Planned

AHEAD_MS = 20
"""What is due within this time goes out together."""


class Feed:
    """One run's producers. Times count from `start`; a pause holds what is left back."""

    def __init__(self, settings: Settings, stream: Sequence[Planned]) -> None:
        self._settings = settings
        self._stream = stream
        self._producer: AIOKafkaProducer | None = None
        self._pending: list[Any] = []
        self._sent = 0
        self._paused_s = 0.0
        self._began_s = 0.0
        self.start_ms = 0
        """Wall clock of the stream's time 0."""

    async def start(self) -> None:
        """Connects; the stream's time begins."""
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.brokers(),
            enable_idempotence=True,
            compression_type="lz4",
            linger_ms=5,
            metadata_max_age_ms=5_000,
        )
        await self._producer.start()
        self._began_s = time.monotonic()
        self.start_ms = time.time_ns() // 1_000_000

    def elapsed_s(self) -> float:
        """Seconds since the start, without pauses."""
        return time.monotonic() - self._began_s - self._paused_s

    async def until(self, at_s: float) -> None:
        """Sends what is due before `at_s`; returns once the broker has it."""
        assert self._producer is not None
        while self._sent < len(self._stream):
            due_ms = self._stream[self._sent].at_ms
            if due_ms >= 1_000 * at_s:
                break
            wait_s = due_ms / 1_000 - self.elapsed_s()
            if wait_s > AHEAD_MS / 1_000:
                await asyncio.sleep(wait_s)
            planned = self._stream[self._sent]
            key, value = planned.record(self.start_ms)
            topic = self._settings.topic(planned.topic)
            self._pending.append(await self._producer.send(topic, value, key=key))
            self._sent += 1
        await asyncio.gather(*self._pending)
        self._pending.clear()

    async def paused(self, meanwhile: Any) -> Any:
        """Awaits something while the stream's own time stands still; then meets the topics afresh."""
        began_s = time.monotonic()
        assert self._producer is not None
        await self._producer.stop()
        found = await meanwhile
        paused_s = time.monotonic() - began_s
        # Events keep the distance to their records: what is sent later also happened later.
        self._paused_s += paused_s
        before_s, before_ms = self._began_s, self.start_ms
        await self.start()
        self._began_s, self.start_ms = before_s, before_ms + int(1_000 * paused_s)
        return found

    async def stop(self) -> None:
        """Disconnects."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None
