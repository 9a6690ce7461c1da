"""Derived consistency: what varies beyond chance over channels and weeks."""

from __future__ import annotations

import random

import pytest

from streams.pure.method.consistency import Consistency, consistency, of_tau
from tests.kit.method import points


def one(*cells: tuple[int, ...]) -> Consistency:
    """One touchpoint on several channels, each with these answers about the price."""
    found = consistency(
        {("pay", "price", f"channel {number}", 0): points("rating-1-10", *cell) for number, cell in enumerate(cells)}
    )
    (touchpoint,) = found
    return touchpoint


@pytest.mark.parametrize(
    ("means", "tau", "value"), [pytest.param((8, 6), 1.0, 8.0, id="8-6"), pytest.param((1, 10), 4.5, 1.0, id="1-10")]
)
def test_the_worked_examples(means: tuple[int, int], tau: float, value: float) -> None:
    """Two channels, ample n: means 8 and 6 give tau 1 and 8.0; means 1 and 10 give 4.5 and 1.0."""
    found = one(*((mean,) * 500 for mean in means))
    assert (found.tau, found.consistency.value, found.consistency.n) == (tau, value, 1_000)


def test_what_chance_alone_makes_the_means_vary_is_taken_off() -> None:
    """Twenty channels with the same truth, few answers each: the means differ, the experience does not."""
    chance = random.Random(7)
    cells = [tuple(chance.choice((3, 5, 7, 9)) for _ in range(10)) for _ in range(20)]
    observed = [sum(cell) / len(cell) for cell in cells]
    spread = sum((mean - sum(observed) / 20) ** 2 for mean in observed) / 20
    found = one(*cells).consistency
    assert found.value is not None
    assert of_tau(spread**0.5) < 8.6 < found.value
    assert found.upper == 10


def test_tau_is_right_in_the_mean() -> None:
    """Truth: means 4 and 8, tau 2, answers with noise. Over many samples tau^2 comes out as 4, not more."""
    chance = random.Random(11)
    found = []
    for _ in range(400):
        low, high = (tuple(middle + chance.choice((-2, -1, 1, 2)) for _ in range(8)) for middle in (4, 8))
        tau = one(low, high).tau
        assert tau is not None
        found.append(tau**2)
    assert sum(found) / len(found) == pytest.approx(4, rel=0.03)


def test_the_interval_holds_the_truth_most_of_the_time() -> None:
    """Tau 2, hence consistency 6: inside about 95 % of the intervals."""
    chance, held = random.Random(5), 0
    for _ in range(300):
        low, high = (tuple(middle + chance.choice((-2, -1, 1, 2)) for _ in range(30)) for middle in (4, 8))
        found = one(low, high).consistency
        assert found.lower is not None
        assert found.upper is not None
        held += found.lower <= 6 <= found.upper
    assert 0.92 <= held / 300 <= 0.99


def test_a_channel_asked_about_other_aspects_is_not_inconsistent() -> None:
    """Each aspect is compared with itself: price is 8 everywhere, service 4 everywhere."""
    (found,) = consistency(
        {
            ("pay", "price", "app", 0): points("rating-1-10", *[8] * 40),
            ("pay", "price", "web", 0): points("rating-1-10", *[8] * 40),
            ("pay", "service", "web", 0): points("rating-1-10", *[4] * 400),
            ("pay", "service", "web", 1): points("rating-1-10", *[4] * 40),
        }
    )
    assert (found.consistency.value, found.cells) == (10, 4)


def test_one_channel_in_one_week_is_compared_with_nothing() -> None:
    """10 would praise what nobody looked at."""
    found = one((8,) * 40)
    assert (found.consistency.value, found.tau, found.cells) == (None, None, 0)
    assert found.consistency.reason == "nothing to compare with"
    assert one((8,) * 40, (3,)).consistency.value is None
