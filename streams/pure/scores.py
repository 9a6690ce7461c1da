"""Survey scores as plain arithmetic: the one place where CSAT, CES and NPS are defined.

Why a module of its own: anyone must be able to re-compute a score on the wall by hand. Nothing here knows
Kafka, ClickHouse or the clock. `roll`, the boards' SQL and the demo's table are tested against it.

A *tally* counts answers per scale point. Tallies add, so any window is a sum of panes, and a sum over
channels is a sum of their tallies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from schemas.scales import SCALES, Scale
from streams.pure.intervals import adjusted_wald, mean_interval, wilson

MICRO = 1_000_000
"""Weights are whole millionths, so that sums do not depend on order."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Answers of one series in one span of time, by box.

    Attributes:
        n: answers, >= 0.
        top, neutral, bad: answers by box; they add up to n. For NPS: promoters, passives, detractors.
        total: sum of the answers, in scale points.
        squares: sum of the squared answers.
        weight, weight2: sums of the weights and of their squares, in millionths.
        w_top, w_bad, w_total, w_squares: the weighted twins, in millionths.
    """

    n: int = 0
    top: int = 0
    neutral: int = 0
    bad: int = 0
    total: int = 0
    squares: int = 0
    weight: int = 0
    weight2: int = 0
    w_top: int = 0
    w_bad: int = 0
    w_total: int = 0
    w_squares: int = 0

    @classmethod
    def of(cls, scale: Scale, bins: Iterable[tuple[int, int, int, int]]) -> Self:
        """Tally of a histogram: rows of (bin, n, weight in millionths, squared weight in millionths)."""
        sums = dict.fromkeys(cls.__slots__, 0)
        for point, n, weight, weight2 in bins:
            box = scale.box(point)
            sums["n"] += n
            sums["top" if box > 0 else "bad" if box < 0 else "neutral"] += n
            sums["total"] += point * n
            sums["squares"] += point * point * n
            sums["weight"] += weight
            sums["weight2"] += weight2
            sums["w_top"] += weight if box > 0 else 0
            sums["w_bad"] += weight if box < 0 else 0
            sums["w_total"] += point * weight
            sums["w_squares"] += point * point * weight
        return cls(**sums)

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Score:
    """One number with its evidence, in the unit of its metric.

    Attributes:
        value: csat top-box percent 0..100; ces mean on its scale; nps points -100..100. None: nobody answered.
        mean: mean answer in scale points; None for nps and for no answers.
        lower, upper: 95 % interval of `value` in its unit, cut to what the unit allows; None where too few
            answered to say (no answers; one answer for a mean).
        weighted_value, weighted_lower, weighted_upper: the same from weighted answers, with effective n.
        n_eff: Kish's effective number of answers, (sum w)^2 / sum w^2; 0.0 without answers.
        reason: why `value` is None; '' otherwise.
    """

    tally: Tally
    value: float | None = None
    mean: float | None = None
    lower: float | None = None
    upper: float | None = None
    weighted_value: float | None = None
    weighted_lower: float | None = None
    weighted_upper: float | None = None
    n_eff: float = 0.0
    reason: str = field(default="")


def score(metric: str, scale_id: str, tally: Tally) -> Score:
    """Score of one tally, with its 95 % interval.

    Args:
        metric: decides the kind of number: `nps` a difference, `ces` and other means a mean, the rest a share.
        scale_id: a key of SCALES.
        tally: what was answered.
    Raises:
        KeyError: unknown scale.
        ValueError: a count is below zero: the caller took away too much.
    Source: CSAT and CES: design of the scales (schemas/scales.py). NPS: F. Reichheld, "The One Number You
        Need to Grow", HBR, December 2003. Effective n: L. Kish, Survey Sampling, 1965.
    """
    if min(tally.n, tally.top, tally.neutral, tally.bad) < 0:
        raise ValueError(f"negative answer count in {tally}")
    if tally.n == 0:
        return Score(tally, reason="no answers")
    scale = SCALES[scale_id]
    n_eff = (tally.weight / MICRO) ** 2 / (tally.weight2 / MICRO) if tally.weight2 else 0.0
    plain = _point(metric, scale, tally.n, tally.top, tally.bad, tally.total, tally.squares, tally.n)
    weighted: tuple[float | None, float | None, float | None] = (None, None, None)
    if tally.weight:
        weighted = _point(metric, scale, tally.weight, tally.w_top, tally.w_bad, tally.w_total, tally.w_squares, n_eff)
    mean = None if metric == "nps" else tally.total / tally.n
    return Score(tally, plain[0], mean, plain[1], plain[2], *weighted, n_eff=n_eff)


def is_mean(metric: str) -> bool:
    """Whether the metric's number is a mean on its scale (CES, aspects, trust, emotion), not a share."""
    return metric == "ces" or metric == "emotion" or metric.partition(".")[0] in MEAN_FAMILIES


MEAN_FAMILIES = frozenset({"experience", "expectation", "importance", "trust"})
"""Families `family.part` whose number is the mean answer, 1-10."""


def _point(
    metric: str, scale: Scale, mass: int, top: int, bad: int, total: int, squares: int, n: float
) -> tuple[float, float | None, float | None]:
    """(value, lower, upper) of answers of total `mass`, resting on `n` (effective) answers."""
    if metric == "nps":
        band = adjusted_wald(top / mass * n, bad / mass * n, n)
        return 100 * (top - bad) / mass, *_scaled(band, 100)
    if is_mean(metric):
        mean = total / mass
        if n < 2:
            return mean, None, None
        variance = max(0.0, squares / mass - mean * mean) * n / (n - 1)
        band = mean_interval(mean, variance, n)
        if band is None:
            return mean, None, None
        return mean, max(float(scale.low), band[0]), min(float(scale.high), band[1])
    return 100 * top / mass, *_scaled(wilson(min(n, top / mass * n), n), 100)


def _scaled(band: tuple[float, float] | None, factor: int) -> tuple[float | None, float | None]:
    return (None, None) if band is None else (factor * band[0], factor * band[1])


def net_experience(tally: Tally) -> float | None:
    """Share of positive minus share of negative answers, in points -100..100; None if nobody answered."""
    return 100 * (tally.top - tally.bad) / tally.n if tally.n else None


def add_up(tallies: Iterable[Tally]) -> Tally:
    """Sum of tallies; the empty sum is the empty tally."""
    result = Tally()
    for tally in tallies:
        result = result + tally
    return result


def as_row(result: Score) -> Mapping[str, float | int | str | None]:
    """The score as plain columns, as stored and shown."""
    return {
        "n": result.tally.n,
        "top": result.tally.top,
        "neutral": result.tally.neutral,
        "bad": result.tally.bad,
        "value": result.value,
        "mean": result.mean,
        "lower": result.lower,
        "upper": result.upper,
        "weighted_value": result.weighted_value,
        "weighted_lower": result.weighted_lower,
        "weighted_upper": result.weighted_upper,
        "n_eff": result.n_eff,
        "reason": result.reason,
    }
