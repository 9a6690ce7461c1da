"""Return rate: who had the time to come back, and did."""

from __future__ import annotations

from datetime import date, timedelta

from streams.pure.method.returns import return_rate

TODAY = date(2026, 6, 30)


def ago(days: int) -> date:
    return TODAY - timedelta(days)


def test_the_worked_example() -> None:
    """D = 90: A back on another day, B not, C again on the same day only, D ten days ago: 1/3, one too young."""
    purchases = [("A", ago(200)), ("A", ago(150)), ("B", ago(200)), ("C", ago(120)), ("C", ago(120)), ("D", ago(10))]
    found = return_rate(purchases, today=TODAY, within_days=90)
    assert (found.rate.value, found.rate.n, found.too_young) == (1 / 3, 3, 1)


def test_day_d_still_counts_and_the_next_does_not() -> None:
    back = [("A", ago(200)), ("A", ago(110))]
    late = [("A", ago(200)), ("A", ago(109))]
    assert return_rate(back, today=TODAY, within_days=90).rate.value == 1
    assert return_rate(late, today=TODAY, within_days=90).rate.value == 0


def test_who_bought_first_exactly_d_days_ago_is_old_enough() -> None:
    assert return_rate([("A", ago(90))], today=TODAY, within_days=90).rate.n == 1
    assert return_rate([("A", ago(89))], today=TODAY, within_days=90).too_young == 1


def test_todays_purchases_count_and_tomorrows_do_not() -> None:
    """A report of last month must not know what happened since."""
    assert return_rate([("A", ago(100)), ("A", ago(0)), ("B", ago(0))], today=TODAY, within_days=100).rate.value == 1
    assert return_rate([("A", ago(100)), ("A", ago(-1))], today=TODAY, within_days=200).too_young == 1
    assert return_rate([("A", ago(-1))], today=TODAY, within_days=90).too_young == 0


def test_an_earlier_purchase_makes_a_customer_of_before() -> None:
    """First in the period is not first ever."""
    purchases = [("A", ago(300)), ("A", ago(120)), ("B", ago(120))]
    found = return_rate(purchases, today=TODAY, within_days=90, since=ago(200))
    assert (found.rate.value, found.rate.n) == (0, 1)


def test_purchases_without_a_customer_say_nothing() -> None:
    """Two receipts of strangers are no return."""
    found = return_rate([("", ago(200)), ("", ago(150))], today=TODAY, within_days=90)
    assert (found.rate.value, found.rate.reason) == (None, "no answers")
