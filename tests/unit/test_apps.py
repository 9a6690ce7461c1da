"""The wiring without Kafka: what the apps do with batches, with a stand-in for the consumer and the way out.

The same apps run on real brokers in tests/e2e; here the moments that are hard to hit there are hit on purpose.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from faust.types import TP

from streams.apps import archive, score
from streams.apps.archive import Archiving
from streams.apps.base import messages
from streams.apps.notify import Notifying
from streams.apps.roll import Rolling
from streams.apps.rules import Rules
from streams.apps.score import Scoring
from streams.apps.transport import Batch
from streams.edges.errors import UserError
from streams.edges.settings import Settings
from streams.pure.cells import CellMessage, MarkMessage, ScoreMessage, SumRow, SumsMessage, decode, encode
from tests.kit.logs import START_MS, Stored, event, record
from tests.unit.test_windows import cell

LIVE, IMPORT, PANES, SIGNALS = (TP(name, 0) for name in ("touchpoints", "touchpoints.import", "panes", "signals"))


class FakeConsumer:
    """Answers what an app asks of its consumer after an assignment."""

    def __init__(self) -> None:
        self.epoch = 1
        self.committable: dict[TP, int] = {}

    async def log_starts(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        await asyncio.sleep(0)  # the real one asks a broker
        return dict.fromkeys(tps, 0)

    async def log_ends(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        return dict.fromkeys(tps, 0)

    async def offsets_since(self, tps: Iterable[TP], since_ms: int) -> Mapping[TP, int | None]:
        return dict.fromkeys(tps)

    def partitions_of(self, topic: str) -> int:
        return 1

    def heard_at(self, tp: TP) -> tuple[int, int] | None:
        return None

    def durable(self, tp: TP, offset: int) -> None:
        self.committable[tp] = offset


class FakeOutbox:
    """Keeps what was sent."""

    writer = "w"

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []

    async def partitions(self, topic: str) -> int:
        return 1

    async def send(self, sendings: Iterable[tuple[str, int | None, bytes | None, bytes]]) -> None:
        self.sent += [(topic, decode(value)) for topic, _, _, value in sendings]


class FakeStore:
    """Keeps what was inserted."""

    def __init__(self) -> None:
        self.stored: dict[str, int] = {}
        self.touchpoints: list[tuple[int, str]] = []
        self.imported = 0
        self.recounted: list[set[int]] = []

    def rows(self, sql: str) -> list[tuple[int, ...]]:
        """Nobody asked to be forgotten."""
        return [(0, 0)]

    def insert_columns(self, table: str, columns: Mapping[str, list[Any]]) -> None:
        self.stored[table] = self.stored.get(table, 0) + len(next(iter(columns.values())))
        if table == "ledger":
            self.imported = max(columns["accepted"])
        if table == "touchpoints":
            self.touchpoints += zip(columns["offset"], columns["class"], strict=True)


def rules(**changes: int) -> Rules:
    """The rules as set, without a broker to keep them."""
    return Rules(Settings(memory_broker=True, **changes))  # type: ignore[arg-type]


def batch(tp: TP, records: list[Stored], epoch: int = 1) -> Batch:
    return Batch(tp, records, epoch)


def internal(*values: bytes | None) -> list[Stored]:
    return [Stored(offset, START_MS, b"", value) for offset, value in enumerate(values)]


async def test_a_batch_that_waited_through_a_rebalance_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """It will be read again; taken now, answers before it would be committed without being stored."""
    monkeypatch.setattr(archive, "MAX_ROWS", 10)
    monkeypatch.setattr(archive, "recount_late", lambda store, slices: store.recounted.append(set(slices)))
    monkeypatch.setattr(archive, "late_twins", lambda store, events: set())
    store, consumer = FakeStore(), FakeConsumer()
    archiving = Archiving(Settings(), store, rules(), lambda topic: "log")  # type: ignore[arg-type]
    await archiving.positions(consumer, {IMPORT: None})  # type: ignore[arg-type]
    answers = [record(offset, START_MS, event(f"e{offset}", START_MS)) for offset in range(20)]
    await archiving.handle(batch(IMPORT, answers[:10]))
    waiting = asyncio.create_task(archiving.handle(batch(IMPORT, answers[10:])))
    await asyncio.sleep(0)
    consumer.epoch = 2
    await archiving.positions(consumer, {IMPORT: None})  # type: ignore[arg-type]
    await waiting
    await archiving.flush(consumer)  # type: ignore[arg-type]
    assert consumer.committable == {}
    for part in (answers[:10], answers[10:]):
        await archiving.handle(batch(IMPORT, part, epoch=2))
        await archiving.flush(consumer)  # type: ignore[arg-type]
    assert store.stored["touchpoints"] == 20
    assert consumer.committable == {IMPORT: 20}


async def test_a_retry_with_another_time_is_a_duplicate_for_the_archive_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stored as accepted it would outrank its late twin, and the answer would be in neither lane.

    Also for a worker that begins between the two.
    """
    monkeypatch.setattr(archive, "recount_late", lambda store, slices: store.recounted.append(set(slices)))
    monkeypatch.setattr(archive, "late_twins", lambda store, events: set())
    records = [
        record(0, START_MS, event("e", START_MS - 100_000)),
        record(1, START_MS + 1_000, event("e", START_MS + 1_000)),
        record(2, START_MS + 2_000, event("f", START_MS + 2_000)),
    ]
    for committed, kept in ((None, [(0, "late"), (2, "accepted")]), (1, [(2, "accepted")])):
        store, consumer = FakeStore(), FakeConsumer()
        archiving = Archiving(Settings(), store, rules(horizon=5, max_age_ms=60_000), lambda topic: "log")  # type: ignore[arg-type]
        await archiving.positions(consumer, {LIVE: committed})  # type: ignore[arg-type]
        await archiving.handle(batch(LIVE, records))
        await archiving.flush(consumer)  # type: ignore[arg-type]
        assert store.touchpoints == kept
        assert store.stored.get("duplicates") == 1
        assert consumer.committable == {LIVE: 3}


