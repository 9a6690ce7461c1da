"""Intervals: how far a number may be from the truth, given how many answered.

Why a module of its own: every score on every screen carries one, and the SQL of the boards has twins of
these functions. Plain arithmetic on counts, so that anyone can check a band by hand.

All functions answer for 95 %. Shares are 0..1 here; scores.py turns them into percent and points.
"""

from __future__ import annotations

from math import sqrt

Z = 1.96
"""Two-sided 95 % quantile of the normal distribution, as the sources of the formulas round it."""

T_QUANTILES = (
    12.706204736, 4.302652730, 3.182446305, 2.776445105, 2.570581836, 2.446911851, 2.364624252, 2.306004135,
    2.262157163, 2.228138852, 2.200985160, 2.178812830, 2.160368656, 2.144786688, 2.131449546, 2.119905299,
    2.109815578, 2.100922040, 2.093024054, 2.085963447, 2.079613845, 2.073873068, 2.068657610, 2.063898562,
    2.059538553, 2.055529439, 2.051830516, 2.048407142, 2.045229642, 2.042272456,
)  # fmt: skip
"""Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom; a test holds them to SciPy's."""


def wilson(hits: float, n: float) -> tuple[float, float] | None:
    """Interval of a share.

    Args:
        hits: answers in the box, 0 <= hits <= n. Weighted data: share times effective n.
        n: answers, or Kish's effective n for weighted ones (not rounded).
    Returns:
        (lower, upper), both in [0, 1]; None if nobody answered.
    Raises:
        ValueError: hits outside [0, n].
    Source: E. B. Wilson, "Probable inference", JASA 22 (1927).
    """
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} hits of {n} answers")
    if n == 0:
        return None
    share, z2 = hits / n, Z * Z
    scale = 1 + z2 / n
    centre = (share + z2 / (2 * n)) / scale
    half = Z / scale * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def adjusted_wald(promoters: float, detractors: float, n: float) -> tuple[float, float] | None:
    """Interval of the difference promoters - detractors, as shares.

    The plain error bar has zero width when all agree; three answers added (3/4, 3/2, 3/4) mend that.

    Args:
        promoters, detractors: answers in the outer boxes, each >= 0, together <= n.
        n: answers, or effective n.
    Returns:
        (lower, upper), cut to [-1, 1]; None if nobody answered.
    Raises:
        ValueError: the boxes hold more than n, or less than none.
    Source: B. Rocks, "Interval estimation for the Net Promoter Score", The American Statistician 70 (2016).
    """
    # A weighted n is a quotient: its boxes may overshoot it by a rounding error.
    if min(promoters, detractors) < 0 or promoters + detractors > n * (1 + 1e-9):
        raise ValueError(f"{promoters} promoters and {detractors} detractors of {n} answers")
    if n == 0:
        return None
    n_adjusted = n + 3
    p, d = (promoters + 0.75) / n_adjusted, (detractors + 0.75) / n_adjusted
    difference = p - d
    half = Z * sqrt((p + d - difference * difference) / n_adjusted)
    return max(-1.0, difference - half), min(1.0, difference + half)


def student_t(degrees: float) -> float:
    """Two-sided 95 % quantile of Student's t.

    Args:
        degrees: degrees of freedom, >= 1; a fraction (weighted data) takes the next lower whole number
            up to 30.
    Returns:
        The quantile; beyond 30 degrees a four-term expansion, right to six digits.
    Raises:
        ValueError: less than one degree.
    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5.
    """
    if degrees < 1:
        raise ValueError(f"Student's t needs at least one degree of freedom, got {degrees}")
    if degrees <= len(T_QUANTILES):
        return T_QUANTILES[int(degrees) - 1]
    z = 1.959963984540054
    return (
        z
        + (z**3 + z) / (4 * degrees)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * degrees**3)
    )


def mean_interval(mean: float, variance: float, n: float) -> tuple[float, float] | None:
    """Interval of a mean: mean +/- t(n - 1) s / sqrt(n).

    Args:
        mean: of the answers, in scale points.
        variance: sample variance (divided by n - 1), >= 0.
        n: answers, or effective n.
    Returns:
        (lower, upper) in scale points; None for fewer than two answers: one answer says nothing of spread.
    """
    if n < 2:
        return None
    half = student_t(n - 1) * sqrt(max(0.0, variance) / n)
    return mean - half, mean + half
