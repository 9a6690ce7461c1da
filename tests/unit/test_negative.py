"""Negative experience: which answers are clearly bad, and when a channel got worse."""

from __future__ import annotations

import random

import pytest

from streams.pure.negative import Alarm, WorseningWatch, clearly_bad

SLICE_MS = 10_000


def watch_stream(
    watch: WorseningWatch, rnd: random.Random, bad_share: float, slices: int, first: int = 0
) -> list[Alarm]:
    """Feeds slices of 10 answers; the alarms it raised."""
    alarms = []
    for number in range(first, first + slices):
        bad = sum(rnd.random() < bad_share for _ in range(10))
        alarm = watch.slice(number * SLICE_MS, (number + 1) * SLICE_MS, 10, bad)
        alarms += [alarm] if alarm else []
    return alarms


@pytest.mark.parametrize(
    ("scale", "worst", "next_best"),
    [
        ("csat-1-5", 1, 2), ("csat-1-7", 1, 2), ("csat-1-10", 2, 3), ("nps-0-10", 1, 2),
        ("ces-effort-1-5", 5, 4), ("ces-agreement-1-7", 1, 2), ("ces-ease-1-5", 1, 2),
    ],
)  # fmt: skip
def test_only_the_worst_fifth_of_a_scale_is_clearly_bad(scale: str, worst: int, next_best: int) -> None:
    assert clearly_bad(scale, worst)
    assert not clearly_bad(scale, next_best)


def test_counts_and_moods_are_never_a_clearly_bad_answer() -> None:
    """A rising number of complaints alone never alarms: an open complaint can be answered."""
    assert not clearly_bad("severity-1-3", 3)
    assert not clearly_bad("emotion-valence", -100)


def test_a_steady_channel_stays_silent_for_a_day() -> None:
    """17,280 answers at 10 % bad; a 95 % interval tested again and again would have cried wolf many times."""
    alarms = sum(len(watch_stream(WorseningWatch(), random.Random(seed), 0.10, 1_728)) for seed in range(5))
    assert alarms <= 8


def test_a_real_drop_is_found_within_a_minute_or_two_and_told_once() -> None:
    rnd = random.Random(7)
    watch = WorseningWatch()
    assert watch_stream(watch, rnd, 0.10, 100) == []
    alarms = watch_stream(watch, rnd, 0.40, 60, first=100)
    assert len(alarms) == 1
    alarm = alarms[0]
    assert alarm.at_ms <= 110 * SLICE_MS
    assert alarm.bad / alarm.n > 0.25
    assert alarm.baseline == pytest.approx(0.10, abs=0.04)


def test_the_baseline_is_frozen_while_alarming_and_the_alarm_ends() -> None:
    """A drop must not become the new normal; when it is over, the next one is told again."""
    rnd = random.Random(3)
    watch = WorseningWatch()
    watch_stream(watch, rnd, 0.10, 100)
    before = watch.baseline
    watch_stream(watch, rnd, 0.50, 200, first=100)
    assert watch.alarming
    assert watch.baseline == pytest.approx(before, abs=0.02)
    watch_stream(watch, rnd, 0.05, 60, first=300)
    assert not watch.alarming
    assert len(watch_stream(watch, rnd, 0.50, 60, first=360)) == 1


def test_silence_changes_nothing() -> None:
    watch = WorseningWatch()
    assert watch.slice(0, SLICE_MS, 0, 0) is None
    assert watch.baseline == pytest.approx(0.10)


def test_a_channel_hardly_heard_yet_does_not_alarm() -> None:
    """Ten bad answers at the very start say nothing about a change: there is no before."""
    watch = WorseningWatch()
    assert watch.slice(0, SLICE_MS, 10, 10) is None
