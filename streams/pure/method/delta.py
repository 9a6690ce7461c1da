"""Delta: satisfaction = experience - expectation, by aspect of the offer; and its weight.

Why by aspect: a customer is satisfied with the price and not with the way to the shop; only one of them is to be
mended. All is asked on 1-10. Satisfaction may be negative. What nobody was asked stays unknown: an expectation of
0 would turn every experience into delight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from schemas.common import Aspect
from streams.pure.method.evidence import Estimate, difference, product, rating
from streams.pure.scores import Tally

ASPECTS: tuple[str, ...] = get_args(Aspect)
FAMILIES = ("experience", "expectation", "importance")

Ratings = Mapping[tuple[str, str], Tally]
"""Answers by (family, aspect), such as ("experience", "price"), of one group of respondents on rating-1-10."""


@dataclass(frozen=True, slots=True)
class Delta:
    """What is known of one aspect.

    Attributes:
        experience, expectation, importance: mean answers, 1..10.
        satisfaction: experience - expectation, -9..9.
        weighted: importance x satisfaction, -90..90.
    """

    aspect: str
    experience: Estimate
    expectation: Estimate
    satisfaction: Estimate
    importance: Estimate
    weighted: Estimate

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        found: dict[str, Any] = {"aspect": self.aspect}
        for name in ("experience", "expectation", "satisfaction", "importance", "weighted"):
            found |= getattr(self, name).columns(name)
        return found


def deltas(ratings: Ratings, importance: Ratings | None = None) -> tuple[Delta, ...]:
    """Every aspect, in the order of the contract, whether anybody spoke of it or not.

    Args:
        ratings: of customers. Expectations of staff and management are kept apart: see inside_out.py.
        importance: of the target segment, where it is another group; None: of the same customers.
    """
    weights = ratings if importance is None else importance
    return tuple(_delta(aspect, ratings, weights) for aspect in ASPECTS)


def _delta(aspect: str, ratings: Ratings, weights: Ratings) -> Delta:
    experience = rating(ratings.get(("experience", aspect), Tally()))
    expectation = rating(ratings.get(("expectation", aspect), Tally()))
    importance = rating(weights.get(("importance", aspect), Tally()))
    satisfaction = difference(experience, expectation)
    return Delta(aspect, experience, expectation, satisfaction, importance, product(importance, satisfaction))
