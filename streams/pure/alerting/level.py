"""Level rules: a number below its goal, beyond what chance explains.

Why an interval's end and not the number: a store with twelve answers is always above or below something. An alert
stands only where the whole interval lies beyond the goal, and ends only where it lies on the good side.

A *measure* is any number with an interval over tallies: scores, net experience, trust, delta. Others may be given to
the engine by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt

from streams.pure.intervals import adjusted_wald, wilson
from streams.pure.scores import Tally, net_experience, score


@dataclass(frozen=True, slots=True)
class Measured:
    """A number with its evidence; all None where nobody answered."""

    n: int
    value: float | None = None
    lower: float | None = None
    upper: float | None = None


Tallies = Mapping[str, Tally]
"""By metric: the answers of one window."""
Measure = Callable[[Tallies, str, str], Measured]
"""(tallies, metric, scale) to a number."""


def plain_score(tallies: Tallies, metric: str, scale: str) -> Measured:
    """The score as boards show it."""
    found = score(metric, scale, tallies.get(metric, Tally()))
    return Measured(found.tally.n, found.value, found.lower, found.upper)


def net(tallies: Tallies, metric: str, scale: str) -> Measured:
    """Net experience: share of positive minus share of negative answers, points -100..100."""
    tally = tallies.get(metric, Tally())
    band = adjusted_wald(tally.top, tally.bad, tally.n)
    if band is None:
        return Measured(0)
    return Measured(tally.n, net_experience(tally), 100 * band[0], 100 * band[1])


def bad_share(tallies: Tallies, metric: str, scale: str) -> Measured:
    """Share of bad answers, percent."""
    tally = tallies.get(metric, Tally())
    band = wilson(tally.bad, tally.n)
    return Measured(0) if band is None else Measured(tally.n, 100 * tally.bad / tally.n, 100 * band[0], 100 * band[1])


def delta(tallies: Tallies, metric: str, scale: str) -> Measured:
    """Satisfaction of an aspect = experience - expectation, in scale points; intervals of both, as independent.

    Args:
        metric: `experience.ASPECT`; the expectation is that of the same aspect.
    """
    aspect = metric.partition(".")[2]
    felt = plain_score(tallies, f"experience.{aspect}", scale)
    hoped = plain_score(tallies, f"expectation.{aspect}", scale)
    n = min(felt.n, hoped.n)
    if felt.value is None or hoped.value is None:
        return Measured(n)
    value = felt.value - hoped.value
    if None in (felt.lower, felt.upper, hoped.lower, hoped.upper):
        return Measured(n, value)
    down = sqrt((felt.value - (felt.lower or 0)) ** 2 + ((hoped.upper or 0) - hoped.value) ** 2)
    up = sqrt(((felt.upper or 0) - felt.value) ** 2 + (hoped.value - (hoped.lower or 0)) ** 2)
    return Measured(n, value, value - down, value + up)


MEASURES: dict[str, Measure] = {
    "score": plain_score, "net_experience": net, "bad_share": bad_share, "trust": plain_score, "delta": delta,
}  # fmt: skip


def metrics_of(number: str, metric: str) -> tuple[str, ...]:
    """Metrics a number is made of."""
    if number == "delta":
        aspect = metric.partition(".")[2]
        return f"experience.{aspect}", f"expectation.{aspect}"
    return (metric,)


def verdict(found: Measured, *, below: float | None, above: float | None, min_n: int) -> bool | None:
    """Whether a number breaks its goal: True beyond doubt, False kept beyond doubt, None: cannot be said."""
    if found.value is None or found.lower is None or found.upper is None or found.n < min_n:
        return None
    if below is not None:
        return True if found.upper < below else False if found.lower >= below else None
    assert above is not None
    return True if found.lower > above else False if found.upper <= above else None


# -- burning an allowance ------------------------------------------------------------------------------


def burn_factor(*, spent_pct: float, window_h: float, period_days: float) -> float:
    """How many times faster than allowed an allowance burns, if this part of it goes within the window.

    Source: Site Reliability Workbook, chapter 5, "Alerting on SLOs".
    """
    return spent_pct / 100 * period_days * 24 / window_h


def bad_share_needed_pct(*, spent_pct: float, window_h: float, period_days: float, goal_pct: float) -> float:
    """Bad share at which a tier fires; 100 or more: it can never fire."""
    factor = burn_factor(spent_pct=spent_pct, window_h=window_h, period_days=period_days)
    return factor * (100 - goal_pct)


def burning(long: Tally, short: Tally, *, needed_pct: float, min_n: int) -> bool | None:
    """Whether a tier burns, beyond doubt in the long window and in sight in the short one.

    Returns:
        True, False (the long window's interval lies below), or None: cannot be said.
    """
    if long.n < min_n or short.n == 0:
        return None
    band = wilson(long.bad, long.n)
    assert band is not None
    if 100 * band[0] > needed_pct and 100 * short.bad / short.n > needed_pct:
        return True
    return False if 100 * band[1] <= needed_pct or 100 * short.bad / short.n <= needed_pct / 2 else None
