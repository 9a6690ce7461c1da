"""Delta: the retailer's table, cell for cell; empty cells stay empty."""

from __future__ import annotations

import pytest

from streams.pure.method.delta import ASPECTS, Delta, deltas
from tests.kit.method import points, retailer_ratings

TABLE = {
    # aspect: experience, expectation, satisfaction, importance, weighted
    "price": (7, 7, 0, None, None),
    "brand": (7, 7, 0, None, None),
    "service": (6, None, None, None, None),
    "product": (6, 7, -1, None, None),
    "convenience": (5, 7, -2, 9, -18),
    "relationship": (4, None, None, None, None),
}


def by_aspect(found: tuple[Delta, ...]) -> dict[str, Delta]:
    return {one.aspect: one for one in found}


@pytest.mark.parametrize("aspect", list(TABLE))
def test_each_cell_of_the_retailers_table(aspect: str) -> None:
    """Satisfaction -2 and weighted -18 for convenience; unknown stays unknown, never 0."""
    one = by_aspect(deltas(retailer_ratings()))[aspect]
    numbers = (one.experience, one.expectation, one.satisfaction, one.importance, one.weighted)
    assert tuple(number.value for number in numbers) == TABLE[aspect]


def test_every_aspect_is_there_whether_anybody_spoke_of_it_or_not() -> None:
    """A missing row would be read as nothing to mend."""
    found = deltas({})
    assert tuple(one.aspect for one in found) == ASPECTS
    assert all(one.experience.reason == "no answers" for one in found)


def test_importance_is_asked_of_the_target_segment() -> None:
    """Not all customers matter equally."""
    target = {("importance", "price"): points("rating-1-10", *[3] * 40)}
    price = by_aspect(deltas({**retailer_ratings(), **{("importance", "price"): points("rating-1-10", 9)}}, target))[
        "price"
    ]
    assert (price.importance.value, price.importance.n) == (3.0, 40)


def test_satisfaction_carries_the_evidence_of_both_sides() -> None:
    """Spread answers make an interval; the side with fewer answers gives n."""
    ratings = {
        ("experience", "price"): points("rating-1-10", *[4, 6] * 50),
        ("expectation", "price"): points("rating-1-10", *[7, 9] * 20),
    }
    price = by_aspect(deltas(ratings))["price"]
    assert (price.satisfaction.value, price.satisfaction.n) == (-3.0, 40)
    assert price.satisfaction.lower is not None
    assert price.satisfaction.lower < -3.0
