"""Where expectations come from: word of mouth, promotion, values, situation, and earlier experience.

Why it matters: satisfaction can be lost to a promise as well as to a deed. An expectation that our own advertising
raised is ours to lower.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from schemas.common import ExpectationSource
from streams.pure.method.evidence import Estimate, rating, share
from streams.pure.scores import Tally, add_up

SOURCES: tuple[str, ...] = get_args(ExpectationSource)


@dataclass(frozen=True, slots=True)
class Source:
    """One source of expectations.

    Attributes:
        part: share of the expectations with a known source that come from here, 0..1.
        height: mean expectation that comes from here, 1..10: who raises it highest?
    """

    source: str
    part: Estimate
    height: Estimate

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        return {"source": self.source, **self.part.columns("part"), **self.height.columns("height")}


def sources(expectations: Mapping[str, Tally]) -> tuple[Source, ...]:
    """All six sources, in the order of the contract.

    Args:
        expectations: customers' expectations (1..10) by source; '' holds those who did not say where from, which
            are no part of any share.
    """
    known = add_up(tally for source, tally in expectations.items() if source).n
    return tuple(
        Source(source, share(tally.n, known), rating(tally))
        for source in SOURCES
        for tally in (expectations.get(source, Tally()),)
    )
