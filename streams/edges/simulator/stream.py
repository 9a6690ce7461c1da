"""Journeys laid over time: when people come, and when and how their events reach us.

Pure and seeded: the same arguments give the same stream, so a demo, a test and a bench can speak of the
same customers. Time comes in as an argument; nothing here sleeps or sends.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

from streams.edges.simulator.clock import MINUTE_MS, busyness, stamp
from streams.edges.simulator.company import FOLLOWS_WITHIN_MS, LONGEST_MS, Company, Kind, Place
from streams.edges.simulator.faults import spoiled
from streams.edges.simulator.journey import Journey

RETRY_SHARE = 0.01
"""Events sent a second time with the same id, as after a lost acknowledgement."""
LATE_SHARE = 0.01
"""Events from a device in a store that was offline and reports 10 to 40 minutes later."""
LOST_PHONE_SHARE = 0.004
"""Events of the app from phones without a network for as long: late answers come also while shops are shut."""
FAULT_SHARE = 0.005
"""Events a producer gets wrong."""
MENDED_SHARE = 0.4
"""Wrong events that the producer mends and sends again within a minute."""
TEST_SHARE = 0.005
"""Journeys that are a producer's smoke test."""
DROP_RAMP_MS = 10_000
"""How long the broken release takes to reach all who get it."""

_OFFLINE_VISITS = 5
_OFFLINE_MS = (10 * MINUTE_MS, 40 * MINUTE_MS)
_DEAD_SPOT_MS = (3_000, 30_000)
_LOST_PHONE_MS = (16 * MINUTE_MS, 40 * MINUTE_MS)
_SENDS_PER_EVENT = 1 + RETRY_SHARE + FAULT_SHARE * MENDED_SHARE
_CHAIN_MS = 2 * LONGEST_MS + FOLLOWS_WITHIN_MS
"""No journey and what it leads to last longer than this together."""


class Sent(NamedTuple):
    """One attempt to send one event."""

    send_ms: int
    """When it reaches us, UTC."""
    event: dict[str, Any]
    """The contract's JSON object."""
    fault: str | None = None
    """What is wrong with it on purpose; None for a good event."""


def busy(company: Company, at_ms: int) -> float:
    """Traffic of the whole company at a moment, as a multiple of its daily mean."""
    minute = at_ms // MINUTE_MS
    return sum(kind.share * busyness(company, kind.channel, minute) for kind in _kinds(company)) / (1 + LATE_SHARE)


def simulate(
    company: Company,
    seed: int,
    start_ms: int,
    *,
    rate_per_s: float,
    drop_at_ms: int | None = None,
    end_ms: int | None = None,
) -> Iterator[Sent]:
    """The stream of a company's touchpoint events, in the order they are sent.

    Args:
        seed: names the stream; before the drop, a stream with and one without it are equal.
        start_ms: first moment, UTC; people are already on their way by then.
        rate_per_s: events sent a second, as the mean over a whole day; `busy` tells the hour's share.
        drop_at_ms: from here on, within ten seconds, `company.drop` is met. None: never.
        end_ms: the stream stops before this moment. None: it never ends.
    Yields:
        Attempts with `start_ms <= send_ms < end_ms`, by `send_ms`. `occurred_at` is never after it.
    """
    waiting: list[tuple[int, int, Sent]] = []
    number = 0
    for at_ms, kind, journey_seed in _arrivals(company, seed, start_ms - _CHAIN_MS - _LOST_PHONE_MS[1], rate_per_s):
        while waiting and waiting[0][0] <= at_ms:
            sent = heappop(waiting)[2]
            if end_ms is not None and sent.send_ms >= end_ms:
                return
            yield sent
        if end_ms is not None and at_ms >= end_ms:
            return
        for sent in _sendings(company, Random(journey_seed), at_ms, kind, drop_at_ms):
            if sent.send_ms >= start_ms:
                number += 1
                heappush(waiting, (sent.send_ms, number, sent))


def simulate_batch(company: Company, seed: int, end_ms: int, minutes: int = 60, events: int = 20_000) -> list[Sent]:
    """A finished piece of history: the last `events` attempts before a moment.

    It spans about `minutes`, and the drop of `simulate` starts at five sixths of them.

    Returns:
        Exactly `events` attempts, by `send_ms`, all before `end_ms`.
    """
    span_ms = minutes * MINUTE_MS
    mean_busy = sum(busy(company, end_ms - minute * MINUTE_MS) for minute in range(1, minutes + 1)) / minutes
    rate_per_s = 1_000 * events / span_ms / mean_busy
    lead = 1.1  # people come by chance: a little more history than needed, and its start is cut off
    while True:
        start_ms = end_ms - int(lead * span_ms)
        drop_at_ms = end_ms - span_ms // 6
        history = list(simulate(company, seed, start_ms, rate_per_s=rate_per_s, drop_at_ms=drop_at_ms, end_ms=end_ms))
        if len(history) >= events:
            return history[-events:]
        lead *= 1.5


def _kinds(company: Company) -> tuple[Kind, ...]:
    """All kinds of journeys; the last is that of a device that was offline."""
    offline = company.offline
    return (*company.kinds, offline._replace(share=LATE_SHARE, events=_OFFLINE_VISITS * offline.events))


