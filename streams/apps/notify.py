"""`notify`: what crosses channels: totals over all of them, and the alert engine.

One partition, so one worker sees everything. Totals need no state of their own: after each assignment the last sums
are read back. The engine takes up the state that was kept, and reads the messages since; see `streams.apps.alerting`.

Bounded: so many channels are watched, and of each the last few window ends are kept.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping

from faust.types import TP

from schemas.scales import SCALES
from streams.apps.alerting import Alerting
from streams.apps.base import consume, every, log, make_app, numbered
from streams.apps.outbox import Outbox, Sending
from streams.apps.rows import TALLY_FIELDS, score_messages, score_row
from streams.apps.transport import Batch, BatchApp, BatchConsumer
from streams.edges import alert_state
from streams.edges.settings import FINE_WINDOW_S, Settings
from streams.pure.alerting.inputs import Act, Past, Silencing, Single
from streams.pure.alerting.messages import Closed, Producers
from streams.pure.cells import SumRow, SumsMessage
from streams.pure.counting import OTHER

Kept = Callable[[], Awaitable[alert_state.Snapshot | None]]
TICK_S = 0.5
KEEP_ENDS = 3
"""Window ends kept a channel: the current one, and those that may still be made final."""
READ_BACK_MS = 20 * 60_000
"""How far back sums are read: each channel tells of each window several times meanwhile. Without a state, the engine
begins there too."""
AHEAD_MS = 24 * 3_600_000
"""What claims to be further ahead of our clock is no slice of ours; believed, it would hide all that follow."""
MAX_CHANNELS = 1_000
"""Channels kept apart, those heard of last; the contract knows far fewer."""


class Notifying:
    """Totals over all channels, and the engine.

    Args:
        kept: reads the engine's state as it was last written; None: it begins without.
    """

    def __init__(self, settings: Settings, outbox: Outbox, now_ms: Callable[[], int], kept: Kept | None = None) -> None:
        self._windows_s = frozenset(settings.windows_s)
        self._max_members = settings.max_members
        self._no_times = settings.memory_broker
        self._outbox = outbox
        self._now_ms = now_ms
        self.alerting = Alerting(settings, now_ms)
        self._kept = kept
        self._owns = False
        self._forget()

    def _forget(self) -> None:
        self._sums: dict[int, dict[str, dict[int, SumsMessage]]] = defaultdict(dict)
        self._changed: set[tuple[int, int]] = set()
        self._behind: dict[TP, int] = {}
        self._passed_over = 0

    async def positions(self, consumer: BatchConsumer, committed: Mapping[TP, int | None]) -> Mapping[TP, int]:
        """Reads the signals back as far as sums need, and from where the engine's state ends."""
        wanted = dict(await consumer.log_starts(committed))
        ends = await consumer.log_ends(committed)
        kept = await self._kept() if self._kept is not None and committed else None
        if not self._no_times and committed:
            since = await consumer.offsets_since(committed, self._now_ms() - READ_BACK_MS)
            wanted = {tp: max(start, ends[tp] if since[tp] is None else since[tp] or 0) for tp, start in wanted.items()}
        self._forget()
        self._owns = bool(committed)
        for tp, since_offset in wanted.items():
            # A state that knows more than the log is of another log: the topic was made anew.
            upto = kept.upto if kept is not None and kept.upto <= ends[tp] else since_offset
            self.alerting.restore(kept, upto=upto)
            wanted[tp] = min(since_offset, upto)
        self._behind = {tp: end for tp, end in ends.items() if end > wanted[tp]}
        return wanted

    async def handle(self, batch: Batch) -> None:
        """Takes sums in, and what the engine hears of."""
        next_offset = batch.next_offset
        # Sums replace each other by key, as compaction knows: reading back, of many the last one will do.
        last = {record.key: record.offset for record in batch.records} if batch.tp in self._behind else {}
        for record, message in numbered(batch):
            if isinstance(message, SumsMessage):
                if last.get(record.key, record.offset) == record.offset:
                    self._sum(message)
            elif isinstance(message, Closed | Producers | Single | Act | Silencing | Past):
                self.alerting.take(message, record.offset)
        if next_offset >= self._behind.get(batch.tp, 0):
            self._behind.pop(batch.tp, None)

    def _sum(self, message: SumsMessage) -> None:
        if message.window_s not in self._windows_s or message.as_of_ms > self._now_ms() + AHEAD_MS:
            self._passed_over += 1
            return
        sound = [row for row in message.rows if _is_sound(row)]
        self._passed_over += len(message.rows) - len(sound)
        message.rows = sound
        channels = self._sums[message.window_s]
        ends = channels.pop(message.channel, {})
        channels[message.channel] = ends  # the last in order is the last heard of
        ends[message.as_of_ms] = message
        for end in sorted(ends)[:-KEEP_ENDS]:
            del ends[end]
        if len(channels) > MAX_CHANNELS:
            del channels[next(iter(channels))]
        self._changed.add((message.window_s, message.as_of_ms))

    async def tick(self) -> None:
        """Emits alerts, and the totals that changed; nothing while still reading back."""
        if self._behind or not self._owns:
            return
        await self.alerting.keep_rules()
        self.alerting.tick()
        passed_over = self._passed_over + self.alerting.passed_over
        if passed_over:
            log.warning("passed over %d signals that cannot be true", passed_over)
            self._passed_over = self.alerting.passed_over = 0
        self._drop_silent()
        sendings = self.alerting.due()
        changed, self._changed = self._changed, set()
        for window_s in self._windows_s:
            told = sorted({end for ends in self._sums[window_s].values() for end in ends})[-KEEP_ENDS:]
            for as_of_ms in sorted(end for length, end in changed if length == window_s and end in told):
                sendings += self._total(window_s, as_of_ms)
        kept = self.alerting.snapshot()
        await self._outbox.send(sendings)
        # After what it led to: a state that knows of a page that nobody has would lose it.
        await self._outbox.send(kept)

    def _drop_silent(self) -> None:
        """Channels that nobody rolls any more: told with each slice, of 10 s or 5 min, they would not be silent."""
        for window_s, channels in self._sums.items():
            latest_ms = max((max(ends) for ends in channels.values()), default=0)
            for channel in [
                name for name, ends in channels.items() if latest_ms - max(ends) > 2 * _patience_ms(window_s)
            ]:
                del channels[channel]

    def _total(self, window_s: int, as_of_ms: int) -> list[Sending]:
        totals: dict[tuple[str, str, str], list[int]] = {}
        heard_ms, complete = as_of_ms, True
        for ends in self._sums[window_s].values():
            # A channel that has not turned to this slice yet is taken as it was a moment ago.
            known = [end for end in ends if end <= as_of_ms]
            if known and as_of_ms - max(known) > _patience_ms(window_s):
                continue
            if not known:
                complete = False
                continue
            message = ends[max(known)]
            heard_ms = min(heard_ms, message.heard_ms)
            complete = complete and max(known) == as_of_ms
            for row in message.rows:
                member = row.member if row.dimension == "touchpoint" else ""
                sums = totals.setdefault((member, row.metric, row.scale), [0] * len(TALLY_FIELDS))
                for index, name in enumerate(TALLY_FIELDS):
                    sums[index] += getattr(row, name)
        rows = [SumRow("all", "", *place, *sums) for place, sums in self._largest(totals)]
        told = score_messages(
            map(score_row, rows), window_s=window_s, as_of_ms=as_of_ms, heard_ms=heard_ms, now_ms=self._now_ms(),
            complete=complete,
        )  # fmt: skip
        return [("scores", None, f"all|{window_s}".encode(), message) for message in told]

    def _largest(
        self, totals: Mapping[tuple[str, str, str], list[int]]
    ) -> list[tuple[tuple[str, str, str], list[int]]]:
        """Totals of all channels' touchpoints: those with most answers by name, the rest as `other`."""
        named = [place for place in totals if place[0] not in ("", OTHER)]
        if len(named) <= self._max_members:
            return list(totals.items())
        named.sort(key=lambda place: (-totals[place][0], place))
        kept = {place: list(sums) for place, sums in totals.items() if place[0] in ("", OTHER)}
        for _, metric, scale in (rest := named[self._max_members :]):
            kept.setdefault((OTHER, metric, scale), [0] * len(TALLY_FIELDS))
        for place in rest:
            other = kept[(OTHER, *place[1:])]
            for index, number in enumerate(totals[place]):
                other[index] += number
        kept |= {place: totals[place] for place in named[: self._max_members]}
        return list(kept.items())


def _patience_ms(window_s: int) -> int:
    """How long a channel may not be told of before totals leave it out: several of its slices."""
    return 60_000 if window_s <= FINE_WINDOW_S else 900_000


def _is_sound(row: SumRow) -> bool:
    return (
        row.scale in SCALES
        and min(row.n, row.top, row.neutral, row.bad) >= 0
        and row.n == row.top + row.neutral + row.bad
    )


def build(settings: Settings) -> BatchApp:
    """The Faust app of `notify`."""
    app = make_app("notify", settings)
    outbox = Outbox(settings)
    kept = None if settings.memory_broker else lambda: alert_state.read(settings)
    notifying = Notifying(settings, outbox, lambda: time.time_ns() // 1_000_000, kept)
    app.positions = notifying
    consume(app, [settings.topic("signals")], notifying.handle, "notify")
    every(app, TICK_S, notifying.tick, "tick")
    app.on_before_shutdown.connect(lambda *_, **__: outbox.stop())
    return app
