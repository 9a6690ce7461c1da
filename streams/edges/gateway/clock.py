"""Wrong clocks of senders, put right by what they say about themselves.

A phone that sends `sent_at` tells what its clock shows at a moment we know: the arrival. The difference is its
clock's error, and the same error is in `occurred_at`. An answer kept on disk for hours is sent with a new
`sent_at`, so its age stays what it is. The way of the request is in the difference too: hence a tolerance.
"""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.times import END_MS


def clock_error(sent_ms: int | None, arrived_ms: int, tolerance_ms: int) -> int:
    """How far a sender's clock is behind ours.

    Args:
        sent_ms: what its clock showed when it sent, ms since 1970; None if it did not say.
        arrived_ms: what ours showed when the request began to arrive.
        tolerance_ms: what may be the way of the request.
    Returns:
        Milliseconds to add to its times; 0 if the clock is right as far as can be told. Negative: it is ahead.
    """
    if sent_ms is None:
        return 0
    behind_ms = arrived_ms - sent_ms
    return behind_ms if abs(behind_ms) > tolerance_ms else 0


def as_text(at_ms: int) -> str:
    """A time as RFC 3339 in UTC, held between 1970 and 2100."""
    moment = datetime.fromtimestamp(min(max(at_ms, 0), END_MS - 1) / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
