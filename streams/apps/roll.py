"""`roll`: from cells to rolling scores, by channel. Joins the panes topics with Windows.

Holds no state of its own: after each assignment it reads the panes back as far as its longest window. It
commits nothing it would need. What it emits: score rows, sums for `notify`, closed slices for change
detection.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping

from faust.types import TP

from streams.apps.base import consume, every, make_app, messages
from streams.apps.outbox import Outbox, Sending
from streams.apps.rows import score_row
from streams.apps.transport import Batch, BatchApp, BatchConsumer
from streams.edges.settings import FINE_WINDOW_S, Settings
from streams.pure.cells import CellMessage, MarkMessage, ScoreMessage, SliceMessage, SumRow, SumsMessage, encode
from streams.pure.counting import COARSE_MS, SLICE_MS
from streams.pure.windows import Windows

TICK_S = 0.5
TOTALS = ("channel", "touchpoint")
"""Groupings that `notify` adds up over channels."""


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
        self._no_times = settings.memory_broker
        self._outbox = outbox
        self._now_ms = now_ms
        self._windows: dict[TP, Windows] = {}
        self._behind: dict[TP, int] = {}
        self._shown: dict[tuple[TP, int], dict[tuple[str, ...], SumRow]] = {}
        self._ended: dict[tuple[TP, int], dict[int, int]] = {}  # window ends not final yet: when to give up
        self._told: dict[TP, int] = {}

    @property
    def topics(self) -> list[str]:
        """Full names of the topics that are needed for the windows as set."""
        return [topic for topic, name in self._names.items() if self._lengths[name]]

    async def positions(self, consumer: BatchConsumer, committed: Mapping[TP, int | None]) -> Mapping[TP, int]:
        """Reads each panes partition back as far as its longest window."""
        self._windows, self._behind, self._shown, self._ended, self._told = {}, {}, {}, {}, {}
        starts, ends = await consumer.log_starts(committed), await consumer.log_ends(committed)
        wanted: dict[TP, int] = {}
        for tp in committed:
            name = self._names[tp.topic]
            longest_ms = max(self._lengths[name])
            self._windows[tp] = Windows(self._widths[name], self._lengths[name])
            wanted[tp] = starts[tp]
            if not self._no_times:
                since_ms = self._now_ms() - longest_ms - FILL_IN_MS - self._widths[name]
                since = (await consumer.offsets_since([tp], since_ms))[tp]
                wanted[tp] = ends[tp] if since is None else since
            if ends[tp] > wanted[tp]:
                self._behind[tp] = ends[tp]
        return wanted

    async def handle(self, batch: Batch) -> None:
        """Takes cells and marks in."""
        windows = self._windows.get(batch.tp)
        if windows is None:
            return
        for message in messages(batch):
            if isinstance(message, CellMessage):
                windows.apply(message)
            elif isinstance(message, MarkMessage):
                windows.mark(message)
        if batch.next_offset >= self._behind.get(batch.tp, 0):
            self._behind.pop(batch.tp, None)

    async def tick(self) -> None:
        """Emits what changed; nothing while still reading back, since half a window is a wrong number."""
        now_ms = self._now_ms()
        sendings: list[Sending] = []
        for tp, windows in self._windows.items():
            if tp in self._behind:
                continue
            heard_ms = windows.heard_ms()
            for length_ms in self._lengths[self._names[tp.topic]]:
                sendings += self._window(tp, windows, length_ms, now_ms, heard_ms)
            if self._names[tp.topic] == "panes":
                sendings += self._closed_slices(tp, windows, now_ms, heard_ms)
            waiting = [end for (owner, _), ends in self._ended.items() if owner == tp for end in ends]
            windows.expire(min([now_ms, *waiting]))
        await self._outbox.send(sendings)

    def _window(self, tp: TP, windows: Windows, length_ms: int, now_ms: int, heard_ms: int) -> list[Sending]:
        """The window as of now, and the final ones of slices that ended, once every partition was heard beyond."""
        sendings: list[Sending] = []
        end_ms = windows.current_end_ms(now_ms)
        ended = self._ended.get((tp, length_ms))
        if ended is None:
            # A new worker fills in what ended while nobody rolled, so that a restart leaves no gap in a graph.
            missed = range(end_ms - FILL_IN_MS, end_ms, windows.width_ms)
            ended = self._ended[(tp, length_ms)] = dict.fromkeys(missed, now_ms + MAX_WAIT_MS)
        for end in [end for end in ended if end < end_ms][:FINAL_PER_TICK]:
            if heard_ms >= end:
                missed_only = end < end_ms - 2 * windows.width_ms
                rows = [
                    row
                    for row in windows.sums(length_ms, end)
                    if row.dimension == "channel" or (row.n and not missed_only)
                ]
                sendings += self._messages(length_ms, end, heard_ms, now_ms, rows, rows)
            if heard_ms >= end or now_ms > ended[end]:
                del ended[end]
        turned = end_ms not in ended
        if turned:
            ended[end_ms] = end_ms + MAX_WAIT_MS
        rows = list(windows.sums(length_ms, end_ms))
        shown = self._shown.setdefault((tp, length_ms), {})
        changed = []
        for row in rows:
            key = (row.dimension, row.channel, row.member, row.metric, row.scale)
            if shown.get(key) != row or (turned and row.dimension == "channel"):
                shown[key] = row
                changed.append(row)
        return sendings + self._messages(length_ms, end_ms, heard_ms, now_ms, changed, rows)

    def _messages(
        self, length_ms: int, end_ms: int, heard_ms: int, now_ms: int, told: list[SumRow], rows: list[SumRow]
    ) -> list[Sending]:
        """Score rows `told`, by channel; and for each such channel all `rows` that totals are made of."""
        by_channel: dict[str, list[SumRow]] = defaultdict(list)
        totals: dict[str, list[SumRow]] = defaultdict(list)
        for row in told:
            by_channel[row.channel].append(row)
        for row in rows:
            if row.dimension in TOTALS:
                totals[row.channel].append(row)
        sendings: list[Sending] = []
        for channel, own in by_channel.items():
            key = f"{channel}|{length_ms}".encode()
            for first in range(0, len(own), ROWS_PER_MESSAGE):
                scores = ScoreMessage(
                    window_s=length_ms // 1000,
                    as_of_ms=end_ms,
                    complete_ms=min(heard_ms, end_ms),
                    complete=heard_ms >= end_ms,
                    computed_ms=now_ms,
                    rows=[score_row(row) for row in own[first : first + ROWS_PER_MESSAGE]],
                )
                sendings.append(("scores", None, key, encode(scores)))
            # A channel itself has few rows; of its touchpoints those with most answers, should there be a flood.
            largest = sorted(totals[channel], key=lambda row: (row.dimension != "channel", -row.n))
            sums = SumsMessage(channel, length_ms // 1000, end_ms, heard_ms, largest[:ROWS_PER_MESSAGE])
            sendings.append(("signals", 0, b"sums|" + key, encode(sums)))
        return sendings

    def _closed_slices(self, tp: TP, windows: Windows, now_ms: int, heard_ms: int) -> list[Sending]:
        """Slices that every partition was heard beyond, each once, in order."""
        width_ms = windows.width_ms
        closed_ms = heard_ms - heard_ms % width_ms
        start_ms = self._told.get(tp, max(closed_ms - max(self._lengths["panes"]), 0))
        sendings: list[Sending] = []
        while heard_ms and start_ms < closed_ms:
            for channel, rows in windows.slice_bad(start_ms).items():
                message = SliceMessage(channel, start_ms, start_ms + width_ms, rows)
                sendings.append(("signals", 0, f"slice|{channel}|{start_ms}".encode(), encode(message)))
            start_ms += width_ms
        if heard_ms:
            self._told[tp] = start_ms
        return sendings


FILL_IN_MS = 20 * 60_000
"""How far back a new worker fills in; a multiple of both widths, read back beyond the longest window."""
ROWS_PER_MESSAGE = 500
"""Keeps a message far below what a broker takes, however many stores a channel has."""
FINAL_PER_TICK = 30
"""Final windows a tick: a restart with much to fill in must not hold up what is happening now."""
MAX_WAIT_MS = 60_000
"""How long the final value of an ended slice waits for a silent partition; then it stays marked incomplete."""


def build(settings: Settings) -> BatchApp:
    """The Faust app of `roll`."""
    app = make_app("roll", settings)
    outbox = Outbox(settings)
    rolling = Rolling(settings, outbox, lambda: time.time_ns() // 1_000_000)
    app.positions = rolling
    consume(app, rolling.topics, rolling.handle, "roll")
    every(app, TICK_S, rolling.tick, "tick")
    app.on_before_shutdown.connect(lambda *_, **__: outbox.stop())
    return app
