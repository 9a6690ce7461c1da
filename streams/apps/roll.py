"""`roll`: from cells to rolling scores, by channel. Joins the panes topics with Windows.

Holds no state of its own: after each assignment it reads the panes back as far as its longest window. What it
commits says only how far `notify` was told. What it emits: score rows, sums for `notify`, closed slices for the alert
engine. Each tick tells what changed, of members only so many rows: a flood of names costs time in
proportion to what is kept of it, never to what was sent.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain

from faust.types import TP

from streams.apps.base import consume, every, log, make_app, messages
from streams.apps.closed import ClosedSlices
from streams.apps.outbox import Outbox, Sending
from streams.apps.rows import gone_row, score_messages, score_row
from streams.apps.transport import Batch, BatchApp, BatchConsumer
from streams.edges.settings import FINE_WINDOW_S, Settings
from streams.pure.cells import CellMessage, MarkMessage, SumsMessage, encode
from streams.pure.counting import COARSE_MS, SLICE_MS
from streams.pure.telling import Told
from streams.pure.windows import Windows

TICK_S = 0.5
TOTALS = ("channel", "touchpoint")
"""Groupings that `notify` adds up over channels."""
FILL_IN_MS = 20 * 60_000
"""How far back a new worker fills in; a multiple of both widths, read back beyond the longest window."""
FINAL_PER_TICK = 30
"""Final windows a tick: a restart with much to fill in must not hold up what is happening now."""
MAX_WAIT_MS = 60_000
"""How long the final value of an ended slice waits for a silent partition; then it stays marked incomplete."""
ROWS_PER_TICK = 4_000
"""Rows of members a tick: some 80 ms of work. What is left over is told with the next ticks."""
ROWS_AT_ONCE = 1_000
"""Rows of cells taken in together: enough to be quick, few enough to stay in the processor's cache."""
FETCH_BYTES, FETCHES_IN_HAND = 524_288, 2
"""Compressed bytes fetched of a partition at a time, and how many such fetches may wait."""
REPORT_MS = 3_600_000
"""A flood that goes on is reported so often; what was passed over, each minute."""


@dataclass(slots=True)
class Ended:
    """A window that is over but not final: when to give up waiting; `missed` if nobody rolled when it was current."""

    give_up_ms: int
    missed: bool = False


