"""`score`: from events to cells. Joins the log of events with PartitionCounter and publishes what changed.

Nothing is counted here: see streams/pure/counting.py. At least every second each partition's changed cells
go out, then its marks, then the offset may be committed. Publishing again changes nothing, so a crash at
any point only costs time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from faust.types import TP

from streams.apps import classes
from streams.apps.base import consume, consumer_of, every, log, make_app
from streams.apps.outbox import Outbox, Sending, partition_of
from streams.apps.rules import Rules
from streams.apps.transport import Batch, BatchApp, BatchConsumer
from streams.edges.settings import Settings
from streams.edges.traces import traces_of
from streams.edges.trails import trails_of
from streams.pure.alerting.messages import Producers
from streams.pure.alerts import bad_answer_alert, bad_answer_input
from streams.pure.cells import RejectedMessage, cell_message, encode, mark_message
from streams.pure.counting import SLICE_MS, BlockState, PartitionCounter, Taken

FLUSH_S = 0.25
"""Pause between two publications; with the commit interval it bounds what is counted again."""
BEHIND_MS = 2_000
"""Who counts records older than this is behind: what it publishes is old anyway, and costs time that counting lacks."""
BEHIND_FLUSH_S = 1.0
"""Pause between two publications while behind."""
BEAT_EVERY = 4
"""A partition with nothing new is heard of with every fourth publication."""
COARSE_EVERY = 8
"""Coarse cells of open blocks go out with every eighth publication."""
PRODUCERS_S = 10.0
"""How often the alert engine is told who sent."""
FLOOD_S = 60.0
"""How often a flood of bad answers is spoken of."""
MAX_RAW = 262_144
"""Bytes kept of a rejected record, four times what the contract takes: as base64 a whole one could exceed what a
broker takes, and would stop the worker again and again."""


class Scoring:
    """Counters of the partitions this worker owns, and what they publish."""

    def __init__(self, settings: Settings, outbox: Outbox, rules: Rules, log_id: Callable[[str], str]) -> None:
        self._no_times = settings.memory_broker
        self._topic = settings.topic("touchpoints")
        self._trails = trails_of(settings, "score")
        self._traces = traces_of(settings, "score")
        self._counted: dict[TP, int] = {}
        self._outbox = outbox
        self._rules = rules
        self._log_id = log_id
        self._counters: dict[TP, PartitionCounter] = {}
        self._fan_out: dict[str, int] = {}
        self._told: dict[TP, int] = {}
        self._senders_told_s = 0.0
        self._senders_since_ms: dict[TP, int] = {}
        self._untold = 0
        self._untold_said_s = 0.0
        self._flushes = 0
        self._flushed_s = 0.0
        self._behind = False
        self._partitions = 0
        self._epoch = 0

    async def positions(self, consumer: BatchConsumer, committed: Mapping[TP, int | None]) -> Mapping[TP, int]:
        """New counters for what was assigned; each says from where it must read."""
        epoch = consumer.epoch
        await self._rules.fresh()
        starts = await consumer.log_starts(committed)
        for topic in ("panes", "panes.coarse"):
            self._fan_out[topic] = await self._outbox.partitions(topic)
        self._partitions = consumer.partitions_of(self._topic)
        counters = {}
        for tp, offset in committed.items():
            boundary = await self._boundary(consumer, tp, offset, starts[tp])
            successor = self._rules.follows_another(consumer, tp.topic, self._log_id(tp.topic))
            recall = self._trails.recall(self._log_id(tp.topic), tp.partition) if self._trails else None
            counters[tp] = PartitionCounter(
                self._rules.book, offset, starts[tp], boundary, successor=successor, recall=recall
            )
        self._counters, self._told, self._epoch = counters, {}, epoch
        self._counted = {tp: offset or 0 for tp, offset in committed.items()}
        if self._traces:
            self._traces.forget()
        return {tp: counter.read_from for tp, counter in counters.items()}

    async def _boundary(self, consumer: BatchConsumer, tp: TP, committed: int | None, log_start: int) -> int | None:
        """First offset since a block last ended by time, below the committed one; None where the log begins later."""
        if not committed or committed <= log_start or self._no_times:
            return None
        start_ms = self._rules.book.boundary_before(time.time_ns() // 1_000_000)
        while start_ms > 0:
            first = (await consumer.offsets_since([tp], start_ms))[tp]
            if first is not None and first < committed:
                return first
            start_ms = self._rules.book.boundary_before(start_ms - 1)
        return None

    async def handle(self, batch: Batch) -> None:
        """Counts a batch."""
        await self._rules.fresh()
        counter = self._counters.get(batch.tp)
        if counter is not None and batch.epoch == self._epoch:
            counter.rules = self._rules.book
            if self._traces:
                self._traces.begin(batch.tp.topic, batch.tp.partition, batch.records, self._counted[batch.tp])
            counter.feed(batch.records)
            self._behind = batch.records[-1].timestamp < time.time_ns() // 1_000_000 - BEHIND_MS

    async def publish(self, consumer: BatchConsumer) -> None:
        """As `flush`, when it is time to."""
        now_s = time.monotonic()
        if self._behind and now_s - self._flushed_s < BEHIND_FLUSH_S:
            return
        self._behind, self._flushed_s = False, now_s  # silence after catching up is heard of as any other
        await self.flush(consumer)

    async def flush(self, consumer: BatchConsumer) -> None:
        """Publishes what changed, then lets the offsets move."""
        epoch = consumer.epoch
        self._flushes += 1
        self._leave_footprints()
        coarse, beat = self._flushes % COARSE_EVERY == 0, self._flushes % BEAT_EVERY == 0
        # No await until all is encoded: cells and marks must speak of the same moment.
        cells: list[Sending] = []
        marks: list[Sending] = []
        positions: dict[TP, int] = {}
        for tp, counter in self._counters.items():
            if counter.warm:
                work = counter.take(coarse=coarse)
                if not beat and self._told.get(tp) == work.position and work.is_empty():
                    continue
                self._told[tp] = positions[tp] = work.position
                cells += self._cells(tp, work)
                classes.tell(tp, work)
                marks += self._marks(tp, work, self._heard_ms(consumer, tp, counter), coarse=coarse)
        await self._outbox.send(cells)
        await self._outbox.send([*marks, *self._producers()])
        if consumer.epoch == epoch:
            for tp, position in positions.items():
                consumer.durable(tp, position)
                if self._traces:
                    self._traces.done(tp.topic, tp.partition, position)
        if self._untold and time.monotonic() - self._untold_said_s >= FLOOD_S:
            log.warning("%d bad answers came too many at once: counted, not alerted one by one", self._untold)
            self._untold, self._untold_said_s = 0, time.monotonic()

    def close(self) -> None:
        """Hands over the traces that wait."""
        if self._traces:
            self._traces.close()

    def _leave_footprints(self) -> None:
        for tp, counter in self._counters.items():
            footprints = counter.footprints()
            if self._trails and footprints:
                book = counter.rules
                needed_from = counter.position - book.block_size - book.horizon
                self._trails.keep(self._log_id(tp.topic), tp.partition, footprints, needed_from=needed_from)

    def _heard_ms(self, consumer: BatchConsumer, tp: TP, counter: PartitionCounter) -> int:
        """Every record appended before this time is counted."""
        heard = consumer.heard_at(tp)
        if heard is not None and counter.position >= heard[0]:
            return max(counter.time_ms, heard[1])
        return counter.time_ms

    def _cells(self, tp: TP, work: Taken) -> list[Sending]:
        sendings: list[Sending] = []
        log_id = self._log_id(tp.topic)
        for block, cells in work.blocks:
            for cell in cells:
                topic = "panes" if cell.width_ms == SLICE_MS else "panes.coarse"
                key, value = cell_message(
                    cell,
                    log=log_id,
                    partition=tp.partition,
                    block=block.first_offset,
                    policy=block.policy.number,
                    writer=self._outbox.writer,
                )
                sendings.append((topic, partition_of(cell.channel, self._fan_out[topic]), key, value))
        for rejected in work.rejected:
            why = rejected.why
            message = RejectedMessage(
                log_id, tp.topic, tp.partition, rejected.offset, rejected.time_ms, why.producer, why.reason,
                why.field, why.value, why.nearest, why.message, rejected.raw[:MAX_RAW],
            )  # fmt: skip
            key = f"{log_id}|{tp.partition}|{rejected.offset}".encode()
            sendings.append(("rejected", None, key, encode(message)))
        for bad in work.bad:
            alert = bad_answer_alert(bad, log=log_id, partition=tp.partition)
            sendings.append(("alerts", None, alert.alert_id.encode(), encode(alert)))
            sendings.append(("signals", 0, alert.alert_id.encode(), encode(bad_answer_input(bad))))
        self._untold += work.bad_count - len(work.bad)
        return sendings

    def _producers(self) -> list[Sending]:
        """Who was heard, for whoever minds silence. Nothing rests on it being exact: a crash may tell it twice."""
        if time.monotonic() - self._senders_told_s < PRODUCERS_S:
            return []
        self._senders_told_s = time.monotonic()
        sendings: list[Sending] = []
        for tp, counter in self._counters.items():
            if senders := counter.senders():
                start_ms = self._senders_since_ms.get(tp, counter.time_ms)
                self._senders_since_ms[tp] = counter.time_ms
                message = Producers(tp.partition, start_ms, counter.time_ms, sorted(senders.items()))
                key = f"producers|{tp.partition}|{counter.time_ms}".encode()
                sendings.append(("signals", 0, key, encode(message)))
        return sendings

    def _marks(self, tp: TP, work: Taken, heard_ms: int, *, coarse: bool) -> list[Sending]:
        sendings: list[Sending] = []
        for block, _ in work.blocks:

            def mark(heard_ms: int, block: BlockState = block) -> tuple[bytes, bytes]:
                return mark_message(
                    block,
                    log=self._log_id(tp.topic),
                    topic=tp.topic,
                    partition=tp.partition,
                    partitions=self._partitions,
                    heard_ms=heard_ms,
                    writer=self._outbox.writer,
                )

            key, value = mark(heard_ms)
            sendings += [("panes", number, key, value) for number in range(self._fan_out["panes"])]
            if coarse or block.closed:
                sendings.append(("ledger", None, key, value))
                # The open block's coarse cells may be held back: only what is closed is certainly told.
                _, value = mark(heard_ms if coarse else block.record_time_ms)
                sendings += [("panes.coarse", number, key, value) for number in range(self._fan_out["panes.coarse"])]
            if block.strangers and block.closed:
                log.warning(
                    "%d records of %s[%d], block at %d, are not keyed producer:event_id: their retries may count twice",
                    block.strangers,
                    *tp,
                    block.first_offset,
                )
        return sendings


def build(settings: Settings, log_id: Callable[[str], str]) -> BatchApp:
    """The Faust app of `score`."""
    app = make_app("score", settings)
    outbox, rules = Outbox(settings), Rules(settings)
    scoring = Scoring(settings, outbox, rules, log_id)
    app.positions = scoring
    consume(app, [settings.topic("touchpoints")], scoring.handle, "score")
    every(app, FLUSH_S, lambda: scoring.publish(consumer_of(app)), "publish")
    every(app, settings.rules_refresh_s, rules.keep_up, "rules")
    app.on_before_shutdown.connect(lambda *_, **__: rules.stop())
    app.on_before_shutdown.connect(lambda *_, **__: outbox.stop())
    app.on_before_shutdown.connect(lambda *_, **__: scoring.close())
    return app
