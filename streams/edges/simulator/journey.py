"""One person at one channel for a few minutes: what they feel, and the events that tell of it.

A person keeps their mood over all answers of a journey and, in part, over their other journeys: so the
answers of one customer hang together, as they do in life.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from random import Random
from typing import Any, NamedTuple, TypeVar

from streams.edges.simulator.clock import stamp
from streams.edges.simulator.company import Company, Drop, Place, Segment
from streams.edges.simulator.feelings import USUAL_BAD_SHARE, answer, is_bad, pull

CUSTOMERS = 40_000
"""People who ever come; each keeps a pseudonym, a segment and a share of their mood."""

# Parts of a feeling: variances add up to one, so that the declared share of bad answers holds.
_PERSON, _TODAY, _MOMENT = 0.50, 0.45, 0.74

_SCALE_IDS = {
    ("csat", "1-5"): "csat-1-5",
    ("csat", "1-7"): "csat-1-7",
    ("csat", "1-10"): "csat-1-10",
    ("effort", "1-5"): "ces-effort-1-5",
    ("agreement", "1-7"): "ces-agreement-1-7",
    ("ease", "1-5"): "ces-ease-1-5",
}

T = TypeVar("T")


class Follow(NamedTuple):
    """Another journey of the same person that this one leads to."""

    at_ms: int
    walk: Callable[[Journey], None]
    channel: str


class Person(NamedTuple):
    """A customer, the same whatever the seed of the stream."""

    segment: Segment
    mood: float
    """What of a feeling lasts."""


@lru_cache(maxsize=CUSTOMERS)
def person(company: Company, number: int) -> Person:
    """The customer of that number, 0 to CUSTOMERS - 1."""
    rng = Random(number)
    shares = [segment.share for segment in company.segments]
    return Person(rng.choices(company.segments, shares)[0], _PERSON * rng.gauss(0, 1))


def about(company: Company, number: int) -> dict[str, Any]:
    """What an event says of the customer of that number."""
    segment = person(company, number).segment
    weight = {} if segment.weight == 1 else {"weight": segment.weight}
    return {"customer": f"c-{number:05x}", "segment": segment.name, **weight}


@lru_cache(maxsize=16)
def _broken_pull(drop: Drop) -> float:
    return pull((drop.bad_share - (1 - drop.share) * USUAL_BAD_SHARE) / drop.share)


class Journey:
    """Collects the events of one journey in the order they occur."""

    def __init__(
        self,
        company: Company,
        rng: Random,
        at_ms: int,
        channel: str,
        *,
        place: Place | None = None,
        number: int | None = None,
        updated_at_ms: int | None = None,
        shifts: Mapping[str, float] | None = None,
        test: bool = False,
    ) -> None:
        """
        Args:
            at_ms: when it starts, UTC.
            place: where, if the channel is met at one.
            number: of the customer; None: anybody.
            updated_at_ms: from when on this person meets the broken release. None: never.
            shifts: further pulls by touchpoint, such as before something was mended.
            test: all its events are a producer's smoke test.
        """
        self.company = company
        self.rng = rng
        self.at_ms = at_ms
        self.channel = channel
        self.zone = place.zone if place else company.zone
        self.currency = place.currency if place else company.currency
        self.updated_at_ms = updated_at_ms
        self.events: list[tuple[int, dict[str, Any]]] = []
        """(occurred_ms, event) in order of occurrence."""
        self.follows: list[Follow] = []
        """What it leads to."""
        self.number = rng.randrange(CUSTOMERS) if number is None else number
        one = person(company, self.number)
        self._mood = one.mood + _TODAY * rng.gauss(0, 1) + one.segment.pull
        if place:
            self._mood += place.pull
        self._shifts = shifts or {}
        self._common: dict[str, Any] = {"producer": company.producers[channel], "channel": channel}
        if place:
            self._common["location"] = place.name
        self._about = about(company, self.number)
        if test:
            self._about["test"] = True

    @property
    def broken(self) -> bool:
        """Whether this person now meets the release that broke."""
        return self.updated_at_ms is not None and self.at_ms >= self.updated_at_ms

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self.rng.random() < share

    def pick(self, choices: Sequence[T]) -> T:
        """One of them, all equally likely."""
        return choices[int(self.rng.random() * len(choices))]

    def wait(self, least_s: float, most_s: float) -> None:
        """Let time pass before the next event."""
        self.at_ms += int(1_000 * (least_s + (most_s - least_s) * self.rng.random()))

    def feel(self, touchpoint: str) -> float:
        """How the person feels about a touchpoint: 0 is the usual, below -1.4 they answer badly."""
        feeling = self._mood + self.company.touchpoint_pull[touchpoint] + _MOMENT * self.rng.gauss(0, 1)
        feeling += self._shifts.get(touchpoint, 0.0)
        if self._spoilt(touchpoint):
            feeling += _broken_pull(self.company.drop)
        return feeling

    def _spoilt(self, touchpoint: str) -> bool:
        return self.broken and touchpoint == self.company.drop.touchpoint

    def spoil(self, by: float) -> None:
        """Something went wrong: all later answers of this journey suffer."""
        self._mood -= by

    def add(self, kind: str, touchpoint: str, **fields: Any) -> dict[str, Any]:
        """Append an event that occurs now."""
        event = {
            "event_id": f"{self.rng.getrandbits(64):016x}",
            "kind": kind,
            "occurred_at": stamp(self.at_ms, self.zone),
            **self._common,
            "touchpoint": touchpoint,
            **self._about,
            **fields,
        }
        drop = self.company.drop
        if self.channel == drop.channel:
            event["attributes"] = {"release": drop.new_release if self.broken else drop.old_release}
        self.events.append((self.at_ms, event))
        return event

    def follow(self, walk: Callable[[Journey], None], channel: str, least_s: float, most_s: float) -> None:
        """The same person begins another journey so long after now, at most FOLLOWS_WITHIN_MS."""
        wait_ms = int(1_000 * (least_s + (most_s - least_s) * self.rng.random()))
        self.follows.append(Follow(self.at_ms + wait_ms, walk, channel))

    def csat(self, touchpoint: str, scale: str = "1-5") -> float:
        """Ask how satisfied they are; returns the feeling behind the answer."""
        feeling = self.feel(touchpoint)
        score = answer(_SCALE_IDS["csat", scale], feeling)
        self._asked("csat", touchpoint, feeling, score=score, scale=scale)
        return feeling

    def ces(self, touchpoint: str, direction: str, scale: str = "1-5") -> float:
        """Ask how easy it was; returns the feeling behind the answer."""
        feeling = self.feel(touchpoint)
        score = answer(_SCALE_IDS[direction, scale], feeling)
        self._asked("ces", touchpoint, feeling, score=score, scale=scale, direction=direction)
        return feeling

    def nps(self, touchpoint: str) -> None:
        """Ask whether they would recommend us."""
        feeling = self.feel(touchpoint)
        self._asked("nps", touchpoint, feeling, score=answer("nps-0-10", feeling))

    def ten(self, touchpoint: str) -> int:
        """A mark from 1 to 10, for trust."""
        return answer("rating-1-10", self.feel(touchpoint))

    def trust(self, touchpoint: str) -> None:
        """Ask for the four parts of trust."""
        parts = ("integrity", "ability", "affinity", "consistency")
        self.add("trust", touchpoint, **{part: self.ten(touchpoint) for part in parts})

    def _asked(self, kind: str, touchpoint: str, feeling: float, **fields: Any) -> None:
        event = self.add(kind, touchpoint, question={"id": f"{touchpoint}-{kind}", "version": "1"}, **fields)
        company = self.company
        if is_bad(feeling):
            if self.chance(0.45):
                spoilt = self._spoilt(touchpoint)
                event["comment"] = self.pick(company.drop.comments if spoilt else company.bad_words[touchpoint])
        elif feeling > 1.2 and touchpoint in company.good_words and self.chance(0.15):
            event["comment"] = self.pick(company.good_words[touchpoint])
