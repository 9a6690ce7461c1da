"""Same seed, same plan, same stream: else no failure could be repeated."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.chaos.plan import POINTS, STORE_FAULTS, STRIKES, as_dict
from tests.chaos.planning import make_plan
from tests.chaos.stream import IMPORT, LIVE, make_stream

ROOT = Path(__file__).parents[2]
SEEDS = range(500)


def test_a_plan_and_its_stream_are_functions_of_the_seed_alone() -> None:
    """Also in another process, whose sets have another order."""
    program = (
        "import json, hashlib; from tests.chaos.plan import as_dict; from tests.chaos.planning import make_plan;"
        "from tests.chaos.stream import make_stream; plan = make_plan(11); stream = repr(make_stream(plan)).encode();"
        "print(json.dumps([as_dict(plan), hashlib.sha256(stream).hexdigest()]))"
    )

    def elsewhere(hash_seed: str) -> object:
        env = {**os.environ, "PYTHONHASHSEED": hash_seed}
        said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=env, capture_output=True, check=True)
        return json.loads(said.stdout)

    assert elsewhere("1") == elsewhere("2")
    assert make_plan(11) == make_plan(11) != make_plan(12)


def test_every_kind_of_fault_is_planned_again_and_again() -> None:
    """Two hundred runs must mean something for each of them."""
    times = Counter(kind for seed in SEEDS for kind in make_plan(seed).kinds())
    assert set(times) == {*STRIKES, *STORE_FAULTS, *POINTS}
    assert min(times.values()) > 10


def test_no_run_is_calm() -> None:
    """A run without a fault would only count seconds."""
    assert all(make_plan(seed).kinds() for seed in SEEDS)


def test_leaving_a_fault_out_leaves_the_others_as_they_are() -> None:
    """So that a failure can be narrowed down."""
    seed = next(seed for seed in SEEDS if {"freeze", "ch_hang"} <= set(make_plan(seed).kinds()))
    whole, less = make_plan(seed), make_plan(seed, without=["ch_hang"])
    assert as_dict(less) == as_dict(whole) | {"store_faults": as_dict(less)["store_faults"]}
    assert "ch_hang" not in less.kinds()


def test_only_a_run_that_strikes_the_broker_must_be_alone() -> None:
    """All others share it."""
    assert {make_plan(seed).alone for seed in SEEDS} == {True, False}
    assert all(make_plan(seed).alone == ("broker_restart" in make_plan(seed).kinds()) for seed in SEEDS)


def test_a_stream_holds_everything_that_makes_counting_hard() -> None:
    """Retries with the same and another time, wrong keys, tests, nonsense, and an import of some of it, twice."""
    plan = make_plan(3)
    stream = make_stream(plan)
    live = [each for each in stream if each.topic == LIVE]
    imported = [each for each in stream if each.topic == IMPORT]
    assert len(live) == plan.events
    events = [each for each in live if isinstance(each.body, dict)]
    names = Counter((each.body["producer"], each.body["event_id"]) for each in events if isinstance(each.body, dict))
    times = {(str(each.body), each.occurred_ms) for each in events}
    assert max(names.values()) > 1
    assert len(times) < len(events), "retries that keep their time"
    assert len(times) > len(names), "and such as do not"
    assert any(each.key for each in events)
    assert any(isinstance(each.body, bytes) for each in live)
    assert any(isinstance(each.body, dict) and each.body.get("test") for each in live)
    twins = {(each.body["producer"], each.body["event_id"]) for each in imported if isinstance(each.body, dict)}
    assert twins & names.keys()
    assert len(imported) == 2 * int(plan.mixture.imported * plan.events)
    assert [each.at_ms for each in stream] == sorted(each.at_ms for each in stream)