def _arrivals(company: Company, seed: int, from_ms: int, rate_per_s: float) -> Iterator[tuple[int, Kind, int]]:
    """(start, kind, seed) of journeys: a Poisson process whose rate follows the clock."""
    rng, kinds = Random(seed), _kinds(company)
    minute, at_ms = from_ms // MINUTE_MS, float(from_ms)
    while True:
        per_kind = [kind.share / kind.events * busyness(company, kind.channel, minute) for kind in kinds]
        limits = list(accumulate(per_kind))
        per_ms = rate_per_s / 1_000 * limits[-1] / _SENDS_PER_EVENT / (1 + LATE_SHARE)
        next_minute_ms = (minute + 1) * MINUTE_MS
        # A Poisson process has no memory: starting anew at each full minute changes nothing.
        while (at_ms := at_ms + rng.expovariate(per_ms)) < next_minute_ms:
            kind = rng.choices(kinds, cum_weights=limits)[0]
            # A seed of its own for each journey: a drop in one leaves all others as they were.
            yield int(at_ms), kind, rng.getrandbits(64)
        minute, at_ms = minute + 1, float(next_minute_ms)


def _sendings(company: Company, rng: Random, at_ms: int, kind: Kind, drop_at_ms: int | None) -> Iterator[Sent]:
    if kind not in company.kinds:
        yield from _offline_device(company, rng, at_ms)
        return
    channel = kind.channel
    place = a_place(company, rng) if channel in company.at_places else None
    updated_at_ms = _updated_at_ms(company, rng, channel, place, drop_at_ms)
    test = rng.random() < TEST_SHARE
    journey = Journey(company, rng, at_ms, channel, place=place, updated_at_ms=updated_at_ms, test=test)
    transport = Random(rng.getrandbits(64))  # what happens in a journey must not shift its earlier delays
    kind.walk(journey)
    for occurred_ms, event in journey.events:
        yield from _attempts(company, transport, occurred_ms + _delay_ms(transport, channel), event)
    for follow in journey.follows:
        later = Journey(company, rng, follow.at_ms, follow.channel, number=journey.number, test=test)
        follow.walk(later)
        for occurred_ms, event in later.events:
            yield from _attempts(company, transport, occurred_ms + _delay_ms(transport, follow.channel), event)


def a_place(company: Company, rng: Random) -> Place:
    """One of the places, by how much each draws."""
    return rng.choices(company.places, [place.visitors for place in company.places])[0]


def _updated_at_ms(
    company: Company, rng: Random, channel: str, place: Place | None, drop_at_ms: int | None
) -> int | None:
    drop = company.drop
    if channel != drop.channel:
        return None
    luck = rng.random()  # drawn also where there is no drop: the rest of the journey must not shift
    spared = place is not None and drop.places and place.name not in drop.places
    if drop_at_ms is None or spared or luck >= drop.share:
        return None
    return drop_at_ms + int(DROP_RAMP_MS * luck / drop.share)


def _offline_device(company: Company, rng: Random, back_at_ms: int) -> Iterator[Sent]:
    """A device that comes back and sends all it kept, in order, within seconds."""
    place, kind = a_place(company, rng), company.offline
    kept: list[tuple[int, dict[str, Any]]] = []
    for _ in range(_OFFLINE_VISITS):
        journey = Journey(company, rng, back_at_ms - rng.randint(*_OFFLINE_MS), kind.channel, place=place)
        kind.walk(journey)
        kept += journey.events
    kept.sort(key=lambda item: item[0])
    send_ms = back_at_ms
    for _, event in kept:
        send_ms += rng.randint(20, 150)
        yield from _attempts(company, rng, send_ms, event)


def _attempts(company: Company, rng: Random, send_ms: int, event: dict[str, Any]) -> Iterator[Sent]:
    """The sending of one event: nearly always once and right."""
    luck, zone = rng.random(), company.zone
    if luck < FAULT_SHARE:
        fault, wrong = spoiled(event, rng)
        yield _attempt(send_ms, wrong, zone, fault)
        if luck < FAULT_SHARE * MENDED_SHARE:
            yield _attempt(send_ms + rng.randint(20_000, 60_000), event, zone)
        return
    yield _attempt(send_ms, event, zone)
    if luck > 1 - RETRY_SHARE:
        yield _attempt(send_ms + rng.randint(1_000, 20_000), dict(event), zone)


def _attempt(send_ms: int, event: dict[str, Any], zone: str, fault: str | None = None) -> Sent:
    event["sent_at"] = stamp(send_ms, zone)  # by the company's servers, wherever the customer is
    return Sent(send_ms, event, fault)


def _delay_ms(rng: Random, channel: str) -> int:
    """From the answer to us: mostly under a second; a phone in a dead spot holds back for longer."""
    if channel == "app":
        luck = rng.random()
        if luck < LOST_PHONE_SHARE:
            return rng.randint(*_LOST_PHONE_MS)
        if luck < LOST_PHONE_SHARE + 0.02:
            return rng.randint(*_DEAD_SPOT_MS)
    return int(min(5_000.0, rng.expovariate(1 / 400)))
