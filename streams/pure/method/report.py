"""The seven steps: what a period says, from why customers come to what moved since the period before.

Why a data model apart from any page: a report in HTML, in Markdown or in another language must say the same. Each
step is a number of this package; here they are only put in order and held against the period before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from streams.pure.method.causes import Cause, causes
from streams.pure.method.delta import Delta, Ratings, deltas
from streams.pure.method.evidence import Estimate, beyond_chance, difference
from streams.pure.method.ideal import Gap, Ideal, gaps
from streams.pure.method.key import first_to_mend, key_experience
from streams.pure.method.reasons import Reason, reasons
from streams.pure.scores import Tally

MOVING = ("experience", "expectation", "satisfaction", "importance", "weighted")


@dataclass(frozen=True, slots=True)
class Period:
    """What was counted in one span of time.

    Attributes:
        reasons: visits and purchases by the reason given ('' without one).
        ratings: customers' answers. importance: of the target segment; None: of the same customers.
        experience_at: customers' answers on experience by (aspect, touchpoint).
        sales: sum of purchases by currency; never added up over currencies.
    """

    reasons: Mapping[str, int]
    ratings: Ratings
    importance: Ratings | None
    experience_at: Mapping[tuple[str, str], Tally]
    sales: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Fit:
    """Step 6, in management's own words; '' where nothing was written."""

    strategy: str = ""
    people: str = ""
    process: str = ""
    technology: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """Step 7: one number against the period before."""

    aspect: str
    number: str
    now: Estimate
    before: Estimate
    change: Estimate
    beyond_chance: bool


@dataclass(frozen=True, slots=True)
class SevenSteps:
    """A report for a period; the names are those of the steps.

    Attributes:
        brand_value: 1, why customers come.
        today: 2a to 2d, experience, expectation, satisfaction and importance of each aspect.
        key: 3, key experience; None where nobody said what matters. mend: first to mend; may be another aspect.
        ideal: 4a and 4b, ideal and gap.
        causes: 5, touchpoints behind the key experience, worst first.
        fit: 6, with strategy, people, process and technology.
        moves: 7, every number against the period before.
        sales: 7, by currency: (now, before); None where nothing was sold in that currency.
    """

    brand_value: tuple[Reason, ...]
    today: tuple[Delta, ...]
    key: Delta | None
    mend: Delta | None
    ideal: tuple[Gap, ...]
    causes: tuple[Cause, ...]
    fit: Fit
    moves: tuple[Move, ...]
    sales: Mapping[str, tuple[float | None, float | None]]


def seven_steps(now: Period, before: Period, ideals: Mapping[Any, Ideal], fit: Fit | None = None) -> SevenSteps:
    """The report of a period.

    Args:
        now: the period told. before: one of the same length just before it.
        ideals: by aspect, from the target file.
        fit: step 6; None: nothing was written yet.
    """
    today = deltas(now.ratings, now.importance)
    key = key_experience(today)
    behind = {
        touchpoint: tally for (aspect, touchpoint), tally in now.experience_at.items() if key and aspect == key.aspect
    }
    currencies = sorted({*now.sales, *before.sales})
    return SevenSteps(
        brand_value=reasons(now.reasons),
        today=today,
        key=key,
        mend=first_to_mend(today),
        ideal=gaps(today, ideals),
        causes=causes(behind),
        fit=fit or Fit(),
        moves=moves(today, deltas(before.ratings, before.importance)),
        sales={currency: (now.sales.get(currency), before.sales.get(currency)) for currency in currencies},
    )


def moves(now: Sequence[Delta], before: Sequence[Delta]) -> tuple[Move, ...]:
    """Every number of every aspect that is known in both periods, and whether its move is more than chance."""
    earlier = {one.aspect: one for one in before}
    found = []
    for one in now:
        for number in MOVING:
            here, there = getattr(one, number), getattr(earlier[one.aspect], number)
            change = difference(here, there)
            if change.value is not None:
                found.append(Move(one.aspect, number, here, there, change, beyond_chance(change)))
    return tuple(found)
