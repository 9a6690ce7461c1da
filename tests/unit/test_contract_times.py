"""Times: one pattern decides what is a time, and which millisecond it is."""

from __future__ import annotations

import re

import pytest

from schemas import times
from schemas.reasons import FieldError, Reason
from schemas.times import END_MS, TIME_PATTERN, epoch_ms

# 2026-11-22T08:30:05Z
AT_MS = 1_795_336_205_000


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2026-11-22T08:30:05Z", AT_MS),
        ("2026-11-22T09:30:05+01:00", AT_MS),
        ("2026-11-22T01:00:05-07:30", AT_MS),
        ("2026-11-22t08:30:05z", AT_MS),
        ("2026-11-22T08:30:05-00:00", AT_MS),
        pytest.param("2026-11-22T08:30:05.1Z", AT_MS + 100, id="one-digit-is-tenths"),
        pytest.param("2026-11-22T08:30:05.123999999Z", AT_MS + 123, id="finer-digits-are-cut-off"),
        pytest.param("2028-02-29T00:00:00Z", 1_835_395_200_000, id="leap-day"),
        ("1970-01-01T00:00:00Z", 0),
        ("2100-12-31T23:59:59.999Z", END_MS - 1),
    ],
)
def test_a_time_is_the_millisecond_it_names(text: str, ms: int) -> None:
    """Asked twice, since the second answer comes from memory."""
    assert epoch_ms(text) == ms
    assert epoch_ms(text) == ms
    assert re.search(TIME_PATTERN, text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T08:30Z", "2026-11-22T08:30:05,1Z", "2026-11-22 08:30:05Z", "2026-11-22T24:00:00Z",
        "2026-11-22T23:59:60Z", "2026-11-22T08:60:00Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-11-22T08:30:05+25:00", "2026-11-22T08:30:05+01", "2026-11-22T08:30:05+0100",
        "2026-11-22T08:30:05.Z", "2026-11-22T08:30:05.1234567890Z", "2026-11-22T08:30:05Z ", "2026-11-22T08:30:05Z\n",
        "２026-11-22T08:30:05Z", "0000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01",
        "2101-01-01T00:00:00Z", "2100-12-31T23:59:59-00:01", "yesterday", "", "1795336205",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: str) -> None:
    """Also on the second try: memory must not keep what was refused."""
    for _ in range(2):
        with pytest.raises(FieldError) as refusal:
            epoch_ms(text)
        assert refusal.value.reason is Reason.BAD_TIME


@pytest.mark.parametrize(
    "text",
    ["2026-11-22T08:30:05", "2026-11-22T08:30:05.123", "2026-11-22T08:30", "2026-11-22", "2026-11-22 08:30:05"],
)
def test_a_time_without_a_zone_is_told_apart(text: str) -> None:
    """The commonest mistake gets its own code and tells what to add."""
    with pytest.raises(FieldError, match="end it with Z or an offset") as refusal:
        epoch_ms(text)
    assert refusal.value.reason is Reason.NO_TIME_ZONE


def test_memory_for_times_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import over many years must not fill the memory."""
    monkeypatch.setattr(times, "_MAX_CACHED", 100)
    monkeypatch.setattr(times, "_seconds", {})
    monkeypatch.setattr(times, "_rests", {})
    for i in range(1_000):
        second = f"2026-11-22T{i // 3600:02}:{i // 60 % 60:02}:{i % 60:02}"
        assert epoch_ms(f"{second}.{i:03}Z") == AT_MS - 30_605_000 + i * 1_001
        epoch_ms(f"{second}.{i:06}Z")
    assert len(times._seconds) <= 100
    assert len(times._rests) <= 100
