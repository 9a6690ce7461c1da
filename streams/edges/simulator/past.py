"""What was before the demo began: some weeks of answers, a study, purchases of two years, complaints and their ends.

Why: most boards look back over weeks, and what they say must be true on the first screen. It is sent as an import, as
a company would bring its own past, in so few events that the demo starts no slower. Means of the study are exact:
deviations are laid out so that they cancel, in each touchpoint by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, NamedTuple

from streams.edges.simulator.clock import DAY_MS, HOUR_MS, MINUTE_MS, busyness, stamp
from streams.edges.simulator.company import ASPECTS, EXPECTATION_SOURCES, Company, Kind
from streams.edges.simulator.feelings import answer
from streams.edges.simulator.journey import CUSTOMERS, Journey, about, person
from streams.edges.simulator.stream import a_place

WEEKS = 10
WEEK_MS = 7 * DAY_MS
JOURNEYS_A_WEEK, TREATED_A_WEEK = 85, 25
ASKED_A_PLACE = 70
"""Customers asked at each place of the relationship survey, evenly over the weeks: what changes is not the mix."""
BUYERS, BACK_WITHIN_D = 240, 85
RATERS = 60
"""Customers asked about each aspect. Divides by ten times 1, 2 and 3 touchpoints."""
STAFF = 30
OUTCOMES = ("kept",) * 9 + ("at_risk",) * 8 + ("lost",) * 7
"""What became of those who complained: about 38, 34 and 28 %, as the method's worked example has it."""

_TRUST_PARTS = {"integrity": 0.0, "ability": 0.3, "affinity": -0.3, "consistency": -0.1}
"""By how much each part of trust is above or below the whole."""
_SPREAD = (-2, -1, -1, 0, 0, 0, 0, 1, 1, 2)
_NARROW = (-1, -1, 0, 0, 0, 0, 0, 0, 1, 1)
_SHIFTS = {1: (0,), 2: (-1, 1), 3: (-1, 0, 1)}

Event = dict[str, Any]


class Aspect(NamedTuple):
    """What customers say of an aspect: means on 1-10, None where nobody was asked."""

    name: str
    experience: int
    expectation: int | None
    importance: int | None
    behind: tuple[tuple[str, str], ...]
    """(channel, touchpoint) where it is met, one to three, worst first: a point apart, or two of two."""


class Moment(NamedTuple):
    """How it feels at a touchpoint: mean valence -1..1, what people do there, what they need."""

    channel: str
    touchpoint: str
    valence: float
    action: str
    need: str


class Met(NamedTuple):
    """Where people complain, and about what."""

    channel: str
    touchpoint: str
    topic: str


class Done(NamedTuple):
    """One action: what the treated touchpoint was before, as a pull, it is no more from `weeks_ago` on."""

    what: str
    kind: Kind
    """Journeys that lead there."""
    touchpoint: str
    weeks_ago: int
    cost: float
    before: float


class Happened(NamedTuple):
    """A release or a note, for the graphs."""

    days_ago: int
    kind: Literal["release", "note"]
    channel: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Past:
    """Declared facts of a company's past.

    Attributes:
        study: what customers say of each aspect.
        own_view: by respondent, how many points better staff see the experience than customers do.
        moments: how it feels along the way.
        asked_at: (channel, touchpoint, pull) where satisfaction, recommending and trust were asked together.
        bought_at: (channel, touchpoint) of purchases.
        back_share: of first-time buyers, who come back within 90 days.
        complaints: where people complain.
        done: what was done about the experience.
        happened: what else the graphs should show.
    """

    study: tuple[Aspect, ...]
    own_view: Mapping[str, int]
    moments: tuple[Moment, ...]
    asked_at: tuple[tuple[str, str, float], ...]
    bought_at: tuple[tuple[str, str], ...]
    back_share: float
    complaints: tuple[Met, ...]
    done: Done
    happened: tuple[Happened, ...]


def past(company: Company, seed: int, now_ms: int) -> list[Event]:
    """All events before `now_ms`, by the time they occurred; for the topic of imports.

    The same arguments give the same events. Customers are those of the live stream.
    """
    rng = Random(seed)
    found: list[tuple[int, Event]] = []
    for part in (_weeks, _study, _staff, _moments, _relationship, _purchases, _complaints):
        # A seed of its own for each part: a change in one leaves the others as they were.
        found += part(company, Random(rng.getrandbits(64)), now_ms)
    return [event for _, event in sorted(found, key=lambda one: one[0])]


