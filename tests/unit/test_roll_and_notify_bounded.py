"""`roll` and `notify` under floods and odd messages: sizes, ticks, other channels; with stand-ins for Kafka."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

import pytest
from faust.types import TP

from streams.apps.notify import MAX_CHANNELS, Notifying
from streams.apps.roll import Rolling
from streams.apps.rows import TALLY_FIELDS, TOLD_AS_OTHER
from streams.edges.settings import Settings
from streams.pure.alerting.inputs import Row, Single
from streams.pure.alerting.messages import Closed, Producers
from streams.pure.cells import (
    CellMessage,
    ScoreMessage,
    SeriesRow,
    SumRow,
    SumsMessage,
    decode,
    encode,
)
from streams.pure.telling import NUMBER_FIELDS
from tests.kit.logs import Stored
from tests.unit.test_apps import FakeConsumer, batch, internal, sums
from tests.unit.test_windows import ONE, T0, mark

PANES, SIGNALS = TP("panes", 0), TP("signals", 0)
NOW_MS = T0 + 5_000
MOST_BYTES = 262_144


class Outbox:
    """Keeps what was sent, as bytes and as messages."""

    def __init__(self) -> None:
        self.raw: list[tuple[str, bytes]] = []
        self.signals: list[tuple[bytes, bytes]] = []
        """With their keys."""

    async def send(self, sendings: Iterable[tuple[str, int | None, bytes | None, bytes]]) -> None:
        sent = list(sendings)
        self.raw += [(topic, value) for topic, _, _, value in sent]
        self.signals += [(key or b"", value) for topic, _, key, value in sent if topic == "signals"]

    def scores(self) -> list[ScoreMessage]:
        told = [decode(value) for topic, value in self.raw if topic == "scores"]
        return [message for message in told if isinstance(message, ScoreMessage)]

    def of(self, channel: str, dimension: str = "location") -> dict[str, Any]:
        """Last n of each member of a channel."""
        rows = [row for message in self.scores() for row in message.rows]
        return {str(r["member"]): r["n"] for r in rows if r["channel"] == channel and r["dimension"] == dimension}


class LongLog(FakeConsumer):
    """A consumer whose topics hold so many records already."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    async def log_ends(self, tps: Iterable[TP]) -> dict[TP, int]:
        return dict.fromkeys(tps, self.size)

    async def offsets_since(self, tps: Iterable[TP], since_ms: int) -> dict[TP, int | None]:
        await asyncio.sleep(0)
        return dict.fromkeys(tps, 0)


async def rolling(consumer: FakeConsumer | None = None, **changes: Any) -> tuple[Rolling, Outbox]:
    outbox = Outbox()
    worker = Rolling(Settings(**changes), outbox, lambda: NOW_MS)  # type: ignore[arg-type]
    await worker.positions(consumer or FakeConsumer(), {PANES: None})  # type: ignore[arg-type]
    return worker, outbox


async def notifying(**changes: Any) -> tuple[Notifying, Outbox]:
    outbox = Outbox()
    worker = Notifying(Settings(**changes), outbox, lambda: NOW_MS)  # type: ignore[arg-type]
    await worker.positions(FakeConsumer(), {SIGNALS: None})  # type: ignore[arg-type]
    return worker, outbox


