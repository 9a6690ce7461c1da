"""Key drivers: which touchpoints move the overall score.

Why relation and level together: a touchpoint that moves the whole and is good already is to be kept, one that is
bad and moves nothing can wait; high relation and low score is first to mend. Relation is no proof of cause: it says
where to look, and an action's effect (actions.py) says whether it was true.

Relation is Spearman's rank correlation over customers who answered both (C. Spearman, American Journal of
Psychology 15, 1904), ties given their middle rank; the interval is the bootstrap's percentile one (B. Efron, Annals
of Statistics 7, 1979); importance against level is after J. Martilla and J. James, Journal of Marketing 41 (1977).
The draws come from a fixed row of numbers, so that the same answers always give the same interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.scales import SCALES
from streams.pure.method.evidence import FEW, FEW_ANSWERS, UNKNOWN, Estimate, mean_of

DRAWS = 200
MAX_CUSTOMERS = 1_000
"""Of more, the first by pseudonym, which is as good as by lot: the interval is narrow enough then, and draws cost."""
ALL_ALIKE = "all answered alike"

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Driver:
    """One touchpoint.

    Attributes:
        relation: with the overall score, -1..1; above 0: who is happier here is happier on the whole.
        level: mean answer at the touchpoint of these customers, in scale points.
        priority: relation x distance of the level from the best answer (0..1); None where the relation is not
            above 0 beyond chance.
        first: whether it is the one to mend first.
    """

    touchpoint: str
    relation: Estimate
    level: Estimate
    priority: float | None
    first: bool = False

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        columns = {**self.relation.columns("relation"), **self.level.columns("level")}
        return {"touchpoint": self.touchpoint, **columns, "priority": self.priority, "first": int(self.first)}


Answered = Mapping[str, Mapping[str, tuple[float, float]]]
"""By touchpoint and customer: mean answer there, mean overall answer."""


def drivers(answered: Answered, scale_id: str) -> tuple[Driver, ...]:
    """Every touchpoint, first to mend first, those without a priority last by name.

    Args:
        answered: customers who answered both; each with the mean of their answers.
        scale_id: scale of the answers at touchpoints, which says which end is good.
    """
    found = [_driver(touchpoint, customers, scale_id) for touchpoint, customers in answered.items() if customers]
    found.sort(key=lambda one: (one.priority is None, -(one.priority or 0), one.touchpoint))
    return tuple(
        Driver(one.touchpoint, one.relation, one.level, one.priority, place == 0 and one.priority is not None)
        for place, one in enumerate(found)
    )


def _driver(touchpoint: str, customers: Mapping[str, tuple[float, float]], scale_id: str) -> Driver:
    scale = SCALES[scale_id]
    pairs = [customers[name] for name in sorted(customers)[:MAX_CUSTOMERS]]
    level = mean_of([here for here, _ in pairs])
    sign = 1 if scale.higher_is_better else -1
    related = relation([(sign * here, overall) for here, overall in pairs])
    if related.lower is None or related.lower <= 0 or related.value is None or level.value is None:
        return Driver(touchpoint, related, level, None)
    away = scale.high - level.value if scale.higher_is_better else level.value - scale.low
    return Driver(touchpoint, related, level, related.value * away / (scale.high - scale.low))


def relation(pairs: Sequence[tuple[float, float]]) -> Estimate:
    """Rank correlation with its bootstrap interval.

    Returns:
        Hidden (None, with the reason) for fewer than FEW pairs, and where all answered alike on one side. Draws in
        which all are alike have no correlation and are left out.
    """
    n = len(pairs)
    if n < FEW:
        return Estimate(n=n, why=FEW_ANSWERS) if n else UNKNOWN
    x, y = np.array(pairs, dtype=np.float64).T
    value = _correlations(x[None, :], y[None, :])
    if np.isnan(value[0]):
        return Estimate(n=n, why=ALL_ALIKE)
    chosen = draws(n)
    drawn = _correlations(x[chosen], y[chosen])
    lower, upper = np.quantile(drawn[~np.isnan(drawn)], (0.025, 0.975))
    return Estimate(float(value[0]), float(lower), float(upper), n)


def draws(n: int) -> NDArray[np.uint64]:
    """DRAWS rows of n places 0..n-1, drawn with replacement.

    Source: splitmix64; G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """
    z = np.arange(1, DRAWS * n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) % np.uint64(n)).reshape(DRAWS, n)


def _correlations(x: Floats, y: Floats) -> Floats:
    """Pearson's correlation of the ranks of each row; NaN where a row is all alike."""
    a, b = _ranks(x), _ranks(y)
    a -= a.mean(axis=1, keepdims=True)
    b -= b.mean(axis=1, keepdims=True)
    spread = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.where(spread > 0, (a * b).sum(axis=1) / spread, np.nan)
    return found


def _ranks(rows: Floats) -> Floats:
    """Rank of each number in its row, 1..n, equal ones sharing their middle rank."""
    ordered = np.sort(rows, axis=1)
    found = np.empty_like(rows)
    for row, (sorted_row, numbers) in enumerate(zip(ordered, rows, strict=True)):
        left = np.searchsorted(sorted_row, numbers, side="left")
        right = np.searchsorted(sorted_row, numbers, side="right")
        found[row] = (left + right + 1) / 2
    return found
