"""Gap to the ideal = experience - ideal.

Why the ideal comes from a file: it is management's decision ("as it is, but 10 for the key experience"), never a
customer's answer. Customers always want 10 of everything; a firm can not pay for that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from streams.pure.method.delta import Delta
from streams.pure.method.evidence import Estimate, difference, exactly

Ideal = int | Literal["as_it_is"]
"""1..10, or content with what is: the gap is then 0, wherever the experience is known."""


@dataclass(frozen=True, slots=True)
class Gap:
    """How far one aspect is from what management wants.

    Attributes:
        ideal: 1..10; None where nothing was decided, or where it is to stay as it is and nobody knows how it is.
        gap: experience - ideal, below 0: not there yet.
    """

    aspect: str
    ideal: float | None
    gap: Estimate

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        return {"aspect": self.aspect, "ideal": self.ideal, **self.gap.columns("gap")}


def gaps(aspects: Sequence[Delta], ideals: Mapping[Any, Ideal]) -> tuple[Gap, ...]:
    """The gap of each aspect.

    Args:
        aspects: as measured.
        ideals: by aspect, from the target file (`targets.ideal` of the catalogue).
    """
    return tuple(_gap(one, ideals.get(one.aspect)) for one in aspects)


def _gap(one: Delta, wanted: Ideal | None) -> Gap:
    if wanted == "as_it_is":
        now = one.experience.value
        same = Estimate(0.0, 0.0, 0.0, one.experience.n) if now is not None else Estimate()
        return Gap(one.aspect, now, same)
    ideal = None if wanted is None else float(wanted)
    return Gap(one.aspect, ideal, difference(one.experience, exactly(ideal, one.experience.n)))
