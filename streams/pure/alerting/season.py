"""Which hour of the week it is where customers are: the cells of a seasonal baseline.

Why local hours: Monday nine o'clock is a habit on a wall clock, which moves twice a year. Holidays are no Mondays,
and answers outside opening hours come from other people than those inside.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from schemas.opening import Week

CLOSED = 168
"""The cell of everything outside opening hours."""
CELLS = 169
"""Hours of the week, from Monday 0:00, and CLOSED."""
STEP_MS = 300_000
"""Cells and opening hours are looked up to five minutes."""
HOUR_MS, DAY_MS = 3_600_000, 86_400_000


@dataclass(frozen=True)
class Calendar:
    """Local time of one place, or of a channel.

    Attributes:
        zone: IANA name.
        hours: opening hours as in the catalogue; empty: never closed.
        holidays: local days; closed where there are hours, like Sundays where there are none.
    """

    zone: str = "UTC"
    hours: Week = field(default_factory=dict)
    holidays: Collection[date] = frozenset()

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def cell(self, at_ms: int) -> int:
        """Cell of a moment, 0..168."""
        return _cell(self, at_ms // STEP_MS)

    def is_open(self, at_ms: int) -> bool:
        """Whether customers are served then."""
        return self.cell(at_ms) != CLOSED

    def local(self, at_ms: int) -> datetime:
        """The moment on the wall clock there."""
        return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(self.zone))


@lru_cache(maxsize=65_536)
def _cell(calendar: Calendar, step: int) -> int:
    local = calendar.local(step * STEP_MS)
    holiday = local.date() in calendar.holidays
    if calendar.hours:
        minute = local.hour * 60 + local.minute
        spans = () if holiday else calendar.hours.get(local.weekday(), ())
        if not any(opens <= minute < closes for opens, closes in spans):
            return CLOSED
    day = 6 if holiday else local.weekday()
    return day * 24 + local.hour


def open_ms(calendar: Calendar, start_ms: int, end_ms: int) -> int:
    """Time within opening hours in [start, end), to five minutes; nothing for a span that is empty."""
    if not calendar.hours:
        return max(0, end_ms - start_ms)
    total, at = 0, start_ms
    while at < end_ms:
        until = min(end_ms, (at // STEP_MS + 1) * STEP_MS)
        total += (until - at) if calendar.is_open(at) else 0
        at = until
    return total


def in_local_hours(spans: Week, calendar: Calendar, at_ms: int) -> bool:
    """Whether a moment lies in spans of local hours (mute times); holidays are ordinary days here."""
    local = calendar.local(at_ms)
    minute = local.hour * 60 + local.minute
    return any(opens <= minute < closes for opens, closes in spans.get(local.weekday(), ()))


def mute_ends_ms(spans: Week, calendar: Calendar, at_ms: int) -> int:
    """The first moment from `at_ms` on that is in no span; at most eight days away."""
    at = at_ms
    for _ in range(int(timedelta(days=8).total_seconds() * 1000 // STEP_MS)):
        if not in_local_hours(spans, calendar, at):
            return at
        at = (at // STEP_MS + 1) * STEP_MS
    return at
