"""Watches a worker from a thread of its own, and ends the process when it is stuck.

A thread, since the event loop may be what is blocked; an event loop of its own, since it asks the brokers itself:
whether there is something to read is not for a consumer to say that may have stopped listening. What is a stall is
judged in streams/pure/watchdog.py. Each look also sets the metrics that speak of partitions.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.edges import metrics
from streams.edges.kafka_wire import wire
from streams.edges.settings import Settings
from streams.edges.vitals import AWAY, PULSE, Exit, leave
from streams.pure.watchdog import LOOP, Look, Partition, Stall, Watch

log = logging.getLogger("touchpulse")
BEAT_S = 0.2
ASK_S = 5.0
"""Pause between two questions to the brokers; a short `watchdog_s` shortens it."""
ASK_TIMEOUT_S = 10.0
TELL_S = 3.0
"""Pause between two lines that tell how far reading back has come."""
STACK_LINES = 6


class Watchdog(threading.Thread):
    """The watch over one app.

    Args:
        app: a `BatchApp`.
        settings: as the app has them.
        leave: ends the process.
        tell: takes the share of reading back that is done, 0..1, and the records left.
    """

    def __init__(
        self,
        app: Any,
        settings: Settings,
        *,
        leave: Callable[..., None] = leave,
        tell: Callable[[float, int], None] | None = None,
    ) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._app = app
        self._loop = app.loop  # asked for in the watch's own thread, it would be the watch's own
        self._settings = settings
        self._leave = leave
        self._tell = tell or _tell
        self._watch = Watch(settings.watchdog_s)
        self._ask_s = min(ASK_S, settings.watchdog_s / 4)
        self._ends: dict[Partition, int] = {}
        self._loop_thread = threading.get_ident()
        self._over = threading.Event()
        self._ticks = 0
        self._ticked_s = time.monotonic()
        self._pinged = False
        self._warming: tuple[int, float] | None = None  # epoch, since when
        self._told_s = 0.0
        self._warm_epoch = 0

    def run(self) -> None:
        """The thread's work."""
        asyncio.run(self._run())

    def stop(self) -> None:
        """Ends the watch."""
        self._over.set()

    # -- what others may ask -------------------------------------------------------------------------

    def dead(self) -> list[str]:
        """Why the process must be taken for dead; empty if it lives."""
        still_s = time.monotonic() - self._ticked_s
        return [f"the event loop has not come round for {still_s:.0f} s"] if still_s > self._settings.watchdog_s else []

    def not_ready(self) -> list[str]:
        """Why this process does not do its part yet; empty if it does."""
        consumer = self._app._consumer  # the property would make one, in this thread
        why = [f"{what} does not answer" for what in AWAY.who()]
        if consumer is None or not consumer.epoch or not consumer.settled or "rebalancing" in self._app.steps:
            why.append("no partitions yet")
        elif consumer.done and self._warm_epoch != consumer.epoch:  # who owns nothing stands by, and is ready to
            why.append("reading back")
        return why

    # -- looking -------------------------------------------------------------------------------------

    async def _run(self) -> None:
        asking = asyncio.create_task(self._keep_asking())
        PULSE.start(_may_be_stopped_s(self._settings))
        try:
            while not self._over.is_set():
                PULSE.beat()
                self._ping()
                self._look()
                await asyncio.sleep(BEAT_S)
        except Exception as error:  # a watch that died unseen is worse than none
            self._leave(Exit.STALLED, f"the watchdog failed: {error!r}")
        finally:
            PULSE.start(0)
            asking.cancel()

    def _ping(self) -> None:
        """Asks the app's event loop for a sign of life; one question at a time."""

        def answer() -> None:
            self._ticks += 1
            self._ticked_s = time.monotonic()
            self._pinged = False

        if not self._pinged and not self._loop.is_closed():
            self._pinged = True
            self._loop.call_soon_threadsafe(answer)

    def _look(self) -> None:
        consumer, now_s = self._app._consumer, time.monotonic()
        away = AWAY.who()
        steps = dict(self._app.steps)
        reached: dict[Partition, int] = {}
        if consumer is None or not consumer.epoch:
            steps["joining the group"] = 0.0
        else:
            reached = {tp: at for tp in list(consumer.done) if (at := consumer.reached(tp)) is not None}
        look = Look(now_s, self._ticks, steps, reached, self._ends, away[0] if away else "")
        stall = self._watch.longest(look)
        assert stall is not None
        metrics.STALL_S.set(stall.still_s)
        if reached:
            self._warm_up(consumer, reached, now_s)
        metrics.READY.set(not self.not_ready())
        if stall.still_s > self._settings.watchdog_s:
            self._leave(Exit.STALLED, _said(stall), **self._details(stall))

    def _details(self, stall: Stall) -> dict[str, object]:
        details: dict[str, object] = {"stuck": stall.what, "still_s": round(stall.still_s, 1)}
        if stall.partition is not None:
            topic, partition = stall.partition
            details |= {"topic": topic, "partition": partition, "offset": stall.at, "log_end": stall.end}
        if stall.what == LOOP and (frame := sys._current_frames().get(self._loop_thread)):
            lines = traceback.extract_stack(frame)[-STACK_LINES:]
            details["where"] = [f"{line.filename}:{line.lineno} {line.name}" for line in lines]
        return details

    def _warm_up(self, consumer: Any, reached: dict[Any, int], now_s: float) -> None:
        """How far reading back has come since the last assignment."""
        epoch = consumer.epoch
        if not consumer.settled or self._warm_epoch == epoch:
            return
        if self._warming is None or self._warming[0] != epoch:
            self._warming, self._told_s = (epoch, now_s), now_s
        goal = dict(consumer.warm_to)
        left = sum(max(0, end - reached.get(tp, end)) for tp, end in goal.items())
        metrics.WARM_UP_S.set(now_s - self._warming[1])
        if not left:
            self._warm_epoch = epoch
        if now_s - self._told_s >= TELL_S or (not left and self._told_s > self._warming[1]):
            whole = sum(end - consumer.warm_from.get(tp, end) for tp, end in goal.items())
            self._told_s = now_s
            self._tell(1 - left / whole if whole else 1.0, left)

    # -- asking the brokers --------------------------------------------------------------------------

    async def _keep_asking(self) -> None:
        kafka: AIOKafkaConsumer | None = None
        try:
            while True:
                try:
                    async with asyncio.timeout(ASK_TIMEOUT_S):
                        if kafka is None:
                            kafka = AIOKafkaConsumer(**wire(self._settings))
                            await kafka.start()
                        await self._ask(kafka)
                    AWAY.back("broker")
                except (KafkaError, OSError, TimeoutError, KeyError):
                    AWAY.gone("broker")
                    if kafka is not None:
                        await kafka.stop()
                        kafka = None
                await asyncio.sleep(self._ask_s)
        finally:
            if kafka is not None:
                await kafka.stop()

    async def _ask(self, kafka: AIOKafkaConsumer) -> None:
        consumer = self._app._consumer
        ours = list(consumer.done) if consumer is not None else []
        if not ours:
            await kafka.topics()
            self._ends = {}
        else:
            ends = await kafka.end_offsets([TopicPartition(*tp) for tp in ours])
            self._ends = {tp: ends[TopicPartition(*tp)] for tp in ours}
        metrics.forget_partitions()
        metrics.ASSIGNED.set(len(ours))
        for tp, end in self._ends.items():
            self._tell_partition(consumer, tp, end)

    def _tell_partition(self, consumer: Any, tp: Any, end: int) -> None:
        reached = consumer.reached(tp)
        if reached is None:
            return
        lag, done_ms = max(0, end - reached), consumer.done_ms.get(tp)
        metrics.LAG.labels(*tp).set(lag)
        metrics.LAG_S.labels(*tp).set(max(0.0, time.time() - done_ms / 1000) if lag and done_ms else 0)
        heard = consumer.heard_at(tp)
        if heard is not None and reached >= heard[0]:
            metrics.HEARD_S.labels(*tp).set(heard[1] / 1000)
        elif done_ms:
            metrics.HEARD_S.labels(*tp).set(done_ms / 1000)


def _may_be_stopped_s(settings: Settings) -> float:
    """How long this process may be stopped and still own its partitions: the last heartbeat may be one pause old.

    0, no limit, with the in-memory broker: its groups have one member, and it sleeps when we do.
    """
    return 0.0 if settings.memory_broker else 0.7 * settings.kafka_session_timeout_ms / 1000


def _said(stall: Stall) -> str:
    if stall.partition is None:
        return f"stuck: {stall.what} for {stall.still_s:.0f} s; the process ends, to begin anew"
    topic, partition = stall.partition
    return (
        f"stuck: {topic}[{partition}] has stood at offset {stall.at} for {stall.still_s:.0f} s, though its log ends at "
        f"{stall.end}; the process ends, to begin anew"
    )


def _tell(share: float, left: int) -> None:
    log.warning("reading back: %.0f %% done, %d records left", 100 * share, left)
