"""Funnel plot: which places differ from the whole by more than their number of answers explains.

Why not a list by score: the smallest places are always at both ends of such a list, by luck. Here a place is held
against what places of its size show when all are the same; and it gets a rank only with enough answers, worst first
by the end of its interval that is nearest to the whole. So four answers can neither lead nor trail.

A place outside the inner limits is seen by chance in one of twenty, outside the outer ones in one of five hundred.
Limits: D. Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 24 (2005):
whole +/- z sqrt(variance of one answer / n). For a share they are those of the score test, so a place is outside the
inner limits exactly where its Wilson interval leaves the whole out. Places that truly differ (as most do) leave the
limits once they have very many answers: what is outside is a question, not a verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from schemas.scales import SCALES
from streams.pure.intervals import Z
from streams.pure.method.evidence import FEW, Estimate, scored
from streams.pure.scores import Tally, add_up, is_mean

Z_OUTER = 3.0902
"""Two-sided 99.8 % quantile of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a place of some size is expected, in the unit of the score, cut to what the unit allows."""

    inner_low: float
    inner_high: float
    outer_low: float
    outer_high: float


@dataclass(frozen=True, slots=True)
class Place:
    """One place against the whole.

    Attributes:
        score: of its answers, with its interval.
        whole: the score of all places together.
        limits: None where they cannot be said (a mean of one answer in all).
        outside: -2 worse than the outer limits, -1 than the inner, 1 and 2 better; 0 inside, or few answers.
        against: -1 surely worse than the whole by its own interval, 1 surely better; 0 not told apart, or few answers.
        rank: from 1, the surely worst; None with few answers.
    """

    name: str
    score: Estimate
    whole: float
    limits: Limits | None
    outside: int
    against: int
    rank: int | None = None

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        ends = ("inner_low", "inner_high", "outer_low", "outer_high")
        limits = {end: None if self.limits is None else getattr(self.limits, end) for end in ends}
        return {
            "name": self.name,
            **self.score.columns("score"),
            "whole": self.whole,
            **limits,
            "outside": self.outside,
            "against": self.against,
            "rank": self.rank,
        }


def funnel(places: Mapping[str, Tally], metric: str, scale_id: str) -> tuple[Place, ...]:
    """Every place with answers, the surely worst first, the surely best last; those with few answers have no rank.

    Args:
        places: answers on one scale by place; together they are the whole.
        metric: csat, ces or nps.
    """
    together = add_up(places.values())
    whole = scored(metric, scale_id, together).value
    if whole is None:
        return ()
    better = 1 if SCALES[scale_id].higher_is_better else -1
    variance = variance_of_one(metric, together)
    found = [
        _place(name, scored(metric, scale_id, tally), whole, limits(metric, scale_id, whole, variance, tally.n), better)
        for name, tally in places.items()
        if tally.n
    ]
    found.sort(key=lambda place: _order(place, better))
    ranked = (place.name for place in found if place.score.n >= FEW)
    ranks = {name: number for number, name in enumerate(ranked, start=1)}
    return tuple(Place(p.name, p.score, p.whole, p.limits, p.outside, p.against, ranks.get(p.name)) for p in found)


def variance_of_one(metric: str, tally: Tally) -> float | None:
    """Variance of a single answer in the unit of the score; None for a mean of fewer than two answers."""
    n = tally.n
    if metric == "nps":
        difference = (tally.top - tally.bad) / n
        return 100.0**2 * ((tally.top + tally.bad) / n - difference * difference)
    if is_mean(metric):
        mean = tally.total / n
        return None if n < 2 else max(0.0, tally.squares / n - mean * mean) * n / (n - 1)
    share = tally.top / n
    return 100.0**2 * share * (1 - share)


def limits(metric: str, scale_id: str, whole: float, variance: float | None, n: int) -> Limits | None:
    """Limits of a place with n >= 1 answers; None where the variance is unknown."""
    if variance is None:
        return None
    scale = SCALES[scale_id]
    low, high = (
        (float(scale.low), float(scale.high)) if is_mean(metric) else (-100.0 if metric == "nps" else 0.0, 100.0)
    )
    spread = sqrt(variance) / sqrt(n)

    def end(z: float) -> float:
        return min(high, max(low, whole + z * spread))

    return Limits(end(-Z), end(Z), end(-Z_OUTER), end(Z_OUTER))


def _place(name: str, score: Estimate, whole: float, around: Limits | None, better: int) -> Place:
    value, few = score.value, score.n < FEW
    outside = against = 0
    if value is not None and around is not None and not few:
        above = (value > around.inner_high) + (value > around.outer_high)
        outside = better * (above - (value < around.inner_low) - (value < around.outer_low))
    if score.lower is not None and score.upper is not None and not few:
        against = better * ((score.lower > whole) - (score.upper < whole))
    return Place(name, score, whole, around, outside, against)


def _order(place: Place, better: int) -> tuple[int, bool, float, str]:
    score = place.score
    near = score.value
    if place.against:
        # The end of the interval that is nearest to the whole: how far it is away for sure.
        near = score.upper if better * place.against < 0 else score.lower
    return place.against, score.n < FEW, better * (near or 0.0), place.name
