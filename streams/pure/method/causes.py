"""Touchpoints behind an aspect, worst first: what would close the gap to the ideal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streams.pure.method.evidence import FEW, Estimate, rating
from streams.pure.scores import Tally


@dataclass(frozen=True, slots=True)
class Cause:
    """Mean experience (1..10) of one aspect at one touchpoint; '' is the answers that named none."""

    touchpoint: str
    experience: Estimate

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        return {"touchpoint": self.touchpoint, **self.experience.columns("experience")}


def causes(experience: Mapping[str, Tally]) -> tuple[Cause, ...]:
    """Touchpoints by what their experience can still be at best, worst first; few answers come last.

    The upper end decides, so that a touchpoint leads only when it is surely bad.

    Args:
        experience: customers' answers on rating-1-10 about one aspect, by touchpoint.
    """
    found = [Cause(touchpoint, rating(tally)) for touchpoint, tally in experience.items() if tally.n]

    def place(one: Cause) -> tuple[bool, float, str]:
        best = one.experience.upper if one.experience.upper is not None else 10.0
        return one.experience.n < FEW, best, one.touchpoint

    return tuple(sorted(found, key=place))
