"""The threshold of a CUSUM follows from false pages a month and traffic."""

from __future__ import annotations

import random

import pytest

from streams.pure.alerting.chart import (
    LEAST_ANSWERS,
    answers_per_page,
    drift,
    run_length,
    threshold_for,
    weights,
    widened,
    worse_share,
)  # fmt: skip


@pytest.mark.parametrize(
    ("share", "worse", "threshold", "false_every", "found_after"),
    [
        (0.05, 0.15, 4.5, 2_700, 57), (0.10, 0.20, 4.5, 3_200, 86),
        (0.10, 0.20, 5.5, 8_700, 110), (0.15, 0.30, 4.5, 1_950, 53),
    ],
)  # fmt: skip
def test_run_lengths_are_those_known_from_simulation(
    share: float, worse: float, threshold: float, false_every: int, found_after: int
) -> None:
    odds = worse / (1 - worse) / (share / (1 - share))
    assert run_length(share, odds, threshold) == pytest.approx(false_every, rel=0.05)
    assert run_length(share, odds, threshold, truth=worse) == pytest.approx(found_after, rel=0.05)


def test_a_simulated_chart_pages_as_often_as_the_chain_says() -> None:
    """The chain cuts the evidence into steps; plain draws do not."""
    up, down = weights(0.10, 2.25)
    rnd, runs = random.Random(1), []
    for _ in range(150):
        evidence, answers = 0.0, 0
        while evidence < 3.0:
            evidence = max(0.0, evidence + (up if rnd.random() < 0.10 else down))
            answers += 1
        runs.append(answers)
    assert sum(runs) / len(runs) == pytest.approx(run_length(0.10, 2.25, 3.0), rel=0.25)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.4])
@pytest.mark.parametrize("answers", [1_000, 5_000, 45_000, 1_000_000, 50_000_000])
def test_a_threshold_leads_back_to_the_answers_it_was_made_for(share: float, answers: float) -> None:
    assert answers_per_page(threshold_for(answers, share, 2.25), share, 2.25) == pytest.approx(answers, rel=1e-6)


def test_more_traffic_asks_for_more_evidence_and_a_doubtful_baseline_too() -> None:
    assert threshold_for(1_000_000, 0.1, 2.25) > threshold_for(5_000, 0.1, 2.25) > 0
    sure, doubtful = (widened(5.0, share=0.1, odds=2.25, answers=n) for n in (1_000_000, 500))
    assert 5.0 < sure < 5.01 < doubtful <= 12.5


def test_a_channel_of_few_answers_never_pages_on_two_bad_ones() -> None:
    assert threshold_for(10, 0.1, 2.25) == threshold_for(LEAST_ANSWERS, 0.1, 2.25)
    assert threshold_for(10, 0.1, 2.25) > 3 * weights(0.1, 2.25)[0]


def test_odds_of_two_and_a_quarter_are_ten_to_twenty_per_cent() -> None:
    assert worse_share(0.10, 2.25) == pytest.approx(0.20)
    assert drift(0.10, 2.25) == pytest.approx(0.0444, abs=1e-4)
