"""Actions: what changed beyond what changed anyway, and what it is worth."""

from __future__ import annotations

import pytest

from streams.pure.method.actions import Week, effect, money
from streams.pure.method.cost import CostInputs, Fate
from streams.pure.method.evidence import exactly
from streams.pure.scores import Tally

INPUTS = CostInputs(50_000_000, exactly(0.22), exactly(0.02), Fate(0.34, 0.28), Fate(0.55, 0.45))
LOSS = 0.02 * 0.28 + 0.98 * 0.45


def week(treated_bad: int, others_bad: int) -> Week:
    """A hundred answers at the treated touchpoint and three hundred at the others, so many percent bad."""
    return (
        Tally(n=100, top=100 - treated_bad, bad=treated_bad),
        Tally(n=300, top=300 - 3 * others_bad, bad=3 * others_bad),
    )


def test_what_changed_everywhere_is_not_the_actions_doing() -> None:
    """Bad answers fell from 40 to 20 percent here and from 30 to 20 there: ten points are the action's."""
    found = effect([week(39, 30), week(41, 30)], [week(19, 20), week(21, 20)])
    assert found.negative.value == pytest.approx(-0.10)
    assert found.net.value == pytest.approx(20)
    assert (found.weeks_before, found.weeks_after, found.negative.n) == (2, 2, 400)


def test_the_interval_comes_from_how_weeks_differ() -> None:
    """Weeks at -9 and -11 points before, at 1 and -1 after: t(2) x sqrt(2) / sqrt(2) around 10."""
    found = effect([week(21, 30), week(19, 30)], [week(31, 30), week(29, 30)]).negative
    half = 4.302652730 * 0.01 * 2**0.5
    assert (found.lower, found.upper) == (pytest.approx(0.10 - half), pytest.approx(0.10 + half))


def test_one_week_on_a_side_says_nothing() -> None:
    """Any week differs from any other."""
    found = effect([week(40, 30)], [week(20, 30), week(20, 30)])
    assert (found.net.value, found.net.reason) == (None, "fewer than two weeks before or after")


def test_a_week_without_answers_on_one_side_is_left_out() -> None:
    """Otherwise silence would be held against speech."""
    silent = (Tally(), Tally(n=10, top=10))
    assert effect([week(40, 30), week(40, 30), silent], [week(20, 30)] * 2).weeks_before == 2


def test_the_return_of_an_action_through_the_cost_model() -> None:
    """A quarter of all answers, ten points less negative: 50 million x 1/4 x 10 % x 44.66 % lost no more."""
    found = effect([week(39, 30), week(41, 30)], [week(29, 30), week(31, 30)])
    earned = money(found, INPUTS, cost=100_000)
    saved = 50_000_000 * 0.25 * 0.10 * LOSS
    assert earned.saved.value == pytest.approx(saved)
    assert earned.gain.value == pytest.approx(saved - 100_000)
    assert earned.rate == pytest.approx((saved - 100_000) / 100_000)
    assert earned.saved.lower is not None
    assert earned.saved.upper is not None
    assert earned.saved.lower < saved < earned.saved.upper


def test_an_unknown_effect_is_worth_nothing_known() -> None:
    found = money(effect([], []), INPUTS, cost=5)
    assert (found.saved.value, found.gain.value, found.rate) == (None, None, None)


def test_what_cost_nothing_has_a_gain_and_no_rate() -> None:
    found = effect([week(39, 30), week(41, 30)], [week(29, 30), week(31, 30)])
    assert money(found, INPUTS, cost=0).rate is None
