"""Touchpoints behind an aspect."""

from __future__ import annotations

from streams.pure.method.causes import causes
from tests.kit.method import points


def test_the_surely_worst_comes_first_and_few_answers_last() -> None:
    """Four ones at the door do not outweigh forty threes at the counter."""
    found = causes(
        {
            "site": points("rating-1-10", *[7] * 40),
            "counter": points("rating-1-10", *[3] * 40),
            "door": points("rating-1-10", *[1] * 4),
        }
    )
    assert [one.touchpoint for one in found] == ["counter", "site", "door"]
