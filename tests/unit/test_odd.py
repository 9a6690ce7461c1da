"""Which answers people do not give, and that ordinary answers are never called odd."""

from __future__ import annotations

import random

import pytest

from streams.pure.odd import only_point, unused_points

# Shares as surveys have them: many high ones; two humps; nearly nobody in the middle.
USUAL = (2, 1, 1, 2, 2, 6, 6, 12, 24, 18, 26)
SPLIT = (20, 6, 3, 1, 1, 2, 3, 4, 10, 20, 30)


def test_a_nine_that_never_comes_is_odd() -> None:
    """An index sent instead of the value: nobody scores 9 in 1,000 answers."""
    counts = {10: 400, 8: 300, 7: 200, 6: 100}
    assert unused_points(counts, 0, 10) == [9]


@pytest.mark.parametrize(
    ("counts", "odd"),
    [
        ({1: 42, 3: 42}, [2]),
        ({1: 42, 3: 41}, []),
        ({4: 140, 3: 10}, [5]),
        ({4: 139, 3: 10}, []),
        ({2: 140, 3: 10}, [1]),
        ({1: 5, 5: 5}, []),
        ({}, []),
    ],
)
def test_a_gap_is_told_when_its_neighbours_are_used_enough(counts: dict[int, int], odd: list[int]) -> None:
    """The ends have one neighbour only, so it must be used more."""
    assert unused_points(counts, 1, 5) == odd


def test_scales_that_are_not_ticked_have_no_gaps() -> None:
    """Of 201 hundredths of a mood, most are never used; yes and no have nothing between."""
    assert unused_points({-100: 500, 100: 500}, -100, 100) == []
    assert unused_points({0: 500}, 0, 1) == []


@pytest.mark.parametrize("shares", [USUAL, SPLIT], ids=["usual", "split"])
@pytest.mark.parametrize("n", [100, 1_000, 10_000])
def test_ordinary_answers_are_not_called_odd(shares: tuple[int, ...], n: int) -> None:
    """A thousand producers looked at, no false word."""
    dice = random.Random(n)
    for _ in range(1_000 if n < 10_000 else 100):
        answers = dice.choices(range(11), shares, k=n)
        counts = {point: answers.count(point) for point in set(answers)}
        assert unused_points(counts, 0, 10) == []
        assert only_point(counts) is None


def test_always_the_same_answer_is_odd_once_there_are_a_hundred() -> None:
    """A stuck screen, or a till that answers for its customers."""
    assert only_point({5: 100, 4: 0}) == 5
    assert only_point({5: 99}) is None
    assert only_point({5: 100, 4: 1}) is None
    assert only_point({}) is None
