"""Answers that people do not give: a point of a scale nobody ever uses, or always the same one.

Why: an app that sends the index of a button instead of its value never sends the highest point, and nothing else
about its answers looks wrong. A till whose screen is stuck sends one value for ever. Both are the sender's
mistake, and both move the score.

The rule needs no other sender to compare with. Shares of neighbouring points differ, but not without bound: of
people who use both neighbours often, some use the point between. With LEAST_BETWEEN answers on each side and a
third of that expected, none by chance happens once in a million times (e^-14); at an end of the scale, where
shares fall faster, a tenth of the neighbour's is expected.
"""

from __future__ import annotations

from collections.abc import Mapping

LEAST_BETWEEN = 42
"""Answers on both neighbours of an unused point: a third of them is 14."""
LEAST_BESIDE_END = 140
"""Answers on the one neighbour of an unused end: a tenth of them is 14."""
LEAST_ALIKE = 100
"""Equal answers without any other."""
MOST_POINTS = 11
"""Longer scales are measured, not ticked: gaps in them mean nothing."""


def unused_points(counts: Mapping[int, int], low: int, high: int) -> list[int]:
    """Points of a scale that are missing beyond chance.

    Args:
        counts: answers by point, >= 0; points without answers may be left out.
        low, high: ends of the scale, both included.
    Returns:
        The points in order; [] where nothing is odd, or too few answered to say.
    """
    if not 2 < high - low + 1 <= MOST_POINTS:
        return []
    n = [counts.get(point, 0) for point in range(low, high + 1)]
    last = len(n) - 1

    def odd(place: int) -> bool:
        if n[place]:
            return False
        if 0 < place < last:
            return min(n[place - 1], n[place + 1]) >= LEAST_BETWEEN
        return n[1 if place == 0 else last - 1] >= LEAST_BESIDE_END

    return [low + place for place in range(len(n)) if odd(place)]


def only_point(counts: Mapping[int, int]) -> int | None:
    """The point that all answers are, where there are at least LEAST_ALIKE; else None."""
    used = [(point, n) for point, n in counts.items() if n]
    return used[0][0] if len(used) == 1 and used[0][1] >= LEAST_ALIKE else None
