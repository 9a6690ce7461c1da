"""Scales: which answers are good and which are bad is declared, and leaves no gap."""

from __future__ import annotations

import pytest

from schemas.scales import SCALES, WAIT_BOUNDS_S, Scale, wait_bin


def boxes(scale: Scale) -> str:
    """The boxes of a scale from its lowest to its highest bin: + top, . neutral, - bad."""
    return "".join(".+-"[scale.box(b)] for b in range(scale.low, scale.high + 1))


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        ("csat-1-5", "--.++"),
        ("csat-1-7", "--...++"),
        ("csat-1-10", "----....++"),
        ("ces-effort-1-5", "++.--"),
        ("ces-agreement-1-7", "---.+++"),
        ("ces-ease-1-5", "--.++"),
        ("nps-0-10", "-------..++"),
        ("rating-1-10", "----....++"),
        ("trust-1-10", "----....++"),
        ("severity-1-3", "..-"),
        ("yes-no", "-+"),
        ("count", "."),
    ],
)
def test_the_boxes_are_the_declared_ones(scale: str, expected: str) -> None:
    """A board that calls a 6 on 0-10 anything but bad would lie."""
    assert boxes(SCALES[scale]) == expected


def test_emotion_is_good_and_bad_in_its_outer_thirds() -> None:
    """Valence is counted in hundredths, so that sums stay whole."""
    scale = SCALES["emotion-valence"]
    assert [scale.box(b) for b in (-100, -34, -33, 0, 33, 34, 100)] == [-1, -1, 0, 0, 0, 1, 1]


@pytest.mark.parametrize("scale", SCALES.values(), ids=lambda s: s.id)
def test_a_bin_beyond_the_ends_has_no_box(scale: Scale) -> None:
    """An answer off its scale must never be counted as neutral."""
    for bin in (scale.low - 1, scale.high + 1):
        with pytest.raises(ValueError, match="off the scale"):
            scale.box(bin)


@pytest.mark.parametrize("scale", SCALES.values(), ids=lambda s: s.id)
def test_the_good_end_is_where_the_direction_says(scale: Scale) -> None:
    """Direction and boxes are declared apart; they must not contradict each other."""
    good, bad = (scale.high, scale.low) if scale.higher_is_better else (scale.low, scale.high)
    assert scale.box(good) in (0, 1)
    assert scale.box(bad) in (0, -1)
    assert scale.mean_range == (scale.low, scale.high)


@pytest.mark.parametrize(
    ("wait_s", "bin"),
    [(0, 0), (9.999, 0), (10, 1), (59.9, 3), (60, 4), (86_399, 13), (86_400, 14), (10**9, 14)],
)
def test_a_wait_falls_into_the_bin_that_begins_at_or_before_it(wait_s: float, bin: int) -> None:
    """Bins are [bound, next bound): a wait of exactly a bound opens the next bin."""
    assert wait_bin(wait_s) == bin


def test_waits_are_good_below_a_minute_and_bad_from_five_minutes() -> None:
    """The boxes of the bins follow from the bounds in seconds."""
    box = {bound: SCALES["wait-s"].box(wait_bin(bound)) for bound in WAIT_BOUNDS_S}
    assert {b for b, x in box.items() if x == 1} == {0, 10, 20, 30}
    assert {b for b, x in box.items() if x == 0} == {60, 120, 180}


def test_a_negative_wait_is_refused() -> None:
    """Time does not run backwards; index -1 would silently be the longest wait."""
    with pytest.raises(ValueError, match="negative"):
        wait_bin(-0.1)
