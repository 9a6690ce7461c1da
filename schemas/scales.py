"""The scales answers are given on, as declared data.

Why a module of its own: which answers count as good and which as bad is a decision, not code. It
stands here once; the counting, the SQL and the boards read it from here. A scale carries its
direction, so that an effort of 5 can never be pooled with an ease of 5.

Units: a *bin* is a whole number, the position of one answer on its scale. Boxes are closed ranges
of bins and partition the scale: top (good), bad, and whatever is between them (neutral).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

TOP, NEUTRAL, BAD = 1, 0, -1

WAIT_BOUNDS_S = (0, 10, 20, 30, 60, 120, 180, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 86_400)
"""Lower bounds of the waiting-time bins in seconds: bin i is [bound i, bound i+1), the last is open."""


@dataclass(frozen=True)
class Scale:
    """One way of answering, with its direction and its boxes."""

    id: str
    """Name that travels with each answer; a changed scale gets a new id."""
    low: int
    """Lowest bin."""
    high: int
    """Highest bin."""
    higher_is_better: bool
    """Direction: of two means on this scale, is the higher one the better?"""
    top: tuple[int, int] | None
    """First and last bin of the top box; None: no answer on this scale is good in itself."""
    bad: tuple[int, int] | None
    """First and last bin of the bad box; None: no answer on this scale is bad in itself."""
    meaning: str
    """What the ends mean, in words, for people who read a board."""

    def box(self, bin: int) -> int:
        """Which box an answer falls in.

        Args:
            bin: position on the scale, low..high.
        Returns:
            1 top, 0 neutral, -1 bad.
        Raises:
            ValueError: the bin is off the scale.
        """
        if not self.low <= bin <= self.high:
            raise ValueError(f"{bin} is off the scale {self.id} ({self.low}..{self.high})")
        if self.top is not None and self.top[0] <= bin <= self.top[1]:
            return TOP
        if self.bad is not None and self.bad[0] <= bin <= self.bad[1]:
            return BAD
        return NEUTRAL

    @property
    def mean_range(self) -> tuple[float, float]:
        """Lowest and highest mean of bins that is possible on this scale."""
        return float(self.low), float(self.high)


def wait_bin(wait_s: float) -> int:
    """Bin of a waiting time on the scale `wait-s`.

    Args:
        wait_s: seconds, finite and >= 0.
    Returns:
        Index into WAIT_BOUNDS_S of the last bound that is not above `wait_s`.
    Raises:
        ValueError: the time is negative.
    """
    if wait_s < 0:
        raise ValueError(f"a wait of {wait_s} s is negative")
    return bisect_right(WAIT_BOUNDS_S, wait_s) - 1


_LAST_WAIT = len(WAIT_BOUNDS_S) - 1

SCALES: dict[str, Scale] = {
    scale.id: scale
    for scale in (
        Scale("csat-1-5", 1, 5, True, (4, 5), (1, 2), "1 very dissatisfied to 5 very satisfied"),
        Scale("csat-1-7", 1, 7, True, (6, 7), (1, 2), "1 very dissatisfied to 7 very satisfied"),
        Scale("csat-1-10", 1, 10, True, (9, 10), (1, 4), "1 very dissatisfied to 10 very satisfied"),
        # CES 1.0: Dixon, Freeman, Toman, HBR July-August 2010: less effort is better.
        Scale("ces-effort-1-5", 1, 5, False, (1, 2), (4, 5), "1 very low effort to 5 very high effort"),
        # CES 2.0: CEB 2013: agreement that the company made it easy.
        Scale(
            "ces-agreement-1-7",
            1,
            7,
            True,
            (5, 7),
            (1, 3),
            "1 strongly disagree to 7 strongly agree it was easy",
        ),
        Scale("ces-ease-1-5", 1, 5, True, (4, 5), (1, 2), "1 difficult to 5 easy"),
        # F. Reichheld, "The One Number You Need to Grow", HBR, December 2003.
        Scale("nps-0-10", 0, 10, True, (9, 10), (0, 6), "0 not at all likely to 10 very likely to recommend"),
        Scale("rating-1-10", 1, 10, True, (9, 10), (1, 4), "1 lowest to 10 highest"),
        Scale("trust-1-10", 1, 10, True, (9, 10), (1, 4), "1 no trust to 10 full trust"),
        # Hundredths, so that sums stay whole numbers. Boxes are the outer thirds.
        Scale(
            "emotion-valence",
            -100,
            100,
            True,
            (34, 100),
            (-100, -34),
            "-100 very unpleasant to 100 very pleasant",
        ),
        # A complaint can still be answered, silence can not: only a grave one is bad in itself.
        Scale("severity-1-3", 1, 3, False, None, (3, 3), "1 slight, 2 serious, 3 grave"),
        Scale("yes-no", 0, 1, True, (1, 1), (0, 0), "0 no, 1 yes"),
        # Only counted: neither good nor bad.
        Scale("count", 1, 1, True, None, None, "1 for each"),
        # Good below a minute, bad from five minutes on.
        Scale(
            "wait-s",
            0,
            _LAST_WAIT,
            False,
            (0, wait_bin(59)),
            (wait_bin(300), _LAST_WAIT),
            "bins of WAIT_BOUNDS_S",
        ),
    )
}
"""Every scale an answer can be on, by id."""
