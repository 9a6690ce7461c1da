"""Local time in the simulated world: stamps with offset, and how busy an hour is."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from streams.edges.simulator.company import Company

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


@lru_cache(maxsize=2_048)
def _minute(minute: int, zone: str) -> tuple[str, str]:
    text = datetime.fromtimestamp(minute * 60, ZoneInfo(zone)).isoformat(timespec="minutes")
    return text[:16], text[16:]


def stamp(at_ms: int, zone: str) -> str:
    """RFC 3339 with milliseconds and the offset of a place.

    Args:
        at_ms: milliseconds since 1970, UTC.
        zone: such as Europe/Berlin.
    """
    minute, rest_ms = divmod(at_ms, MINUTE_MS)
    text, offset = _minute(minute, zone)
    second, ms = divmod(rest_ms, 1_000)
    return f"{text}:{second:02d}.{ms:03d}{offset}"


@lru_cache(maxsize=256)
def busyness(company: Company, channel: str, minute: int) -> float:
    """Traffic of a channel in a minute since 1970, as a multiple of its daily mean; moves smoothly."""
    local = datetime.fromtimestamp(minute * 60, ZoneInfo(company.zone))
    curve = company.day_curves[channel]
    part = local.minute / 60
    return curve[local.hour] * (1 - part) + curve[(local.hour + 1) % 24] * part
