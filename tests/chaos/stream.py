"""What producers send in one run: a pure function of its plan, with times relative to the start of the feed.

Everything real senders do to a pipeline: retries at once and long after, with the same and with another time, late and
early clocks, bursts, floods of invented names, tests, nonsense, wrong keys, and an import beside it, twice.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from schemas.decode import event_key
from tests.chaos.plan import Plan
from tests.kit.logs import rfc3339

DAY_MS = 24 * 3_600_000
LIVE, IMPORT = "touchpoints", "touchpoints.import"
PLACES = {
    "web": ("search", "checkout", "account"),
    "app": ("checkout", "push"),
    "store": ("till", "fitting-room"),
    "phone_in": ("order", "complaint-line"),
}


@dataclass(frozen=True, slots=True)
class Planned:
    """One record to be sent."""

    at_ms: int
    """When, after the start."""
    topic: str
    body: dict[str, Any] | bytes
    """An event without its time, or bytes as they are."""
    occurred_ms: int = 0
    """When it happened, relative to the start."""
    key: bytes | None = None
    """The record's key; None: as producers must."""

    def record(self, start_ms: int) -> tuple[bytes | None, bytes]:
        """Key and value."""
        if isinstance(self.body, bytes):
            return self.key, self.body
        value = json.dumps({**self.body, "occurred_at": rfc3339(start_ms + self.occurred_ms)}).encode()
        return self.key or event_key(str(self.body["producer"]), str(self.body["event_id"])), value


def make_stream(plan: Plan) -> list[Planned]:
    """All records of a run in the order of sending."""
    rnd = random.Random(f"touchpulse stream {plan.seed}")
    live = list(_live(plan, rnd))
    imported = list(_imported(plan, rnd, live))
    return sorted([*live, *imported], key=lambda planned: planned.at_ms)