async def test_what_is_fetched_twice_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a broker's crash the client may begin again at the log's start, within one assignment."""
    monkeypatch.setattr(archive, "recount_late", lambda store, slices: store.recounted.append(set(slices)))
    monkeypatch.setattr(archive, "late_twins", lambda store, events: set())
    store, consumer = FakeStore(), FakeConsumer()
    archiving = Archiving(Settings(), store, rules(horizon=5, max_skew_ms=0), lambda topic: "log")  # type: ignore[arg-type]
    await archiving.positions(consumer, {LIVE: None, IMPORT: None})  # type: ignore[arg-type]
    records = [record(n, START_MS + 1_000 * n, event(f"e{n}", START_MS + 1_000 * n)) for n in range(12)]
    for part in (records[:8], records):
        await archiving.handle(batch(LIVE, part))
        await archiving.handle(batch(IMPORT, part))
    await archiving.flush(consumer)  # type: ignore[arg-type]
    assert store.touchpoints.count((0, "late")) == 0
    assert len(store.touchpoints) == 24
    assert store.imported == 12, "the ledger of the import counts each record once"


async def test_the_coarse_topic_is_not_told_of_more_than_its_cells_hold() -> None:
    """While the open block's coarse cells are held back, a closed block's mark speaks for itself only."""
    outbox = FakeOutbox()
    scoring = Scoring(Settings(), outbox, rules(block_size=64, horizon=64), lambda topic: "log")  # type: ignore[arg-type]
    consumer = FakeConsumer()
    await scoring.positions(consumer, {LIVE: None})  # type: ignore[arg-type]
    records = [record(n, START_MS + 1000 * n, event(f"e{n}", START_MS + 1000 * n)) for n in range(100)]
    await scoring.handle(batch(LIVE, records))
    await scoring.flush(consumer)  # type: ignore[arg-type]
    coarse = [message for topic, message in outbox.sent if topic == "panes.coarse"]
    told = sum(row[7][0][1] for message in coarse if isinstance(message, CellMessage) for row in message.series)
    heard_ms = max(message.heard_ms for message in coarse if isinstance(message, MarkMessage))
    assert told == 64
    assert heard_ms == START_MS + 63_000
    assert consumer.committable == {LIVE: 100}


async def test_an_answer_alone_between_two_publications_is_published_whenever_it_comes() -> None:
    """Quiet partitions are passed over while nothing is new: one answer is something new, at any moment."""
    outbox = FakeOutbox()
    scoring = Scoring(Settings(), outbox, rules(), lambda topic: "log")  # type: ignore[arg-type]
    consumer = FakeConsumer()
    await scoring.positions(consumer, {LIVE: None})  # type: ignore[arg-type]
    for offset, pause in enumerate(range(1, 18)):
        at_ms = START_MS + 20_000 * offset
        await scoring.handle(batch(LIVE, [record(offset, at_ms, event(f"e{offset}", at_ms, score=1))]))
        for _ in range(pause):
            await scoring.flush(consumer)  # type: ignore[arg-type]
        cells = [message for topic, message in outbox.sent if topic == "panes" and isinstance(message, CellMessage)]
        assert len({cell.slice_ms for cell in cells}) == offset + 1
        assert len([topic for topic, _ in outbox.sent if topic == "alerts"]) == offset + 1


async def test_who_is_behind_publishes_less_often_and_who_keeps_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told while catching up is old anyway; the first fresh batch is told with the next publication."""
    now_s = 1_000.0
    monkeypatch.setattr(score.time, "monotonic", lambda: now_s)
    monkeypatch.setattr(score.time, "time_ns", lambda: START_MS * 1_000_000)
    outbox, consumer = FakeOutbox(), FakeConsumer()
    scoring = Scoring(Settings(), outbox, rules(), lambda topic: "log")  # type: ignore[arg-type]
    await scoring.positions(consumer, {LIVE: None})  # type: ignore[arg-type]
    told: list[int] = []
    for offset, age_ms in enumerate((60_000, 50_000, 40_000, 0, 0)):
        at_ms = START_MS - age_ms
        await scoring.handle(batch(LIVE, [record(offset, at_ms, event(f"e{offset}", at_ms))]))
        now_s += score.FLUSH_S
        await scoring.publish(consumer)  # type: ignore[arg-type]
        told.append(consumer.committable.get(LIVE, 0))
    assert told == [1, 1, 1, 4, 5]


