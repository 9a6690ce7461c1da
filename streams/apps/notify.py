"""`notify`: what crosses channels. First form: totals over all channels, and channels that got worse.

One partition, so one worker sees everything. It holds no state of its own: after each assignment it reads
the signals topic back from its start; alerts have ids that say what they are about, so that a repeat is the
same alert. The alert engine proper takes its place here: it gets closed slices in order, and single answers.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping

from faust.types import TP

from streams.apps.base import consume, every, log, make_app, messages
from streams.apps.outbox import Outbox, Sending
from streams.apps.rows import TALLY_FIELDS, score_row
from streams.apps.transport import Batch, BatchApp, BatchConsumer
from streams.edges.settings import FINE_WINDOW_S, Settings
from streams.pure.alerts import worsening_alert
from streams.pure.cells import ScoreMessage, SliceMessage, SumRow, SumsMessage, encode
from streams.pure.negative import WorseningWatch

TICK_S = 0.5
KEEP_ENDS = 3
"""Window ends kept a channel: the current one, and those that may still be made final."""


class Notifying:
    """Totals and watches over all channels."""

    def __init__(self, outbox: Outbox, now_ms: Callable[[], int]) -> None:
        self._outbox = outbox
        self._now_ms = now_ms
        self._forget()

    def _forget(self) -> None:
        self._sums: dict[int, dict[str, dict[int, SumsMessage]]] = defaultdict(lambda: defaultdict(dict))
        self._changed: set[tuple[int, int]] = set()
        self._watches: dict[tuple[str, str, str], WorseningWatch] = defaultdict(WorseningWatch)
        self._watched_ms: dict[str, int] = {}
        self._alerts: list[Sending] = []
        self._behind: dict[TP, int] = {}

    async def positions(self, consumer: BatchConsumer, committed: Mapping[TP, int | None]) -> Mapping[TP, int]:
        """Reads the signals back from their start: baselines are made of them."""
        self._forget()
        starts, ends = await consumer.log_starts(committed), await consumer.log_ends(committed)
        self._behind = {tp: end for tp, end in ends.items() if end > starts[tp]}
        return starts

    async def handle(self, batch: Batch) -> None:
        """Takes sums and closed slices in."""
        if batch.next_offset >= self._behind.get(batch.tp, 0):
            self._behind.pop(batch.tp, None)
        for message in messages(batch):
            if isinstance(message, SumsMessage):
                self._sum(message)
            elif isinstance(message, SliceMessage):
                self._slice(message)

    def _sum(self, message: SumsMessage) -> None:
        ends = self._sums[message.window_s][message.channel]
        ends[message.as_of_ms] = message
        for end in sorted(ends)[:-KEEP_ENDS]:
            del ends[end]
        self._changed.add((message.window_s, message.as_of_ms))

    def _slice(self, message: SliceMessage) -> None:
        if message.start_ms <= self._watched_ms.get(message.channel, -1):
            return  # a restarted `roll` tells its last hour again
        self._watched_ms[message.channel] = message.start_ms
        for metric, scale, n, bad in message.rows:
            watch = self._watches[(message.channel, metric, scale)]
            alarm = watch.slice(message.start_ms, message.end_ms, n, bad)
            if alarm is not None:
                alert = worsening_alert(message.channel, metric, scale, alarm)
                log.info("alert: %s", alert.reason)
                self._alerts.append(("alerts", None, alert.alert_id.encode(), encode(alert)))

    async def tick(self) -> None:
        """Emits alerts, and the totals that changed; nothing while still reading back."""
        if self._behind:
            return
        sendings, self._alerts = self._alerts, []
        changed, self._changed = self._changed, set()
        for window_s, as_of_ms in sorted(changed):
            sendings += self._total(window_s, as_of_ms)
        await self._outbox.send(sendings)

    def _total(self, window_s: int, as_of_ms: int) -> list[Sending]:
        channels = self._sums[window_s]
        if as_of_ms not in sorted({end for ends in channels.values() for end in ends})[-KEEP_ENDS:]:
            return []
        totals: dict[tuple[str, str, str], list[int]] = {}
        heard_ms, complete = as_of_ms, True
        for ends in channels.values():
            # A channel that has not turned to this slice yet is taken as it was a moment ago.
            known = [end for end in ends if end <= as_of_ms]
            if known and as_of_ms - max(known) > (60_000 if window_s <= FINE_WINDOW_S else 900_000):
                # Every channel with answers is told with each slice, of 10 s or 5 min: nobody rolls this one.
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
        rows = [
            score_row(SumRow("all", "", member, metric, scale, *sums))
            for (member, metric, scale), sums in totals.items()
        ]
        message_out = ScoreMessage(
            window_s, as_of_ms, heard_ms, complete and heard_ms >= as_of_ms, self._now_ms(), rows
        )
        return [("scores", None, f"all|{window_s}".encode(), encode(message_out))]


def build(settings: Settings) -> BatchApp:
    """The Faust app of `notify`."""
    app = make_app("notify", settings)
    outbox = Outbox(settings)
    notifying = Notifying(outbox, lambda: time.time_ns() // 1_000_000)
    app.positions = notifying
    consume(app, [settings.topic("signals")], notifying.handle, "notify")
    every(app, TICK_S, notifying.tick, "tick")
    app.on_before_shutdown.connect(lambda *_, **__: outbox.stop())
    return app
