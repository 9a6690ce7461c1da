"""Derived consistency: how little the mean experience of the same touchpoint varies over channels and weeks.

Why derived, beside the asked one: a customer meets one channel at a time and cannot see that another treats the
next customer worse. 10 - 9 x min(1, tau / 4.5), tau being the standard deviation of the true means: what the
observed means vary beyond what chance alone makes them vary.

tau^2 is computed within each (touchpoint, aspect), so that a channel which is asked about other aspects does not
look inconsistent; over several, their mean weighted by answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from streams.pure.intervals import Z
from streams.pure.method.evidence import Estimate
from streams.pure.scores import Tally

WORST_TAU = 4.5
"""Half of the means at 1 and half at 10: nothing on 1..10 can vary more."""
ALONE = "nothing to compare with"

Cells = Mapping[tuple[str, str, str, int], Tally]
"""Answers on rating-1-10 by (touchpoint, aspect, channel, week)."""


@dataclass(frozen=True, slots=True)
class Consistency:
    """How alike one touchpoint is.

    Attributes:
        consistency: 1..10. n: answers in the cells compared.
        tau: standard deviation of the true means, 0..4.5; None where nothing can be compared.
        cells: (channel, week) cells compared; a cell with one answer says nothing of its own noise and is left out.
    """

    touchpoint: str
    consistency: Estimate
    tau: float | None
    cells: int

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        columns = self.consistency.columns("consistency")
        return {"touchpoint": self.touchpoint, **columns, "tau": self.tau, "cells": self.cells}


def of_tau(tau: float) -> float:
    """Consistency 1..10 of means that vary by tau >= 0."""
    return 10 - 9 * min(1.0, tau / WORST_TAU)


def consistency(cells: Cells) -> tuple[Consistency, ...]:
    """Each touchpoint with something to compare or not, by name; events without a touchpoint are left out."""
    by_aspect: dict[str, dict[str, list[Tally]]] = defaultdict(lambda: defaultdict(list))
    for (touchpoint, aspect, _, _), tally in cells.items():
        if touchpoint and tally.n:
            by_aspect[touchpoint][aspect].append(tally)
    return tuple(_one(touchpoint, list(aspects.values())) for touchpoint, aspects in sorted(by_aspect.items()))


def _one(touchpoint: str, aspects: list[list[Tally]]) -> Consistency:
    compared = [group for group in ([t for t in aspect if t.n >= 2] for aspect in aspects) if len(group) >= 2]
    if not compared:
        return Consistency(touchpoint, Estimate(why=ALONE), None, 0)
    sizes = [sum(tally.n for tally in group) for group in compared]
    spreads = [_spread(group) for group in compared]
    n = sum(sizes)
    tau2 = sum(size * spread for size, (spread, _) in zip(sizes, spreads, strict=True)) / n
    half = Z * sqrt(sum((size / n) ** 2 * variance for size, (_, variance) in zip(sizes, spreads, strict=True)))
    tau, least, most = (sqrt(max(0.0, end)) for end in (tau2, tau2 - half, tau2 + half))
    # The more the means vary, the lower the consistency: the ends change places.
    return Consistency(
        touchpoint, Estimate(of_tau(tau), of_tau(most), of_tau(least), n), tau, sum(len(group) for group in compared)
    )


def _spread(group: list[Tally]) -> tuple[float, float]:
    """tau^2 of one group of cells (may be below 0: chance made the means too alike), and its variance.

    The mean squared distance of k observed means from their middle is, in the mean, tau^2 + (k - 1)/k x the mean of
    their squared standard errors v: the second part is taken off. Its variance is that of a quadratic form in
    independent normal numbers. Source: S. R. Searle, Linear Models, Wiley 1971, chapter 2.
    """
    k = len(group)
    means = [tally.total / tally.n for tally in group]
    noises = [_noise(tally) for tally in group]
    middle = sum(means) / k
    distances = [(value - middle) ** 2 for value in means]
    tau2 = sum(distances) / k - (k - 1) / k * sum(noises) / k
    by_noise = sum(noise * noise for noise in noises) * (1 - 2 / k) + (sum(noises) / k) ** 2
    by_means = sum(distance * noise for distance, noise in zip(distances, noises, strict=True))
    return tau2, (2 * by_noise + 4 * by_means) / (k * k)


def _noise(tally: Tally) -> float:
    """Squared standard error of a mean of n >= 2 answers."""
    mean = tally.total / tally.n
    return max(0.0, tally.squares / tally.n - mean * mean) / (tally.n - 1)