async def test_a_huge_record_is_kept_as_far_as_a_broker_takes_it() -> None:
    """Told whole, as base64, the broker would refuse it, and the worker would stop at it for ever."""
    outbox = FakeOutbox()
    scoring = Scoring(Settings(), outbox, rules(), lambda topic: "log")  # type: ignore[arg-type]
    consumer = FakeConsumer()
    await scoring.positions(consumer, {LIVE: None})  # type: ignore[arg-type]
    await scoring.handle(batch(LIVE, [Stored(0, START_MS, b"", b"x" * 1_000_000)]))
    await scoring.flush(consumer)  # type: ignore[arg-type]
    (kept,) = [message for topic, message in outbox.sent if topic == "rejected"]
    assert kept.reason == "too_large"
    assert len(encode(kept)) < 500_000


async def test_who_keeps_everything_stops_at_a_newer_versions_message() -> None:
    odd = internal(b"hello", b'{"t":"incident","v":2}')
    with pytest.raises(UserError, match="upgrade this worker first"):
        list(messages(batch(PANES, odd), keep_all=True))


async def test_what_is_no_message_of_ours_is_told_and_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    """A newer version's message or a stranger's record must not stop a worker for ever."""
    known = cell(0)
    unknown = cell(0, metric="csat", scale="csat-1-5")
    unknown.series = [("", "", "", "", "customer", "csat", "csat-1-11", [(1, 1, 10**6, 10**6)])]
    odd = internal(None, b"hello", b'{"t":"incident","v":2}', encode(unknown), encode(known))
    with caplog.at_level(logging.ERROR, "touchpulse"):
        assert list(messages(batch(PANES, odd))) == [known]
    assert len(caplog.records) == 4
    rolling = Rolling(Settings(), FakeOutbox(), lambda: START_MS)  # type: ignore[arg-type]
    await rolling.positions(FakeConsumer(), {PANES: None})  # type: ignore[arg-type]
    await rolling.handle(batch(PANES, odd))


def sums(channel: str, end_ms: int, n: int) -> bytes:
    weight = n * 10**6
    row = SumRow("channel", channel, "", "csat", "csat-1-5", n, n, 0, 0, 5 * n, 25 * n, *[weight] * 3, 0, *[weight] * 2)
    return encode(SumsMessage(channel, 300, end_ms, end_ms, [row]))


async def test_a_total_leaves_out_a_channel_nobody_rolls_any_more() -> None:
    outbox = FakeOutbox()
    notifying = Notifying(Settings(), outbox, lambda: START_MS)  # type: ignore[arg-type]
    await notifying.positions(FakeConsumer(), {SIGNALS: None})  # type: ignore[arg-type]
    later_ms = START_MS + 2 * 3_600_000
    await notifying.handle(batch(SIGNALS, internal(sums("chat", START_MS, 500), sums("web", later_ms, 7))))
    await notifying.tick()
    totals = {
        m.as_of_ms: m.rows[0]["n"] for topic, m in outbox.sent if topic == "scores" and isinstance(m, ScoreMessage)
    }
    assert totals[later_ms] == 7


async def test_a_channel_that_has_not_turned_yet_counts_as_it_was_a_moment_ago() -> None:
    """Otherwise the total would dip at every turn of a slice."""
    outbox = FakeOutbox()
    notifying = Notifying(Settings(), outbox, lambda: START_MS)  # type: ignore[arg-type]
    await notifying.positions(FakeConsumer(), {SIGNALS: None})  # type: ignore[arg-type]
    await notifying.handle(batch(SIGNALS, internal(sums("chat", START_MS, 500), sums("web", START_MS + 10_000, 7))))
    await notifying.tick()
    last = [m for topic, m in outbox.sent if topic == "scores" and isinstance(m, ScoreMessage)][-1]
    assert (last.as_of_ms, last.rows[0]["n"], last.complete) == (START_MS + 10_000, 507, False)
