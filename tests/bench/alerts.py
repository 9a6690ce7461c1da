"""How soon a real drop pages, how often chance does: the product's rule beside rules in common use.

All are measured at one false page a channel-month, on streams nothing was tuned on: seeds from PROOF on. The rules in
common use are tuned on TUNING to page as often by chance as ours may; ours is not tuned, it derives its threshold.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from statistics import median
from typing import Any

import numpy as np

from streams.pure.alerting.worsening import Worsening
from tests.bench import alerts_others as others
from tests.bench import alerts_ours as ours
from tests.bench.alerts_streams import FIRST_MS, World
from tests.bench.results import Result, at_most

NAME = "alerts"
TUNING, PROOF = 1_000, 700_000
DROP = 0.10
GOALS = {5_000: 90, 45_000: 140, 1_000_000: 210}
"""Median answers to detect 10 % -> 20 %, by answers a month, at one false page a channel-month."""
FIRST_DAY = (45_000, 300_000, 1_500_000)
STREAMS = {5_000: 120, 45_000: 80, 1_000_000: 80}
MIX = World(45_000, strata=((0.5, 0.8), (3.0, 0.2)))
"""A good touchpoint and a weak one: 10 % bad."""
SHIFTED = (0.4, 0.6)
"""Customers move to the weak one: 20 % bad, and nothing got worse."""
HARD: dict[str, World] = {
    "bad share with a day curve, 5,000 a month": World(5_000, swing=0.4),
    "bad share with a day curve, 45,000 a month": World(45_000, swing=0.4),
    "answers that gather, 45,000 a month": World(45_000, gather=(0.5, 20.0)),
    "500 answers a month": World(500),
    "a good and a weak touchpoint, 45,000 a month": MIX,
}


def one(world: World, number: int) -> dict[str, Any]:
    """One channel-month of our rule, and then a drop."""
    seed = (PROOF + number, world.a_month)
    run = ours.month(world, seed, Worsening())
    false_pages = len(run.pages)
    start_h = ours.HISTORY_H + ours.MONTH_H + number * 7 % 168
    found = ours.to_detect(world, seed, run, DROP, start_h=start_h)
    return {"false": false_pages, "found": found}


def first_day(world: World, number: int) -> int:
    """Pages of a channel that has no past, on its first day: all of them are false."""
    run = ours.Run(ours.Watch(Worsening()), [])
    begin_h = number * 7 % 168
    for hour in ours.hours(world, (PROOF + number, world.a_month, 9), begin_h, begin_h + 24):
        run.take(hour)
    return len(run.pages)


def shifted(adjusted: bool, number: int) -> tuple[int, bool]:
    """(pages, whether one within a day) of the month after a mix shifted, with and without strata."""
    seed = (PROOF + number, 7)
    run = ours.Run(ours.Watch(Worsening()), [])
    for part, first, last, mix in ((1, 0, ours.HISTORY_H, ()), (2, ours.HISTORY_H, ours.HISTORY_H + 240, SHIFTED)):
        run.pages.clear()
        if run.watch.alarming:
            run.watch.settle(run.watch.hour_ms * ours.HOUR_MS)
        for hour in ours.hours(MIX, (*seed, part), first, last, mix=mix):
            if not adjusted:
                hour = ours.Hour(
                    hour.start_ms, hour.slices, hour.n.sum(1, keepdims=True), hour.bad.sum(1, keepdims=True)
                )
            run.take(hour)
    begins_ms = FIRST_MS + ours.HISTORY_H * ours.HOUR_MS
    return len(run.pages), any(at_ms - begins_ms < 24 * ours.HOUR_MS for at_ms, _ in run.pages)


def summary(found: Iterable[tuple[int, float] | None]) -> tuple[float, float, int]:
    """(median answers, median minutes, missed); one missed counts as later than all others."""
    times = [(float("inf"), float("inf")) if time is None else time for time in found]
    return median(time[0] for time in times), median(time[1] for time in times), times.count((float("inf"),) * 2)


def compared(a_month: int, streams: int) -> dict[str, dict[str, float]]:
    """The rules in common use at one traffic: tuned, then measured on other seeds."""
    world = World(a_month)
    normal = world.share
    month_h, extra_h = 720, 24 * 14 if a_month < 100_000 else 24
    bounds: dict[str, list[Any]] = {name: [] for name in others.RULES}
    for number in range(streams):
        answers = others.stream(world, (TUNING + number, a_month), 0, month_h)
        for name, (statistic, _) in others.RULES.items():
            bounds[name].append(statistic(answers, normal).astype(np.float32))
    tuned = {
        name: others.tuned(
            bounds.pop(name), back(normal), a_month=1.0, low=0.0, high=20.0 if name.startswith("95") else 1.0
        )
        for name, (_, back) in others.RULES.items()
    }
    false: dict[str, int] = dict.fromkeys(tuned, 0)
    plain_false = 0
    found: dict[str, list[tuple[int, float] | None]] = {name: [] for name in tuned}
    for number in range(streams):
        seed = (PROOF + number, a_month)
        answers = others.stream(world, (*seed, 2), 0, month_h)
        start_h = month_h + number * 7 % 168
        # Windows are full when the drop begins, as they would be.
        before_h = max(24, round(4 * others.WINDOW / a_month * 720))
        before = others.stream(world, (*seed, 4), start_h - before_h, start_h)
        after = others.stream(world, (*seed, 3), start_h, start_h + extra_h, drop=DROP)
        dropped = np.concatenate([before[0], after[0]]), np.concatenate([before[1], after[1]])
        for name, (statistic, back) in others.RULES.items():
            quiet = statistic(answers, normal)
            false[name] += others.pages(quiet, tuned[name], back(normal))
            if name.startswith("95"):
                plain_false += others.pages(quiet, 1.96, back(normal))
            found[name].append(others.to_detect(statistic(dropped, normal), dropped, tuned[name], len(before[0])))
    rows: dict[str, dict[str, float]] = {}
    for name in tuned:
        answers_, minutes, missed = summary(found[name])
        rows[name] = {
            "false_a_month": false[name] / streams, "answers": answers_, "minutes": minutes,
            "missed_pct": 100 * missed / streams, "bound": tuned[name],
        }  # fmt: skip
    rows["95 % interval at each answer, as it is"] = {"false_a_month": plain_false / streams}
    return rows


def measure(*, quick: bool = False, told: Callable[[str], None] = lambda what: None) -> dict[str, Any]:
    """All figures of the alert bench; `told` hears each as soon as it is known."""
    part = 4 if quick else 1
    # The solver's own threads would fight for the cores that the streams are spread over.
    os.environ["OMP_NUM_THREADS"] = "1"
    result: dict[str, Any] = {"ours": {}, "others": {}, "hard": {}, "first_day": {}, "mix": {}}
    with ProcessPoolExecutor(min(4, os.cpu_count() or 1), mp_context=get_context("spawn")) as pool:
        for a_month, streams in STREAMS.items():
            n = streams // part
            result["ours"][a_month] = _told(pool.map(partial(one, World(a_month)), range(n), chunksize=4), n)
            told(f"{a_month:,} a month: {result['ours'][a_month]}")
        for name, world in HARD.items():
            n = 40 // part
            result["hard"][name] = _told(pool.map(partial(one, world), range(n), chunksize=4), n)
            told(f"{name}: {result['hard'][name]}")
        for a_month in FIRST_DAY:
            n = 240 // part
            pages = sum(pool.map(partial(first_day, World(a_month, share=0.08)), range(n), chunksize=8))
            result["first_day"][a_month] = {"false_a_month": 30 * pages / n, "days": n}
            told(f"first day, {a_month:,} a month: {result['first_day'][a_month]}")
        for name, adjusted in (("ours", True), ("without strata", False)):
            n = 40 // part
            months = list(pool.map(partial(shifted, adjusted), range(n), chunksize=4))
            result["mix"][name] = {
                "false_a_month": sum(pages for pages, _ in months) / n * 3,
                "paged_in_a_day_pct": 100 * sum(soon for _, soon in months) / n,
            }
            told(f"mix, {name}: {result['mix'][name]}")
        sizes = [(a_month, max(6, min(100, 4_000_000 // a_month) // part)) for a_month in STREAMS]
        for (a_month, _), rows in zip(sizes, pool.map(_compared, sizes), strict=True):
            result["others"][a_month] = rows
    return result


def bench(quick: bool, tell: Callable[[str], None]) -> Iterator[Result]:
    """The figures with their goals; what peers do is told beside, and must be worse."""
    found = measure(quick=quick, told=tell)
    for a_month, goal in GOALS.items():
        ours_, traffic = found["ours"][a_month], f"{a_month:,} answers a month"
        note = f"{ours_['minutes']:,.0f} minutes; {ours_['streams']:.0f} channel-months"
        yield at_most(
            NAME, f"answers to detect 10 % -> 20 % (median), {traffic}", ours_["answers"], "answers", goal, note
        )
        yield at_most(NAME, f"false pages a channel-month, {traffic}", ours_["false_a_month"], "pages", 1.0)
        for name, row in found["others"][a_month].items():
            note = f"{row['false_a_month']:.1f} false pages a channel-month"
            if "answers" in row:
                note += f", {row['minutes']:,.0f} minutes, {row['missed_pct']:.0f} % missed"
            yield Result(NAME, f"the same by {name}, {traffic}", _finite(row.get("answers")), "answers", note=note)
    for name, row in found["hard"].items():
        note = f"found after {row['answers']:,.0f} answers, {row['missed_pct']:.0f} % missed"
        yield Result(NAME, f"false pages a channel-month, {name}", row["false_a_month"], "pages", note=note)
    for a_month, row in found["first_day"].items():
        what = f"false pages a channel-month, on the first day of a channel without a past, {a_month:,} answers a month"
        yield at_most(NAME, what, row["false_a_month"], "pages", 1.0, f"{row['days']} first days")
    mix = found["mix"]
    what = "pages a channel-month after a mix shifted from 10 % to 20 % bad, nothing worse"
    yield at_most(NAME, what, mix["ours"]["false_a_month"], "pages", 1.0)
    yield Result(NAME, f"{what}, without strata", mix["without strata"]["false_a_month"], "pages")


def _finite(figure: float | None) -> float | None:
    return None if figure is None or figure == float("inf") else figure


def _compared(size: tuple[int, int]) -> dict[str, dict[str, float]]:
    return compared(*size)


def _told(months: Iterable[dict[str, Any]], n: int) -> dict[str, float]:
    months = list(months)
    answers, minutes, missed = summary(month["found"] for month in months)
    return {
        "false_a_month": sum(month["false"] for month in months) / n, "answers": answers, "minutes": minutes,
        "missed_pct": 100 * missed / n, "streams": n,
    }  # fmt: skip
