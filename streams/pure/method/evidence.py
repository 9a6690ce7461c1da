"""A number with what it rests on, and how such numbers are put together.

Why a module of its own: every number of the method carries n, an interval and, where it cannot be said, a reason.
The rules for differences, products and ratios stand here once; dashboards/method_sql/pieces.py has their twins.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any

from streams.pure.intervals import adjusted_wald, student_t, wilson
from streams.pure.scores import Tally, net_experience, score

FEW = 30
"""Below this many answers a number is shown in grey and decides nothing; the boards have the same bound."""
WIDER = 1.3143
"""From a 95 % to a 99 % interval, 2.576 / 1.96: where many numbers are judged on one board, one in twenty would cry."""
NOBODY, FEW_ANSWERS = "no answers", "few answers"


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number with its evidence.

    Attributes:
        value: None where it cannot be said.
        lower, upper: 95 % interval; None where too little is known of the spread.
        n: answers it rests on; for a number made of two, those of the one with fewer.
        why: why the value is missing, where that is not for want of answers.
    """

    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    n: int = 0
    why: str = ""

    @property
    def reason(self) -> str:
        """Why the value is missing or weak; '' where it is neither."""
        if self.value is None:
            return self.why or NOBODY
        return FEW_ANSWERS if self.n < FEW else ""

    def columns(self, name: str) -> dict[str, Any]:
        """As columns of a table, named as the SQL names them."""
        return {
            name: self.value,
            f"{name}_lower": self.lower,
            f"{name}_upper": self.upper,
            f"{name}_n": self.n,
            f"{name}_reason": self.reason,
        }


UNKNOWN = Estimate()
"""Nobody was asked, or nobody answered."""


def exactly(value: float | None, n: int = FEW) -> Estimate:
    """A number taken as given, such as a decision of management: without an error of its own."""
    return UNKNOWN if value is None else Estimate(float(value), float(value), float(value), n)


def mean(scale_id: str, tally: Tally, unit: int = 1) -> Estimate:
    """Mean answer on a scale, with its Student interval cut to the scale.

    Args:
        unit: scale points a unit of the number is worth: 100 for valence, which is counted in hundredths.
    """
    # Any metric whose number is a mean: the family decides the formula, not the aspect.
    found = score("experience", scale_id, tally)
    if found.value is None:
        return UNKNOWN
    lower, upper = (None if end is None else end / unit for end in (found.lower, found.upper))
    return Estimate(found.value / unit, lower, upper, tally.n)


def scored(metric: str, scale_id: str, tally: Tally) -> Estimate:
    """CSAT, CES or NPS of these answers in its own unit, with its interval: what `scores.score` says."""
    found = score(metric, scale_id, tally)
    return Estimate(found.value, found.lower, found.upper, tally.n)


def share(hits: int, n: int) -> Estimate:
    """Part of n, 0..1, with its Wilson interval.

    Raises:
        ValueError: hits outside [0, n].
    """
    band = wilson(hits, n)
    return UNKNOWN if band is None else Estimate(hits / n, *band, n)


def net(tally: Tally) -> Estimate:
    """Net experience in points -100..100, with its adjusted Wald interval."""
    value, band = net_experience(tally), adjusted_wald(tally.top, tally.bad, tally.n)
    if value is None or band is None:
        return UNKNOWN
    return Estimate(value, 100 * band[0], 100 * band[1], tally.n)


def difference(a: Estimate, b: Estimate) -> Estimate:
    """a - b of two numbers that share no answers; unknown where either is.

    Source: G. Y. Zou, A. Donner, "Construction of confidence limits about effect measures", Statistics in
        Medicine 27 (2008): the distances of each number from its own limits, squared and added.
    """
    if a.value is None or b.value is None:
        return UNKNOWN
    value, n = a.value - b.value, min(a.n, b.n)
    if a.lower is None or a.upper is None or b.lower is None or b.upper is None:
        return Estimate(value, None, None, n)
    down = sqrt((a.value - a.lower) ** 2 + (b.upper - b.value) ** 2)
    up = sqrt((a.upper - a.value) ** 2 + (b.value - b.lower) ** 2)
    return Estimate(value, value - down, value + up, n)


def product(a: Estimate, b: Estimate) -> Estimate:
    """a x b of two independent numbers of either sign; unknown where either is.

    The interval is the first-order one: each number's half-width times the other's size, squared and added.
    Source: L. A. Goodman, "On the exact variance of products", JASA 55 (1960), without its last term.
    """
    if a.value is None or b.value is None:
        return UNKNOWN
    value, n = a.value * b.value, min(a.n, b.n)
    if a.lower is None or a.upper is None or b.lower is None or b.upper is None:
        return Estimate(value, None, None, n)
    half = sqrt((b.value * (a.upper - a.lower) / 2) ** 2 + (a.value * (b.upper - b.lower) / 2) ** 2)
    return Estimate(value, value - half, value + half, n)


def product_above_zero(*parts: Estimate) -> Estimate:
    """Product of independent numbers that can only be above 0, such as amounts and rates.

    The interval is that of the sum of their logarithms (Zou and Donner, as in `difference`), so it stays above 0.
    None where a part is unknown or 0; without an interval where a part has none, or one that reaches 0.
    """
    value, n = 1.0, min(part.n for part in parts)
    down = up = 0.0
    known = True
    for part in parts:
        if part.value is None or part.value <= 0:
            return UNKNOWN
        value *= part.value
        if part.lower is None or part.upper is None or part.lower <= 0:
            known = False
        else:
            down += log(part.value / part.lower) ** 2
            up += log(part.upper / part.value) ** 2
    return Estimate(value, value * exp(-sqrt(down)), value * exp(sqrt(up)), n) if known else Estimate(value, n=n)


def mean_of(values: list[float]) -> Estimate:
    """Mean of measured numbers, such as amounts, with its Student interval; not cut to any scale."""
    n = len(values)
    if n == 0:
        return UNKNOWN
    middle = sum(values) / n
    if n < 2:
        return Estimate(middle, n=n)
    half = half_width(sum((value - middle) ** 2 for value in values) / (n - 1), n)
    return Estimate(middle, middle - half, middle + half, n)


def half_width(variance: float, n: int) -> float:
    """Half of the 95 % Student interval of a mean of n >= 2 numbers of this sample variance."""
    return student_t(n - 1) * sqrt(max(0.0, variance) / n)


def rating(tally: Tally) -> Estimate:
    """Mean of ratings 1..10."""
    return mean("rating-1-10", tally)


def beyond_chance(change: Estimate) -> bool:
    """Whether a difference keeps its sign over its 99 % interval, and rests on enough answers."""
    if change.value is None or change.lower is None or change.upper is None or change.n < FEW:
        return False
    lower = change.value - WIDER * (change.value - change.lower)
    upper = change.value + WIDER * (change.upper - change.value)
    return lower > 0 or upper < 0
