"""Whole fetches instead of single events: the part of Faust this product replaces, and why.

Faust hands an agent one event at a time and pays for each with a task race: 3,500 events/s on two cores.
Handing over everything one fetch brought for a partition is 31 times faster and keeps all of Faust's group
handling. Three of its habits would then be wrong and are replaced here:

* *Offsets.* Faust commits the largest acknowledged message. Here a position is committed only after the
  agent has said `durable(tp, next_offset)`: its output is safe. A failed batch can thus never be committed
  past, whatever Faust restarts.
* *Seeking.* After each assignment Faust seeks to the committed offset. Here the owner of the state says
  where to read from (`Positions`): `score` must go back to the start of a block and one horizon further.
* *Stale batches.* A batch fetched before a rebalance may reach the agent after it. Each batch carries the
  epoch of its assignment; the agent drops those of another epoch.

What is told of the log's end, of completeness and of this member's standing in its group is in
streams/apps/listening.py.

Private names of Faust 0.15.3 and aiokafka 0.14.0 are used; both are pinned, and tests/broker fails if one
of them changes its meaning.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import faust
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import IllegalStateError
from faust.tables.manager import TableManager
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage, Message

from streams.apps.listening import Listening
from streams.edges import metrics
from streams.edges.vitals import PULSE
from streams.pure.counting import Record

FETCH_MAX_WAIT_MS = 100
"""How long a broker may hold back a fetch that has nothing yet."""
LOOK_UP_S = 30.0
"""Longest time for finding positions before they are asked for anew: a lost answer must not hold a worker for ever."""
SEEKING = "finding positions"


@dataclass(frozen=True, slots=True)
class Batch:
    """All records one fetch brought for one partition, in the order of the log.

    Attributes:
        tp: topic and partition.
        records: at least one.
        epoch: assignment it was fetched under.
    """

    tp: TP
    records: Sequence[Record]
    epoch: int

    @property
    def next_offset(self) -> int:
        """Offset behind the last record."""
        return self.records[-1].offset + 1


class Positions(Protocol):
    """Says where to read from after an assignment."""

    async def positions(self, consumer: BatchConsumer, committed: Mapping[TP, int | None]) -> Mapping[TP, int]:
        """Offset to read from, for each assigned partition; `committed` is None where nothing ever was."""


class FromCommitted:
    """Reads on where the group stopped; from the start where it never began."""

    async def positions(self, consumer: BatchConsumer, committed: Mapping[TP, int | None]) -> Mapping[TP, int]:
        """The committed offsets, or the first that the log still holds."""
        starts = await consumer.log_starts(committed)
        return {tp: max(starts[tp], offset or 0) for tp, offset in committed.items()}


class _Thread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Range keeps partition i of co-partitioned topics (panes and panes.coarse) with one worker.
        consumer._partition_assignment_strategy = [RangePartitionAssignor]
        # Faust fixes this at 1.5 s; a live board cannot wait so long for a quiet partition.
        consumer._fetch_max_wait_ms = FETCH_MAX_WAIT_MS
        return consumer

    async def on_start(self) -> None:
        await super().on_start()
        assert isinstance(self.consumer, BatchConsumer)
        self.consumer.listening.attach(self._ensure_consumer())


class BatchConsumer(driver.Consumer):
    """Faust's aiokafka consumer, one message a partition and fetch.

    Attributes:
        epoch: number of the assignment in force; 0 before the first.
        settled: whether the positions of this epoch were found. Until then nothing is fetched, and no job runs.
        done: offset up to which each partition was handled.
        warm_from, warm_to: what is read back after an assignment: the offsets it began at, the log's ends then.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.epoch = 0
        self.settled = False
        self.done: dict[TP, int] = {}
        self.done_ms: dict[TP, int] = {}
        self.warm_from: dict[TP, int] = {}
        self.warm_to: dict[TP, int] = {}
        self.listening = Listening(self.app)
        self._handed: dict[TP, int] = {}
        self._passed: dict[TP, int] = {}
        self._durable: dict[TP, int] = {}
        self._seeking = asyncio.Lock()

    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    # -- fetching ------------------------------------------------------------------------------------

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        """One message for each partition of a fetch; its value is a `Batch`."""
        PULSE.check()
        if not self.settled and self.flow_active and self.assignment():
            await self.perform_seek()  # Faust goes on after 90 s, whether positions were found or not
            return
        # Fetches follow each other: what lies below these positions was handed over by the calls before.
        self._passed = self._positions()
        records, active = await self._wait_next_records(timeout)
        if records is None or self.should_stop:
            return
        if not self.flow_active:
            await self.perform_seek()
            return
        generation, epoch = self.app.consumer_generation_id, self.epoch
        for tp, fetched in records.items():
            if not self.flow_active or self.app.consumer_generation_id != generation or self.epoch != epoch:
                return
            if fetched and (active is None or tp in active or tp in self._buffered_partitions):
                named = TP(tp.topic, tp.partition)
                batch = Batch(named, fetched, epoch)
                self._handed[named] = batch.next_offset
                self.listening.learn(named, fetched[-1])
                yield named, self._message(named, batch)

    def _message(self, tp: TP, batch: Batch) -> ConsumerMessage:
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            batch.records[0].offset,
            batch.records[0].timestamp / 1000,
            0,
            None,
            None,
            batch,  # type: ignore[arg-type]  # Faust expects bytes; `Whole` hands it on as it is
            None,
            0,
            0,
            tp,
            generation_id=self.app.consumer_generation_id,
        )

    # -- positions -----------------------------------------------------------------------------------

    async def perform_seek(self) -> None:
        """Goes where the owner of the state wants to read from; all older batches become stale.

        One at a time: asking takes a while, and partitions may be handed out anew meanwhile. An answer to the
        assignment before must not be laid over the answer to this one; the next assignment seeks again.
        """
        async with self._seeking:
            assigned = {TP(tp.topic, tp.partition) for tp in self.assignment()}
            if not assigned:
                return
            self._begin_epoch()
            try:
                async with asyncio.timeout(LOOK_UP_S):
                    await self._find_positions()
                self._settle()
            except TimeoutError:
                # Whoever called goes on; the next fetch asks again. How long that may last is the watchdog's.
                self.log.warning("no positions within %.0f s: asking again", LOOK_UP_S)
            except (IllegalStateError, AssertionError):  # how aiokafka says: not assigned to us
                if {TP(tp.topic, tp.partition) for tp in self.assignment()} == assigned:
                    raise
                self.log.info("partitions were handed out anew while seeking")

    def _begin_epoch(self) -> None:
        self.epoch += 1
        self.settled = False
        self.done, self.done_ms, self.warm_from, self.warm_to = {}, {}, {}, {}
        self._handed, self._passed = {}, {}
        # Since the first try.
        self.app.steps.setdefault(SEEKING, time.monotonic())  # type: ignore[attr-defined]

    def _settle(self) -> None:
        self.settled = True
        self.app.steps.pop(SEEKING, None)  # type: ignore[attr-defined]

    async def _find_positions(self) -> None:
        raw = await self.seek_to_committed()
        committed = {TP(tp.topic, tp.partition): offset for tp, offset in raw.items()}
        wanted = await self.app.positions.positions(self, committed)  # type: ignore[attr-defined]
        self._durable = {tp: offset for tp, offset in self._durable.items() if tp in committed}
        await self._thread.seek_wait({driver.ensure_aiokafka_TP(tp): offset for tp, offset in wanted.items()})
        for tp in wanted:
            self._read_offset[tp] = None
        self._committed_offset.update(committed)
        self.warm_to, self.warm_from = dict(await self.log_ends(wanted)), dict(wanted)
        self.done, self._handed, self._passed = dict(wanted), dict(wanted), {}

    async def on_nothing_assigned(self) -> None:
        """More workers than partitions: this one's state is stale, and Faust does not seek."""
        async with self._seeking:
            self._begin_epoch()
            self._durable = {}
            await self.app.positions.positions(self, {})  # type: ignore[attr-defined]
            self._settle()

    async def log_starts(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        """First offset the log still holds, by partition."""
        if not (tps := list(tps)):
            return {}
        found = await self._thread.earliest_offsets(*[driver.ensure_aiokafka_TP(tp) for tp in tps])
        return {TP(tp.topic, tp.partition): offset for tp, offset in found.items()}

    async def log_ends(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        """Offset behind the last record, by partition."""
        if not (tps := list(tps)):
            return {}
        found = await self._thread.highwaters(*[driver.ensure_aiokafka_TP(tp) for tp in tps])
        return {TP(tp.topic, tp.partition): offset for tp, offset in found.items()}

    async def offsets_since(self, tps: Iterable[TP], since_ms: int) -> Mapping[TP, int | None]:
        """First offset with a record time of at least `since_ms`; None where there is none."""
        kafka = self._thread._ensure_consumer()
        asked = {driver.ensure_aiokafka_TP(tp): since_ms for tp in tps}
        found = await self._thread.call_thread(kafka.offsets_for_times, asked)
        return {TP(tp.topic, tp.partition): at.offset if at else None for tp, at in found.items()}

    def heard_at(self, tp: TP) -> tuple[int, int] | None:
        """(offset, ms): who is done up to the offset has every record that the broker appended before the time.

        The time is on the broker's clock, and never ahead of it. None before the first answer, and while no broker
        has stamped anything.
        """
        answer = self.listening.answers.get(tp)
        at_ms = self.listening.broker_ms(answer) if answer else None
        if answer is None or at_ms is None:
            return None
        # Behind the last record may lie what is no record: the marks of a producer's transactions.
        handed = self._handed.get(tp)
        passed = handed is not None and self._passed.get(tp, -1) >= answer.end
        return (min(answer.end, handed) if passed and handed is not None else answer.end), at_ms

    def reached(self, tp: TP) -> int | None:
        """Offset up to which a partition is handled, with what is no record behind it; None if not ours."""
        done = self.done.get(tp)
        if done is None or done < self._handed.get(tp, done):
            return done
        return max(done, self._passed.get(tp, done))

    def _positions(self) -> dict[TP, int]:
        """Where the next fetches begin."""
        subscription = self._thread._ensure_consumer()._subscription.subscription
        assignment = subscription.assignment if subscription else None
        if assignment is None:
            return {}
        states = {TP(tp.topic, tp.partition): assignment.state_value(tp) for tp in assignment.tps}
        return {tp: state._position for tp, state in states.items() if state._position is not None}

    def partitions_of(self, topic: str) -> int:
        """Number of partitions of a topic."""
        return len(self._thread._ensure_consumer().partitions_for_topic(topic) or ())

    # -- book-keeping --------------------------------------------------------------------------------

    def handled(self, batch: Batch) -> None:
        """The agent is done with a batch of this epoch."""
        if batch.epoch == self.epoch:
            self.done[batch.tp] = batch.next_offset
            self.done_ms[batch.tp] = batch.records[-1].timestamp

    def durable(self, tp: TP, next_offset: int) -> None:
        """Everything before `next_offset` is counted or stored for good: it may be committed."""
        self._durable[tp] = max(next_offset, self._durable.get(tp, 0))

    def ack(self, message: Message) -> bool:
        """The agent is done with a message. Says nothing about offsets: `durable` does."""
        message.acked = True
        self._unacked_messages.discard(message)
        return True

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Gaps between messages are the rest of a batch: nothing to remember."""

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> list[TP]:  # type: ignore[override]
        return [tp for tp in self._durable if topics is None or tp in topics or tp.topic in topics]

    def _filter_committable_offsets(self, tps: Iterable[TP]) -> dict[TP, int]:
        return {tp: self._durable[tp] for tp in tps if self._durable[tp] > (self._committed_offset.get(tp) or 0)}

    async def _commit_offsets(self, offsets: Mapping[TP, int], start_new_transaction: bool = True) -> bool:
        PULSE.check()
        with step(self.app, "committing"):
            done = await super()._commit_offsets(offsets, start_new_transaction)
        metrics.COMMITS.inc(done)
        return done


class BatchTransport(driver.Transport):
    """Faust's aiokafka transport with the consumer above."""

    Consumer = BatchConsumer


class Whole(faust.Schema[None, Batch]):
    """Hands batches to the stream as they are."""

    def compile(self, app: Any, **_: Any) -> Any:
        """The decode function of a topic: nothing to decode, a batch is not bytes."""
        create_event = app.create_event

        async def decode(message: ConsumerMessage, *, propagate: bool = False) -> Any:
            return create_event(None, message.value, message.headers, message)

        return decode


class NoTables(TableManager):
    """Faust waits a second for tables to be declared before it joins its group; we have none."""

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


class BatchApp(faust.App):
    """A Faust app whose agents receive batches, and read from where `positions` says."""

    positions: Positions = FromCommitted()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.steps: dict[str, float] = {}
        """What is under way, and since when by `time.monotonic()`: the watchdog looks at it."""
        self.trusts_own_clock = False
        """Take the brokers' clocks for ours: only where they are in this very machine and stamp nothing."""

    def on_rebalance_start(self) -> None:
        """Partitions are about to be handed out anew."""
        super().on_rebalance_start()
        metrics.REBALANCES.inc()
        self.steps["rebalancing"] = time.monotonic()

    def on_rebalance_end(self) -> None:
        """Partitions were handed out, and positions found."""
        super().on_rebalance_end()
        begun = self.steps.pop("rebalancing", None)
        if begun is not None:
            metrics.REBALANCE_S.set(time.monotonic() - begun)

    def _new_transport(self) -> BatchTransport:
        return BatchTransport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """No tables, so no folder for them in whatever directory the worker was started in."""


@contextmanager
def step(app: Any, name: str) -> Iterator[None]:
    """Shows the watchdog that something is under way, and since when."""
    app.steps[name] = time.monotonic()
    try:
        yield
    finally:
        app.steps.pop(name, None)
