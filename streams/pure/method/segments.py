"""Segments: each one's score, and the whole with each segment counting as much as management says.

Why a weighted twin: who answers is not who buys. Where one segment answers twice as often, the plain score is mostly
theirs; the weighted one gives every segment its share of the customers (or of the sales), whoever answered.

Every answer of a segment weighs (segment's weight / its answers), as in post-stratification: D. Holt, T. Smith, "Post
stratification", Journal of the Royal Statistical Society A 142 (1979). The interval is that of the plain score with
the effective number of answers, (sum of weights)^2 / sum of squared weights: L. Kish, Survey Sampling (1965). It takes
the differences between segments as chance too, so it is rather too wide than too narrow.

A segment without answers cannot be weighted: it is left out, named, and its part of the weights is missing in
`covered`. Answers of a segment without a weight count only in the plain score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.scales import SCALES
from streams.pure.intervals import adjusted_wald, mean_interval, wilson
from streams.pure.method.evidence import Estimate, scored
from streams.pure.scores import Tally, add_up, is_mean

NO_WEIGHTS = "no weights in the target file"
NOBODY_WEIGHTED = "no answers of a weighted segment"
ROUNDED = 9
"""Decimals of the effective n: sums in another order differ behind them, and a quantile's table must not notice."""


@dataclass(frozen=True, slots=True)
class Whole:
    """All answers on one scale.

    Attributes:
        plain: every answer counts one.
        weighted: every segment counts its weight; n is the effective number of answers, rounded down.
        n_eff: the same, exactly; 0.0 where the weighted score is unknown.
        covered: part of the weights whose segments answered, 0..1; None without weights.
        missing: weighted segments without answers, by name.
        unweighted_n: answers of no segment, or of one without a weight.
    """

    plain: Estimate
    weighted: Estimate
    n_eff: float
    covered: float | None
    missing: tuple[str, ...]
    unweighted_n: int

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        return {
            **self.plain.columns("plain"),
            **self.weighted.columns("weighted"),
            "n_eff": self.n_eff,
            "covered": self.covered,
            "missing": ", ".join(self.missing),
            "unweighted_n": self.unweighted_n,
        }


def segments(tallies: Mapping[str, Tally], metric: str, scale_id: str) -> dict[str, Estimate]:
    """Score of each segment with answers, by name."""
    return {name: scored(metric, scale_id, tally) for name, tally in sorted(tallies.items()) if tally.n}


def whole(tallies: Mapping[str, Tally], weights: Mapping[str, float], metric: str, scale_id: str) -> Whole:
    """Plain and weighted score of all segments.

    Args:
        tallies: answers on one scale by segment; '' holds those of no segment.
        weights: of the target file, each above 0; only their ratios matter.
    """
    plain = scored(metric, scale_id, add_up(tallies.values()))
    heard = {name: tallies[name] for name in sorted(weights) if name in tallies and tallies[name].n}
    missing = tuple(sorted(set(weights) - set(heard)))
    known = sum(weights[name] for name in heard)
    covered = known / sum(weights.values()) if weights else None
    unweighted_n = sum(tally.n for name, tally in tallies.items() if name not in weights)
    if not heard:
        why = NOBODY_WEIGHTED if weights else NO_WEIGHTS
        return Whole(plain, Estimate(why=why), 0.0, covered, missing, unweighted_n)
    n_eff = round(known**2 / sum(weights[name] ** 2 / tally.n for name, tally in heard.items()), ROUNDED)

    def part(of: str) -> float:
        """Weighted mean of a sum per answer."""
        total: float = sum(weights[name] * getattr(tally, of) / tally.n for name, tally in heard.items())
        return total / known

    value, band = _score(metric, scale_id, part("top"), part("bad"), part("total"), part("squares"), n_eff)
    lower, upper = band or (None, None)
    return Whole(plain, Estimate(value, lower, upper, int(n_eff)), n_eff, covered, missing, unweighted_n)


def difference_of_twins(found: Whole) -> float | None:
    """Weighted minus plain score; None where either is unknown. Both rest on the same answers: it has no interval."""
    if found.weighted.value is None or found.plain.value is None:
        return None
    return found.weighted.value - found.plain.value


def _score(
    metric: str, scale_id: str, top: float, bad: float, mean: float, square: float, n: float
) -> tuple[float, tuple[float, float] | None]:
    """Score and interval from shares and means of weighted answers, worth n plain ones."""
    if metric == "nps":
        band = adjusted_wald(top * n, bad * n, n)
        return 100 * (top - bad), None if band is None else (100 * band[0], 100 * band[1])
    if is_mean(metric):
        if n < 2:
            return mean, None
        scale = SCALES[scale_id]
        band = mean_interval(mean, max(0.0, square - mean * mean) * n / (n - 1), n)
        return mean, None if band is None else (max(float(scale.low), band[0]), min(float(scale.high), band[1]))
    band = wilson(min(n, top * n), n)
    return 100 * top, None if band is None else (100 * band[0], 100 * band[1])
