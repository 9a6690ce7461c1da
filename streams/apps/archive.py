"""`archive`: from Kafka to ClickHouse. Gathers rows for a second, stores them, then lets the offsets move.

Nothing is decided here but one thing: whether a touchpoint is a duplicate, late or accepted. It is decided by the
same rules as in `score`, so that what is left out of live windows is exactly what the late lane counts.

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

from schemas.decode import Rejection, event_key
from streams.apps.alert_columns import add_change, add_delivery, add_page
from streams.apps.archive_lines import ImportLedger, Line
from streams.apps.base import consume, consumer_of, every, log, make_app, numbered
from streams.apps.columns import (
    Columns,
    Table,
    add_alert,
    add_cell,
    add_mark,
    add_rejected,
    add_scores,
    rejection_message,
)
from streams.apps.rules import Rules
from streams.apps.touchpoint_rows import TouchpointRows
from streams.apps.transport import Batch, BatchApp, BatchConsumer
from streams.edges import metrics
from streams.edges.errors import Unavailable
from streams.edges.forgotten import Forgotten
from streams.edges.lanes import last_recount, late_twins, recount_late, recount_tiers
from streams.edges.privacy import privacy_of
from streams.edges.reconcile import unreconciled
from streams.edges.settings import Settings
from streams.edges.store import Store
from streams.edges.traces import traces_of
from streams.edges.trails import trails_of
from streams.pure.alerting.messages import ChangeMessage, DeliveryMessage, PageMessage
from streams.pure.cells import (
    AlertMessage,
    CellMessage,
    MarkMessage,
    RejectedMessage,
    ScoreMessage,
    decode,
    mark_message,
)
from streams.pure.counting import far_future
from streams.pure.lateness import stretches

FLUSH_S = 0.5
TIERS_S = 10.0
RECONCILE_S = 60.0
MAX_ROWS = 50_000
MAX_BYTES = 32 * 1024 * 1024
"""Records in hand, and their bytes, before handling waits: bounds memory while the store is slow or away."""
RETRY_MAX_S = 10.0
NAMED = ("channel", "touchpoint", "stage", "location", "segment", "producer")
MAX_KNOWN_NAMES = 200_000
OF_EVENTS = frozenset(("rejected", "duplicates", "ledger"))
"""Tables that say what became of events: stored behind them."""


@dataclass(slots=True)
class Buffer:
    """Rows gathered since the last storing, and how far they reach."""

    touchpoints: TouchpointRows = field(default_factory=TouchpointRows)
    tables: dict[str, Table] = field(default_factory=lambda: defaultdict(Table))
    cells: dict[tuple[object, ...], CellMessage] = field(default_factory=dict)
    reached: dict[TP, int] = field(default_factory=dict)
    rows: int = 0
    bytes: int = 0


class Archiving:
    """Buffers of this worker, and how they get into the store."""

    def __init__(self, settings: Settings, store: Store, rules: Rules, log_id: Callable[[str], str]) -> None:
        self._rules = rules
        self._trails = trails_of(settings, "archive")
        self._traces = traces_of(settings, "archive")
        self._store = store
        self._privacy = privacy_of(settings)
        self._forgotten = Forgotten(store)
        self._log_id = log_id
        self._live, self._import = settings.topic("touchpoints"), settings.topic("touchpoints.import")
        self.topics = [
            self._live, self._import,
            *(settings.topic(name) for name in ("panes", "ledger", "scores", "alerts", "deliveries", "rejected")),
        ]  # fmt: skip
        self._panes = settings.topic("panes")
        self._buffer = Buffer()
        self._room = asyncio.Event()
        self._room.set()
        self._lines: dict[TP, Line] = {}
        self._ledgers: dict[TP, ImportLedger] = {}
        self._store_from: dict[TP, int] = {}
        self._seen_until: dict[TP, int] = {}
        self._known_names: set[tuple[str, str]] = set()
        self._tiers_since: dict[str, int] | None = None
        self._leads = False
        self._epoch = 0

    async def positions(self, consumer: BatchConsumer, committed: Mapping[TP, int | None]) -> Mapping[TP, int]:
        """The committed offsets; before them as much as the late line and the import ledger need to know."""
        self._epoch = consumer.epoch
        self._buffer, self._lines, self._ledgers = Buffer(), {}, {}
        self._seen_until = {}
        self._room.set()
        if self._traces:
            self._traces.forget()
        await self._rules.fresh()
        rules = self._rules.book
        starts = await consumer.log_starts(committed)
        wanted: dict[TP, int] = {}
        self._store_from = {tp: max(starts[tp], offset or 0) for tp, offset in committed.items()}
        self._leads = TP(self._panes, 0) in committed
        for tp, start in self._store_from.items():
            wanted[tp] = start
            if tp.topic == self._live:
                wanted[tp] = max(starts[tp], start - rules.horizon)
                successor = self._rules.follows_another(consumer, tp.topic, self._log_id(tp.topic))
                recall = self._trails.recall(self._log_id(tp.topic), tp.partition) if self._trails else None
                line = self._lines[tp] = Line(rules, wanted[tp], start, successor=successor, recall=recall)
                wanted[tp] = line.past.position
            elif tp.topic == self._import:
                # From the block of the last record stored: its end was perhaps not told.
                last = max(starts[tp], start - 1)
                wanted[tp] = max(starts[tp], last - last % rules.block_size)
                self._ledgers[tp] = ImportLedger(rules.policies[0], wanted[tp])
        return wanted

    async def handle(self, batch: Batch) -> None:
        """Lays a batch down in the buffer; waits while the buffer is full."""
        await self._room.wait()
        await self._rules.fresh()
        if batch.epoch != self._epoch:
            return  # partitions were handed out anew while it waited: it will be read again
        buffer, topic = self._buffer, batch.tp.topic
        if topic in (self._live, self._import):
            if self._traces:
                self._traces.begin(topic, batch.tp.partition, batch.records, self._store_from[batch.tp])
            self._touchpoints(buffer, batch)
        else:
            self._messages(buffer, batch)
        buffer.reached[batch.tp] = batch.next_offset
        buffer.rows += len(batch.records)
        buffer.bytes += sum(len(record.value or b"") for record in batch.records)
        if buffer.rows >= MAX_ROWS or buffer.bytes >= MAX_BYTES:
            self._room.clear()

    def _touchpoints(self, buffer: Buffer, batch: Batch) -> None:
        tp, line, ledger = batch.tp, self._lines.get(batch.tp), self._ledgers.get(batch.tp)
        store_from = self._store_from[tp]
        rules = self._rules.book
        if line is not None:
            line.rules = rules
        regime = line.regime() if line else rules.at(batch.records[0].timestamp)
        origin: dict[str, Any] = {"log": self._log_id(tp.topic), "topic": tp.topic, "partition": tp.partition}
        rows, rejected, duplicates = buffer.touchpoints, buffer.tables["rejected"], buffer.tables["duplicates"]
        rows.origin(**origin)
        # A broker that comes back may for a moment know less of its log than it told: the client then begins again at
        # its start. What came twice would meet its own traces here.
        seen_until = self._seen_until.get(tp, 0)
        self._seen_until[tp] = max(seen_until, batch.next_offset)
        for stretch in stretches(batch.records, seen_until):
            if line is not None:
                young, old, _ = line.past.take(stretch)
            keys: list[bytes] = []
            for record in stretch:
                offset, time_ms = record.offset, record.timestamp
                if time_ms >= regime.until_ms:
                    regime = line.regime(time_ms) if line else rules.at(time_ms)
                raw = record.value or b""
                event = regime.decode(raw)
                skew_ms = regime.policy.max_skew_ms
                if not isinstance(event, Rejection) and event.occurred_ms > time_ms + skew_ms:
                    event = far_future(event, time_ms, skew_ms)
                if ledger is not None:
                    ledger.count(offset, time_ms, event)
                if isinstance(event, Rejection):
                    keys.append(b"")
                    if offset >= store_from and ledger is not None:  # those of the live topic are reported by `score`
                        message = rejection_message(event, raw, offset=offset, time_ms=time_ms, **origin)
                        add_rejected(rejected, self._privacy.cleaned_rejection(message))
                    continue
                kind = "import"
                if line is not None:
                    key = event_key(event.producer, event.event_id)
                    keys.append(key)
                    before: int | None = young.setdefault(key, offset)
                    if before == offset:
                        before = old.get(key)
                    else:
                        young[key] = offset
                    if before is not None and offset - before <= regime.policy.horizon:
                        if offset >= store_from:
                            duplicates.row(
                                log_id=origin["log"], partition=tp.partition, offset=offset, appended_at=time_ms,
                                producer=event.producer,
                            )  # fmt: skip
                        continue
                    kind = "late" if event.occurred_ms <= line.past.late.line_ms(offset, time_ms) else "accepted"
                if offset >= store_from:
                    rows.add(event, "test" if event.test else kind, offset, time_ms)
            if line is not None:
                line.past.note(keys)

    def _messages(self, buffer: Buffer, batch: Batch) -> None:
        for record, message in numbered(batch, keep_all=True):
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
            elif isinstance(message, ChangeMessage):
                add_change(buffer.tables["alert_history"], message, record)
            elif isinstance(message, PageMessage):
                add_page(buffer.tables["pages"], message, record)
            elif isinstance(message, DeliveryMessage):
                add_delivery(buffer.tables["deliveries"], message)
            elif isinstance(message, RejectedMessage):
                add_rejected(buffer.tables["rejected"], self._privacy.cleaned_rejection(message))

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
                await self._store_all(buffer)
                break
            except Unavailable as error:
                log.warning("store away, trying again in %.1f s: %s", wait_s, error)
                await asyncio.sleep(wait_s)
                wait_s = min(RETRY_MAX_S, 2 * wait_s)
            if consumer.epoch != epoch:
                return
        self._room.set()
        if consumer.epoch == epoch:
            self._leave_footprints(buffer.reached)
            for tp, offset in buffer.reached.items():
                if offset > self._store_from.get(tp, 0):
                    consumer.durable(tp, offset)
                if self._traces:
                    self._traces.done(tp.topic, tp.partition, offset, last=True)

    def close(self) -> None:
        """Hands over the traces that wait."""
        if self._traces:
            self._traces.close()

    def _leave_footprints(self, reached: Mapping[TP, int]) -> None:
        for tp, line in self._lines.items():
            footprints, line.past.footprints = line.past.footprints, []
            if self._trails and footprints:
                needed_from = reached.get(tp, 0) - line.rules.horizon
                self._trails.keep(self._log_id(tp.topic), tp.partition, footprints, needed_from=needed_from)

    async def _store_all(self, buffer: Buffer) -> None:
        """Scores need not wait until events are stored: people look at them.

        Raises:
            Unavailable: some of it may be stored.
        """
        tables = dict(buffer.tables)
        of_events = {name: tables.pop(name) for name in OF_EVENTS if name in tables}
        ways = [
            asyncio.to_thread(self._store_tables, tables),
            asyncio.to_thread(self._store_events, buffer.touchpoints, of_events),
        ]
        # Both have ended before anything is tried again.
        for outcome in await asyncio.gather(*ways, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    def _store_tables(self, tables: Mapping[str, Table]) -> None:
        for name in sorted(tables, key=lambda name: name != "scores"):
            if tables[name].height:
                self._store.insert_columns(name, dict(tables[name]))

    def _store_events(self, rows: TouchpointRows, tables: Mapping[str, Table]) -> None:
        # As late as can be: who asked to be forgotten while the store was away is forgotten.
        self._forgotten.refresh(time.monotonic())
        if "rejected" in tables:
            self._forgotten.blank_rejected(tables["rejected"])
        if rows.height:
            for event in rows.events:
                self._privacy.clean_event(event, self._forgotten.names)
            columns = rows.columns()
            self._store.insert_columns("touchpoints", columns)
            self._store_names(columns)
        self._store_tables(tables)
        # After the rows: whoever stores the twin of one of these meanwhile finds it here, or is found there.
        slices = rows.slices("late", "import")
        slices |= late_twins(self._store, [(event.producer, event.event_id) for event in rows.events])
        if slices:
            recount_late(self._store, slices)

    def _store_names(self, touchpoints: Columns) -> None:
        """Keeps what drop-downs offer; a name already stored by this worker is not stored again."""
        seen = {(dimension, name) for dimension in NAMED for name in set(touchpoints[dimension])}
        seen |= {("metric", metric) for metrics in touchpoints["metrics"] for metric in metrics}
        fresh = {named for named in seen if named[1]} - self._known_names
        if not fresh:
            return
        if len(self._known_names) > MAX_KNOWN_NAMES:
            self._known_names = set()
        now_ms = time.time_ns() // 1_000_000
        columns: Columns = {
            "dimension": [dimension for dimension, _ in fresh],
            "name": [name for _, name in fresh],
            "last_seen": [now_ms] * len(fresh),
        }
        self._store.insert_columns("names", columns)
        self._known_names |= fresh

    def _add_import_ledger(self, table: Table, tp: TP, ledger: ImportLedger) -> None:
        for block in ledger.take():
            _, value = mark_message(
                block,
                log=self._log_id(tp.topic),
                topic=tp.topic,
                partition=tp.partition,
                partitions=0,
                heard_ms=block.record_time_ms,
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

    async def reconcile(self) -> None:
        """Tells how many offsets do not add up; by the same worker."""
        if not self._leads:
            return
        try:
            metrics.UNRECONCILED.set(await asyncio.to_thread(unreconciled, self._store))
        except Unavailable as error:
            log.warning("store away, the account waits: %s", error)


def build(settings: Settings, store: Store, log_id: Callable[[str], str]) -> BatchApp:
    """The Faust app of `archive`."""
    app = make_app("archive", settings)
    rules = Rules(settings)
    archiving = Archiving(settings, store, rules, log_id)
    app.positions = archiving
    consume(app, archiving.topics, archiving.handle, "archive")
    every(app, FLUSH_S, lambda: archiving.flush(consumer_of(app)), "store")
    every(app, TIERS_S, archiving.tiers, "tiers")
    every(app, RECONCILE_S, archiving.reconcile, "reconcile")
    every(app, settings.rules_refresh_s, rules.keep_up, "rules")
    app.on_before_shutdown.connect(lambda *_, **__: rules.stop())
    app.on_before_shutdown.connect(lambda *_, **__: archiving.close())
    return app
