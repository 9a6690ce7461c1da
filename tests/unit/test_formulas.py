"""A receipt's formula, computed again from its own figures, gives the score."""

from __future__ import annotations

import re
from math import sqrt

import pytest

from schemas.scales import SCALES
from streams.pure.formulas import formula
from streams.pure.intervals import Z
from streams.pure.scores import Score, Tally, score

CASES = [
    ("csat", "csat-1-5", [(1, 3), (3, 4), (4, 10), (5, 33)]),
    ("nps", "nps-0-10", [(0, 2), (6, 23), (8, 15), (9, 60)]),
    ("ces", "ces-agreement-1-7", [(1, 4), (5, 11), (7, 20)]),
    ("experience.price", "rating-1-10", [(2, 5), (9, 7)]),
]


def scored(metric: str, scale: str, bins: list[tuple[int, int]]) -> Score:
    return score(metric, scale, Tally.of(SCALES[scale], [(point, n, n * 10**6, n * 10**6) for point, n in bins]))


@pytest.mark.parametrize(("metric", "scale", "bins"), CASES, ids=[case[0] for case in CASES])
def test_the_figures_shown_give_the_number_shown(metric: str, scale: str, bins: list[tuple[int, int]]) -> None:
    """What stands between the last two equals signs is arithmetic; what follows is its result."""
    result = scored(metric, scale, bins)
    told = formula(metric, scale, bins, result)
    sum_shown, number = told.value.rsplit(" = ", 2)[1:]
    computed = eval(sum_shown.replace(" x ", " * "))  # our own digits and signs
    assert computed == pytest.approx(result.value)
    assert float(re.findall(r"[-+]?[\d.]+", number)[0]) == pytest.approx(result.value, rel=1e-3)


def test_the_share_interval_shown_is_the_one_of_the_formula_named() -> None:
    metric, scale, bins = CASES[0]
    told = formula(metric, scale, bins, scored(metric, scale, bins)).interval
    hits, n = map(int, re.search(r"p = (\d+)/(\d+)", told).groups())  # type: ignore[union-attr]
    p, low_high = hits / n, [float(x) for x in re.findall(r"= ([\d.]+) to ([\d.]+) %", told)[0]]
    half = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    ends = [(p + Z * Z / (2 * n) + sign * half) / (1 + Z * Z / n) * 100 for sign in (-1, 1)]
    assert low_high == pytest.approx(ends, rel=1e-3)


def test_silence_has_no_formula() -> None:
    """No answers is no number, and the receipt says why."""
    assert formula("csat", "csat-1-5", [], score("csat", "csat-1-5", Tally())).value == "no number: no answers"


def test_one_answer_to_a_mean_has_no_interval() -> None:
    bins = [(5, 1)]
    told = formula("ces", "ces-ease-1-5", bins, scored("ces", "ces-ease-1-5", bins))
    assert told.interval == "one answer says nothing of how far answers spread"