class Rolling:
    """Windows of the channels this worker owns, by partition of the panes topics."""

    def __init__(self, settings: Settings, outbox: Outbox, now_ms: Callable[[], int]) -> None:
        lengths_ms = [1000 * window for window in settings.windows_s]
        self._lengths = {
            "panes": [length for length in lengths_ms if length <= 1000 * FINE_WINDOW_S],
            "panes.coarse": [length for length in lengths_ms if length > 1000 * FINE_WINDOW_S],
        }
        self._widths = {"panes": SLICE_MS, "panes.coarse": COARSE_MS}
        self._names = {settings.topic(name): name for name in self._lengths}
        self._panes = settings.topic("panes")
        self._max_members = settings.max_members
        self._no_times = settings.memory_broker
        self._outbox = outbox
        self._now_ms = now_ms
        self._windows: dict[TP, Windows] = {}
        self._behind: dict[TP, int] = {}
        self._ended: dict[tuple[TP, int], dict[int, Ended]] = {}
        self._closed = ClosedSlices()
        self._rows_told: dict[tuple[TP, int], int] = {}
        self._reported_ms: dict[object, int] = {}

    @property
    def topics(self) -> list[str]:
        """Full names of the topics that are needed for the windows as set."""
        return [topic for topic, name in self._names.items() if self._lengths[name]]

    async def positions(self, consumer: BatchConsumer, committed: Mapping[TP, int | None]) -> Mapping[TP, int]:
        """Reads each panes partition back as far as its longest window."""
        starts, ends = await consumer.log_starts(committed), await consumer.log_ends(committed)
        windows: dict[TP, Windows] = {}
        wanted: dict[TP, int] = {}
        for tp in committed:
            name = self._names[tp.topic]
            longest_ms = max(self._lengths[name])
            windows[tp] = Windows(self._widths[name], self._lengths[name], self._max_members)
            wanted[tp] = starts[tp]
            if not self._no_times:
                since_ms = self._now_ms() - longest_ms - FILL_IN_MS - self._widths[name]
                since = (await consumer.offsets_since([tp], since_ms))[tp]
                wanted[tp] = ends[tp] if since is None else since
        # All at once: a tick in between must not tell of what is still to be read back.
        self._windows = windows
        self._closed.assign(consumer, committed, self._panes)
        self._behind = {tp: end for tp, end in ends.items() if end > wanted[tp]}
        self._ended, self._rows_told = {}, {}
        return wanted

    async def handle(self, batch: Batch) -> None:
        """Takes cells and marks in."""
        windows = self._windows.get(batch.tp)
        if windows is None:
            return
        next_offset = batch.next_offset
        if batch.tp in self._behind:
            # As compaction would: of one key's messages the last says it all, where it lay. Reading back meets many of
            # each; of a key that was seen before, a dict would keep the first place.
            last = {record.key: record for record in batch.records}
            batch = replace(batch, records=sorted(last.values(), key=lambda record: record.offset))
        with _collector_at_rest():
            for half in self._closed.halves(batch):
                self._take_in(windows, half)
        if next_offset >= self._behind.get(batch.tp, 0):
            self._behind.pop(batch.tp, None)

    def _take_in(self, windows: Windows, batch: Batch) -> None:
        now_ms = self._now_ms()
        cells: list[CellMessage] = []
        marks: list[MarkMessage] = []
        rows = 0
        for message in messages(batch):
            if isinstance(message, CellMessage):
                cells.append(message)
                rows += len(message.series)
                if rows >= ROWS_AT_ONCE:
                    self._apply(windows, batch, cells, now_ms)
                    cells, rows = [], 0
            elif isinstance(message, MarkMessage):
                marks.append(message)
        # A mark follows the cells it speaks of, so they may well all go first, and together they go faster.
        self._apply(windows, batch, cells, now_ms)
        for mark in marks:
            windows.mark(mark)

    def _apply(self, windows: Windows, batch: Batch, cells: list[CellMessage], now_ms: int) -> None:
        windows.apply(*cells, now_ms=now_ms)
        self._closed.add(batch.tp, cells, batch.next_offset, now_ms)

    async def tick(self) -> None:
        """Emits what changed; nothing while still reading back, since half a window is a wrong number."""
        now_ms = self._now_ms()
        sendings: list[Sending] = []
        closed: list[TP] = []
        ready = [tp for tp in self._windows if tp not in self._behind]
        asked = [(tp, length_ms) for tp in ready for length_ms in self._lengths[self._names[tp.topic]]]
        # Who had little to tell goes first, so that a flood gets what the others leave.
        asked.sort(key=lambda place: self._rows_told.get(place, 0))
        left = ROWS_PER_TICK
        for place, (tp, length_ms) in enumerate(asked):
            told, rows = self._window(tp, length_ms, now_ms, left // (len(asked) - place))
            self._rows_told[(tp, length_ms)] = rows
            left -= rows
            sendings += told
        for tp in ready:
            windows = self._windows[tp]
            if slices := self._closed.due(tp, _heard_ms(windows, now_ms), now_ms):
                sendings += slices
                closed.append(tp)
            waiting = [end for (owner, _), ends in self._ended.items() if owner == tp for end in ends]
            windows.expire(min([now_ms, *waiting]))
            for reason, times in windows.ignored.items():
                if self._may_report((tp, reason), 60_000, now_ms):
                    log.warning("passed over in %s[%d]: %s, %d so far", *tp, reason, times)
        upto = self._closed.upto()
        await self._outbox.send(sendings)
        self._closed.sent(closed, upto)

    def _window(self, tp: TP, length_ms: int, now_ms: int, limit: int) -> tuple[list[Sending], int]:
        """The window as of now, and the last word on those that ended, once every partition was heard beyond.

        Returns:
            What to send, and how many rows of members that holds; at most `limit`.
        """
        windows = self._windows[tp]
        heard_ms, end_ms = _heard_ms(windows, now_ms), windows.current_end_ms(now_ms)
        ended = self._ended.get((tp, length_ms))
        if ended is None:
            # A new worker fills in what ended while nobody rolled, so that a restart leaves no gap in a graph.
            missed = range(end_ms - FILL_IN_MS, end_ms, windows.width_ms)
            ended = self._ended[(tp, length_ms)] = {end: Ended(now_ms + MAX_WAIT_MS, missed=True) for end in missed}
        sendings: list[Sending] = []
        rows = 0
        for end in sorted(end for end in ended if end < end_ms)[:FINAL_PER_TICK]:
            whole = True
            if heard_ms >= end:
                room = 0 if ended[end].missed else limit - rows
                told = windows.tell(length_ms, end, final=True, channels_too=True, limit=room, totals_of=TOTALS)
                sendings += self._messages(length_ms, end, heard_ms, now_ms, told, final=True)
                rows += told.members
                whole = told.whole or ended[end].missed
            if (heard_ms >= end and whole) or now_ms > ended[end].give_up_ms:
                del ended[end]
            if not whole:
                break
        turned = end_ms not in ended
        if turned:
            ended[end_ms] = Ended(end_ms + MAX_WAIT_MS)
        told = windows.tell(length_ms, end_ms, final=False, channels_too=turned, limit=limit - rows, totals_of=TOTALS)
        return sendings + self._messages(length_ms, end_ms, heard_ms, now_ms, told), rows + told.members

    def _messages(
        self, length_ms: int, end_ms: int, heard_ms: int, now_ms: int, told: Told, *, final: bool = False
    ) -> list[Sending]:
        """Rows by channel for the store, and for `notify` all that totals are made of."""
        sendings: list[Sending] = []
        for channel, rows in told.by_channel().items():
            key = f"{channel}|{length_ms}".encode()
            others = told.others.get(channel, {})
            gone = (gone_row(place) for place in told.gone if place[1] == channel)
            for message in score_messages(
                chain(map(score_row, rows), gone),
                window_s=length_ms // 1000, as_of_ms=end_ms, heard_ms=heard_ms, now_ms=now_ms, others=others,
            ):  # fmt: skip
                sendings.append(("scores", None, key, message))
            if totals := told.totals.get(channel):
                sums = SumsMessage(channel, length_ms // 1000, end_ms, heard_ms, totals)
                # Keys of their own: of each key only the last message is kept, and the last word on a window that is
                # over comes after the first ones on the window of now.
                sendings.append(("signals", 0, (b"final|" if final else b"sums|") + key, encode(sums)))
            for dimension, n in others.items():
                if n and self._may_report((channel, dimension), REPORT_MS, now_ms):
                    log.warning(
                        "%s has more than %d names of %s: %d answers of the last %d s are told as `other`",
                        channel, self._max_members, dimension, n, length_ms // 1000,
                    )  # fmt: skip
        return sendings

    def _may_report(self, what: object, interval_ms: int, now_ms: int) -> bool:
        if now_ms - self._reported_ms.get(what, -interval_ms) < interval_ms:
            return False
        self._reported_ms[what] = now_ms
        return True


def _heard_ms(windows: Windows, now_ms: int) -> int:
    """Up to when all is counted; never far ahead of our own clock, whatever a mark says."""
    return min(windows.heard_ms(), now_ms + MAX_WAIT_MS)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Python's cyclic garbage collector waits: what a batch decodes to is many objects, and none in a cycle.

    Left to itself it would look at all of them again and again: more than half of the time of reading back.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def build(settings: Settings) -> BatchApp:
    """The Faust app of `roll`."""
    app = make_app("roll", settings)
    # Reading back, all partitions have much to give at once: what waits here unpacked is several times as large.
    app.conf.consumer_max_fetch_size = FETCH_BYTES
    app.conf.stream_buffer_maxsize = FETCHES_IN_HAND
    outbox = Outbox(settings)
    rolling = Rolling(settings, outbox, lambda: time.time_ns() // 1_000_000)
    app.positions = rolling
    consume(app, rolling.topics, rolling.handle, "roll")
    every(app, TICK_S, rolling.tick, "tick")
    app.on_before_shutdown.connect(lambda *_, **__: outbox.stop())
    return app
