"""One person at one channel for a few minutes: what they feel, and the events that tell of it.

A person keeps their mood over all answers of a journey and, in part, over their other journeys: so the
answers of one customer hang together, as they do in life.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import Any, TypeVar

from streams.edges.simulator import retailer, words
from streams.edges.simulator.clock import stamp
from streams.edges.simulator.feelings import USUAL_BAD_SHARE, answer, is_bad, pull

CUSTOMERS = 40_000
"""People who ever come; each keeps a pseudonym, a segment and a share of their mood."""

# Parts of a feeling: variances add up to one, so that the declared share of bad answers holds.
_PERSON, _TODAY, _MOMENT = 0.50, 0.45, 0.74

UPDATED_SHARE = 0.6
"""Share of app users who get the release that breaks the payment."""
DROP_BAD_SHARE = 0.45
"""Share of bad answers at the app's payment once the release is out: updated or not, taken together."""
_BROKEN_PULL = pull((DROP_BAD_SHARE - (1 - UPDATED_SHARE) * USUAL_BAD_SHARE) / UPDATED_SHARE)

_SEGMENT_SHARES = tuple(segment.share for segment in retailer.SEGMENTS)
_SCALE_IDS = {
    ("csat", "1-5"): "csat-1-5",
    ("csat", "1-7"): "csat-1-7",
    ("csat", "1-10"): "csat-1-10",
    ("effort", "1-5"): "ces-effort-1-5",
    ("agreement", "1-7"): "ces-agreement-1-7",
    ("ease", "1-5"): "ces-ease-1-5",
}

T = TypeVar("T")


@lru_cache(maxsize=CUSTOMERS)
def _person(number: int) -> tuple[retailer.Segment, float]:
    """Segment and lasting mood of a customer: the same whatever the seed of the stream."""
    person = Random(number)
    return person.choices(retailer.SEGMENTS, _SEGMENT_SHARES)[0], _PERSON * person.gauss(0, 1)


class Journey:
    """Collects the events of one journey in the order they occur."""

    def __init__(
        self,
        rng: Random,
        at_ms: int,
        channel: str,
        *,
        store: retailer.Store | None = None,
        updated_at_ms: int | None = None,
        test: bool = False,
    ) -> None:
        """
        Args:
            at_ms: when it starts, UTC.
            store: where, if the channel is a store.
            updated_at_ms: from when on this person's app loads the release whose payment hangs. None: never.
            test: all its events are a producer's smoke test.
        """
        self.rng = rng
        self.at_ms = at_ms
        self.channel = channel
        self.zone = store.zone if store else retailer.ZONE
        self.currency = store.currency if store else "EUR"
        self.updated_at_ms = updated_at_ms
        self.events: list[tuple[int, dict[str, Any]]] = []
        """(occurred_ms, event) in order of occurrence."""
        number = rng.randrange(CUSTOMERS)
        segment, person_mood = _person(number)
        self._mood = person_mood + _TODAY * rng.gauss(0, 1) + segment.pull
        if store:
            self._mood += store.pull
        self._common: dict[str, Any] = {"producer": retailer.PRODUCERS[channel], "channel": channel}
        if store:
            self._common["location"] = store.name
        self._about: dict[str, Any] = {"customer": f"c-{number:05x}", "segment": segment.name}
        if segment.weight != 1:
            self._about["weight"] = segment.weight
        if test:
            self._about["test"] = True

    @property
    def broken(self) -> bool:
        """Whether this person now uses the release whose payment hangs."""
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
        feeling = self._mood + retailer.TOUCHPOINT_PULL[touchpoint] + _MOMENT * self.rng.gauss(0, 1)
        if self.broken and touchpoint == "payment":
            feeling += _BROKEN_PULL
        return feeling

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
        if self.channel == "app":
            release = retailer.NEW_RELEASE if self.broken else retailer.OLD_RELEASE
            event["attributes"] = {"release": release}
        self.events.append((self.at_ms, event))
        return event

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
        """A mark from 1 to 10, for ratings and trust."""
        return answer("rating-1-10", self.feel(touchpoint))

    def _asked(self, kind: str, touchpoint: str, feeling: float, **fields: Any) -> None:
        event = self.add(kind, touchpoint, question={"id": f"{touchpoint}-{kind}", "version": "1"}, **fields)
        if is_bad(feeling):
            if self.chance(0.45):
                hangs = self.broken and touchpoint == "payment"
                event["comment"] = self.pick(words.PAYMENT_HANGS if hangs else words.BAD[touchpoint])
        elif feeling > 1.2 and touchpoint in words.GOOD and self.chance(0.15):
            event["comment"] = self.pick(words.GOOD[touchpoint])