def _live(plan: Plan, rnd: random.Random) -> Iterator[Planned]:
    mix, feed_ms = plan.mixture, int(1_000 * plan.feed_s)
    burst_ms = rnd.randrange(feed_ms)
    flood_ms = rnd.randrange(feed_ms // 2)
    times = sorted(burst_ms if rnd.random() < mix.burst else rnd.randrange(feed_ms) for _ in range(plan.events))
    far = int(1.3 * plan.rules.horizon * plan.partitions)
    sent: list[Planned] = []
    for number, at_ms in enumerate(times):
        draw = rnd.random()
        if draw < mix.retry_soon and sent:
            planned = _again(rnd, plan, rnd.choice(sent[-300:]), at_ms)
        elif draw < mix.retry_soon + mix.retry_late and sent:
            planned = _again(rnd, plan, rnd.choice(sent[:-far] or sent), at_ms)
        elif rnd.random() < mix.bad:
            yield Planned(at_ms, LIVE, rnd.choice(list(bad_bodies(number))), key=b"bad-%d" % number)
            continue
        else:
            flooded = flood_ms <= at_ms < flood_ms + feed_ms // 3 and rnd.random() < mix.flood
            body = _event(rnd, mix.weighted, f"e{number}", f"invented-{number}" if flooded else "")
            if rnd.random() < mix.test:
                body["test"] = True
            planned = Planned(at_ms, LIVE, body, at_ms - _age_ms(plan, rnd))
        if rnd.random() < mix.misplaced:
            planned = replace(planned, key=b"misplaced-%d" % rnd.randrange(50))
        sent.append(planned)
        yield planned


def _again(rnd: random.Random, plan: Plan, first: Planned, at_ms: int) -> Planned:
    """A retry; some have another time and another answer: the first one counts."""
    if rnd.random() < plan.mixture.retry_changed and isinstance(first.body, dict):
        body = dict(first.body)
        if body["kind"] == "nps":
            body["score"] = rnd.randint(0, 10)
        return replace(first, at_ms=at_ms, body=body, occurred_ms=at_ms - _age_ms(plan, rnd))
    return replace(first, at_ms=at_ms)


def _age_ms(plan: Plan, rnd: random.Random) -> int:
    """How old an answer is when sent; below zero where the sender's clock is ahead."""
    mix, rules = plan.mixture, plan.rules
    draw = rnd.random()
    if draw < mix.late:
        return rnd.randrange(500, rules.max_age_ms)
    draw -= mix.late
    if draw < mix.very_late:
        return rnd.randrange(rules.max_age_ms, 2 * rules.max_age_ms)
    draw -= mix.very_late
    if draw < mix.ahead:
        return -rnd.randrange(int(1.6 * rules.max_skew_ms) + 1)
    draw -= mix.ahead
    if draw < mix.far_future:
        return -rnd.choice([3_600_000, DAY_MS, 400 * DAY_MS])
    return rnd.randrange(0, 300)


def _event(rnd: random.Random, weighted: float, event_id: str, invented: str = "") -> dict[str, Any]:
    channel = rnd.choice(tuple(PLACES))
    body: dict[str, Any] = {
        "event_id": event_id,
        "producer": rnd.choice(["shop-app", "till", "call-centre"]),
        "channel": channel,
        "touchpoint": rnd.choice(PLACES[channel]),
    }
    if channel == "store":
        body["location"] = rnd.choice(["north", "south", "harbour"])
    if rnd.random() < 0.3:
        body["segment"] = rnd.choice(["new", "regular"])
    if rnd.random() < 0.1:
        body["respondent"] = "employee"
    if rnd.random() < 0.3:
        body["stage"] = rnd.choice(["purchase", "use"])
    if rnd.random() < weighted:
        body["weight"] = rnd.choice([0.5, 1.5, 2, 0.000333])
    if invented:
        body[rnd.choice(["location", "segment"])] = invented
        if rnd.random() < 0.1:
            body["channel"] = invented
    return body | _answer(rnd)


def _answer(rnd: random.Random) -> dict[str, Any]:
    kind = rnd.choices(["csat", "nps", "ces", "other"], [50, 25, 15, 10])[0]
    if kind == "csat":
        scale = rnd.choice(["1-5", "1-5", "1-5", "1-7", "1-10"])
        top = int(scale.partition("-")[2])
        return {"kind": "csat", "scale": scale, "score": rnd.choice([top, top, top - 1, top - 1, rnd.randint(1, top)])}
    if kind == "nps":
        return {"kind": "nps", "score": rnd.choice([10, 9, 8, 7, rnd.randint(0, 10)])}
    if kind == "ces":
        direction, scale, top = rnd.choice([("effort", "1-5", 5), ("agreement", "1-7", 7), ("ease", "1-5", 5)])
        return {"kind": "ces", "scale": scale, "direction": direction, "score": rnd.randint(1, top)}
    return rnd.choice(
        [
            {"kind": "rating", "aspect": "service", "experience": rnd.randint(1, 10), "importance": rnd.randint(1, 10)},
            {"kind": "trust", "integrity": rnd.randint(1, 10), "ability": rnd.randint(1, 10)},
            {"kind": "emotion", "valence": rnd.randint(-10, 10) / 10},
            {"kind": "complaint", "severity": rnd.randint(1, 3), "topic": "delivery"},
            {"kind": "interaction", "wait_s": rnd.randint(0, 500), "first_contact": rnd.random() < 0.7},
            {"kind": "signal", "signal": "rage-tap"},
            {"kind": "visit"},
        ]
    )


def _imported(plan: Plan, rnd: random.Random, live: list[Planned]) -> Iterator[Planned]:
    """A survey file sent twice beside the stream: of days and years ago, and of answers that came live too."""
    mix, feed_ms = plan.mixture, int(1_000 * plan.feed_s)
    days = [rnd.randrange(1, 700) for _ in range(4)]
    known = [planned for planned in live if isinstance(planned.body, dict)]
    rows = []
    for number in range(int(mix.imported * plan.events)):
        draw = rnd.random()
        if draw < mix.bad:
            rows.append(Planned(0, IMPORT, rnd.choice(list(bad_bodies(100_000 + number)))))
        elif draw < mix.bad + mix.import_again:
            twin = rnd.choice(known)
            apart_ms = rnd.randrange(-60_000, 0) if rnd.random() < mix.import_apart else 0
            occurred_ms = min(twin.occurred_ms, twin.at_ms) + apart_ms
            rows.append(replace(twin, topic=IMPORT, key=None, occurred_ms=occurred_ms))
        else:
            body = _event(rnd, mix.weighted, f"i{number}")
            if rnd.random() < mix.test:
                body["test"] = True
            old_ms = rnd.choice(days) * DAY_MS if rnd.random() < 0.6 else rnd.randrange(120_000)
            rows.append(Planned(0, IMPORT, body, -old_ms - rnd.randrange(60_000)))
    for begin, end in ((0.05, 0.5), (0.55, 0.95))[: 1 + mix.import_twice]:
        step_ms = (end - begin) * feed_ms / max(1, len(rows))
        for place, row in enumerate(rows):
            yield replace(row, at_ms=int(begin * feed_ms + place * step_ms))


def bad_bodies(number: int) -> Iterator[bytes]:
    """Bytes that no contract takes, each in another way."""
    good = (
        f'{{"kind":"csat","event_id":"bad-{number}","occurred_at":"2026-01-02T03:04:05Z","producer":"till",'
        '"channel":"web","touchpoint":"checkout","scale":"1-5","score":4}'
    )
    yield b""
    yield b"{nonsense"
    yield b"[1]"
    yield good.replace('"score":4', '"score":"4"').encode()
    yield good.replace('"csat"', '"csta"').encode()
    yield good.replace('"score":4', '"score":6').encode()
    yield good.replace("1-5", "1-6").encode()
    yield good.replace("05Z", "05").encode()
    yield good.replace("2026-01-02T", "2026-13-02T").encode()
    yield good.replace("2026-01-02T", "2099-01-02T").encode()
    yield good.replace('"score":4', '"score":1e400').encode()
    yield good.replace("{", '{"score":1,', 1).encode()
    yield good.replace('"producer":"till",', "").encode()
    yield good.replace('"till"', '""').encode()
    yield good.encode().replace(b"till", b"t\xffll")
    yield good.replace("{", '{"comment":"' + "x" * 70_000 + '",', 1).encode()
    yield good.replace("{", '{"more":' + "[" * 50 + "]" * 50 + ",", 1).encode()
