"""Brand value: why customers come, in the reason they give on visits and purchases.

Why asked and not derived from importance: what people call important and what brings them through the door differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streams.pure.method.delta import ASPECTS
from streams.pure.method.evidence import Estimate, share


@dataclass(frozen=True, slots=True)
class Reason:
    """One aspect. part: share of the visits and purchases with a reason given that name it, 0..1."""

    aspect: str
    part: Estimate

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        return {"aspect": self.aspect, **self.part.columns("part")}


def reasons(given: Mapping[str, int]) -> tuple[Reason, ...]:
    """Every aspect, in the order of the contract.

    Args:
        given: visits and purchases by reason; '' holds those without one, which are no part of any share.
    """
    n = sum(count for aspect, count in given.items() if aspect)
    return tuple(Reason(aspect, share(given.get(aspect, 0), n)) for aspect in ASPECTS)
