"""Whether this process may still act, and what is told of what it counted."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from faust.types import TP

from streams.apps import classes
from streams.edges import measured_store, metrics
from streams.edges.errors import Unavailable
from streams.edges.store import Store
from streams.edges.vitals import AWAY, Exit, Pulse
from tests.kit.logs import START_MS, event, record


class Clock:
    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


class Left(list[tuple[Exit, str]]):
    def __call__(self, code: Exit, said: str, **_: object) -> None:
        self.append((code, said))


def pulse() -> tuple[Pulse, Clock, Left]:
    clock, left = Clock(), Left()
    return Pulse(clock, left), clock, left


def test_a_process_that_was_stopped_ends_whoever_notices_first() -> None:
    """The watch's thread, or whoever is about to act before it had its turn."""
    for notice in ("beat", "check"):
        beating, clock, left = pulse()
        beating.start(7.0)
        clock.now_s += 6.9
        getattr(beating, notice)()
        assert not left
        beating.beat()
        clock.now_s += 7.1
        getattr(beating, notice)()
        assert [code for code, _ in left] == [Exit.FROZEN]


def test_a_process_without_a_watch_is_not_taken_for_frozen() -> None:
    beating, clock, left = pulse()
    clock.now_s += 10_000
    beating.check()
    beating.start(7.0)
    beating.start(0)
    clock.now_s += 10_000
    beating.check()
    assert not left


def value(metric: Any) -> float:
    return float(metric._value.get())


def test_a_block_that_is_told_again_adds_only_what_is_new() -> None:
    """Its counts are cumulative, and each publication tells them all."""
    from schemas.decode import Decoder
    from streams.pure.counting import PartitionCounter
    from streams.pure.policies import Rulebook
    from tests.kit.logs import policy

    decode = Decoder().decode
    counter = PartitionCounter(Rulebook([policy(block_size=8, horizon=1_000)], lambda _: decode), None, 0)
    tp = TP("told-once", 0)
    before = {name: value(metrics.EVENTS.labels(name)) for name in classes.CLASSES}
    for first in range(0, 20, 5):
        counter.feed([record(n, START_MS + n, event(f"e{n % 18}", START_MS)) for n in range(first, first + 5)])
        classes.tell(tp, counter.take(coarse=True))
    counter.feed([record(20, START_MS, b"{")])
    classes.tell(tp, counter.take(coarse=True))
    classes.tell(tp, counter.take(coarse=True))
    told = {name: value(metrics.EVENTS.labels(name)) - before[name] for name in classes.CLASSES}
    assert told == {"accepted": 18, "duplicate": 2, "late": 0, "rejected": 1}
    assert value(metrics.REJECTED.labels("not_json")) >= 1


def test_a_store_that_does_not_answer_is_away_until_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """The watch must know whom a worker waits for."""
    answering = False

    def rows(*_: Any) -> list[Any]:
        if not answering:
            raise Unavailable("refused")
        return []

    monkeypatch.setattr(Store, "rows", rows)
    store = object.__new__(measured_store.MeasuredStore)
    with pytest.raises(Unavailable):
        store.rows("SELECT 1")
    assert AWAY.who() == ["store"]
    answering = True
    store.rows("SELECT 1")
    assert AWAY.who() == []


HANGS = """
import asyncio, logging
from streams.edges.vitals import end_within
logging.basicConfig(format="%(message)s")
end_within(0.3)
asyncio.run(asyncio.Event().wait())
"""


def test_who_cannot_stop_in_order_ends_all_the_same() -> None:
    """Faust waits for its consumer's thread, and that may have died of what the worker stops for."""
    ended = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=60)
    assert ended.returncode == Exit.STALLED
    assert "stopping took longer than 0.3 s" in ended.stderr
