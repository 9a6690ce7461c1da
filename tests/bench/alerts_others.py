"""Rules in common use, on the same streams: each tuned to the same false pages a channel-month, then timed.

Each rule is a number at every answer; it pages when that passes a bound, and again only after it was back at what is
normal. The bound is found on seeds for tuning; what is told is measured on others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tests.bench.alerts_streams import HOUR_MS, SLICE_MS, World, hours

Floats = NDArray[np.float64]
Stream = tuple[Floats, Floats]
"""(minutes, 1.0 where bad) of each answer."""
Statistic = Callable[[Stream, float], Floats]
"""The number a rule looks at, at each answer, given the share that is normal."""

WINDOW = 100
"""Answers in the rolling window of the interval that is tested again and again."""
LEAST = 5
"""Answers a share must rest on to be looked at."""


def stream(world: World, seed: tuple[int, ...], first: int, last: int, *, drop: float = 0.0) -> Stream:
    """All answers of some hours, in order."""
    minutes: list[Floats] = []
    bad: list[Floats] = []
    for hour in hours(world, seed, first, last, drop=drop):
        n, worse = hour.n.sum(1), hour.bad.sum(1)
        at = (hour.start_ms - 0) / HOUR_MS * 60 + hour.slices * SLICE_MS / 60_000
        minutes.append(np.repeat(at, n))
        # Of the answers of one slice the bad ones come last: nobody can say.
        ends = np.cumsum(n)
        flags = np.zeros(int(ends[-1]))
        rank = np.arange(len(flags)) - np.repeat(ends - n, n)
        flags[rank >= np.repeat(n - worse, n)] = 1.0
        bad.append(flags)
    return np.concatenate(minutes), np.concatenate(bad)


def _share(answers: Stream, minutes: float, least: int = LEAST) -> Floats:
    """Bad share of the last so many minutes, at each answer; 0 where it rests on too few."""
    at, bad = answers
    total = np.append(0.0, np.cumsum(bad))
    first = np.searchsorted(at, at - minutes, side="right")
    n = np.arange(1, len(at) + 1) - first
    return np.where(n >= least, (total[1:] - total[first]) / n, 0.0)


def fixed_threshold(answers: Stream, normal: float) -> Floats:
    """Bad share of the last hour above a number."""
    return _share(answers, 60)


def five_minutes(answers: Stream, normal: float) -> Floats:
    """Bad share of the last five minutes above a number."""
    return _share(answers, 5)


def burn_rate(answers: Stream, normal: float) -> Floats:
    """SRE: the bad share of an hour and of its last five minutes, both above a multiple of what is allowed."""
    return np.minimum(_share(answers, 60), _share(answers, 5, least=1))


def interval(answers: Stream, normal: float) -> Floats:
    """Standard errors by which the share of the last 100 answers lies above normal (1.96: outside a 95 % interval)."""
    _, bad = answers
    total = np.append(0.0, np.cumsum(bad))
    end = np.arange(1, len(bad) + 1)
    first = np.maximum(0, end - WINDOW)
    n = end - first
    # Wilson's interval excludes `normal` exactly where the score test rejects it.
    found = ((total[end] - total[first]) / n - normal) / np.sqrt(normal * (1 - normal) / n)
    return np.where(n >= WINDOW // 2, found, 0.0)


RULES: dict[str, tuple[Statistic, Callable[[float], float]]] = {
    "fixed threshold, last hour": (fixed_threshold, lambda normal: normal),
    "95 % interval at each answer": (interval, lambda normal: 0.0),
    "average of 5 minutes": (five_minutes, lambda normal: normal),
    "SRE burn rate, 1 h and 5 min": (burn_rate, lambda normal: normal),
}
"""Statistic of each rule, and where it counts as back to normal."""


def pages(statistic: Floats, bound: float, normal: float) -> int:
    """Times a rule pages: passing the bound, once until it was back at normal."""
    over = statistic > bound
    return len(np.unique(np.cumsum(statistic <= normal)[over]))


def tuned(statistics: Sequence[Floats], normal: float, *, a_month: float, low: float, high: float) -> float:
    """The smallest bound with at most `a_month` pages a stream."""
    for _ in range(40):
        middle = (low + high) / 2
        if sum(pages(statistic, middle, normal) for statistic in statistics) > a_month * len(statistics):
            low = middle
        else:
            high = middle
    return high


def to_detect(statistic: Floats, answers: Stream, bound: float, start: int) -> tuple[int, float] | None:
    """(answers, minutes) from the drop at answer `start` until the bound is passed; None: never."""
    over = np.flatnonzero(statistic[start:] > bound)
    if not len(over):
        return None
    first = int(over[0])
    return first + 1, float(answers[0][start + first] - answers[0][start])
