"""Many series under one rule: which of them may page, and which pages are one.

Why a module of its own: of five hundred stores the worst always looks bad. What a rule promises (so many false pages
a month) holds for all of its series together: the smallest chances page, up to the largest k with p(k) <= k q / m. One
bad store must be far out to page among five hundred, many bad stores bear each other out.

Source: Y. Benjamini, Y. Hochberg, "Controlling the false discovery rate", J. Royal Statistical Society B 57 (1995).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import expm1
from typing import TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)

DAYS_A_MONTH = 30.0


def discovery_rate(false_pages_a_month: float) -> float:
    """The q of one day: a single series then pages just at its own threshold."""
    return -expm1(-false_pages_a_month / DAYS_A_MONTH)


def discoveries(chances: Mapping[KeyT, float], *, series: int, q: float) -> set[KeyT]:
    """Series that may page.

    Args:
        chances: of those under suspicion: the chance of such evidence within a day if all is well.
        series: how many series are watched in all, >= len(chances).
        q: the false discovery rate; see `discovery_rate`.
    """
    ranked = sorted(chances.items(), key=lambda item: (item[1], str(item[0])))
    last = 0
    for place, (_, chance) in enumerate(ranked, start=1):
        # A hair of room: of one series, the threshold itself must pass.
        if chance <= place * q / max(series, 1) * 1.0001:
            last = place
    return {key for key, _ in ranked[:last]}


@dataclass(frozen=True, slots=True)
class Firing:
    """An alert as grouping sees it."""

    id: str
    rule: str
    scope: Mapping[str, str]
    places: Mapping[str, str]
    """What else it has in common with others: the region of its location, a release."""


def is_parent(parent: Mapping[str, str], child: Mapping[str, str]) -> bool:
    """Whether one scope holds another: all it names the other names alike, and the other names more."""
    return len(parent) < len(child) and all(child.get(name) == value for name, value in parent.items())


def groups(alerts: Sequence[Firing]) -> list[tuple[str, list[Firing]]]:
    """Alerts that begin together, by what they have in common: one page each.

    Greedy: the (rule, dimension, name) that most alerts share makes a group, if they are more than one; then the next.

    Returns:
        (cause, alerts): cause is `dimension: name`, '' for an alert of its own; in a fixed order.
    """
    left = sorted(alerts, key=lambda alert: alert.id)
    found: list[tuple[str, list[Firing]]] = []
    while left:
        causes = Counter(
            (alert.rule, name, value)
            for alert in left
            for name, value in sorted({**alert.places, **alert.scope}.items())
            if value
        )
        # The narrowest of equal causes says most: a touchpoint before its channel.
        best = max(causes.items(), key=lambda item: (item[1], _narrow(item[0][1]), item[0]), default=None)
        if best is None or best[1] < 2:
            # Of one rule, several series at once are one event, whatever it is.
            by_rule: dict[str, list[Firing]] = {}
            for alert in left:
                by_rule.setdefault(alert.rule, []).append(alert)
            found += [("", members) for members in by_rule.values()]
            break
        (rule, name, value), _ = best
        members = [a for a in left if a.rule == rule and {**a.places, **a.scope}.get(name) == value]
        found.append((f"{name}: {value}", members))
        ids = {alert.id for alert in members}
        left = [alert for alert in left if alert.id not in ids]
    return found


_ORDER = ("producer", "channel", "stage", "region", "segment", "touchpoint", "location")


def _narrow(dimension: str) -> int:
    return _ORDER.index(dimension) if dimension in _ORDER else len(_ORDER)
