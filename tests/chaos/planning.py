"""Makes the plan of a seed.

Every share below is a choice: often enough that two hundred runs meet each fault many times and in many company,
seldom enough that most of a run is still counting.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping

from tests.chaos.plan import POINTS, ROLES, STORE_FAULTS, Mixture, Plan, Point, Rules, Strike

PLACES = {
    "score": ("handle", "send", "cells", "durable", "commit", "positions", "wire"),
    "roll": ("handle", "send", "positions"),
    "notify": ("handle", "send", "positions"),
    "archive": ("handle", "insert", "touchpoints", "recount", "durable", "commit", "positions"),
}
"""Where in each role's work a point may lie."""
TABLES = ("", "", "touchpoints", "panes_10s", "ledger", "rejected")
"""Which inserts an outage may be confined to: else only the first of a batch would ever fail."""


def make_plan(seed: int, *, without: Collection[str] = ()) -> Plan:
    """The plan of a seed.

    Args:
        seed: any whole number; neighbours have nothing in common.
        without: kinds of faults, or parts of the stream, to leave out. What else strikes stays the same.
    """
    rnd = random.Random(f"touchpulse chaos {seed}")
    partitions = rnd.choice([2, 3, 4])
    events = rnd.randrange(2_000, 4_001, 100)
    feed_s = round(rnd.uniform(5.0, 7.0), 1)
    workers = {
        "score": rnd.choice([2, 2, 3]),
        "roll": rnd.choice([1, 2]),
        "notify": rnd.choice([1, 1, 2]),
        "archive": rnd.choice([1, 2, 2]),
    }
    compacted = rnd.random() < 0.25
    strikes = _strikes(rnd, feed_s, compacted=compacted)
    store_faults = _store_faults(rnd, feed_s)
    points = _points(rnd, workers)
    if not (strikes or store_faults or points):
        strikes = (Strike(round(feed_s / 2, 2), "kill9", rnd.choice(ROLES), rnd.randrange(3)),)
    return Plan(
        seed=seed,
        rules=_rules(rnd, events / feed_s / partitions),
        partitions=partitions,
        inner_partitions=rnd.choice([2, 3]),
        windows_s=(rnd.choice([20, 60]), 600, 7_200),
        events=events,
        feed_s=feed_s,
        workers=workers,
        session_ms=rnd.choice([1_500, 2_000]),
        mixture=_mixture(rnd, without),
        strikes=tuple(strike for strike in strikes if strike.kind not in without),
        store_faults=tuple(fault for fault in store_faults if fault.kind not in without),
        points=tuple(point for point in points if point.kind not in without),
        compacted=compacted,
        ready=rnd.random() < 0.3,
    )


def _mixture(rnd: random.Random, without: Collection[str]) -> Mixture:
    whole = Mixture(flood=rnd.choice([0.0, 0.0, 0.5]), burst=rnd.choice([0.0, 0.1, 0.3]))
    return Mixture(
        flood=0.0 if "flood" in without else whole.flood,
        burst=whole.burst,
        retry_changed=0.0 if "changed_times" in without else whole.retry_changed,
        misplaced=0.0 if "misplaced" in without else whole.misplaced,
        imported=0.0 if "import" in without else whole.imported,
        import_apart=0.0 if "import_apart" in without else whole.import_apart,
    )


def _rules(rnd: random.Random, rate: float) -> Rules:
    """Rules that fit `rate` records a second and partition: else all answers or none would be late."""
    horizon = rnd.randrange(150, 451, 10)
    horizon_ms = 1_000 * horizon / rate
    return Rules(
        block_size=rnd.choice([64, 100, 256, 512]),
        block_span_ms=rnd.choice([3_000, 10_000, 60_000, 86_400_000]),
        horizon=horizon,
        max_age_ms=rnd.randrange(20_000, 60_001, 1_000),
        max_skew_ms=int(horizon_ms * rnd.uniform(0.03, 0.15)),
        max_series_per_block=rnd.choice([8, 40, 5_000, 5_000]),
    )


def _strikes(rnd: random.Random, feed_s: float, *, compacted: bool) -> tuple[Strike, ...]:
    found = []
    kinds = ("kill9", "kill9", "term", "freeze", "freeze", "add_worker")
    for _ in range(rnd.choice([0, 1, 1, 2, 3])):
        role = rnd.choice(["score", "score", "score", "roll", "notify", "archive", "archive"])
        found.append(
            Strike(
                round(rnd.uniform(0.3, feed_s + 0.5), 2),
                rnd.choice(kinds),
                role,
                rnd.randrange(3),
                round(rnd.uniform(2.5, 4.0), 1),
            )
        )
    if compacted:
        found.append(Strike(round(feed_s + rnd.uniform(-1.0, 0.5), 2), "cold_roll", "roll"))
    if rnd.random() < 1 / 14:
        at_s, hard, away_s = round(rnd.uniform(1.0, feed_s - 1), 2), rnd.randrange(2), rnd.choice([0.0, 2.0])
        found.append(Strike(at_s, "broker_restart", "", hard, away_s))
    elif rnd.random() < 1 / 14:
        found.append(Strike(round(feed_s / 2, 2), "recreate"))
    if rnd.random() < 1 / 4:
        # Announced some seconds ahead: it comes into force while events still flow.
        found.append(Strike(round(rnd.uniform(0.2, feed_s - 4), 2), "policy"))
    return tuple(sorted(found, key=lambda strike: strike.at_s))


def _store_faults(rnd: random.Random, feed_s: float) -> tuple[Strike, ...]:
    found = []
    for _ in range(rnd.choice([0, 0, 1, 1, 2])):
        kind = rnd.choice(STORE_FAULTS)
        at_s = round(rnd.uniform(0.0, feed_s), 2)
        found.append(Strike(at_s, kind, rnd.choice(TABLES), 0, round(rnd.uniform(0.3, 2.5), 1)))
    return tuple(sorted(found, key=lambda strike: strike.at_s))


def _points(rnd: random.Random, workers: Mapping[str, int]) -> tuple[Point, ...]:
    found: dict[tuple[str, int], Point] = {}
    for _ in range(rnd.choice([0, 1, 1, 2])):
        role = rnd.choice(["score", "score", "score", "roll", "notify", "archive", "archive"])
        worker, place = rnd.randrange(workers[role]), rnd.choice(PLACES[role])
        kind = rnd.choice(POINTS)
        # Around these nothing of ours can fail by itself; a kill can come there as anywhere.
        kind = "kill9_at" if place in ("durable", "commit") else kind
        if kind == "late_write":
            role, worker, place = "score", rnd.randrange(workers["score"]), "cells"
        # Some of it happens seldom: a point that is never reached strikes nothing.
        nth = rnd.randrange(1, {"positions": 3, "commit": 6, "touchpoints": 10, "recount": 10}.get(place, 25))
        seconds = round(rnd.uniform(2.5, 4.0), 1)
        found[role, worker] = Point(role, worker, place, nth, rnd.random() < 0.5, kind, seconds)
    return tuple(found.values())
