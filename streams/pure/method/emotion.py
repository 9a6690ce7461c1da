"""Emotion curve: how customers feel along their journey, what they do and need there, and where they leave.

Why in the order of the journey: a mean over all touchpoints hides the dip in the middle. The order is the stage,
then where customers themselves come to the touchpoint (median place in their own sequences).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, get_args

from schemas.common import Stage
from streams.pure.method.evidence import Estimate, mean, share
from streams.pure.scores import Tally

STAGES: tuple[str, ...] = (*get_args(Stage), "")
"""In the order of the journey; without a stage last."""
SHOWN_WORDS = 3

Place = tuple[str, str]
"""(stage, touchpoint). A touchpoint met in two stages is two points of the curve."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event of one customer at a touchpoint.

    Attributes:
        bad: whether a bad answer was given; None: no answer in it.
        action, need: in the customer's words; '' if not said.
    """

    customer: str
    at_ms: int
    event_id: str
    place: Place
    bad: bool | None = None
    action: str = ""
    need: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the curve.

    Attributes:
        position: median place in customers' sequences, from 1; None where no customer is known.
        valence: mean, -1..1.
        left: share of the customers who were here, of ended journeys, whose journey ended here with a bad answer.
        actions, needs: most frequent first, such as "pays (3) · asks (1)".
    """

    place: Place
    position: float | None
    valence: Estimate
    left: Estimate
    actions: str
    needs: str

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        stage, touchpoint = self.place
        columns = {**self.valence.columns("valence"), **self.left.columns("left")}
        first = {"stage": stage, "touchpoint": touchpoint, "position": self.position}
        return {**first, **columns, "actions": self.actions, "needs": self.needs}


def curve(valence: Mapping[Place, Tally], steps: Iterable[Step], *, ended_before_ms: int) -> tuple[Point, ...]:
    """The curve, in the order of the journey.

    Args:
        valence: customers' answers on emotion-valence.
        steps: of customers, whose events without a touchpoint are left out; without a customer ('') they tell only
            their words.
        ended_before_ms: a journey whose last step is not older may go on: it has left nowhere yet.
    """
    all_steps = sorted((step for step in steps if step.place[1]), key=_when)
    journeys: dict[str, list[Step]] = defaultdict(list)
    for step in all_steps:
        if step.customer:
            journeys[step.customer].append(step)
    positions, left = _positions(journeys), _left(journeys, ended_before_ms)
    places = {place for place, tally in valence.items() if place[1] and tally.n} | {step.place for step in all_steps}
    points = [
        Point(
            place,
            float(median(positions[place])) if place in positions else None,
            mean("emotion-valence", valence.get(place, Tally()), unit=100),
            left.get(place, Estimate()),
            _words(step.action for step in all_steps if step.place == place),
            _words(step.need for step in all_steps if step.place == place),
        )
        for place in places
    ]
    return tuple(sorted(points, key=_order))


def _when(step: Step) -> tuple[int, str]:
    return step.at_ms, step.event_id


def _order(point: Point) -> tuple[int, bool, float, str]:
    stage, touchpoint = point.place
    return STAGES.index(stage), point.position is None, point.position or 0, touchpoint


def _positions(journeys: Mapping[str, list[Step]]) -> dict[Place, list[int]]:
    """Places of each touchpoint in customers' sequences, each touchpoint where it was met first."""
    found: dict[Place, list[int]] = defaultdict(list)
    for steps in journeys.values():
        for position, place in enumerate(dict.fromkeys(step.place for step in steps), 1):
            found[place].append(position)
    return found


def _left(journeys: Mapping[str, list[Step]], ended_before_ms: int) -> dict[Place, Estimate]:
    """Share who left at each place, of those who were there and whose journey has ended."""
    were, left = Counter[Place](), Counter[Place]()
    for steps in journeys.values():
        last = steps[-1]
        if last.at_ms >= ended_before_ms:
            continue
        were.update({step.place for step in steps})
        answers = [step.bad for step in steps if step.place == last.place and step.bad is not None]
        left[last.place] += bool(answers and answers[-1])
    return {place: share(left[place], n) for place, n in were.items()}


def _words(texts: Iterable[str]) -> str:
    """The most frequent texts with how often they were said."""
    counted = Counter(text for text in texts if text)
    ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return " · ".join(f"{text} ({n})" for text, n in ordered[:SHOWN_WORDS])
