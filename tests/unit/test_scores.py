"""Scores: each number as anyone would compute it by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.scales import SCALES
from streams.pure.intervals import adjusted_wald, wilson
from streams.pure.scores import MICRO, Tally, add_up, net_experience, score


def tally(scale_id: str, *points: int, weight: float = 1.0) -> Tally:
    """Tally of single answers of one weight."""
    w = round(weight * MICRO)
    return Tally.of(SCALES[scale_id], [(point, 1, w, w * w // MICRO) for point in points])


def test_a_window_nobody_answered_has_no_score() -> None:
    """Silence is not a neutral score: 0.0 would hide a dead survey link."""
    for metric, scale in (("csat", "csat-1-5"), ("ces", "ces-ease-1-5"), ("nps", "nps-0-10")):
        result = score(metric, scale, Tally())
        assert (result.value, result.mean, result.lower, result.upper) == (None, None, None, None)
        assert result.reason == "no answers"


def test_csat_is_the_top_box_in_percent_and_the_mean_stands_beside_it() -> None:
    result = score("csat", "csat-1-5", tally("csat-1-5", 5, 5, 4, 3, 1))
    assert result.value == pytest.approx(60.0)
    assert result.mean == pytest.approx(3.6)
    band = wilson(3, 5)
    assert band is not None
    assert (result.lower, result.upper) == pytest.approx((100 * band[0], 100 * band[1]))


@pytest.mark.parametrize(
    ("point", "box"),
    [
        pytest.param(6, "bad", id="six-is-the-last-detractor"),
        pytest.param(7, "neutral", id="seven-is-the-first-passive"),
        pytest.param(8, "neutral", id="eight-is-the-last-passive"),
        pytest.param(9, "top", id="nine-is-the-first-promoter"),
    ],
)
def test_nps_boxes_meet_without_a_gap(point: int, box: str) -> None:
    counted = tally("nps-0-10", point)
    assert getattr(counted, box) == 1
    assert counted.top + counted.neutral + counted.bad == 1


def test_nps_is_promoters_minus_detractors_in_points_without_a_mean() -> None:
    """The survey of an airport: 1,436 promoters, 968 passives, 342 detractors give 39.84."""
    counted = Tally(n=2746, top=1436, neutral=968, bad=342, weight=2746 * MICRO, weight2=2746 * MICRO)
    result = score("nps", "nps-0-10", counted)
    assert result.value == pytest.approx(39.84, abs=0.005)
    assert result.mean is None
    band = adjusted_wald(1436, 342, 2746)
    assert band is not None
    assert (result.lower, result.upper) == pytest.approx((100 * band[0], 100 * band[1]))


def test_ces_is_a_mean_and_knows_that_less_effort_is_the_better_box() -> None:
    effort = tally("ces-effort-1-5", 1, 1, 2, 5)
    assert score("ces", "ces-effort-1-5", effort).value == pytest.approx(2.25)
    assert (effort.top, effort.bad) == (3, 1)
    ease = tally("ces-ease-1-5", 1, 1, 2, 5)
    assert (ease.top, ease.bad) == (1, 3)


def test_one_answer_gives_a_mean_but_no_interval_of_it() -> None:
    result = score("ces", "ces-ease-1-5", tally("ces-ease-1-5", 4))
    assert result.value == 4.0
    assert (result.lower, result.upper) == (None, None)


def test_an_interval_of_a_mean_never_leaves_the_scale() -> None:
    result = score("ces", "ces-ease-1-5", tally("ces-ease-1-5", 5, 4))
    assert result.upper == 5.0


def test_the_weighted_twin_uses_weights_and_the_effective_number() -> None:
    """Two answers of weight 3 and two of weight 1: (8)^2 / 20 = 3.2 answers' worth."""
    heavy, light = tally("csat-1-5", 5, 5, weight=3.0), tally("csat-1-5", 1, 1)
    result = score("csat", "csat-1-5", heavy + light)
    assert result.value == pytest.approx(50.0)
    assert result.weighted_value == pytest.approx(75.0)
    assert result.n_eff == pytest.approx(3.2)
    band = wilson(0.75 * 3.2, 3.2)
    assert band is not None
    assert (result.weighted_lower, result.weighted_upper) == pytest.approx((100 * band[0], 100 * band[1]))


def test_equal_weights_change_nothing() -> None:
    plain = score("nps", "nps-0-10", tally("nps-0-10", 10, 9, 3, 8))
    doubled = score("nps", "nps-0-10", tally("nps-0-10", 10, 9, 3, 8, weight=2.0))
    assert doubled.weighted_value == pytest.approx(plain.value)
    assert (doubled.weighted_lower, doubled.weighted_upper) == pytest.approx((plain.lower, plain.upper))


@pytest.mark.parametrize(("top", "neutral", "bad", "points"), [(78, 0, 22, 56.0), (60, 15, 25, 35.0)])
def test_net_experience_is_positive_minus_negative(top: int, neutral: int, bad: int, points: float) -> None:
    assert net_experience(Tally(n=top + neutral + bad, top=top, neutral=neutral, bad=bad)) == points
    assert net_experience(Tally()) is None


def test_counts_below_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="negative answer count"):
        score("csat", "csat-1-5", Tally(n=-1, top=-1))


SCALE_AND_METRIC = st.sampled_from(
    [("csat", "csat-1-5"), ("csat", "csat-1-10"), ("ces", "ces-agreement-1-7"), ("nps", "nps-0-10")]
)


@given(which=SCALE_AND_METRIC, data=st.data(), cut=st.integers(0, 30))
def test_splitting_a_window_keeps_every_number(which: tuple[str, str], data: st.DataObject, cut: int) -> None:
    metric, scale_id = which
    scale = SCALES[scale_id]
    answers = data.draw(st.lists(st.integers(scale.low, scale.high), max_size=30))
    whole = score(metric, scale_id, tally(scale_id, *answers))
    parts = add_up([tally(scale_id, *answers[:cut]), tally(scale_id, *answers[cut:])])
    assert score(metric, scale_id, parts) == whole


@given(which=SCALE_AND_METRIC, data=st.data())
def test_value_lies_inside_its_interval_and_boxes_add_up(which: tuple[str, str], data: st.DataObject) -> None:
    metric, scale_id = which
    scale = SCALES[scale_id]
    answers = data.draw(st.lists(st.integers(scale.low, scale.high), min_size=2, max_size=60))
    counted = tally(scale_id, *answers)
    result = score(metric, scale_id, counted)
    assert counted.top + counted.neutral + counted.bad == counted.n == len(answers)
    assert result.value is not None
    assert result.lower is not None
    assert result.upper is not None
    if metric == "nps":  # the three answers added pull the middle of the band towards zero
        assert result.lower <= result.upper
    else:
        assert result.lower - 1e-9 <= result.value <= result.upper + 1e-9
