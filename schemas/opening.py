"""Opening hours as people write them: `{mon-fri: "10:00-20:00", sat: "09:00-12:00, 14:00-18:00", sun: closed}`.

Why minutes of the local day: hours are a promise on a wall clock, which moves twice a year.
"""

from __future__ import annotations

import re
from typing import Any

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Week = dict[int, tuple[tuple[int, int], ...]]
"""Weekday (0 is Monday) to spans [open, close) in minutes of the local day; an empty tuple means closed."""

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)", re.ASCII)


def _days(key: str) -> tuple[int, ...]:
    """Weekdays (0 is Monday) of `mon` or `mon-sat`."""
    first, _, last = key.partition("-")
    try:
        start, end = DAYS.index(first), DAYS.index(last or first)
    except ValueError:
        raise ValueError(
            f"day {key!r} is unknown: use mon, tue, wed, thu, fri, sat, sun or a span such as mon-sat"
        ) from None
    if end < start:
        raise ValueError(f"days {key!r} run backwards: write them from Monday to Sunday")
    return tuple(range(start, end + 1))


def read_week(value: Any) -> Week:
    """Turn `{mon-sat: "10:00-20:00", sun: closed}` into spans of minutes for each weekday."""
    if not isinstance(value, dict):
        raise ValueError('is no table of days: write such as mon-sat: "10:00-20:00"')
    week: Week = {}
    for key, text in value.items():
        spans: list[tuple[int, int]] = []
        for part in () if text == "closed" else str(text).replace(" ", "").split(","):
            match = _HOURS.fullmatch(part)
            if match is None:
                raise ValueError(f'hours {text!r} are unclear: write "10:00-20:00", or closed')
            opens = int(match[1]) * 60 + int(match[2])
            closes = int(match[3]) * 60 + int(match[4]) if match[3] else 24 * 60
            if closes <= opens or (spans and opens < spans[-1][1]):
                raise ValueError(f"hours {text!r} end before they begin: split them at midnight, in order")
            spans.append((opens, closes))
        for day in _days(str(key)):
            if day in week:
                raise ValueError(f"{DAYS[day]} is given twice: name each day once")
            week[day] = tuple(spans)
    return week


def write_week(week: Week) -> dict[str, str]:
    """The table that `read_week` makes the week of."""

    def clock(minutes: int) -> str:
        return f"{minutes // 60:02d}:{minutes % 60:02d}"

    return {
        DAYS[day]: ", ".join(f"{clock(opens)}-{clock(closes)}" for opens, closes in spans) or "closed"
        for day, spans in week.items()
    }
