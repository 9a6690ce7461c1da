"""A watch learns what is normal, finds a drop, and forgets nothing but the drop."""

from __future__ import annotations

import random
from datetime import date

import numpy as np
import pytest

from streams.pure.alerting.baseline import OTHER, Baseline
from streams.pure.alerting.season import CLOSED, Calendar, open_ms
from streams.pure.alerting.silence import Pulse, silent
from streams.pure.alerting.worsening import Watch, Worsening

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
MONDAY = 1_767_571_200_000  # 2026-01-05, 0:00 UTC


def feed(
    watch: Watch, rnd: random.Random, *, hours: int, share: float, start_ms: int, strata: tuple[str, ...] = ("a",)
) -> list[int]:
    """Twenty answers an hour; the times at which it began to alarm."""
    begun = []
    calendar = Calendar()
    for at_ms in range(start_ms, start_ms + hours * HOUR_MS, HOUR_MS // 20):
        before = watch.alarming
        watch.slice(at_ms, calendar.cell(at_ms), {rnd.choice(strata): (1, int(rnd.random() < share))})
        if watch.alarming and not before:
            begun.append(at_ms)
    return begun


def learnt(seed: int = 1) -> Watch:
    watch = Watch(Worsening())
    feed(watch, random.Random(seed), hours=24 * 20, share=0.10, start_ms=MONDAY)
    if watch.alarming:
        watch.settle(MONDAY + 20 * DAY_MS)
    return watch


def test_a_drop_is_found_and_does_not_become_normal() -> None:
    """While alarming nothing is learnt, however long it lasts."""
    watch = learnt()
    before = watch.baseline.share
    begun = feed(watch, random.Random(2), hours=72, share=0.40, start_ms=MONDAY + 20 * DAY_MS)
    assert len(begun) == 1
    assert watch.alarming
    feed(watch, random.Random(3), hours=48, share=0.05, start_ms=MONDAY + 23 * DAY_MS)
    assert watch.evidence == 0.0  # long over, and nobody has said so yet
    assert watch.baseline.share == pytest.approx(before, abs=0.005)


def test_what_was_under_suspicion_is_learnt_when_the_suspicion_is_over() -> None:
    """To learn from calm hours alone would make the baseline too good."""
    watch = Watch(Worsening())
    feed(watch, random.Random(3), hours=24 * 60, share=0.10, start_ms=MONDAY)
    assert watch.baseline.share == pytest.approx(0.10, abs=0.006)


def test_an_alarm_reads_clear_only_after_many_ordinary_answers() -> None:
    watch = learnt()
    feed(watch, random.Random(2), hours=24, share=0.40, start_ms=MONDAY + 20 * DAY_MS)
    reading, answers = None, 0
    at_ms = MONDAY + 21 * DAY_MS
    while reading is None or not reading.clear:
        reading = watch.slice(at_ms + answers * 1_000, 0, {"a": (1, 0)})
        answers += 1
    assert answers >= 20
    assert not reading.breach


def test_nothing_is_judged_before_two_hundred_answers_nor_before_a_thousand_on_the_first_day() -> None:
    """A slow channel is judged from its second day on; a busy one is not until it has a thousand."""
    slow, busy = Watch(Worsening()), Watch(Worsening())
    a_day = [slow.slice(MONDAY + index * HOUR_MS // 9, 0, {"a": (1, 0)}) for index in range(24 * 9 + 9)]
    assert a_day == [None] * len(a_day)
    assert slow.slice(MONDAY + 26 * HOUR_MS, 0, {"a": (1, 0)})
    readings = [busy.slice(MONDAY + index * 1_000, 0, {"a": (1, 0)}) for index in range(1_001)]
    assert readings == [None] * 1_000 + [readings[-1]]
    assert readings[-1]


def test_a_busy_channel_without_a_past_hardly_pages_by_chance_on_its_first_day() -> None:
    """One false page a month is promised from the first answer on: here are 24 channel-days of 30,000 answers each."""
    pages = 0
    for seed in range(24):
        rnd, watch, calendar = np.random.default_rng(seed), Watch(Worsening()), Calendar()
        n = rnd.poisson(30_000 / 8_640, 8_640)
        bad = rnd.binomial(n, 0.08)
        for at, (answers, worse) in enumerate(zip(n.tolist(), bad.tolist(), strict=True)):
            at_ms, before = MONDAY + 10_000 * at, watch.alarming
            watch.slice(at_ms, calendar.cell(at_ms), {"a": (answers, worse)})
            if watch.alarming and not before:
                pages += 1
                watch.settle(at_ms)
    assert pages <= 4


def test_answers_of_a_new_touchpoint_are_no_evidence_until_it_is_known() -> None:
    watch = learnt()
    evidence = watch.evidence
    for index in range(30):
        watch.slice(MONDAY + 20 * DAY_MS + index * 1_000, 0, {"opened today": (1, 1)})
    assert watch.evidence <= evidence


def test_strata_without_end_become_one() -> None:
    baseline = Baseline()
    for number in range(500):
        baseline.learn(0, {f"t{number}": (1, 0)}, MONDAY)
    assert len(baseline.seen) <= 65
    assert OTHER in baseline.seen


def test_an_hour_that_is_always_worse_is_expected_to_be() -> None:
    """Evening and morning differ beyond chance: each is held against its own."""
    baseline, calendar = Baseline(), Calendar()
    baseline.skip(MONDAY)
    for hour in range(24 * 28):
        at_ms = MONDAY + hour * HOUR_MS
        bad = 30 if 18 <= hour % 24 < 22 else 5
        baseline.learn(calendar.cell(at_ms), {"": (100, bad)}, at_ms + HOUR_MS)
    baseline.fit(baseline.learnt_ms)
    assert baseline.expected("", 24 + 20) == pytest.approx(0.30, abs=0.03)
    assert baseline.expected("", 24 + 10) == pytest.approx(0.05, abs=0.015)


def test_answers_that_gather_count_for_less() -> None:
    alone, gathered = Baseline(), Baseline()
    alone.n = gathered.n = 100_000.0
    rnd = random.Random(5)
    for _ in range(400):
        alone.gathered_in_hour = gathered.gathered_in_hour = 0
        alone.gather(20, sum(rnd.random() < 0.1 for _ in range(20)), 2.0, 1.8)
        gathered.gather(20, 20 if rnd.random() < 0.1 else 0, 2.0, 1.8)
    assert alone.dispersion < 1.2
    assert gathered.dispersion > 8


@pytest.mark.parametrize(
    ("day", "hour", "cell"),
    [
        pytest.param(date(2026, 3, 27), 9, 4 * 24 + 10, id="winter-time"),
        pytest.param(date(2026, 3, 30), 9, 11, id="summer-time"),
        pytest.param(date(2026, 4, 6), 9, CLOSED, id="holiday"),
        pytest.param(date(2026, 3, 29), 9, CLOSED, id="sunday-closed"),
    ],
)
def test_a_cell_is_an_hour_of_the_local_week(day: date, hour: int, cell: int) -> None:
    """Ten o'clock in Berlin is nine UTC in winter and eight in summer; 9 UTC is eleven then."""
    week = dict.fromkeys(range(6), ((540, 1200),))
    calendar = Calendar("Europe/Berlin", week, frozenset({date(2026, 4, 6)}))
    at_ms = (day.toordinal() - date(1970, 1, 1).toordinal()) * DAY_MS + hour * HOUR_MS
    assert calendar.cell(at_ms) == cell


def test_open_time_counts_only_opening_hours() -> None:
    calendar = Calendar("UTC", {0: ((600, 660),)})
    assert open_ms(calendar, MONDAY, MONDAY + 7 * DAY_MS) == HOUR_MS


def heard(calendar: Calendar, days: int) -> Pulse:
    """Twelve answers an open hour."""
    pulse = Pulse()
    for at_ms in range(MONDAY, MONDAY + days * DAY_MS, 300_000):
        pulse.turn(at_ms, calendar)
        if calendar.is_open(at_ms):
            pulse.heard(at_ms, 1, calendar)
    return pulse


def test_a_store_silent_in_its_opening_hours_is_told_and_a_night_is_not() -> None:
    calendar = Calendar("UTC", dict.fromkeys(range(7), ((540, 1200),)))
    pulse = heard(calendar, 14)
    night, noon = MONDAY + 14 * DAY_MS + 3 * HOUR_MS, MONDAY + 14 * DAY_MS + 16 * HOUR_MS
    asked = {"false_pages_a_month": 1.0, "patience_s": 300}
    assert not silent(pulse, night, calendar, **asked)  # type: ignore[arg-type]
    assert not silent(pulse, MONDAY + 14 * DAY_MS + 10 * HOUR_MS, calendar, **asked)  # type: ignore[arg-type]
    assert silent(pulse, noon, calendar, **asked)  # type: ignore[arg-type]
