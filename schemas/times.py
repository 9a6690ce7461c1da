"""Times of events: RFC 3339 text with seconds and an offset, as whole milliseconds since 1970 UTC.

Why our own: three JSON libraries read times in three ways (without seconds, with a comma, as bare
numbers). Here one pattern decides for every decoder, and the common forms cost two look-ups.
Decided once: `t` and `z` may be lower case as in RFC 3339; a leap second (:60) and 24:00 are
refused; digits beyond the millisecond are cut off; the years are 1970 to 2100 in UTC.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from schemas.reasons import FieldError, Reason

TIME_PATTERN = (
    r"^(19[7-9][0-9]|20[0-9]{2}|2100)-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]"
    r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
"""What a time looks like; also in the JSON Schema. Days a month does not have are refused beyond it."""

END_MS = 4_133_980_800_000
"""2101-01-01T00:00:00Z: times are below it and not before 1970."""

_SECOND = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})")
_REST = re.compile(r"(?:\.([0-9]{1,9}))?(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))")
_ZONELESS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?)?")
_EPOCH_DAY = date(1970, 1, 1).toordinal()

_MAX_CACHED = 50_000
_seconds: dict[str, int] = {}
_rests: dict[str, int] = {}


def epoch_ms(text: str) -> int:
    """Milliseconds since 1970-01-01T00:00:00Z.

    Args:
        text: such as `2026-11-22T09:30:05.250+01:00`.
    Returns:
        Whole milliseconds, 0 <= ms < END_MS; finer digits are cut off (floor).
    Raises:
        FieldError: `bad_time` or `no_time_zone`, with what to send instead.
    Source: RFC 3339, section 5.6.
    """
    second = _seconds.get(text[:19])
    if second is None:
        second = _second_ms(text)
    rest = _rests.get(text[19:])
    if rest is None:
        rest = _rest_ms(text)
    ms = second + rest
    if 0 <= ms < END_MS:
        return ms
    raise FieldError(Reason.BAD_TIME, "is outside the years 1970 to 2100: send the time it happened")


def _second_ms(text: str) -> int:
    """The part up to the second, read as UTC."""
    head = text[:19]
    match = _SECOND.fullmatch(head)
    if match is None:
        raise _refusal(text)
    year, month, day, hour, minute, second = map(int, match.groups())
    if year < 1 or not 1 <= month <= 12 or not 1 <= day <= monthrange(year, month)[1]:
        raise FieldError(Reason.BAD_TIME, "names a day that does not exist: send a real date")
    if hour > 23 or minute > 59 or second > 59:
        raise FieldError(Reason.BAD_TIME, "is no time of day: send 00:00:00 to 23:59:59")
    days = date(year, month, day).toordinal() - _EPOCH_DAY
    ms = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000
    if len(_seconds) >= _MAX_CACHED:
        _seconds.clear()
    _seconds[head] = ms
    return ms


def _rest_ms(text: str) -> int:
    """Fraction and offset: what to add to the part up to the second."""
    # Digits beyond the millisecond are left out of the key: with them it would hardly ever come again.
    zone_at = len(text) - (1 if text[-1:] in "Zz" else 6)
    finer = text[23:zone_at]
    key = text[19:23] + text[zone_at:] if finer.isdigit() else text[19:]
    known = _rests.get(key)
    if known is not None and finer.isascii() and len(finer) <= 6:
        return known
    match = _REST.fullmatch(text[19:])
    if match is None:
        raise _refusal(text)
    fraction, sign, hours, minutes = match.groups()
    ms = int(fraction[:3].ljust(3, "0")) if fraction else 0
    if sign:
        offset_ms = (int(hours) * 60 + int(minutes)) * 60_000
        ms += offset_ms if sign == "-" else -offset_ms
    if len(_rests) >= _MAX_CACHED:
        _rests.clear()
    _rests[key] = ms
    return ms


def _refusal(text: str) -> FieldError:
    """Why a text is no time; a missing zone has a code of its own, being the commonest mistake."""
    example = "such as 2026-11-22T09:30:05+01:00"
    if _ZONELESS.fullmatch(text):
        return FieldError(Reason.NO_TIME_ZONE, f"has no time zone: end it with Z or an offset, {example}")
    return FieldError(Reason.BAD_TIME, f"is not an RFC 3339 time with seconds and offset: send one {example}")
