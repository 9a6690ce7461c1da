"""Weighted scores: who answers more does not count more, and what nobody said is not made up."""

from __future__ import annotations

import pytest

from schemas.scales import SCALES
from streams.pure.method.segments import whole
from streams.pure.scores import MICRO, Tally, score
from tests.kit.method import points


def share(good: int, bad: int) -> Tally:
    """Answers on csat-1-5."""
    return points("csat-1-5", *[5] * good, *[1] * bad)


def test_each_segment_counts_its_weight_whoever_answers() -> None:
    """Loyal 90 of 100, new 5 of 20; weighted half and half: (90 + 25) / 2; worth (1)^2 / (1/400 + 1/80) = 66.7."""
    found = whole({"loyal": share(90, 10), "new": share(5, 15)}, {"loyal": 1, "new": 1}, "csat", "csat-1-5")
    assert found.plain.value == pytest.approx(100 * 95 / 120)
    assert found.weighted.value == pytest.approx(57.5)
    assert found.n_eff == pytest.approx(4 / (1 / 100 + 1 / 20))
    assert found.weighted.n == 66


def test_the_interval_is_that_of_weighted_answers() -> None:
    """The same as from the weights of single answers, which the stream's own weighted score uses."""
    tallies = {"a": points("nps-0-10", *[10] * 40, *[3] * 10), "b": points("nps-0-10", *[8] * 5, *[0] * 15)}
    found = whole(tallies, {"a": 0.5, "b": 0.5}, "nps", "nps-0-10")
    # One answer of a weighs 1, one of b 2.5.
    rows = [(10, 40, 40.0, 40.0), (3, 10, 10.0, 10.0), (8, 5, 12.5, 31.25), (0, 15, 37.5, 93.75)]
    bins = [(at, n, round(w * MICRO), round(w2 * MICRO)) for at, n, w, w2 in rows]
    wanted = score("nps", "nps-0-10", Tally.of(SCALES["nps-0-10"], bins))
    assert (found.weighted.value, found.weighted.lower, found.weighted.upper) == pytest.approx(
        (wanted.weighted_value, wanted.weighted_lower, wanted.weighted_upper)
    )


def test_a_segment_nobody_heard_is_named_and_not_made_up() -> None:
    """The others keep their ratio, and the reader sees how much of the weights is covered."""
    found = whole({"a": share(1, 1), "": share(7, 0)}, {"a": 3, "b": 1}, "csat", "csat-1-5")
    assert (found.weighted.value, found.covered, found.missing) == (50.0, 0.75, ("b",))
    assert (found.plain.n, found.unweighted_n) == (9, 7)


@pytest.mark.parametrize(
    ("weights", "why"),
    [({}, "no weights in the target file"), ({"b": 1.0}, "no answers of a weighted segment")],
)
def test_without_weights_there_is_no_weighted_score_but_a_reason(weights: dict[str, float], why: str) -> None:
    found = whole({"a": share(1, 1)}, weights, "csat", "csat-1-5")
    assert (found.weighted.value, found.weighted.reason) == (None, why)
