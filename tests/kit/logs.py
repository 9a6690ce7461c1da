"""Small logs of events for tests of the pure core, and a plain one-pass count to hold it against."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schemas.decode import Decoder
from streams.pure.policies import Policy, Rulebook

START_MS = 1_790_000_000_000


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it lies in a log."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


def rfc3339(at_ms: int) -> str:
    """UTC time with milliseconds."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"


def event(event_id: str, at_ms: int, *, score: int = 4, channel: str = "web", **more: Any) -> dict[str, Any]:
    """A CSAT answer as a producer would send it."""
    return {
        "kind": "csat", "event_id": event_id, "occurred_at": rfc3339(at_ms), "producer": "shop", "channel": channel,
        "touchpoint": "checkout", "score": score, "scale": "1-5", **more,
    }  # fmt: skip


def record(offset: int, time_ms: int, body: dict[str, Any] | bytes) -> Stored:
    """An event, keyed as producers must."""
    if isinstance(body, bytes):
        return Stored(offset, time_ms, b"?", body)
    key = f"{body['producer']}:{body['event_id']}".encode()
    return Stored(offset, time_ms, key, json.dumps(body).encode())


def policy(**changes: int) -> Policy:
    """Small rules, so that blocks and horizons are crossed often."""
    rules = {
        "number": 1, "block_size": 16, "block_span_ms": 10**12, "horizon": 10,
        "max_age_ms": 200_000, "max_skew_ms": 0, "max_series": 1000,
    }  # fmt: skip
    return Policy(**{**rules, **changes})


def rulebook(*policies: Policy) -> Rulebook:
    """Policies with the contract as it is built in."""
    decode = Decoder().decode
    return Rulebook(policies, lambda _: decode)


def random_log(seed: int, size: int = 400, skew_s: int = 0) -> list[Stored]:
    """Retries soon and late, late answers, a future clock, bad events, a flood of names."""
    rnd = random.Random(seed)
    log: list[Stored] = []
    sent: list[dict[str, Any]] = []
    now_s = 0
    for offset in range(size):
        now_s += rnd.choice([0, 1, 1, 2])
        now_ms = START_MS + 1000 * now_s
        if sent and rnd.random() < 0.15:
            body: dict[str, Any] | bytes = rnd.choice(sent)
        elif rnd.random() < 0.03:
            body = rnd.choice([b"{", b'{"kind":"csat"}', json.dumps(event("x", now_ms, score=9)).encode()])
        else:
            at_ms = now_ms - 1000 * rnd.choice([0, 0, 0, 1, 5, 15, 60]) + 1000 * rnd.choice([0, 0, skew_s])
            name = f"loc-{offset}" if rnd.random() < 0.3 else rnd.choice(["a", "b"])
            body = event(
                f"e{offset}", at_ms, score=rnd.randint(1, 5), channel=rnd.choice(["web", "app"]), location=name,
                **({"weight": rnd.choice([0.5, 2.0])} if rnd.random() < 0.2 else {}),
            )  # fmt: skip
            sent.append(body)
        log.append(record(offset, now_ms, body))
    return log


def one_pass(log: list[Stored], *policies: Policy, width_ms: int = 10_000) -> tuple[Counter[Any], Counter[str]]:
    """Distinct answers by (slice, channel, location, score, weight), and records by class, in one plain loop.

    Under the policies' `from_ms` each record is judged by the last one that had begun when it came.
    """
    counts: Counter[Any] = Counter()
    classes: Counter[str] = Counter()
    seen_at: dict[str, int] = {}
    names: set[tuple[str, str]] = set()
    before: tuple[int, int] | None = None
    latest_ms = 0
    for place, item in enumerate(log):
        latest_ms = max(latest_ms, item.timestamp)
        rules = [known for known in policies if known.from_ms <= latest_ms][-1]
        part = (latest_ms // rules.block_span_ms, rules.number)
        if place % rules.block_size == 0 or part != before:
            names = set()
        before = part
        try:
            body = json.loads(item.value or b"")
            valid = body["kind"] == "csat" and 1 <= body["score"] <= 5
        except (ValueError, KeyError):
            valid = False
        at_ms = int(datetime.fromisoformat(body["occurred_at"]).timestamp() * 1000) if valid else 0
        if not valid or at_ms > item.timestamp + rules.max_skew_ms:
            classes["rejected"] += 1
            continue
        tie_ms = log[place - rules.horizon].timestamp + 2 * rules.max_skew_ms if place >= rules.horizon else -1
        late = at_ms <= tie_ms or item.timestamp - at_ms > rules.max_age_ms
        if body["event_id"] in seen_at and place - seen_at[body["event_id"]] <= rules.horizon:
            classes["duplicate"] += 1
        elif late:
            classes["late"] += 1
        else:
            classes["accepted"] += 1
            name = (body["channel"], body["location"])
            if name not in names and len(names) >= rules.max_series:
                name = (
                    body["channel"] if any(body["channel"] == known[0] for known in names) else "other",
                    "",
                )
            else:
                names.add(name)
            weight = round(body.get("weight", 1.0) * 1_000_000)
            counts[(at_ms - at_ms % width_ms, *name, body["score"], weight)] += 1
        seen_at[body["event_id"]] = place
    return counts, classes
