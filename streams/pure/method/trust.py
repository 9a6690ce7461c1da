"""Trust in its parts: integrity, ability, affinity and consistency, as asked on 1-10; and trust against liking.

Why a quadrant: people buy from whom they trust rather than from whom they like (the articles cite 67 %). A channel
that is liked and not trusted looks well on every smile survey, and sells less.

Liking is the asked affinity; trust, against it, the mean of the other three parts. Those who answer one part mostly
answer all, so the parts are taken as moving together: the ends of their intervals are averaged, which is the widest
the interval can be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streams.pure.method.evidence import FEW, Estimate, mean
from streams.pure.scores import Tally

PARTS = ("integrity", "ability", "affinity", "consistency")
TRUSTED_BY = ("integrity", "ability", "consistency")
MIDDLE = 5.5
"""Middle of 1..10: what divides the quadrant."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What one group of answers says of trust.

    Attributes:
        parts: mean of each of PARTS, 1..10.
        trust: mean of TRUSTED_BY, 1..10; unknown unless all three are known.
        quadrant: in words; 'unclear' where an interval reaches over the middle or answers are few.
    """

    parts: Mapping[str, Estimate]
    trust: Estimate
    quadrant: str

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        found: dict[str, Any] = {}
        for name, part in self.parts.items():
            found |= part.columns(name)
        return {**found, **self.trust.columns("trust"), "quadrant": self.quadrant}


def trust(answers: Mapping[str, Tally]) -> Trust:
    """Trust of one channel, or of all.

    Args:
        answers: customers' answers by part, on trust-1-10.
    """
    parts = {part: mean("trust-1-10", answers.get(part, Tally())) for part in PARTS}
    whole = _average([parts[name] for name in TRUSTED_BY])
    return Trust(parts, whole, _quadrant(whole, parts["affinity"]))


def _average(parts: list[Estimate]) -> Estimate:
    def middle(ends: list[float | None]) -> float | None:
        known = [end for end in ends if end is not None]
        return sum(known) / len(known) if len(known) == len(ends) else None

    n = min(part.n for part in parts)
    value = middle([part.value for part in parts])
    if value is None:
        return Estimate()
    return Estimate(value, middle([part.lower for part in parts]), middle([part.upper for part in parts]), n)


def _quadrant(trusted: Estimate, liked: Estimate) -> str:
    sides = [_side(trusted), _side(liked)]
    if 0 in sides:
        return "unclear"
    return f"{'trusted' if sides[0] > 0 else 'not trusted'}, {'liked' if sides[1] > 0 else 'not liked'}"


def _side(one: Estimate) -> int:
    if one.lower is None or one.upper is None or one.n < FEW:
        return 0
    return 1 if one.lower > MIDDLE else -1 if one.upper < MIDDLE else 0
