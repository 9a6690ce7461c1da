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

from streams.edges.simulator import retailer
from streams.edges.simulator.clock import MINUTE_MS, busyness, stamp
from streams.edges.simulator.faults import spoiled
from streams.edges.simulator.journey import UPDATED_SHARE, Journey
from streams.edges.simulator.visits import KINDS, LONGEST_MS, Kind, shop

RETRY_SHARE = 0.01
"""Events sent a second time with the same id, as after a lost acknowledgement."""
LATE_SHARE = 0.01
"""Events from a till that was offline and reports 10 to 40 minutes later."""
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
_OFFLINE_TILL = Kind(shop, "store", LATE_SHARE, _OFFLINE_VISITS * 4.0)
_ALL_KINDS = (*KINDS, _OFFLINE_TILL)
_SENDS_PER_EVENT = 1 + RETRY_SHARE + FAULT_SHARE * MENDED_SHARE
_VISITORS = tuple(store.visitors for store in retailer.STORES)


class Sent(NamedTuple):
    """One attempt to send one event."""

    send_ms: int
    """When it reaches us, UTC."""
    event: dict[str, Any]
    """The contract's JSON object."""
    fault: str | None = None
    """What is wrong with it on purpose; None for a good event."""


def busy(at_ms: int) -> float:
    """Traffic of the whole company at a moment, as a multiple of its daily mean."""
    minute = at_ms // MINUTE_MS
    return sum(kind.share * busyness(kind.channel, minute) for kind in _ALL_KINDS) / (1 + LATE_SHARE)


def simulate(
    seed: int, start_ms: int, *, rate_per_s: float, drop_at_ms: int | None = None, end_ms: int | None = None
) -> Iterator[Sent]:
    """The stream of touchpoint events of the example retailer, in the order they are sent.

    Args:
        seed: names the stream; before the drop, a stream with and one without it are equal.
        start_ms: first moment, UTC; people are already on their way by then.
        rate_per_s: events sent a second, as the mean over a whole day; `busy` tells the hour's share.
        drop_at_ms: from here on, within ten seconds, 45 % instead of 8 % of the app's payment answers
            are bad, because a new release makes the payment hang. None: never.
        end_ms: the stream stops before this moment. None: it never ends.
    Yields:
        Attempts with `start_ms <= send_ms < end_ms`, by `send_ms`. `occurred_at` is never after it.
    """
    waiting: list[tuple[int, int, Sent]] = []
    number = 0
    for at_ms, kind, journey_seed in _arrivals(seed, start_ms - LONGEST_MS - _LOST_PHONE_MS[1], rate_per_s):
        while waiting and waiting[0][0] <= at_ms:
            sent = heappop(waiting)[2]
            if end_ms is not None and sent.send_ms >= end_ms:
                return
            yield sent
        if end_ms is not None and at_ms >= end_ms:
            return
        for sent in _sendings(Random(journey_seed), at_ms, kind, drop_at_ms):
            if sent.send_ms >= start_ms:
                number += 1
                heappush(waiting, (sent.send_ms, number, sent))


def simulate_batch(seed: int, end_ms: int, minutes: int = 60, events: int = 20_000) -> list[Sent]:
    """A finished piece of history: the last `events` attempts before a moment.

    It spans about `minutes`, and the drop of `simulate` starts at five sixths of them.

    Returns:
        Exactly `events` attempts, by `send_ms`, all before `end_ms`.
    """
    span_ms = minutes * MINUTE_MS
    mean_busy = sum(busy(end_ms - minute * MINUTE_MS) for minute in range(1, minutes + 1)) / minutes
    rate_per_s = 1_000 * events / span_ms / mean_busy
    lead = 1.1  # people come by chance: a little more history than needed, and its start is cut off
    while True:
        start_ms = end_ms - int(lead * span_ms)
        drop_at_ms = end_ms - span_ms // 6
        history = list(simulate(seed, start_ms, rate_per_s=rate_per_s, drop_at_ms=drop_at_ms, end_ms=end_ms))
        if len(history) >= events:
            return history[-events:]
        lead *= 1.5


