"""Moments and lengths of time as people type them on the command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from streams.edges.errors import UserError

_LENGTH = re.compile(r"(\d+)([smhd]?)")
_UNIT_S = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}


def length_s(text: str, option: str) -> int:
    """Seconds of 300, 90s, 5m, 24h or 7d.

    Raises:
        UserError: it is none of these; names the option.
    """
    match = _LENGTH.fullmatch(text.strip())
    if not match or not int(match[1]):
        raise UserError(f"{option}: a length of time is written 300, 90s, 5m, 24h or 7d, not {text!r}")
    return int(match[1]) * _UNIT_S[match[2]]


def moment_ms(text: str, now_ms: int, option: str) -> int:
    """Ms UTC of a moment: RFC 3339, a date, `now`, or a length of time ago such as 24h.

    What names no zone is UTC: a report must not change with the place it is asked from.

    Raises:
        UserError: it is none of these; names the option.
    """
    text = text.strip()
    if text == "now":
        return now_ms
    if _LENGTH.fullmatch(text):
        return now_ms - 1_000 * length_s(text, option)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(
            f"{option}: a moment is written 2026-11-22T09:30:00Z, 2026-11-22, now, or 24h (ago), not {text!r}"
        ) from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000)


def clock(at_ms: int) -> str:
    """A moment for people: UTC, to the second."""
    return datetime.fromtimestamp(at_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S")
