"""Service as the systems saw it: waiting, first contact, self-service; bad moments nobody was asked about; and how
many of those with a negative experience speak up.

Why apart from the asked scores: these are facts, not opinions, and are never added to them. Complaints are told for
each negative experience, and higher is better: a complaint can be answered, silence cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.scales import BAD, SCALES, TOP, WAIT_BOUNDS_S
from streams.pure.intervals import wilson
from streams.pure.method.evidence import Estimate, beyond_chance, difference, share

NOTHING_BAD = "no negative answers"
Bins = Mapping[int, int]
"""Answers by bin of their scale."""


@dataclass(frozen=True, slots=True)
class Service:
    """Facts of one slice, shares 0..1.

    Attributes:
        short, long: waited less than a minute; five minutes or more.
        median_from_s, median_to_s: bounds of the bin in which the middle wait lies; the last has no end.
        resolved: at the first contact.
        alone: managed without staff.
    """

    short: Estimate
    long: Estimate
    median_from_s: int | None
    median_to_s: int | None
    resolved: Estimate
    alone: Estimate

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        return {
            **self.short.columns("short"),
            **self.long.columns("long"),
            "median_from_s": self.median_from_s,
            "median_to_s": self.median_to_s,
            **self.resolved.columns("resolved"),
            **self.alone.columns("alone"),
        }


def service(wait: Bins, first_contact: Bins, self_service: Bins) -> Service:
    """Facts from counted interactions; each fact of those interactions that told it."""
    n = sum(wait.values())
    boxes = {box: sum(count for at, count in wait.items() if SCALES["wait-s"].box(at) == box) for box in (TOP, BAD)}
    middle = median_bin(wait)
    return Service(
        short=share(boxes[TOP], n),
        long=share(boxes[BAD], n),
        median_from_s=None if middle is None else WAIT_BOUNDS_S[middle],
        median_to_s=None if middle is None or middle + 1 == len(WAIT_BOUNDS_S) else WAIT_BOUNDS_S[middle + 1],
        resolved=share(first_contact.get(1, 0), sum(first_contact.values())),
        alone=share(self_service.get(1, 0), sum(self_service.values())),
    )


def median_bin(counts: Bins) -> int | None:
    """The lowest bin up to which half of the answers lie; None without answers."""
    n, reached = sum(counts.values()), 0
    for at in sorted(counts):
        reached += counts[at]
        if n and 2 * reached >= n:
            return at
    return None


def speaking_up(complaints: int, negative: int) -> Estimate:
    """Complaints for each negative answer, >= 0: higher is better; n is the negative answers.

    The two counts are taken as Poisson: of all together, the complaints are a binomial share, whose Wilson interval
    is turned into a ratio.
    Source: J. Przyborowski, H. Wilenski, "Homogeneity of results in testing samples from Poisson series",
        Biometrika 31 (1940), for the conditioning on the sum.
    Raises:
        ValueError: a count is below zero.
    """
    if min(complaints, negative) < 0:
        raise ValueError(f"{complaints} complaints and {negative} negative answers")
    band = wilson(complaints, complaints + negative)
    if negative == 0 or band is None:
        return Estimate(why=NOTHING_BAD)
    return Estimate(complaints / negative, band[0] / (1 - band[0]), band[1] / (1 - band[1]), negative)


def turn(newer: Estimate, older: Estimate) -> int:
    """1 where the newer number is higher than the older beyond chance, -1 lower, else 0."""
    change = difference(newer, older)
    return 0 if change.value is None or not beyond_chance(change) else 1 if change.value > 0 else -1


def turn_of_counts(newer: int, older: int) -> int:
    """1 where more happened in the newer of two equal spans beyond chance, -1 where less, else 0.

    As for `speaking_up`: of all together, half would lie in each; fewer than 30 in all decide nothing.
    """
    part = share(newer, newer + older)
    half = Estimate(0.5, 0.5, 0.5, part.n)
    return turn(part, half) if part.value is not None else 0
