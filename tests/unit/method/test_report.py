"""The seven steps: the retailer's report, with what moved since the period before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streams.pure.method.ideal import Ideal
from streams.pure.method.report import Fit, Period, SevenSteps, seven_steps
from streams.pure.scores import Tally
from tests.kit.method import points, rated, retailer_ratings

IDEALS: Mapping[str, Ideal] = {"price": "as_it_is", "convenience": 10}


def period(ratings: Mapping[tuple[str, str], Tally], **more: Any) -> Period:
    return Period(**{"reasons": {}, "ratings": ratings, "importance": None, "experience_at": {}, "sales": {}, **more})


def retailer() -> SevenSteps:
    now = period(
        retailer_ratings(),
        reasons={"price": 70, "brand": 30, "": 5},
        experience_at={
            ("convenience", "parking"): points("rating-1-10", *[3] * 40),
            ("convenience", "delivery"): points("rating-1-10", *[7] * 40),
            ("price", "shelf"): points("rating-1-10", *[1] * 40),
        },
        sales={"EUR": 120.0, "CHF": 5.0},
    )
    before = period({**retailer_ratings(), **rated(convenience=(4, 7, 9))}, sales={"EUR": 100.0})
    return seven_steps(now, before, IDEALS, Fit(strategy="near the customer"))


def test_the_steps_follow_from_one_another() -> None:
    """Why they come, what is key, how far from the ideal, and which touchpoints are behind it."""
    found = retailer()
    assert {one.aspect: one.part.value for one in found.brand_value if one.part.value} == {"price": 0.7, "brand": 0.3}
    assert found.key is not None
    assert (found.key.aspect, found.key.weighted.value) == ("convenience", -18)
    assert {gap.aspect: gap.gap.value for gap in found.ideal}["convenience"] == -5
    assert [cause.touchpoint for cause in found.causes] == ["parking", "delivery"]
    assert found.fit == Fit(strategy="near the customer")


def test_what_moved_is_told_with_whether_it_is_more_than_chance() -> None:
    """Convenience rose from 4 to 5 beyond chance; price did not move."""
    moved = {(move.aspect, move.number): move for move in retailer().moves}
    assert moved["convenience", "experience"].change.value == 1
    assert moved["convenience", "experience"].beyond_chance
    assert not moved["price", "experience"].beyond_chance
    assert ("service", "satisfaction") not in moved


def test_sales_stand_beside_it_by_currency() -> None:
    """A shop proved its worth by its sales; francs are no euros, and nothing sold is not 0 sold."""
    assert retailer().sales == {"EUR": (120.0, 100.0), "CHF": (5.0, None)}


def test_an_empty_period_is_a_report_without_numbers() -> None:
    """The first week of a new installation."""
    found = seven_steps(period({}), period({}), {})
    assert (found.key, found.mend, found.causes, found.moves, found.sales) == (None, None, (), (), {})