def cells(channel: str, names: Iterable[str], *, touchpoint: bool = False, n: int = 1) -> list[bytes]:
    """Cells of one slice, a hundred series each; the name is a location, or a touchpoint."""
    rows: list[SeriesRow] = [
        ("use", name if touchpoint else "pay", "" if touchpoint else name, "", "customer", "csat", "csat-1-5",
         [(4, n, n * ONE, n * ONE)])
        for name in names
    ]  # fmt: skip
    return [
        encode(CellMessage("log", 0, 0, 10_000, T0, channel, part, "w", 1, 9, rows[part * 100 : part * 100 + 100]))
        for part in range((len(rows) + 99) // 100)
    ]


@pytest.mark.parametrize("touchpoint", [False, True])
async def test_no_message_grows_beyond_what_a_broker_takes(touchpoint: bool) -> None:
    """50,000 series in one channel, with the longest names the contract takes."""
    worker, outbox = await rolling()
    names = [f"{number:06d}".ljust(128, "\N{SNOWMAN}") for number in range(50_000)]
    await worker.handle(batch(PANES, internal(*cells("store", names, touchpoint=touchpoint))))
    for _ in range(6):
        await worker.tick()
    assert max(len(value) for _, value in outbox.raw) < MOST_BYTES
    told = outbox.of("store", "touchpoint" if touchpoint else "location")
    assert sum(told.values()) == 50_000
    assert len(told) <= 6_251


async def test_a_retailer_sees_each_of_2000_stores() -> None:
    worker, outbox = await rolling()
    stores = [f"store-{number}" for number in range(2_000)]
    await worker.handle(batch(PANES, internal(*cells("store", stores))))
    await worker.tick()
    await worker.tick()
    assert outbox.of("store") == dict.fromkeys(stores, 1)


async def test_a_flood_in_one_channel_delays_and_changes_nothing_of_another(caplog: pytest.LogCaptureFixture) -> None:
    worker, outbox = await rolling(max_members=100)
    junk = [f"order-{number}" for number in range(20_000)]
    await worker.handle(batch(PANES, internal(*cells("web", junk), *cells("app", ["a", "b"], n=3))))
    with caplog.at_level(logging.WARNING, "touchpulse"):
        await worker.tick()
        await worker.tick()
    assert outbox.of("app") == {"a": 3, "b": 3}
    assert outbox.of("web", "channel") == {"": 20_000}
    said = [record.getMessage() for record in caplog.records]
    assert [line for line in said if "more than 100 names of location" in line], "the overflow is reported"
    assert len(said) < 4, "once, not with each tick"
    web = [message for message in outbox.scores() if message.rows[0]["channel"] == "web"]
    assert web[0].others["location"] == 20_000 - 125, "a quarter more than will be kept may show themselves"
    assert sum(outbox.of("web").values()) == 20_000


async def test_a_member_that_became_other_ends_with_a_reason() -> None:
    """Its last score would stand on the board for ever."""
    outbox = Outbox()
    now_ms = NOW_MS
    worker = Rolling(Settings(max_members=4), outbox, lambda: now_ms)  # type: ignore[arg-type]
    await worker.positions(FakeConsumer(), {PANES: None})  # type: ignore[arg-type]
    await worker.handle(batch(PANES, internal(*cells("web", ["tiny"]), *[encode(mark(heard_ms=NOW_MS))])))
    await worker.tick()
    larger = CellMessage("log", 0, 0, 10_000, T0 + 10_000, "web", 7, "w", 1, 9, [])
    larger.series = decode(cells("web", ["a", "b", "c", "d"], n=9)[0]).series  # type: ignore[union-attr]
    await worker.handle(batch(PANES, internal(encode(larger))))
    now_ms += 120_000
    await worker.tick()
    await worker.tick()
    ends = [row for message in outbox.scores() for row in message.rows if row["reason"] == TOLD_AS_OTHER]
    assert {(row["member"], row["value"], row["n"]) for row in ends} == {("tiny", None, 0)}


async def test_reading_back_ends_whatever_order_its_keys_came_in() -> None:
    """Of repeats only the last counts, but the end of the log is where the last record lies."""
    worker, outbox = await rolling(LongLog(3))
    first, second = cells("web", ["a"])[0], cells("app", ["b"])[0]
    later = cells("web", ["a"], n=5)[0]
    records = [Stored(0, T0, b"web", first), Stored(1, T0, b"app", second), Stored(2, T0, b"web", later)]
    await worker.tick()
    assert outbox.raw == [], "half a window is a wrong number"
    await worker.handle(batch(PANES, records))
    await worker.tick()
    assert outbox.of("web") == {"a": 5}


async def test_a_new_notify_adds_up_the_window_of_now_though_the_last_word_was_on_one_that_is_over() -> None:
    """It reads only the last message of each key; a channel that says nothing more must not be missing."""
    now_ms = NOW_MS
    told, found = Outbox(), Outbox()
    worker = Rolling(Settings(), told, lambda: now_ms)  # type: ignore[arg-type]
    await worker.positions(FakeConsumer(), {PANES: None})  # type: ignore[arg-type]
    await worker.handle(batch(PANES, internal(*cells("web", ["a"], n=2))))
    await worker.tick()
    now_ms += 10_000
    later = decode(cells("web", ["a"], n=5)[0])
    assert isinstance(later, CellMessage)
    later.slice_ms, later.part = T0 + 10_000, 1
    await worker.handle(batch(PANES, internal(encode(later))))
    await worker.tick()
    await worker.handle(batch(PANES, internal(encode(mark(heard_ms=T0 + 10_000)))))
    await worker.tick()
    last = dict(told.signals)
    newcomer = Notifying(Settings(), found, lambda: now_ms)  # type: ignore[arg-type]
    await newcomer.positions(LongLog(len(last)), {SIGNALS: None})  # type: ignore[arg-type]
    kept = [Stored(place, T0, key, value) for place, (key, value) in enumerate(last.items())]
    await newcomer.handle(batch(SIGNALS, kept))
    await newcomer.tick()
    assert max((each.as_of_ms, each.rows[0]["n"]) for each in found.scores() if each.window_s == 300) == (
        T0 + 20_000,
        7,
    )


@pytest.mark.parametrize("told_upto", range(6))
async def test_reading_back_loses_nothing_wherever_the_one_before_stopped_telling(told_upto: int) -> None:
    """Of messages with one key only the last is read; it must not take the place of another."""
    outbox = Outbox()
    worker = Rolling(Settings(), outbox, lambda: NOW_MS)  # type: ignore[arg-type]
    await worker.positions(LongLog(5), {PANES: told_upto})  # type: ignore[arg-type]
    newer = decode(cells("app", ["a"], n=4)[0])
    assert isinstance(newer, CellMessage)
    newer.upto = 99
    log = [(name, cells(name, ["a"], n=n)[0]) for name, n in (("till", 5), ("app", 1), ("web", 2))]
    log += [("app", encode(newer)), ("chat", cells("chat", ["a"], n=3)[0])]
    await worker.handle(batch(PANES, [Stored(at, T0, key.encode(), value) for at, (key, value) in enumerate(log)]))
    await worker.tick()
    told = {name: outbox.of(name)["a"] for name in ("app", "web", "chat", "till")}
    assert told == {"app": 4, "web": 2, "chat": 3, "till": 5}


async def test_nothing_is_told_while_positions_are_looked_for() -> None:
    worker, outbox = await rolling()
    looking = asyncio.create_task(worker.positions(LongLog(3), {PANES: None}))  # type: ignore[arg-type]
    while not looking.done():
        await worker.tick()
        await asyncio.sleep(0)
    await worker.tick()
    assert outbox.raw == []


def odd_cells() -> list[bytes]:
    sound = decode(cells("web", ["a"], n=2)[0])
    assert isinstance(sound, CellMessage)
    odd: list[bytes] = []
    for part, changes in enumerate((
        {"slice_ms": 10**18}, {"slice_ms": -(10**18)}, {"slice_ms": T0 + 1}, {"width_ms": 7}, {"block": -(10**15)},
        {"series": [("", "", "", "", "customer", "csat", "csat-1-5", [(9, 1, 1, 1)])]},
        {"series": [("", "", "", "", "customer", "csat", "csat-1-5", [(5, -1, 1, 1)])]},
        {"series": [("", "", "", "", "customer", "csat", "no-such-scale", [(1, 1, 1, 1)])]},
        {"series": [("", "", "", "", "customer", "csat", "csat-1-5", [])]},
        {"series": []},
    )):  # fmt: skip
        values = {name: getattr(sound, name) for name in CellMessage.__struct_fields__}
        odd.append(encode(CellMessage(**{**values, "part": 100 + part, **changes})))
    odd.append(
        encode(sound).replace(b'"part":0', b'"part":99').replace(b"[4,2,", b"[4,123456789012345678901234567890,")
    )
    strange = mark(heard_ms=10**17, partition=-1, partitions=-3, block=10**17, log="other")
    return [*odd, encode(strange), b"", b"null", b"[]", b"\xff", b'{"t":"cell"}', encode(sound)]


async def test_no_odd_message_stops_roll_nor_hides_the_sound_one_beside_it() -> None:
    worker, outbox = await rolling()
    await worker.handle(batch(PANES, internal(*odd_cells())))
    await worker.tick()
    await worker.tick()
    assert outbox.of("web") == {"a": 2}


def answers(point: int, n: int, scale: str = "csat-1-5") -> Row:
    return Row("web", "", "", "", "", "", "csat", scale, [(point, n)])


async def test_no_odd_message_stops_notify_nor_hides_the_sound_one_beside_it(caplog: pytest.LogCaptureFixture) -> None:
    worker, outbox = await notifying()
    nothing = [0] * len(NUMBER_FIELDS)
    odd = [
        SumsMessage("web", 7, NOW_MS, NOW_MS, []),
        SumsMessage("web", 300, 10**17, 10**17, []),
        SumsMessage("chat", 300, T0, T0, [SumRow("channel", "chat", "", "csat", "no-such-scale", *nothing)]),
        SumsMessage("chat", 300, T0, T0, [SumRow("channel", "chat", "", "csat", "csat-1-5", -1, *nothing[1:])]),
        SumsMessage("chat", 300, T0, T0, [SumRow("channel", "chat", "", "csat", "csat-1-5", 5, *nothing[1:])]),
        Closed(0, 1, 5, 10**17, 10**17 + 10_000, 0, 1, []),
        Closed(0, 1, 6, T0, T0 + 10_000, 0, 1, [answers(9, 1), answers(3, -1), answers(3, 1, "no-such-scale")]),
        Single("shop:1", 10**17, answers(1, 1)),
        Single("shop:2", T0, answers(-1, 1)),
        Producers(0, -1, 10**17, [("shop", 3)]),
        mark(),
    ]
    await worker.handle(batch(SIGNALS, internal(*map(encode, odd), b"{", sums("web", T0, 7))))
    await worker.tick()
    (told,) = outbox.scores()
    assert (told.as_of_ms, told.rows[0]["n"]) == (T0, 7)
    assert worker.alerting._merging.done == {0: T0 + 10_000}, "a slice of the far future would hide all that follow"
    assert "passed over 12 signals" in caplog.text


async def test_notify_holds_the_channels_heard_of_last() -> None:
    worker, _ = await notifying()
    for number in range(MAX_CHANNELS + 50):
        await worker.handle(batch(SIGNALS, internal(sums(f"c{number}", T0, 1))))
    assert len(worker._sums[300]) == MAX_CHANNELS
    assert "c1049" in worker._sums[300]


async def test_totals_over_channels_name_the_largest_touchpoints_and_leave_nothing_out() -> None:
    worker, outbox = await notifying(max_members=10)
    for channel in ("web", "app"):
        rows = [row(channel, "", 600)] + [row(channel, f"{channel}-{number}", number) for number in range(25)]
        rows += [row(channel, "shared", 300)]
        await worker.handle(batch(SIGNALS, internal(encode(SumsMessage(channel, 300, T0, T0, rows)))))
    await worker.tick()
    told = {str(r["member"]): r["n"] for message in outbox.scores() for r in message.rows}
    assert told[""] == 1_200
    assert told["shared"] == 600
    assert len(told) == 10 + 2
    assert sum(n for name, n in told.items() if name) == 2 * (300 + 300)


def row(channel: str, touchpoint: str, n: int) -> SumRow:
    dimension = "touchpoint" if touchpoint else "channel"
    weights = (n * ONE, n * ONE, n * ONE, 0, 4 * n * ONE, 16 * n * ONE)
    return SumRow(dimension, channel, touchpoint, "csat", "csat-1-5", n, n, 0, 0, 4 * n, 16 * n, *weights)


def test_sums_and_tallies_name_their_numbers_alike() -> None:
    assert TALLY_FIELDS == NUMBER_FIELDS
