"""Signals that dropped: whether a silence is longer than chance explains, within opening hours.

Why apart from experience: no answers is not a bad experience, and must neither look like one nor like a good one.
A producer is silent when the answers it would usually have sent by now are so many that none at all is beyond luck.
"""

from __future__ import annotations

from math import log

import msgspec

from streams.pure.alerting.season import CELLS, DAY_MS, HOUR_MS, STEP_MS, Calendar, open_ms

LEARN_DAYS = 2.0
"""Before that nobody knows what is usual."""
HALF_LIFE_DAYS = 14.0
GATHERS = 4.0
"""Answers come in groups: a silence must be so many times as unlikely in units of groups."""


class Pulse(msgspec.Struct):
    """Answers of one series over the hours of the week, and when it was last heard. Plain data."""

    answers: list[float] = msgspec.field(default_factory=lambda: [0.0] * 24)
    open_h: list[float] = msgspec.field(default_factory=lambda: [0.0] * 24)
    days: float = 0.0
    last_ms: int = 0
    turned_ms: int = 0
    expected: float = 0.0
    reckoned_ms: int = 0

    def heard(self, start_ms: int, n: int, calendar: Calendar) -> None:
        """Answers came in a slice."""
        self.turn(start_ms, calendar)
        cell = calendar.cell(start_ms)
        if cell < CELLS - 1:
            self.answers[cell % 24] += n
        self.last_ms = max(self.last_ms, start_ms)
        self.expected, self.reckoned_ms = 0.0, max(self.reckoned_ms, start_ms)

    def turn(self, now_ms: int, calendar: Calendar) -> None:
        """Time passes: open hours are counted, also those without answers, unless the series is silent."""
        if not self.turned_ms:
            self.turned_ms = self.reckoned_ms = now_ms - now_ms % HOUR_MS
        while self.turned_ms + HOUR_MS <= now_ms:
            start = self.turned_ms
            self.turned_ms += HOUR_MS
            # A long silence must not become what is usual; a night does no harm, its hours are counted as open.
            if start - self.last_ms > DAY_MS:
                continue
            hour = calendar.local(start).hour
            self.open_h[hour] += open_ms(calendar, start, start + HOUR_MS) / HOUR_MS
            self.days += 1 / 24
            if calendar.local(start).hour == 0:
                keep = 0.5 ** (1 / HALF_LIFE_DAYS)
                self.answers = [n * keep for n in self.answers]
                self.open_h = [hours * keep for hours in self.open_h]

    def rate(self, at_ms: int, calendar: Calendar) -> float:
        """Answers usual in an open hour like this one."""
        hour = calendar.local(at_ms).hour
        return self.answers[hour] / self.open_h[hour] if self.open_h[hour] > 0.5 else 0.0

    def missing(self, now_ms: int, calendar: Calendar) -> float:
        """Answers that would usually have come since the last one."""
        at = max(self.reckoned_ms, self.last_ms)
        while at < now_ms:
            until = min(now_ms, (at // STEP_MS + 1) * STEP_MS)
            if calendar.is_open(at):
                self.expected += self.rate(at, calendar) * (until - at) / HOUR_MS
            at = until
        self.reckoned_ms = max(self.reckoned_ms, now_ms)
        return self.expected

    def a_month(self) -> float:
        """Answers a month, as lately."""
        total = sum(n / hours for n, hours in zip(self.answers, self.open_h, strict=True) if hours > 0.5)
        return total * 30


def needed(a_month: float, false_pages_a_month: float) -> float:
    """Usual answers that must be missing before a silence is told.

    Each answer begins a gap; a gap in which m were expected is as likely as exp(-m) (a Poisson stream). Of a month's
    answers at most so many gaps may be told by chance; GATHERS widens it for answers that come in groups.
    """
    return GATHERS * max(1.0, log(max(a_month, 10.0) / false_pages_a_month))


def silent(pulse: Pulse, now_ms: int, calendar: Calendar, *, false_pages_a_month: float, patience_s: int) -> bool:
    """Whether a series is silent beyond chance at a moment within its opening hours."""
    if pulse.days < LEARN_DAYS or not calendar.is_open(now_ms):
        return False
    missing = pulse.missing(now_ms, calendar)
    if now_ms - pulse.last_ms < 1_000 * patience_s:
        return False
    return missing >= needed(pulse.a_month(), false_pages_a_month)
