"""The funnel: luck marks nobody, few answers decide nothing, and the limits are those of the score test."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from streams.pure.intervals import wilson
from streams.pure.method.funnel import funnel
from streams.pure.scores import Tally
from tests.kit.method import points


def share(good: int, bad: int) -> Tally:
    """Answers on csat-1-5."""
    return points("csat-1-5", *[5] * good, *[1] * bad)


def test_four_answers_neither_lead_nor_trail() -> None:
    """All unhappy or all happy: no rank, no mark, and not before who is surely worse or after who is surely better."""
    places = {"bad": share(50, 50), "good": share(99, 1), "four": share(0, 4), "happy four": share(4, 0)}
    found = funnel(places, "csat", "csat-1-5")
    assert [place.name for place in found] == ["bad", "four", "happy four", "good"]
    assert [place.rank for place in found] == [1, None, None, 2]
    assert [place.outside for place in found] == [-2, 0, 0, 2]


@given(counts=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=2, max_size=8))
def test_outside_the_inner_limits_is_whose_interval_leaves_the_whole_out(counts: list[tuple[int, int]]) -> None:
    """So the mark in the picture and the verdict in the list never quarrel."""
    assume(any(sum(pair) for pair in counts))
    for place in funnel({f"p{number}": share(*pair) for number, pair in enumerate(counts)}, "csat", "csat-1-5"):
        good, bad = counts[int(place.name[1:])]
        band = wilson(good, good + bad)
        assert band
        near = min(abs(100 * end - place.whole) for end in band)
        if good + bad >= 30 and near > 1e-6:
            assert (place.outside != 0) == (place.against != 0) == (not 100 * band[0] < place.whole < 100 * band[1])


def test_on_a_scale_where_low_is_good_the_highest_effort_comes_first() -> None:
    """Otherwise the best place would be mended."""
    places = {"hard": points("ces-effort-1-5", *[5, 4] * 40), "easy": points("ces-effort-1-5", *[1, 2] * 40)}
    assert [(place.name, place.outside) for place in funnel(places, "ces", "ces-effort-1-5")] == [
        ("hard", -2),
        ("easy", 2),
    ]


def test_limits_stay_on_the_scale_and_are_unknown_for_a_single_mean() -> None:
    (one,) = funnel({"a": points("ces-ease-1-5", 5)}, "ces", "ces-ease-1-5")
    assert (one.limits, one.outside, one.score.lower) == (None, 0, None)
    (two,) = funnel({"a": share(1, 1)}, "csat", "csat-1-5")
    assert two.limits
    assert (two.limits.outer_low, two.limits.outer_high) == (0.0, 100.0)
    assert two.limits.inner_low == pytest.approx(0.0)


def test_nobody_anywhere_is_no_funnel() -> None:
    assert funnel({"a": Tally()}, "csat", "csat-1-5") == ()
