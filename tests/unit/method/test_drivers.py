"""Key drivers: relation with the whole, and distance from the best."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy.stats import spearmanr

from streams.pure.method.drivers import DRAWS, draws, drivers, relation


def customers(n: int, strength: float, *, seed: int = 1, high: int = 5) -> dict[str, tuple[float, float]]:
    """Customers whose overall score follows the touchpoint as strongly as told, 0..1."""
    chance = random.Random(seed)
    found = {}
    for number in range(n):
        here = chance.randint(1, high)
        overall = 2 * here if chance.random() < strength else chance.randint(0, 10)
        found[f"c{number:05}"] = (float(here), float(overall))
    return found


def test_the_relation_is_spearmans_with_ties() -> None:
    """Answers on five points are mostly ties; a formula for distinct ranks would be wrong."""
    pairs = list(customers(200, 0.5).values())
    found = relation(pairs)
    assert found.value == pytest.approx(spearmanr(*zip(*pairs, strict=True)).statistic, abs=1e-12)


def test_the_interval_is_about_as_wide_as_theory_has_it() -> None:
    """D. Bonett and T. Wright (Psychometrika 65, 2000): se of Fisher's z is sqrt((1 + r^2 / 2) / (n - 3))."""
    found = relation(list(customers(400, 0.5).values()))
    assert found.value is not None
    assert found.lower is not None
    assert found.upper is not None
    half = 1.96 * np.sqrt((1 + found.value**2 / 2) / 397)
    ends = np.tanh(np.arctanh(found.value) + np.array([-half, half]))
    assert (found.lower, found.upper) == (pytest.approx(ends[0], abs=0.04), pytest.approx(ends[1], abs=0.04))


def test_high_relation_and_low_score_is_first_to_mend() -> None:
    """Delivery is bad but moves nothing; payment moves as much as advice, and is worse."""
    payment = {name: (max(1.0, here - 2), overall) for name, (here, overall) in customers(300, 0.8).items()}
    found = drivers(
        {"payment": payment, "advice": customers(300, 0.8), "delivery": customers(300, 0, seed=3)}, "csat-1-5"
    )
    assert [(one.touchpoint, one.first) for one in found] == [("payment", True), ("advice", False), ("delivery", False)]
    assert found[2].priority is None


def test_less_effort_going_with_more_liking_is_a_relation_above_zero() -> None:
    """On a scale where low is good the sign turns, and so does the distance from the best."""
    effort = {name: (6 - here, overall) for name, (here, overall) in customers(300, 0.8).items()}
    ease, hard = drivers({"t": customers(300, 0.8)}, "csat-1-5")[0], drivers({"t": effort}, "ces-effort-1-5")[0]
    assert (hard.relation.value, hard.priority) == (pytest.approx(ease.relation.value), pytest.approx(ease.priority))


def test_few_customers_have_no_relation() -> None:
    """Twenty-nine people can agree by luck."""
    (found,) = drivers({"pay": customers(29, 1)}, "csat-1-5")
    assert (found.relation.value, found.relation.n, found.relation.reason) == (None, 29, "few answers")
    assert found.level.value is not None


def test_where_all_answered_alike_there_is_no_relation() -> None:
    (found,) = drivers({"pay": {f"c{n}": (5.0, float(n % 11)) for n in range(40)}}, "csat-1-5")
    assert (found.relation.value, found.relation.reason) == (None, "all answered alike")


def test_the_same_answers_always_give_the_same_interval() -> None:
    """A board that shows another interval at each refresh would be mistrusted."""
    pairs = list(customers(50, 0.5).values())
    assert relation(pairs) == relation(pairs)


def test_draws_are_even() -> None:
    """Each of n is drawn as often as any other, but for chance."""
    places = draws(50)
    assert places.shape == (DRAWS, 50)
    counts = np.bincount(places.ravel().astype(np.int64), minlength=50)
    assert counts.sum() == DRAWS * 50
    assert abs(counts - DRAWS).max() < 5 * np.sqrt(DRAWS)
