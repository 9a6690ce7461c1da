"""Service facts and speaking up: bounds of waits, and silence that is no number."""

from __future__ import annotations

import pytest

from schemas.scales import wait_bin
from streams.pure.method.service import NOTHING_BAD, median_bin, service, speaking_up, turn, turn_of_counts


def test_a_minute_is_no_longer_short_and_five_minutes_are_long() -> None:
    waits = {wait_bin(59): 1, wait_bin(60): 1, wait_bin(299): 1, wait_bin(300): 1}
    found = service(waits, {1: 3, 0: 1}, {})
    assert (found.short.value, found.long.value, found.resolved.value) == (0.25, 0.25, 0.75)
    assert (found.median_from_s, found.median_to_s) == (60, 120)
    assert (found.alone.value, found.alone.reason) == (None, "no answers")


def test_the_longest_wait_has_no_end() -> None:
    found = service({wait_bin(100_000): 1}, {}, {})
    assert (found.median_from_s, found.median_to_s) == (86_400, None)
    assert median_bin({}) is None


def test_complaints_without_a_negative_answer_are_no_ratio() -> None:
    """Division by silence would be endless good news."""
    found = speaking_up(5, 0)
    assert (found.value, found.reason) == (None, NOTHING_BAD)
    assert speaking_up(0, 40).value == 0.0


def test_more_speaking_up_is_told_only_beyond_chance() -> None:
    """30 of 137 against 2 of 50 is more; 3 of 50 is not; 20 answers say nothing."""
    before = speaking_up(2, 50)
    assert turn(speaking_up(30, 137), before) == 1
    assert turn(speaking_up(3, 50), before) == 0
    assert turn(speaking_up(19, 20), before) == 0
    assert turn(before, speaking_up(30, 137)) == -1


@pytest.mark.parametrize(("newer", "older", "wanted"), [(40, 0, 1), (0, 40, -1), (20, 20, 0), (29, 0, 0), (0, 0, 0)])
def test_signals_grow_only_beyond_chance(newer: int, older: int, wanted: int) -> None:
    assert turn_of_counts(newer, older) == wanted
