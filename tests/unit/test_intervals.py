"""Intervals: worked by hand, held to the literature, and honest at the edges."""

from __future__ import annotations

from itertools import product
from math import comb, sqrt

import pytest

from streams.pure.intervals import T_QUANTILES, adjusted_wald, mean_interval, student_t, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low_pct", "high_pct"),
    [(4, 5, 38, 96), (8, 10, 49, 94), (80, 100, 71, 87), (960, 1200, 78, 82)],
)
def test_wilson_gives_the_published_examples(hits: int, n: int, low_pct: int, high_pct: int) -> None:
    band = wilson(hits, n)
    assert band is not None
    assert (round(100 * band[0]), round(100 * band[1])) == (low_pct, high_pct)


def test_wilson_stays_inside_and_open_where_all_agree() -> None:
    """Five of five is no proof of perfection: the interval must reach below 100 % and never above."""
    all_good, all_bad = wilson(5, 5), wilson(0, 5)
    assert all_good is not None
    assert all_bad is not None
    assert all_good[1] == 1.0
    assert 0.5 < all_good[0] < 0.6
    assert all_bad[0] == 0.0


def test_nobody_answered_means_no_interval() -> None:
    assert wilson(0, 0) is None
    assert adjusted_wald(0, 0, 0) is None
    assert mean_interval(3.0, 0.0, 0) is None
    assert mean_interval(3.0, 0.0, 1) is None


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="6 hits of 5"):
        wilson(6, 5)
    with pytest.raises(ValueError, match="of 5 answers"):
        adjusted_wald(4, 2, 5)


def samples(n: int, p: float, d: float) -> list[tuple[float, int, int]]:
    """All outcomes of n answers with their chances: (chance, promoters, detractors)."""
    return [
        (
            comb(n, promoters) * comb(n - promoters, detractors)
            * p**promoters * d**detractors * (1 - p - d) ** (n - promoters - detractors),
            promoters,
            detractors,
        )
        for promoters, detractors in product(range(n + 1), repeat=2)
        if promoters + detractors <= n
    ]  # fmt: skip


@pytest.mark.parametrize(("p", "d", "coverage", "half_points"), [(0.5, 0.2, 0.962, 41), (0.9, 0.02, 0.930, 32)])
def test_adjusted_wald_covers_the_truth_as_published(p: float, d: float, coverage: float, half_points: int) -> None:
    """Exact enumeration at n = 10: the plain error bar would cover only 0.896 and 0.649."""
    covered = half = 0.0
    for chance, promoters, detractors in samples(10, p, d):
        band = adjusted_wald(promoters, detractors, 10)
        assert band is not None
        covered += chance * (band[0] <= p - d <= band[1])
        half += chance * (band[1] - band[0]) / 2
    assert covered == pytest.approx(coverage, abs=0.002)
    # Published before the cut to what points allow, hence not wider.
    assert 100 * half <= half_points + 0.5


def test_student_t_agrees_with_scipy() -> None:
    stats = pytest.importorskip("scipy.stats", reason="SciPy is absent: t quantiles are not held to it")
    for degrees in [*range(1, 200), 1_000, 50_000]:
        assert student_t(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), abs=2e-6)


def test_student_t_falls_towards_the_normal_quantile_without_a_step() -> None:
    values = [student_t(degrees) for degrees in range(1, 500)]
    assert values == sorted(values, reverse=True)
    assert values[len(T_QUANTILES) - 1] - values[len(T_QUANTILES)] < 0.005
    with pytest.raises(ValueError, match="at least one degree"):
        student_t(0.5)


def test_a_mean_interval_is_t_times_standard_error() -> None:
    """Answers 1, 2, 3, 4, 5: mean 3, s^2 = 2.5, t(4) = 2.776."""
    band = mean_interval(3.0, 2.5, 5)
    assert band is not None
    half = 2.776445105 * sqrt(2.5 / 5)
    assert band == pytest.approx((3 - half, 3 + half))
