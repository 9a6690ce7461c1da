"""Customer value: three numbers multiplied."""

from __future__ import annotations

import pytest

from streams.pure.method.evidence import Estimate, exactly
from streams.pure.method.value import YEAR_MS, Bought, customer_values, value_of, years

NOW_MS = 1_782_000_000_000


def test_the_worked_example() -> None:
    """200 x 3 x 1/(1 - 0.75) = 2,400."""
    found = value_of("EUR", exactly(200), exactly(3), exactly(0.75))
    assert (found.years.value, found.value.value) == (4, 2_400)


def test_the_worked_example_from_purchases() -> None:
    """Four customers of last year; three of them buy three times for 200 this year, the fourth is gone."""
    last_year = [Bought(name, NOW_MS - YEAR_MS - 1, 90.0, "EUR") for name in "abcd"]
    this_year = [Bought(name, NOW_MS - 1_000 * number, 200.0, "EUR") for name in "abc" for number in (1, 2, 3)]
    (found,) = customer_values([*last_year, *this_year], now_ms=NOW_MS)
    assert (found.purchase.value, found.frequency.value, found.retention.value) == (200, 3, 0.75)
    assert found.value.value == pytest.approx(2_400)
    assert (found.value.n, found.value.reason) == (3, "few answers")


def test_currencies_are_never_added_up() -> None:
    """A customer who pays in two is one customer, but two amounts."""
    bought = [Bought("a", NOW_MS - 1, 10.0, "EUR"), Bought("a", NOW_MS - 2, 30.0, "CHF")]
    chf, eur = customer_values(bought, now_ms=NOW_MS)
    assert (chf.currency, chf.purchase.value, eur.purchase.value) == ("CHF", 30, 10)
    assert chf.frequency.value == eur.frequency.value == 2


def test_where_all_stayed_nobody_can_say_how_long() -> None:
    """Endless years would make every customer priceless."""
    found = years(Estimate(1.0, 0.9, 1.0, 35))
    assert (found.value, found.reason) == (None, "all stayed")
    assert value_of("EUR", exactly(5), exactly(2), Estimate(1.0, 0.9, 1.0, 35)).value.value is None


def test_without_a_year_before_there_is_no_retention() -> None:
    (found,) = customer_values([Bought("a", NOW_MS - 1, 10.0, "EUR")], now_ms=NOW_MS)
    assert (found.retention.value, found.years.reason, found.value.value) == (None, "no answers", None)


def test_an_unknown_amount_is_a_purchase_all_the_same() -> None:
    """It counts for how often, not for how much."""
    bought = [Bought("a", NOW_MS - 1, 10.0, "EUR"), Bought("a", NOW_MS - 2, None, "")]
    (found,) = customer_values(bought, now_ms=NOW_MS)
    assert (found.purchase.value, found.frequency.value) == (10, 2)
