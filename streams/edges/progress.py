"""How far the workers have come, asked of broker and store: what a feeder or a test waits for.

Nothing here guesses by time: an event is counted when the ledger in the store has passed it, and a result
is stored when `archive` has committed beyond it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from streams.edges.errors import Unavailable, UserError
from streams.edges.kafka_wire import wire
from streams.edges.settings import Settings
from streams.edges.store import Store

POLL_S = 0.1
COORDINATOR_S = 30.0
"""How long a cluster may take to name a group's coordinator: a new one makes its topic of groups when first asked."""
RESULTS = ("panes", "rejected", "alerts", "ledger")
"""Topics whose records must be stored before totals may be read."""

Offsets = dict[TopicPartition, int]


class Progress:
    """Connections for asking; an asynchronous context manager.

    Args:
        settings: as the workers have them.
        store: where the ledger is.
        check: called while waiting; raises if waiting on is in vain.
    """

    def __init__(self, settings: Settings, store: Store, check: Callable[[], None] = lambda: None) -> None:
        self._settings = settings
        self._store = store
        self._check = check
        self._kafka = AIOKafkaConsumer(**wire(settings))
        self._admin = AIOKafkaAdminClient(**wire(settings))

    async def __aenter__(self) -> Self:
        await self._kafka.start()
        await self._admin.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._admin.close()
        await self._kafka.stop()

    async def behind(self, topic: str, role: str) -> int:
        """Records of a topic that a role has not finished."""
        ends = await self.ends([topic])
        done = await self.committed(role, ends)
        return sum(end - done.get(tp, 0) for tp, end in ends.items())

    async def wait_in_flight(self, topic: str, role: str, records: int) -> None:
        """Waits until a role is at most so many records behind."""
        while await self.behind(topic, role) > records:
            await self._pause()

    async def wait_stored(self, deadline_s: float, told: Callable[[str], None] = lambda _: None) -> None:
        """Returns once every event is counted and every result stored.

        Raises:
            UserError: it took longer than `deadline_s`.
        """
        until = time.monotonic() + deadline_s
        live, imported = self._settings.topic("touchpoints"), self._settings.topic("touchpoints.import")
        results = [self._settings.topic(name) for name in RESULTS]
        for name, done, topics in (
            ("counting", self._counted, [live]),
            ("storing", self._stored, [live, imported, *results]),
        ):
            told(name)
            # As of now: marks are sent even when idle, so some of these ends never stand still.
            ends = await self.ends(topics)
            while not await done(ends):
                if time.monotonic() > until:
                    raise UserError(f"gave up after {deadline_s:.0f} s while {name}: is the machine very busy?")
                await self._pause()

    async def _pause(self) -> None:
        self._check()
        await asyncio.sleep(POLL_S)

    async def _counted(self, ends: Offsets) -> bool:
        rows = await asyncio.to_thread(
            self._store.rows,
            "SELECT topic, partition, max(next_offset) FROM ledger FINAL WHERE topic IN {topics:Array(String)} "
            "GROUP BY topic, partition",
            {"topics": sorted({tp.topic for tp in ends})},
        )
        reached = {TopicPartition(topic, int(partition)): int(offset) for topic, partition, offset in rows}
        return all(reached.get(tp, 0) >= end for tp, end in ends.items())

    async def _stored(self, ends: Offsets) -> bool:
        done = await self.committed("archive", ends)
        return all(done.get(tp, 0) >= end for tp, end in ends.items())

    async def ends(self, topics: Iterable[str]) -> Offsets:
        """Offset behind the last record of each partition; topics nobody made have none."""
        described = await self._admin.describe_topics(list(topics))
        partitions = [
            TopicPartition(topic["topic"], part["partition"])
            for topic in described
            if not topic["error_code"]
            for part in topic["partitions"]
        ]
        return dict(await self._kafka.end_offsets(partitions))

    async def committed(self, role: str, partitions: Iterable[TopicPartition]) -> Offsets:
        """What a role has committed of some partitions; 0 where nothing.

        Raises:
            Unavailable: the cluster names no coordinator of the group.
        """
        group, named = self._settings.topic(f"touchpulse-{role}"), list(partitions)
        until = time.monotonic() + COORDINATOR_S
        while True:
            try:
                # The in-memory broker answers only when asked for partitions by name.
                found = await self._admin.list_consumer_group_offsets(group, partitions=named)
            except GroupCoordinatorNotAvailableError:
                # "Nothing committed" would be a guess: also a cluster that has just lost a broker answers so.
                if time.monotonic() > until:
                    said = f"Kafka has named no coordinator of group {group} for {COORDINATOR_S:.0f} s"
                    raise Unavailable(said) from None
                await self._pause()
            else:
                return {tp: max(0, at.offset) for tp, at in found.items()}
