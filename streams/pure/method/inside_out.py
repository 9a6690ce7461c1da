"""Inside-out gap: what we think of ourselves minus what customers say.

Why kept apart by respondent: the articles cite 80 % of firms who call their experience superior, against 8 % of
their customers. Pooled, the flattery would hide in the mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streams.pure.method.delta import ASPECTS, Ratings
from streams.pure.method.evidence import Estimate, difference, rating, share
from streams.pure.scores import Tally

OURSELVES = ("employee", "manager")
"""Respondents who speak for us, each compared by itself."""


@dataclass(frozen=True, slots=True)
class InsideOut:
    """One aspect, as one group of ours sees it and as customers do.

    Attributes:
        respondent: employee or manager.
        ours, theirs, gap: mean experience 1..10, and ours - theirs.
        ours_top, theirs_top, gap_top: share who rate it 9 or 10 (superior), and the difference, -1..1.
    """

    aspect: str
    respondent: str
    ours: Estimate
    theirs: Estimate
    gap: Estimate
    ours_top: Estimate
    theirs_top: Estimate
    gap_top: Estimate

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        found: dict[str, Any] = {"aspect": self.aspect, "respondent": self.respondent}
        for name in ("ours", "theirs", "gap", "ours_top", "theirs_top", "gap_top"):
            found |= getattr(self, name).columns(name)
        return found


def inside_out(by_respondent: Mapping[str, Ratings]) -> tuple[InsideOut, ...]:
    """The gap for each aspect and each group of ours.

    Args:
        by_respondent: ratings of `customer`, `employee` and `manager`; a group left out was not asked.
    Returns:
        By aspect in the order of the contract, then employee before manager; unknown where either side is.
    """
    customers = by_respondent.get("customer", {})
    return tuple(
        _compare(aspect, group, by_respondent.get(group, {}), customers) for aspect in ASPECTS for group in OURSELVES
    )


def _compare(aspect: str, group: str, ours: Ratings, theirs: Ratings) -> InsideOut:
    key = ("experience", aspect)
    we, they = ours.get(key, Tally()), theirs.get(key, Tally())
    means = rating(we), rating(they)
    tops = share(we.top, we.n), share(they.top, they.n)
    return InsideOut(aspect, group, *means, difference(*means), *tops, difference(*tops))
