"""Numbers put together from others keep their evidence, and never invent any."""

from __future__ import annotations

from math import sqrt

import pytest

from dashboards import sql
from dashboards.panel import FEW_ANSWERS
from streams.pure.method import evidence
from streams.pure.method.evidence import (
    FEW,
    UNKNOWN,
    WIDER,
    Estimate,
    beyond_chance,
    difference,
    mean,
    mean_of,
    net,
    product,
    product_above_zero,
    share,
)
from streams.pure.scores import Tally
from tests.kit.method import points


def test_the_bounds_are_those_of_the_boards() -> None:
    """A number is grey on a screen exactly where it decides nothing here."""
    assert (FEW, WIDER) == (FEW_ANSWERS, sql.WIDER)


def test_unknown_is_not_zero() -> None:
    """An expectation nobody was asked for would turn every experience into delight."""
    known = Estimate(7.0, 6.5, 7.5, 40)
    for made in (difference(known, UNKNOWN), difference(UNKNOWN, known), product(known, UNKNOWN)):
        assert (made.value, made.lower, made.upper, made.n, made.reason) == (None, None, None, 0, "no answers")
    assert mean("rating-1-10", Tally()) == share(0, 0) == net(Tally()) == mean_of([]) == UNKNOWN


def test_one_answer_has_a_mean_and_no_interval() -> None:
    """It says nothing of how far answers spread, and so does what is made from it."""
    one = mean("rating-1-10", points("rating-1-10", 7))
    assert (one.value, one.lower, one.upper, one.n, one.reason) == (7.0, None, None, 1, "few answers")
    apart = difference(one, Estimate(5.0, 4.0, 6.0, 50))
    assert (apart.value, apart.lower, apart.upper, apart.n) == (2.0, None, None, 1)
    assert mean_of([3.0]).lower is None


def test_a_difference_takes_each_side_of_each_interval() -> None:
    """Shares near 0 or 1 have lopsided intervals; so has their difference."""
    found = difference(Estimate(0.9, 0.7, 0.95, 40), Estimate(0.2, 0.1, 0.4, 30))
    assert (found.value, found.n) == (pytest.approx(0.7), 30)
    assert found.lower == pytest.approx(0.7 - sqrt(0.2**2 + 0.2**2))
    assert found.upper == pytest.approx(0.7 + sqrt(0.05**2 + 0.1**2))


def test_a_product_with_a_sure_number_is_only_stretched() -> None:
    """9 times (-2 give or take 1) is -18 give or take 9."""
    found = product(Estimate(9.0, 9.0, 9.0, 50), Estimate(-2.0, -3.0, -1.0, 40))
    assert (found.value, found.lower, found.upper, found.n) == (-18.0, -27.0, -9.0, 40)


def test_amounts_stay_above_zero() -> None:
    """A customer's worth may be uncertain, but is no debt."""
    found = product_above_zero(Estimate(200.0, 20.0, 2_000.0, 9), Estimate(3.0, 3.0, 3.0, 9))
    assert (found.lower, found.upper) == (pytest.approx(60), pytest.approx(6_000))
    assert product_above_zero(Estimate(0.0, 0.0, 1.0, 9)) == UNKNOWN
    assert product_above_zero(Estimate(5.0, 0.0, 9.0, 9)).lower is None


@pytest.mark.parametrize(
    ("change", "sure"),
    [
        pytest.param(Estimate(5.0, 2.0, 8.0, 100), True, id="clear"),
        pytest.param(Estimate(-5.0, -8.0, -2.0, 100), True, id="clear-below"),
        pytest.param(Estimate(5.0, 1.0, 8.0, 100), False, id="beyond-95-not-99-percent"),
        pytest.param(Estimate(5.0, -1.0, 8.0, 100), False, id="over-zero"),
        pytest.param(Estimate(5.0, 2.0, 8.0, 29), False, id="few"),
        pytest.param(UNKNOWN, False, id="unknown"),
    ],
)
def test_a_move_is_more_than_chance_only_with_evidence(change: Estimate, sure: bool) -> None:
    """Many numbers are judged on one board; at one in twenty some board would always cry."""
    assert beyond_chance(change) is sure


def test_every_number_brings_the_same_five_columns() -> None:
    """Tables and boards find n, interval and reason beside any number."""
    found = evidence.share(1, 3).columns("rate")
    assert list(found) == ["rate", "rate_lower", "rate_upper", "rate_n", "rate_reason"]
    assert found["rate_reason"] == "few answers"