def done_at_ms(company: Company, now_ms: int) -> int:
    """When the action began to work."""
    return now_ms - company.past.done.weeks_ago * WEEK_MS


_Dated = Iterator[tuple[int, Event]]


def _event(
    company: Company, rng: Random, at_ms: int, kind: str, channel: str, *,
    producer: str = "", number: int | None = None, **fields: Any,
) -> tuple[int, Event]:  # fmt: skip
    """One event of one moment; of a customer where a number is given."""
    place = a_place(company, rng) if channel in company.at_places else None
    event = {
        "event_id": f"{rng.getrandbits(64):016x}",
        "kind": kind,
        "occurred_at": stamp(at_ms, place.zone if place else company.zone),
        "producer": producer or company.producers[channel],
        "channel": channel,
        **({"location": place.name} if place else {}),
        **({} if number is None else about(company, number)),
        **{name: value for name, value in fields.items() if value is not None},
    }
    return at_ms, event


def _moment_ms(company: Company, rng: Random, channel: str, from_ms: int, span_ms: int) -> int:
    """A moment within a span, more often when the channel is busy."""
    while True:
        at_ms = from_ms + int(span_ms * rng.random())
        if 3 * rng.random() < busyness(company, channel, at_ms // MINUTE_MS):
            return at_ms


def _weeks(company: Company, rng: Random, now_ms: int) -> _Dated:
    """Journeys as people make them today; and more of those to the treated touchpoint, worse before the action."""
    done, kinds = company.past.done, company.kinds
    per_journey = [kind.share / kind.events for kind in kinds]
    treated_ms = done_at_ms(company, now_ms)
    for week in range(WEEKS):
        walked = rng.choices(kinds, per_journey, k=JOURNEYS_A_WEEK) + [done.kind] * TREATED_A_WEEK
        from_ms = now_ms - (WEEKS - week) * WEEK_MS
        for kind in walked:
            at_ms = _moment_ms(company, rng, kind.channel, from_ms, WEEK_MS - HOUR_MS)
            place = a_place(company, rng) if kind.channel in company.at_places else None
            shifts = {done.touchpoint: done.before} if at_ms < treated_ms else {}
            journey = Journey(company, rng, at_ms, kind.channel, place=place, shifts=shifts)
            kind.walk(journey)
            yield from journey.events


def _study(company: Company, rng: Random, now_ms: int) -> _Dated:
    """Customers asked about each aspect, two weeks ago; `RATERS` of them, at the touchpoints behind it."""
    for aspect in company.past.study:
        shifts = _SHIFTS[len(aspect.behind)]
        for number in range(RATERS):
            step, at = divmod(number, len(aspect.behind))
            channel, touchpoint = aspect.behind[at]
            expectation = _near(aspect.expectation, _SPREAD[3 * step % 10])
            source = EXPECTATION_SOURCES[min(step % 9, 5)] if expectation and step % 5 else None
            yield _event(
                company, rng, now_ms - rng.randint(8, 13) * DAY_MS - rng.randint(0, 9) * HOUR_MS, "rating", channel,
                producer="market-study", number=rng.randrange(CUSTOMERS), touchpoint=touchpoint, aspect=aspect.name,
                experience=_near(aspect.experience, shifts[at] + _SPREAD[step % 10]), expectation=expectation,
                expectation_from=source, importance=_near(aspect.importance, _NARROW[7 * step % 10]),
            )  # fmt: skip


def _near(mean: int | None, by: int) -> int | None:
    if mean is None:
        return None
    if not 1 <= mean + by <= 10:
        raise ValueError(f"{mean + by} is off the scale: a mean of {mean} would not be exact")
    return mean + by


def _staff(company: Company, rng: Random, now_ms: int) -> _Dated:
    """Employees and managers say how well they think customers are served."""
    for aspect in company.past.study:
        channel, touchpoint = aspect.behind[0]
        for respondent, better in company.past.own_view.items():
            for number in range(STAFF):
                yield _event(
                    company, rng, now_ms - (number % 5 + 8) * DAY_MS, "rating", channel, producer="staff-survey",
                    touchpoint=touchpoint, respondent=respondent, aspect=aspect.name,
                    experience=min(10, aspect.experience + better + _NARROW[number % 10]),
                )  # fmt: skip


def _moments(company: Company, rng: Random, now_ms: int) -> _Dated:
    """Customers tell how it felt, what they did and what they needed."""
    for moment in company.past.moments:
        for number in range(32):
            valence = max(-1.0, min(1.0, rng.gauss(moment.valence, 0.3)))
            said = {"action": moment.action, "need": moment.need} if number % 3 else {}
            yield _event(
                company, rng, now_ms - rng.randint(2, 26) * DAY_MS - rng.randint(0, 9) * HOUR_MS, "emotion",
                moment.channel, producer="journey-interviews", number=rng.randrange(CUSTOMERS),
                touchpoint=moment.touchpoint, valence=round(valence, 2), **said,
            )  # fmt: skip


def _relationship(company: Company, rng: Random, now_ms: int) -> _Dated:
    """Customers asked by channel: satisfied there, would they recommend us, and how far do they trust us?"""
    for channel, touchpoint, pull in company.past.asked_at:
        for _ in range(ASKED_A_PLACE):
            number = rng.randrange(CUSTOMERS)
            mood = person(company, number).mood + pull + 0.5 * rng.gauss(0, 1)
            feelings = [mood + 0.7 * rng.gauss(0, 1) for _ in range(6)]
            csat, nps = answer("csat-1-5", feelings[4]), answer("nps-0-10", feelings[5])
            trust = {
                part: answer("rating-1-10", feeling + by)
                for (part, by), feeling in zip(_TRUST_PARTS.items(), feelings, strict=False)
            }
            at_ms = now_ms - rng.randint(1, 7 * WEEKS - 2) * DAY_MS - rng.randint(0, 9) * HOUR_MS
            asked: tuple[tuple[str, dict[str, Any]], ...] = (
                ("csat", {"score": csat, "scale": "1-5"}), ("trust", trust), ("nps", {"score": nps}),
            )  # fmt: skip
            for later, (kind, fields) in enumerate(asked):
                yield _event(
                    company, rng, at_ms + later * MINUTE_MS, kind, channel, producer="market-study", number=number,
                    touchpoint=touchpoint, **fields,
                )  # fmt: skip


def _purchases(company: Company, rng: Random, now_ms: int) -> _Dated:
    """First purchases up to two years back; who came back soon, and who came back once in a while."""
    facts = company.past
    for number in rng.sample(range(CUSTOMERS), BUYERS):
        first_d = rng.randint(92, 700)
        days_ago = [first_d]
        if rng.random() < facts.back_share:
            days_ago.append(first_d - rng.randint(5, BACK_WITHIN_D))
        if rng.random() < 0.45 and first_d > 200:
            days_ago.append(rng.randint(2, first_d - 100))
        for days in days_ago:
            channel, touchpoint = facts.bought_at[rng.randrange(len(facts.bought_at))]
            yield _event(
                company, rng, now_ms - days * DAY_MS - rng.randint(1, 20) * HOUR_MS, "purchase", channel,
                number=number, touchpoint=touchpoint, amount=rng.choice(company.amounts), currency=company.currency,
                reason=rng.choice(ASPECTS),
            )  # fmt: skip


def _complaints(company: Company, rng: Random, now_ms: int) -> _Dated:
    """A bad answer, a complaint the same day, and the case it became: answered, mended or not, and how it ended."""
    for at, outcome in enumerate(OUTCOMES):
        met = company.past.complaints[at % len(company.past.complaints)]
        number, at_ms = rng.randrange(CUSTOMERS), now_ms - (at + 5) * DAY_MS
        where: dict[str, Any] = {"number": number, "touchpoint": met.touchpoint}
        comment = rng.choice(company.bad_words[met.touchpoint])
        yield _event(
            company, rng, at_ms, "csat", met.channel, **where, score=rng.randint(1, 2), scale="1-5", comment=comment,
        )  # fmt: skip
        complaint = _event(
            company, rng, at_ms + HOUR_MS, "complaint", met.channel, **where, severity=rng.randint(1, 3),
            topic=met.topic,
        )  # fmt: skip
        yield complaint
        case = {
            "case_id": f"case-{at + 1}",
            "about_event_id": complaint[1]["event_id"],
            "about_producer": complaint[1]["producer"],
        }
        states = ("open", "answered", "mended", "closed") if outcome == "kept" else ("open", "answered", "closed")
        for step, state in enumerate(states):
            yield _event(
                company, rng, at_ms + (2 + 22 * step) * HOUR_MS, "case", met.channel, producer="service-desk", **where,
                **case, state=state, outcome=outcome if state == "closed" else None,
            )  # fmt: skip
