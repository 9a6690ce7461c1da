"""What all runs of a bench share: one broker, one store, one process that forks workers."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from streams.edges.embedded import start_embedded
from streams.edges.local_kafka import LocalKafka
from tests.chaos.forker import Forker
from tests.chaos.store_faults import StoreFaults

BROKER = {
    # Short sessions, so that a dead worker's partitions are handed on within the run.
    "group.min.session.timeout.ms": "1000",
    # The compactor looks again and again, not every fifteen seconds.
    "log.cleaner.backoff.ms": "200",
    "log.retention.check.interval.ms": "600000",
    # Partitions of past runs go at once.
    "log.segment.delete.delay.ms": "0",
    "file.delete.delay.ms": "0",
}


@dataclass
class World:
    """Where runs take place."""

    kafka: LocalKafka
    clickhouse_url: str
    faults: StoreFaults
    forker: Forker
    folder: Path
    gate: Gate


class Gate:
    """Lets runs in: many at once, or one that must be alone."""

    def __init__(self) -> None:
        self._inside = 0
        self._taken = False
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def enter(self, *, alone: bool) -> AsyncIterator[None]:
        """Waits until there is room."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._taken and not (alone and self._inside))
            self._taken, self._inside = alone, self._inside + 1
        try:
            yield
        finally:
            async with self._changed:
                self._taken, self._inside = False, self._inside - 1
                self._changed.notify_all()


@asynccontextmanager
async def world(jars: Path | None = None) -> AsyncIterator[World]:
    """Starts it all; at the end everything that was started is ended, and the folder is gone."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="touchpulse-chaos-")))
        (folder / "kafka").mkdir()
        kafka = LocalKafka(folder / "kafka", jars=jars, settings=BROKER)
        stack.callback(kafka.stop, timeout_s=10)
        forker = Forker()
        starting = asyncio.create_task(stack.enter_async_context(forker))
        await asyncio.to_thread(kafka.start)
        await starting
        faults = StoreFaults()
        server = start_embedded(folder / "store", around=faults.around)
        stack.callback(server.stop)
        yield World(kafka, server.url, faults, forker, folder, Gate())
