"""What we think of ourselves against what customers say."""

from __future__ import annotations

import pytest

from streams.pure.method.inside_out import InsideOut, inside_out
from tests.kit.method import points, rated


def price(found: tuple[InsideOut, ...], respondent: str) -> InsideOut:
    return next(one for one in found if (one.aspect, one.respondent) == ("price", respondent))


def test_eighty_percent_of_firms_against_eight_percent_of_their_customers() -> None:
    """The gap the articles cite: +72 points of the share that rates it superior."""
    ours = {("experience", "price"): points("rating-1-10", *[10] * 80, *[6] * 20)}
    theirs = {("experience", "price"): points("rating-1-10", *[9] * 8, *[5] * 92)}
    found = price(inside_out({"manager": ours, "customer": theirs}), "manager")
    assert (found.ours_top.value, found.theirs_top.value) == (0.8, 0.08)
    assert found.gap_top.value == pytest.approx(0.72)
    assert found.gap.value == pytest.approx(9.2 - 5.32)


def test_staff_and_management_are_compared_apart() -> None:
    """Those who meet customers every day often know better."""
    found = inside_out(
        {
            "customer": rated(price=(5, None, None)),
            "employee": rated(price=(6, None, None)),
            "manager": rated(price=(9, None, None)),
        }
    )
    assert price(found, "employee").gap.value == 1
    assert price(found, "manager").gap.value == 4


def test_who_was_not_asked_has_no_gap() -> None:
    """Silence of the customers is no agreement."""
    found = inside_out({"manager": rated(price=(9, None, None))})
    assert (price(found, "manager").ours.value, price(found, "manager").gap.value) == (9, None)
    assert price(found, "employee").gap.reason == "no answers"
