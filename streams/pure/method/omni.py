"""Omni-channel consistency: one touchpoint over channels, and the odd one out.

Why: the same thing must feel the same on every channel, and customers do not see departments. So each channel is
held against all the others together, and the one that differs most, beyond chance, is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streams.pure.method.evidence import Estimate, beyond_chance, difference, net
from streams.pure.scores import Tally, add_up


@dataclass(frozen=True, slots=True)
class Fit:
    """One channel at one touchpoint.

    Attributes:
        net: net experience there. apart: it minus that of all other channels there, in points.
        odd: whether it is the odd one out: of those that differ beyond chance the farthest; of two channels that
            differ from each other, the worse.
    """

    touchpoint: str
    channel: str
    net: Estimate
    apart: Estimate
    odd: bool

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        columns = {**self.net.columns("net"), **self.apart.columns("apart")}
        return {"touchpoint": self.touchpoint, "channel": self.channel, **columns, "odd": int(self.odd)}


def fits(cells: Mapping[tuple[str, str], Tally]) -> tuple[Fit, ...]:
    """Every channel at every touchpoint, by name.

    Args:
        cells: answers to csat, ces and nps by (touchpoint, channel); without a touchpoint they are left out.
    """
    touchpoints = sorted({touchpoint for touchpoint, _ in cells if touchpoint})
    return tuple(
        fit
        for touchpoint in touchpoints
        for fit in _at(touchpoint, {channel: tally for (name, channel), tally in cells.items() if name == touchpoint})
    )


def _at(touchpoint: str, channels: Mapping[str, Tally]) -> list[Fit]:
    found = []
    for channel, tally in sorted(channels.items()):
        if tally.n:
            others = add_up(other for name, other in channels.items() if name != channel)
            found.append((channel, net(tally), difference(net(tally), net(others))))
    differing = [(channel, apart) for channel, _, apart in found if beyond_chance(apart)]
    odd = min(differing, key=lambda one: (-abs(one[1].value or 0), one[1].value or 0, one[0]), default=("", None))[0]
    return [Fit(touchpoint, channel, here, apart, bool(odd) and channel == odd) for channel, here, apart in found]
