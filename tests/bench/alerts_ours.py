"""The product's own watch over long streams, quickly: hours in which nothing happens are taken in one step.

`skim` does to a watch what feeding it slice by slice would have done, and leaves an hour in which a threshold is
passed, or an alarm runs, to the watch itself. A property test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streams.pure.alerting.baseline import LOOKED_AT
from streams.pure.alerting.season import HOUR_MS, Calendar
from streams.pure.alerting.worsening import Reading, Watch, Worsening
from tests.bench.alerts_streams import SLICE_MS, Hour, World, hours, one_by_one

CALENDAR = Calendar()
CLEAR_SLICES = 3
"""Slices in a row that must speak for an end, as in the shipped rules."""
HISTORY_H, MONTH_H = 56 * 24, 30 * 24


@dataclass
class Run:
    """A watch, and the pages it made."""

    watch: Watch
    pages: list[tuple[int, Reading]]
    clear: int = 0
    answers: int = 0
    """Answers since the run began."""

    def take(self, hour: Hour) -> None:
        """One hour, by whichever way is quicker."""
        if len(hour.slices) < 30 or not skim(self.watch, hour):
            for start_ms, counts in one_by_one(hour):
                self.slice(start_ms, counts)
        else:
            self.answers += int(hour.n.sum())

    def slice(self, start_ms: int, counts: dict[str, tuple[int, int]]) -> Reading | None:
        """One slice, with the end of an alarm as the life of an alert would have it."""
        watch, before = self.watch, self.watch.alarming
        reading = watch.slice(start_ms, CALENDAR.cell(start_ms), counts)
        self.answers += sum(n for n, _ in counts.values())
        if reading is None:
            return None
        if watch.alarming and not before:
            self.pages.append((start_ms, reading))
        self.clear = self.clear + 1 if reading.clear else 0
        if self.clear >= CLEAR_SLICES:
            watch.settle(start_ms)
            self.clear = 0
        return reading


def skim(watch: Watch, hour: Hour) -> bool:
    """Takes an hour in at one step.

    Returns:
        Whether it could; if not, the watch is as it was but for its look at the new hour.
    """
    cell = CALENDAR.cell(hour.start_ms)
    first_ms = hour.start_ms + int(hour.slices[0]) * SLICE_MS
    if watch.hour_ms != first_ms // HOUR_MS or watch.cell != cell:
        watch._turn(first_ms, cell)
    if watch.alarming or watch.learning or watch.baseline.days < 1:
        return False  # on its first day a watch learns within the hour, too
    names = [f"s{stratum}" for stratum in range(hour.n.shape[1])]
    known = [watch._known(name) for name in names]
    if any(place is None for place in known):
        return False
    share, up, down = np.array(known, np.float64).T
    # Summed stratum by stratum, as the watch does: the same rounding.
    gains = np.zeros(len(hour.slices))
    expected, variance = np.zeros(len(hour.slices)), np.zeros(len(hour.slices))
    for stratum in range(len(names)):
        n, bad = hour.n[:, stratum], hour.bad[:, stratum]
        gains += bad * up[stratum] + (n - bad) * down[stratum]
        expected += n * share[stratum]
        variance += n * share[stratum] * (1 - share[stratum])
    total, worse = hour.n.sum(1), hour.bad.sum(1)
    path = np.cumsum(gains / watch.dispersion)
    evidence = path - np.minimum(np.minimum.accumulate(path), -watch.evidence)
    if (evidence >= watch.threshold - 1e-6).any():
        return False
    calm = int(np.flatnonzero(evidence <= 1e-12)[-1]) + 1 if (evidence <= 1e-12).any() else 0
    for first, last in ((0, calm), (calm, len(evidence))):
        for stratum, name in enumerate(names):
            n, bad = int(hour.n[first:last, stratum].sum()), int(hour.bad[first:last, stratum].sum())
            if n:
                watch._wait(cell, name, n, bad)
        if last == calm and calm:
            watch._cleared()
    # At zero the next slice begins anew; what the last slice leaves is begun anew by the next hour.
    zeros = np.flatnonzero(evidence[:-1] <= 1e-12)
    since = 0
    if len(zeros) or watch.evidence == 0.0:
        since = int(zeros[-1]) + 1 if len(zeros) else 0
        watch.began_ms, watch.n, watch.bad = hour.start_ms + int(hour.slices[since]) * SLICE_MS, 0, 0
        watch.expected, watch.parts = 0.0, {}
    for stratum, name in enumerate(names):
        n, bad = int(hour.n[since:, stratum].sum()), int(hour.bad[since:, stratum].sum())
        if n:
            before = watch.parts.get(name, (0, 0, 0.0))
            watch.parts[name] = (before[0] + n, before[1] + bad, before[2] + n * float(share[stratum]))
    watch.n += int(total[since:].sum())
    watch.bad += int(worse[since:].sum())
    watch.expected += float(expected[since:].sum())
    watch.evidence = 0.0 if evidence[-1] <= 1e-12 else float(evidence[-1])
    baseline, enough = watch.baseline, np.searchsorted(np.cumsum(total), LOOKED_AT) + 1
    for index in range(min(int(enough), len(total))):
        baseline.gather(int(total[index]), int(worse[index]), float(expected[index]), float(variance[index]))
    return True


def month(
    world: World, seed: tuple[int, ...], rule: Worsening, *, history_h: int = HISTORY_H, test_h: int = MONTH_H,
    mix: tuple[float, ...] = (),
) -> Run:  # fmt: skip
    """A watch that has learnt, and the false pages of the hours after that. Pages while learning are cleared away."""
    run = Run(Watch(rule), [])
    for hour in hours(world, (*seed, 1), 0, history_h):
        run.take(hour)
    run.pages.clear()
    if run.watch.alarming:
        run.watch.settle(run.watch.hour_ms * HOUR_MS)
    run.answers = 0
    for hour in hours(world, (*seed, 2), history_h, history_h + test_h, mix=mix):
        run.take(hour)
    return run


def to_detect(
    world: World, seed: tuple[int, ...], run: Run, drop: float, *, start_h: int, most_h: int = 24 * 45
) -> tuple[int, float] | None:
    """(answers, minutes) until a watch pages a drop that begins now; None: it never did."""
    watch = run.watch
    if watch.alarming:
        watch.settle(watch.hour_ms * HOUR_MS)
    run.pages.clear()
    run.answers, began_ms = 0, 0
    for hour in hours(world, (*seed, 3), start_h, start_h + most_h, drop=drop):
        began_ms = began_ms or hour.start_ms
        for start_ms, counts in one_by_one(hour):
            run.slice(start_ms, counts)
            if run.pages:
                return run.answers, (start_ms + SLICE_MS - began_ms) / 60_000
    return None