def _arrivals(seed: int, from_ms: int, rate_per_s: float) -> Iterator[tuple[int, Kind, int]]:
    """(start, kind, seed) of journeys: a Poisson process whose rate follows the clock."""
    rng = Random(seed)
    minute, at_ms = from_ms // MINUTE_MS, float(from_ms)
    while True:
        per_kind = [kind.share / kind.events * busyness(kind.channel, minute) for kind in _ALL_KINDS]
        limits = list(accumulate(per_kind))
        per_ms = rate_per_s / 1_000 * limits[-1] / _SENDS_PER_EVENT / (1 + LATE_SHARE)
        next_minute_ms = (minute + 1) * MINUTE_MS
        # A Poisson process has no memory: starting anew at each full minute changes nothing.
        while (at_ms := at_ms + rng.expovariate(per_ms)) < next_minute_ms:
            kind = rng.choices(_ALL_KINDS, cum_weights=limits)[0]
            # A seed of its own for each journey: a drop in one leaves all others as they were.
            yield int(at_ms), kind, rng.getrandbits(64)
        minute, at_ms = minute + 1, float(next_minute_ms)


def _sendings(rng: Random, at_ms: int, kind: Kind, drop_at_ms: int | None) -> Iterator[Sent]:
    if kind is _OFFLINE_TILL:
        yield from _offline_till(rng, at_ms)
        return
    store = rng.choices(retailer.STORES, _VISITORS)[0] if kind.channel == "store" else None
    updated_at_ms = _updated_at_ms(rng, drop_at_ms) if kind.channel == "app" else None
    test = rng.random() < TEST_SHARE
    journey = Journey(rng, at_ms, kind.channel, store=store, updated_at_ms=updated_at_ms, test=test)
    transport = Random(rng.getrandbits(64))  # what happens in a journey must not shift its earlier delays
    kind.walk(journey)
    for occurred_ms, event in journey.events:
        yield from _attempts(transport, occurred_ms + _delay_ms(transport, kind.channel), event)


def _updated_at_ms(rng: Random, drop_at_ms: int | None) -> int | None:
    luck = rng.random()  # drawn also where there is no drop: the rest of the journey must not shift
    if drop_at_ms is None or luck >= UPDATED_SHARE:
        return None
    return drop_at_ms + int(DROP_RAMP_MS * luck / UPDATED_SHARE)


def _offline_till(rng: Random, back_at_ms: int) -> Iterator[Sent]:
    """A till that comes back and sends all it kept, in order, within seconds."""
    store = rng.choices(retailer.STORES, _VISITORS)[0]
    kept: list[tuple[int, dict[str, Any]]] = []
    for _ in range(_OFFLINE_VISITS):
        journey = Journey(rng, back_at_ms - rng.randint(*_OFFLINE_MS), "store", store=store)
        shop(journey)
        kept += journey.events
    kept.sort(key=lambda item: item[0])
    send_ms = back_at_ms
    for _, event in kept:
        send_ms += rng.randint(20, 150)
        yield from _attempts(rng, send_ms, event)


def _attempts(rng: Random, send_ms: int, event: dict[str, Any]) -> Iterator[Sent]:
    """The sending of one event: nearly always once and right."""
    luck = rng.random()
    if luck < FAULT_SHARE:
        fault, wrong = spoiled(event, rng)
        yield _attempt(send_ms, wrong, fault)
        if luck < FAULT_SHARE * MENDED_SHARE:
            yield _attempt(send_ms + rng.randint(20_000, 60_000), event)
        return
    yield _attempt(send_ms, event)
    if luck > 1 - RETRY_SHARE:
        yield _attempt(send_ms + rng.randint(1_000, 20_000), dict(event))


def _attempt(send_ms: int, event: dict[str, Any], fault: str | None = None) -> Sent:
    event["sent_at"] = stamp(send_ms)  # by the company's servers, wherever the customer is
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
