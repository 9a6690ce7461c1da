"""Whether this process may still act, and who it is waiting for: facts of the process, not of one app in it.

The frozen process. A process that is stopped (SIGSTOP, a paused container, a suspended machine) longer than its
group's session timeout loses its partitions and does not know it. On waking it would go on counting what another
one counts: Kafka fences commits by membership, but neither fetches nor what is sent. So a thread of its own beats
a few times a second; whoever is about to act and finds the last beat too long ago ends the process at once, with a
code that tells the supervisor why. What was under way at the freeze may still arrive: the versions of what we send
are made for that.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from enum import IntEnum

from streams.edges import metrics

log = logging.getLogger("touchpulse")
TELL_S = 2.0
"""Longest wait for the last words: what holds the log must not hold the exit."""
_LEAVING = threading.Lock()


class Exit(IntEnum):
    """Exit codes beside 0 (told to stop), 1 (a mistake or a failure) and 130 (Ctrl-C). Each asks for a restart."""

    STALLED = 75
    """Something stood still for longer than `watchdog_s`."""
    FROZEN = 76
    """The process was stopped so long that its partitions may have been given away."""
    FENCED = 77
    """Another process joined under this one's worker id."""


def leave(code: Exit, said: str, **fields: object) -> None:
    """Says why, in one line, and ends the process without asking the event loop: it may be what hangs."""
    _LEAVING.acquire()  # for good: of several threads that notice, one speaks, and none goes on
    teller = threading.Thread(target=lambda: log.critical(said, extra={"exit": int(code), **fields}), daemon=True)
    teller.start()
    teller.join(TELL_S)
    os._exit(code)


def end_within(seconds: float) -> None:
    """Ends the process if it is still there after so long: what stops in order may wait for ever for what failed."""
    said = f"stopping took longer than {seconds:g} s: ends at once"
    timer = threading.Timer(seconds, leave, args=(Exit.STALLED, said))
    timer.daemon = True  # it must not hold up an end in order
    timer.start()


def clock_s() -> float:
    """A clock that never goes back and goes on while the machine sleeps, where the system has one."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


class Pulse:
    """Beats while the process runs.

    Args:
        clock: seconds; never goes back.
        leave: ends the process.
    """

    def __init__(self, clock: Callable[[], float] = clock_s, leave: Callable[..., None] = leave) -> None:
        self._clock = clock
        self._leave = leave
        self._limit_s = 0.0
        self._last_s = 0.0

    def start(self, limit_s: float) -> None:
        """From now on beats are expected, none later than this after the one before; 0 expects none."""
        self._last_s, self._limit_s = self._clock(), limit_s

    def beat(self) -> None:
        """The process runs."""
        now_s = self._clock()
        self._check(now_s)
        self._last_s = now_s

    def check(self) -> None:
        """Ends the process if it was stopped for too long; before all that another owner must not see doubled."""
        if self._limit_s:
            self._check(self._clock())

    def _check(self, now_s: float) -> None:
        gap_s = now_s - self._last_s
        if self._limit_s and gap_s > self._limit_s:
            self._leave(
                Exit.FROZEN,
                f"this process was stopped for {gap_s:.1f} s and may have lost its partitions: it ends, to begin anew",
                stopped_s=round(gap_s, 1),
            )


PULSE = Pulse()
"""This process's."""


class Away:
    """Who does not answer, and since when."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    def gone(self, what: str) -> None:
        """It did not answer; told in the log once."""
        if what not in self._since:
            self._since[what] = time.monotonic()
            log.warning("%s does not answer: waiting for it", what)

    def back(self, what: str) -> None:
        """It answered."""
        since = self._since.pop(what, None)
        metrics.AWAY_S.labels(what).set(0)
        if since is not None:
            log.warning("%s is back after %.1f s", what, time.monotonic() - since)

    def who(self) -> list[str]:
        """Who is away now; sets the metric."""
        for what, since in list(self._since.items()):
            metrics.AWAY_S.labels(what).set(time.monotonic() - since)
        return sorted(self._since)


AWAY = Away()
"""As seen by this process."""
