"""Negative experience: which answers are clearly bad."""

from __future__ import annotations

import pytest

from streams.pure.negative import clearly_bad


@pytest.mark.parametrize(
    ("scale", "worst", "next_best"),
    [
        ("csat-1-5", 1, 2), ("csat-1-7", 1, 2), ("csat-1-10", 2, 3), ("nps-0-10", 1, 2),
        ("ces-effort-1-5", 5, 4), ("ces-agreement-1-7", 1, 2), ("ces-ease-1-5", 1, 2),
    ],
)  # fmt: skip
def test_only_the_worst_fifth_of_a_scale_is_clearly_bad(scale: str, worst: int, next_best: int) -> None:
    assert clearly_bad(scale, worst)
    assert not clearly_bad(scale, next_best)


def test_counts_and_moods_are_never_a_clearly_bad_answer() -> None:
    """A rising number of complaints alone never alarms: an open complaint can be answered."""
    assert not clearly_bad("severity-1-3", 3)
    assert not clearly_bad("emotion-valence", -100)
