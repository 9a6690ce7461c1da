"""`archive`: from Kafka to ClickHouse. Gathers rows for a second, stores them, then lets the offsets move.

Nothing is decided here but one thing: whether a touchpoint is late. The line is drawn by the same LateRule
as in `score`, so that what is left out of live windows is exactly what the late lane counts.

While the store is away the buffer fills, handling waits, fetching stops, and Kafka keeps the rest.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from faust.types import TP

from schemas.decode import Decoder, Event, Rejection
from streams.apps.base import consume, consumer_of, every, log, make_app, messages, policy_of
from streams.apps.columns import (
    Table,
    add_alert,
    add_cell,
    add_mark,
    add_rejected,
    add_scores,
    add_touchpoint,
    rejection_message,
)
from streams.apps.transport import Batch, BatchApp, BatchConsumer
from streams.edges.errors import Unavailable
from streams.edges.lanes import last_recount, recount_late, recount_tiers
from streams.edges.settings import Settings
from streams.edges.store import Store
from streams.pure.cells import (
    AlertMessage,
    CellMessage,
    MarkMessage,
    RejectedMessage,
    ScoreMessage,
    decode,
    mark_message,
)
from streams.pure.counting import SLICE_MS, BlockState, LateRule, far_future

FLUSH_S = 0.5
TIERS_S = 10.0
MAX_ROWS = 200_000
"""Rows in hand before handling waits: bounds memory while the store is slow or away."""
RETRY_MAX_S = 10.0
NAMED = ("channel", "touchpoint", "stage", "location", "segment", "metric", "producer")


@dataclass(slots=True)
class Buffer:
    """Rows gathered since the last storing, and how far they reach."""

    tables: dict[str, Table] = field(default_factory=lambda: defaultdict(Table))
    cells: dict[tuple[object, ...], CellMessage] = field(default_factory=dict)
    late_slices: set[int] = field(default_factory=set)
    reached: dict[TP, int] = field(default_factory=dict)
    names: set[tuple[str, str]] = field(default_factory=set)
    rows: int = 0


class ImportLedger:
    """Ledger of one import partition: what its open block held, valid or not."""

    def __init__(self, block_size: int, first_offset: int) -> None:
        self._block_size = block_size
        self._block = BlockState(first_offset, first_offset)
        self.finished: list[BlockState] = []

    def count(self, offset: int, time_ms: int, event: Event | Rejection) -> None:
        """Takes the next record in."""
        start = offset - offset % self._block_size
        if start > self._block.first_offset:
            self._block.next_offset, self._block.closed = start, True
            self.finished.append(self._block)
            self._block = BlockState(start, start)
        block = self._block
        block.next_offset, block.record_time_ms = offset + 1, time_ms
        if isinstance(event, Rejection):
            block.rejected += 1
        else:
            block.accepted += 1
            block.test += event.test

    def take(self) -> list[BlockState]:
        """Blocks that changed; the open one is last."""
        taken, self.finished = [*self.finished, self._block], []
        return taken


class Archiving:
    """Buffers of this worker, and how they get into the store."""

    def __init__(self, settings: Settings, store: Store, decoder: Decoder, log_id: Callable[[str], str]) -> None:
        self._policy = policy_of(settings)
        self._store = store
        self._decode = decoder.decode
        self._log_id = log_id
        self._live, self._import = settings.topic("touchpoints"), settings.topic("touchpoints.import")
        self.topics = [
            self._live, self._import,
            *(settings.topic(name) for name in ("panes", "ledger", "scores", "alerts", "rejected")),
        ]  # fmt: skip
        self._panes = settings.topic("panes")
        self._buffer = Buffer()
        self._room = asyncio.Event()
        self._room.set()
        self._late: dict[TP, LateRule] = {}
        self._ledgers: dict[TP, ImportLedger] = {}
        self._store_from: dict[TP, int] = {}
        self._known_names: set[tuple[str, str]] = set()
        self._tiers_since: dict[str, int] | None = None
        self._leads = False
        self._epoch = 0

    async def positions(self, consumer: BatchConsumer, committed: Mapping[TP, int | None]) -> Mapping[TP, int]:
        """The committed offsets; before them as much as the late line and the import ledger need to know."""
        self._epoch = consumer.epoch
        self._buffer, self._late, self._ledgers = Buffer(), {}, {}
        self._room.set()
        starts = await consumer.log_starts(committed)
        wanted: dict[TP, int] = {}
        self._store_from = {tp: max(starts[tp], offset or 0) for tp, offset in committed.items()}
        self._leads = TP(self._panes, 0) in committed
        for tp, start in self._store_from.items():
            wanted[tp] = start
            if tp.topic == self._live:
                wanted[tp] = max(starts[tp], start - self._policy.horizon)
                self._late[tp] = LateRule(self._policy, wanted[tp])
            elif tp.topic == self._import:
                wanted[tp] = max(starts[tp], start - start % self._policy.block_size)
                self._ledgers[tp] = ImportLedger(self._policy.block_size, wanted[tp])
        return wanted

    async def handle(self, batch: Batch) -> None:
        """Lays a batch down in the buffer; waits while the buffer is full."""
        await self._room.wait()
        if batch.epoch != self._epoch:
            return  # partitions were handed out anew while it waited: it will be read again
        buffer, topic = self._buffer, batch.tp.topic
        if topic in (self._live, self._import):
            self._touchpoints(buffer, batch)
        else:
            self._messages(buffer, batch)
        buffer.reached[batch.tp] = batch.next_offset
        buffer.rows += len(batch.records)
        if buffer.rows >= MAX_ROWS:
            self._room.clear()

    def _touchpoints(self, buffer: Buffer, batch: Batch) -> None:
        tp, late, ledger = batch.tp, self._late.get(batch.tp), self._ledgers.get(batch.tp)
        store_from, skew_ms = self._store_from[tp], self._policy.max_skew_ms
        origin: dict[str, Any] = {"log": self._log_id(tp.topic), "topic": tp.topic, "partition": tp.partition}
        table, rejected = buffer.tables["touchpoints"], buffer.tables["rejected"]
        for record in batch.records:
            offset, time_ms = record.offset, record.timestamp
            line_ms = late.line_ms(offset, time_ms) if late else 0
            if offset < store_from and ledger is None:
                continue
            raw = record.value or b""
            event = self._decode(raw)
            if not isinstance(event, Rejection) and event.occurred_ms > time_ms + skew_ms:
                event = far_future(event, time_ms, skew_ms)
            if ledger is not None:
                ledger.count(offset, time_ms, event)
                if offset < store_from:
                    continue
            if isinstance(event, Rejection):
                if ledger is not None:  # those of the live topic are reported by `score`
                    add_rejected(rejected, rejection_message(event, raw, offset=offset, time_ms=time_ms, **origin))
                continue
            if event.test:
                kind = "test"
            elif ledger is not None:
                kind = "import"
            else:
                kind = "late" if event.occurred_ms <= line_ms else "accepted"
            if kind in ("late", "import"):
                buffer.late_slices.add(event.occurred_ms - event.occurred_ms % SLICE_MS)
            add_touchpoint(table, event, kind, offset=offset, appended_ms=time_ms, **origin)
            for dimension in NAMED:
                if dimension != "metric":
                    buffer.names.add((dimension, getattr(event, dimension)))
            buffer.names.update(("metric", metric) for metric, _, _ in event.answers)

    def _messages(self, buffer: Buffer, batch: Batch) -> None:
        for message in messages(batch, keep_all=True):
            if isinstance(message, CellMessage):
                known = buffer.cells.get(message.place)
                if known is None or known.version < message.version:
                    buffer.cells[message.place] = message
            elif isinstance(message, MarkMessage):
                if batch.tp.topic != self._panes:
                    add_mark(buffer.tables["ledger"], message)
            elif isinstance(message, ScoreMessage):
                add_scores(buffer.tables["scores"], message)
            elif isinstance(message, AlertMessage):
                add_alert(buffer.tables["alerts"], message)
            elif isinstance(message, RejectedMessage):
                add_rejected(buffer.tables["rejected"], message)

    async def flush(self, consumer: BatchConsumer) -> None:
        """Stores what was gathered; tries again for as long as the store is away."""
        buffer, self._buffer = self._buffer, Buffer()
        if not buffer.reached:
            return
        epoch = consumer.epoch
        for tp, ledger in self._ledgers.items():
            if tp in buffer.reached:
                self._add_import_ledger(buffer.tables["ledger"], tp, ledger)
        for cell in buffer.cells.values():
            add_cell(buffer.tables["panes_10s"], cell)
        wait_s = 0.2
        while True:
            try:
                await asyncio.to_thread(self._store_all, buffer)
                break
            except Unavailable as error:
                log.warning("store away, trying again in %.1f s: %s", wait_s, error)
                await asyncio.sleep(wait_s)
                wait_s = min(RETRY_MAX_S, 2 * wait_s)
            if consumer.epoch != epoch:
                return
        self._room.set()
        if consumer.epoch == epoch:
            for tp, offset in buffer.reached.items():
                if offset > self._store_from.get(tp, 0):
                    consumer.durable(tp, offset)

    def _store_all(self, buffer: Buffer) -> None:
        for name, table in buffer.tables.items():
            if table.height:
                self._store.insert_columns(name, dict(table))
        fresh = {named for named in buffer.names if named[1]} - self._known_names
        if fresh:
            now_ms = time.time_ns() // 1_000_000
            columns: dict[str, list[Any]] = {
                "dimension": [dimension for dimension, _ in fresh],
                "name": [name for _, name in fresh],
                "last_seen": [now_ms] * len(fresh),
            }
            self._store.insert_columns("names", columns)
            self._known_names |= fresh
        if buffer.late_slices:
            recount_late(self._store, buffer.late_slices)

    def _add_import_ledger(self, table: Table, tp: TP, ledger: ImportLedger) -> None:
        for block in ledger.take():
            _, value = mark_message(
                block,
                log=self._log_id(tp.topic),
                topic=tp.topic,
                partition=tp.partition,
                partitions=0,
                heard_ms=block.record_time_ms,
                policy=self._policy.number,
                writer="archive",
            )
            mark = decode(value)
            assert isinstance(mark, MarkMessage)
            add_mark(table, mark)

    async def tiers(self) -> None:
        """Recounts minutes and hours touched; one worker does it, the owner of the first panes partition."""
        if not self._leads:
            return
        try:
            if self._tiers_since is None:
                self._tiers_since = await asyncio.to_thread(last_recount, self._store)
            self._tiers_since = await asyncio.to_thread(recount_tiers, self._store, self._tiers_since)
        except Unavailable as error:
            log.warning("store away, tiers wait: %s", error)


def build(settings: Settings, store: Store, decoder: Decoder, log_id: Callable[[str], str]) -> BatchApp:
    """The Faust app of `archive`."""
    app = make_app("archive", settings)
    archiving = Archiving(settings, store, decoder, log_id)
    app.positions = archiving
    consume(app, archiving.topics, archiving.handle, "archive")
    every(app, FLUSH_S, lambda: archiving.flush(consumer_of(app)), "store")
    every(app, TIERS_S, archiving.tiers, "tiers")
    return app
