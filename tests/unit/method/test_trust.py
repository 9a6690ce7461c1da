"""Trust in its parts, and the quadrant of trust and liking."""

from __future__ import annotations

import pytest

from streams.pure.method.trust import PARTS, trust
from streams.pure.scores import Tally
from tests.kit.method import points


def answers(**parts: int) -> dict[str, Tally]:
    """Forty customers who agree on each part."""
    return {part: points("trust-1-10", *[value] * 40) for part, value in parts.items()}


def test_each_part_is_a_mean_of_its_own() -> None:
    found = trust(answers(integrity=8, ability=9, affinity=3, consistency=7))
    assert [found.parts[part].value for part in PARTS] == [8, 9, 3, 7]


@pytest.mark.parametrize(
    ("parts", "quadrant"),
    [
        ({"integrity": 8, "ability": 9, "consistency": 7, "affinity": 9}, "trusted, liked"),
        ({"integrity": 8, "ability": 9, "consistency": 7, "affinity": 3}, "trusted, not liked"),
        ({"integrity": 2, "ability": 3, "consistency": 4, "affinity": 9}, "not trusted, liked"),
        ({"integrity": 2, "ability": 3, "consistency": 4, "affinity": 2}, "not trusted, not liked"),
    ],
)
def test_people_buy_from_whom_they_trust_not_from_whom_they_like(parts: dict[str, int], quadrant: str) -> None:
    """Liking is the affinity, trust the mean of the other three: the two can differ."""
    assert trust(answers(**parts)).quadrant == quadrant


def test_trust_needs_all_of_its_parts() -> None:
    """A mean of whatever was asked would move with the questionnaire."""
    found = trust(answers(integrity=8, ability=9, affinity=9))
    assert (found.trust.value, found.quadrant) == (None, "unclear")


def test_four_answers_stand_in_no_quadrant() -> None:
    few = {part: points("trust-1-10", *[9] * 4) for part in PARTS}
    assert (trust(few).trust.value, trust(few).quadrant) == (9, "unclear")


def test_an_interval_over_the_middle_is_unclear() -> None:
    """Half say 1 and half say 10: nobody is in the middle, and no verdict either."""
    split = {part: points("trust-1-10", *[1, 10] * 20) for part in PARTS}
    assert trust(split).quadrant == "unclear"
