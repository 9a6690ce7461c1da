"""Mix or rate: whether a share moved because something got worse, or because other customers came.

change = sum w0 (r1 - r0)   rate: the parts themselves got worse
       + sum (w1 - w0) r0   mix: more answers from weak parts
       + sum (w1 - w0)(r1 - r0)   both at once

Source: E. Kitagawa, "Components of a difference between two rates", JASA 50 (1955).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Parts = Mapping[str, tuple[float, float]]
"""By stratum: (answers, bad ones)."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a share, in points -100..100, and what it is made of; rate + mix + both = total."""

    total: float
    rate: float
    mix: float
    both: float

    @property
    def verdict(self) -> str:
        """`rate`, `mix`, or `both` where neither makes up two thirds of the change."""
        if abs(self.total) < 1e-9:
            return "both"
        if self.rate / self.total >= 2 / 3:
            return "rate"
        return "mix" if self.mix / self.total >= 2 / 3 else "both"


def change(before: Parts, now: Parts) -> Change | None:
    """What a change of the bad share is made of; None if nobody answered before or now.

    A part that nobody answered in before is taken as bad as the rest was then: its coming is neither mix nor rate.
    """
    n0, n1 = sum(n for n, _ in before.values()), sum(n for n, _ in now.values())
    if not n0 or not n1:
        return None
    usual = sum(bad for _, bad in before.values()) / n0
    rate = mix = both = 0.0
    for name in sorted({*before, *now}):
        seen0, bad0 = before.get(name, (0.0, 0.0))
        seen1, bad1 = now.get(name, (0.0, 0.0))
        w0, w1 = seen0 / n0, seen1 / n1
        r0 = bad0 / seen0 if seen0 else usual
        r1 = bad1 / seen1 if seen1 else r0
        rate += w0 * (r1 - r0)
        mix += (w1 - w0) * r0
        both += (w1 - w0) * (r1 - r0)
    return Change(100 * (rate + mix + both), 100 * rate, 100 * mix, 100 * both)
