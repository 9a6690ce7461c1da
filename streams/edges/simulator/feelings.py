"""From how a person feels to the answer they give.

A feeling is one number, standard normal over all customers and higher for better. Each scale cuts it into
answers; the cuts come from declared shares, so that the usual share of bad answers is known beforehand
and a scripted drop of so many points is really that large.
"""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate
from statistics import NormalDist

_NORMAL = NormalDist()

USUAL_BAD_SHARE = 0.08
"""Share of bad answers where nothing pulls either way, on every scale but NPS (about 0.22 detractors)."""

# Share of each answer, worst first, where the feeling is standard normal.
_SHARES: dict[str, tuple[float, ...]] = {
    "csat-1-5": (0.03, 0.05, 0.14, 0.39, 0.39),
    "csat-1-7": (0.03, 0.05, 0.05, 0.09, 0.15, 0.33, 0.30),
    "csat-1-10": (0.01, 0.01, 0.02, 0.04, 0.04, 0.06, 0.13, 0.20, 0.25, 0.24),
    "ces-effort-1-5": (0.03, 0.05, 0.16, 0.36, 0.40),
    "ces-agreement-1-7": (0.02, 0.02, 0.04, 0.11, 0.22, 0.31, 0.28),
    "ces-ease-1-5": (0.03, 0.05, 0.15, 0.39, 0.38),
    "nps-0-10": (0.01, 0.01, 0.01, 0.02, 0.02, 0.07, 0.08, 0.16, 0.22, 0.20, 0.20),
    "rating-1-10": (0.01, 0.01, 0.02, 0.04, 0.06, 0.10, 0.22, 0.28, 0.17, 0.09),
}
_LOWEST = {"nps-0-10": 0}
_REVERSED = {"ces-effort-1-5"}  # the worst answer is the highest number


def _cuts(shares: tuple[float, ...]) -> list[float]:
    return [_NORMAL.inv_cdf(share) for share in list(accumulate(shares))[:-1]]


_CUTS = {scale: _cuts(shares) for scale, shares in _SHARES.items()}


def answer(scale: str, feeling: float) -> int:
    """The number a customer who feels so ticks on a scale.

    Args:
        scale: one of the ids above; `csat-1-5` and so on.
        feeling: 0 is the usual, 1 a standard deviation better.
    """
    step = bisect(_CUTS[scale], feeling)
    if scale in _REVERSED:
        return len(_SHARES[scale]) - step
    return _LOWEST.get(scale, 1) + step


def is_bad(feeling: float) -> bool:
    """Whether the answer falls into the bad box of every scale but NPS."""
    return feeling < _BAD_BELOW


_BAD_BELOW = _NORMAL.inv_cdf(USUAL_BAD_SHARE)


def pull(bad_share: float) -> float:
    """How much better (above 0) or worse (below 0) all must feel so that this share answers badly.

    Args:
        bad_share: within (0, 1); `USUAL_BAD_SHARE` gives 0.
    """
    return _BAD_BELOW - _NORMAL.inv_cdf(bad_share)
