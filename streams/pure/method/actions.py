"""Actions and their return: what a measure changed, beyond what changed anyway, and what that is worth.

Why against untouched touchpoints: sales, seasons and the weather move every score. The effect is the change at the
treated touchpoint minus the change at the others over the same weeks (difference in differences: O. Ashenfelter,
D. Card, Review of Economics and Statistics 67, 1985). Its interval comes from how much the weeks differ among
themselves, not from the number of answers: a hundred answers of one strange week are one week.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from streams.pure.intervals import student_t
from streams.pure.method.cost import CostInputs, loss_per_negative
from streams.pure.method.evidence import Estimate, product
from streams.pure.scores import Tally

WEEK_MS = 7 * 86_400_000
TOO_FEW_WEEKS = "fewer than two weeks before or after"
NO_MODEL = "the cost model lacks sales, complaints or what becomes of them"
NO_COST = "what it cost was not told"

Week = tuple[Tally, Tally]
"""Answers to csat, ces and nps in one week: at the treated touchpoint, at all others."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What an action changed.

    Attributes:
        net: in net experience, points. negative: in the share of negative answers, -1..1; below 0 is better.
            n of both: answers at the treated touchpoint.
        weeks_before, weeks_after: weeks compared; one without answers on either side is left out.
        treated_share: share of all answers that the treated touchpoint has, 0..1; None without answers.
    """

    net: Estimate
    negative: Estimate
    weeks_before: int
    weeks_after: int
    treated_share: float | None

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        weeks = {"weeks_before": self.weeks_before, "weeks_after": self.weeks_after}
        columns = {**self.net.columns("net"), **self.negative.columns("negative")}
        return {**columns, **weeks, "treated_share": self.treated_share}


def effect(before: Sequence[Week], after: Sequence[Week]) -> Effect:
    """Difference in differences over weeks, with Student's interval of pooled variance.

    Args:
        before, after: whole weeks up to the action and from it on, each a list of (treated, untouched).
    """
    usable = [[week for week in weeks if week[0].n and week[1].n] for weeks in (before, after)]
    treated = sum(one.n for weeks in usable for one, _ in weeks)
    answers = treated + sum(other.n for weeks in usable for _, other in weeks)

    def changed(part: str) -> Estimate:
        gaps = [[_gap(week, part) for week in weeks] for weeks in usable]
        return _change(gaps[0], gaps[1], treated)

    weeks_before, weeks_after = (len(weeks) for weeks in usable)
    part = treated / answers if answers else None
    return Effect(changed("net"), changed("negative"), weeks_before, weeks_after, part)


def _gap(week: Week, part: str) -> float:
    """How far the treated touchpoint is from the others in one week."""
    treated, others = week
    if part == "net":
        return 100 * ((treated.top - treated.bad) / treated.n - (others.top - others.bad) / others.n)
    return treated.bad / treated.n - others.bad / others.n


def _change(before: list[float], after: list[float], n: int) -> Estimate:
    k, m = len(before), len(after)
    if k < 2 or m < 2:
        return Estimate(n=n, why=TOO_FEW_WEEKS)
    was, now = sum(before) / k, sum(after) / m
    squares = sum((gap - was) ** 2 for gap in before) + sum((gap - now) ** 2 for gap in after)
    half = student_t(k + m - 2) * sqrt(squares / (k + m - 2) * (1 / k + 1 / m))
    return Estimate(now - was, now - was - half, now - was + half, n)


@dataclass(frozen=True, slots=True)
class Return:
    """An action in money, for a year.

    Attributes:
        saved: sales no longer lost, in the currency of the sales; below 0: more are lost.
        gain: saved - cost. rate: gain / cost; None where that is not known, or the action cost nothing.
    """

    saved: Estimate
    gain: Estimate
    rate: float | None

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        return {**self.saved.columns("saved"), **self.gain.columns("gain"), "rate": self.rate}


def money(found: Effect, inputs: CostInputs | None, cost: float | None) -> Return:
    """What an effect is worth through the cost model.

    The treated touchpoint carries the share of sales that it has of all answers: a fall of its negative share by
    one point lowers that of the whole by that part of a point.

    Args:
        inputs: of the cost model; None: no sales are written in the target file.
        cost: what the action cost, in the currency of the sales, >= 0; None: not told.
    """
    if found.negative.value is None or found.treated_share is None:
        return _unknown(found.negative.reason)
    if inputs is None or inputs.complainers is None:
        return _unknown(NO_MODEL)
    loss = loss_per_negative(inputs.complaint, inputs.complainers, inputs.silent)
    lost = product(found.negative, loss)
    if lost.value is None:
        return _unknown(NO_MODEL)
    sales = inputs.yearly_sales * found.treated_share
    saved = Estimate(-sales * lost.value, _times(lost.upper, -sales), _times(lost.lower, -sales), lost.n)
    if cost is None:
        return Return(saved, Estimate(n=lost.n, why=NO_COST), None)
    gain = Estimate(-sales * lost.value - cost, _less(saved.lower, cost), _less(saved.upper, cost), lost.n)
    return Return(saved, gain, (-sales * lost.value - cost) / cost if cost else None)


def _unknown(why: str) -> Return:
    return Return(Estimate(why=why), Estimate(why=why), None)


def _times(end: float | None, factor: float) -> float | None:
    return None if end is None else end * factor


def _less(end: float | None, cost: float) -> float | None:
    return None if end is None else end - cost
