"""`notify`: what crosses channels. First form: totals over all channels, and channels that got worse.

One partition, so one worker sees everything. It holds no state of its own: after each assignment it reads
the signals topic back; alerts have ids that say what they are about, so that a repeat is the same alert.
The alert engine proper takes its place here: it gets closed slices in order, and single answers.

Bounded: so many channels are watched, of each the last few window ends are kept, and reading back begins a
day ago at the earliest and passes over sums that newer ones have replaced.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace

from faust.types import TP

from schemas.scales import SCALES
from streams.apps.base import consume, every, log, make_app, messages
from streams.apps.outbox import Outbox, Sending
from streams.apps.rows import TALLY_FIELDS, score_messages, score_row
from streams.apps.transport import Batch, BatchApp, BatchConsumer
from streams.edges.settings import FINE_WINDOW_S, Settings
from streams.pure.alerts import worsening_alert
from streams.pure.cells import SliceMessage, SumRow, SumsMessage, encode
from streams.pure.counting import OTHER
from streams.pure.negative import WorseningWatch

TICK_S = 0.5
KEEP_ENDS = 3
"""Window ends kept a channel: the current one, and those that may still be made final."""
READ_BACK_MS = 24 * 3_600_000
"""How far back baselines are read: a day holds each hour's customers once."""
AHEAD_MS = 24 * 3_600_000
"""What claims to be further ahead of our clock is no slice of ours; believed, it would hide all that follow."""
MAX_CHANNELS = 1_000
"""Channels kept apart, those heard of last; the contract knows far fewer."""


class Notifying:
    """Totals and watches over all channels."""

    def __init__(self, settings: Settings, outbox: Outbox, now_ms: Callable[[], int]) -> None:
        self._windows_s = frozenset(settings.windows_s)
        self._max_members = settings.max_members
        self._no_times = settings.memory_broker
        self._outbox = outbox
        self._now_ms = now_ms
        self._forget()

    def _forget(self) -> None:
        self._sums: dict[int, dict[str, dict[int, SumsMessage]]] = defaultdict(dict)
        self._changed: set[tuple[int, int]] = set()
        self._watches: dict[str, dict[tuple[str, str], WorseningWatch]] = {}
        self._watched_ms: dict[str, int] = {}
        self._alerts: list[Sending] = []
        self._behind: dict[TP, int] = {}
        self._passed_over = 0

    async def positions(self, consumer: BatchConsumer, committed: Mapping[TP, int | None]) -> Mapping[TP, int]:
        """Reads the signals back as far as baselines need."""
        wanted = dict(await consumer.log_starts(committed))
        ends = await consumer.log_ends(committed)
        if not self._no_times and committed:
            since = await consumer.offsets_since(committed, self._now_ms() - READ_BACK_MS)
            wanted = {tp: max(start, ends[tp] if since[tp] is None else since[tp] or 0) for tp, start in wanted.items()}
        self._forget()
        self._behind = {tp: end for tp, end in ends.items() if end > wanted[tp]}
        return wanted

    async def handle(self, batch: Batch) -> None:
        """Takes sums and closed slices in."""
        next_offset = batch.next_offset
        if batch.tp in self._behind:
            # Sums replace each other by key, as compaction knows: of many the last one will do.
            batch = replace(batch, records=list({record.key: record for record in batch.records}.values()))
        for message in messages(batch):
            if isinstance(message, SumsMessage):
                self._sum(message)
            elif isinstance(message, SliceMessage):
                self._slice(message)
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

    def _slice(self, message: SliceMessage) -> None:
        if message.start_ms <= self._watched_ms.get(message.channel, -1):
            return  # a restarted `roll` tells its last hour again
        if message.end_ms > self._now_ms() + AHEAD_MS:
            self._passed_over += 1
            return
        watches = self._watches.pop(message.channel, {})
        self._watches[message.channel] = watches
        if len(self._watches) > MAX_CHANNELS:
            forgotten = next(iter(self._watches))
            del self._watches[forgotten]
            self._watched_ms.pop(forgotten, None)
        self._watched_ms[message.channel] = message.start_ms
        for metric, scale, n, bad in message.rows:
            if scale not in SCALES or not 0 <= bad <= n:
                self._passed_over += 1
                continue
            watch = watches.setdefault((metric, scale), WorseningWatch())
            alarm = watch.slice(message.start_ms, message.end_ms, n, bad)
            if alarm is not None:
                alert = worsening_alert(message.channel, metric, scale, alarm)
                log.info("alert: %s", alert.reason)
                self._alerts.append(("alerts", None, alert.alert_id.encode(), encode(alert)))

    async def tick(self) -> None:
        """Emits alerts, and the totals that changed; nothing while still reading back."""
        if self._behind:
            return
        if self._passed_over:
            log.warning("passed over %d signals that cannot be true", self._passed_over)
            self._passed_over = 0
        self._drop_silent()
        sendings, self._alerts = self._alerts, []
        changed, self._changed = self._changed, set()
        for window_s in self._windows_s:
            told = sorted({end for ends in self._sums[window_s].values() for end in ends})[-KEEP_ENDS:]
            for as_of_ms in sorted(end for length, end in changed if length == window_s and end in told):
                sendings += self._total(window_s, as_of_ms)
        await self._outbox.send(sendings)

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
    notifying = Notifying(settings, outbox, lambda: time.time_ns() // 1_000_000)
    app.positions = notifying
    consume(app, [settings.topic("signals")], notifying.handle, "notify")
    every(app, TICK_S, notifying.tick, "tick")
    app.on_before_shutdown.connect(lambda *_, **__: outbox.stop())
    return app
