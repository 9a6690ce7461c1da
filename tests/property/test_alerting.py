"""What must hold for any stream: the bench runs the product's rule, and a crash changes no page."""

from __future__ import annotations

import random
from copy import deepcopy

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.pure.alerting.engine import Engine, Step
from streams.pure.alerting.inputs import Input, Row, Slice, Tick
from streams.pure.alerting.mix import change
from streams.pure.alerting.rules import RuleFile
from streams.pure.alerting.worsening import Watch, Worsening
from tests.bench.alerts_ours import Run, skim
from tests.bench.alerts_streams import World, hours, one_by_one

RULES = RuleFile.model_validate({
    "version": 1,
    "rules": [
        {
            "name": "channel", "kind": "worsening", "metric": "csat", "scale": "csat-1-5", "scope": {"channel": "each"},
            "repeat_h": 1.0, "resolve_after": 2,
        },
        {
            "name": "part", "kind": "worsening", "metric": "csat", "scale": "csat-1-5",
            "scope": {"channel": "each", "touchpoint": "each"},
        },
        {"name": "low", "kind": "level", "metric": "csat", "scale": "csat-1-5", "below": 70.0, "min_n": 30},
        {"name": "silent", "kind": "silent", "scope": {"producer": "each"}},
        {"name": "late", "kind": "late", "after_s": 60},
    ],
})  # fmt: skip
MONDAY = 1_767_571_200_000


@pytest.mark.parametrize("strata", [((1.0, 1.0),), ((0.5, 0.8), (3.0, 0.2))], ids=["one", "two"])
@given(seed=st.integers(0, 2**32), drop=st.sampled_from([0.0, 0.05]))
@settings(max_examples=4, deadline=None)
def test_the_bench_runs_the_rule_of_the_product(
    strata: tuple[tuple[float, float], ...], seed: int, drop: float
) -> None:
    """Hours taken in one step leave a watch as slice after slice does."""
    world = World(120_000, strata=strata)
    quick, plain = Run(Watch(Worsening()), []), Run(Watch(Worsening()), [])
    skimmed = 0
    for first, last, more in ((0, 60, 0.0), (60, 84, drop)):
        for hour in hours(world, (seed,), first, last, drop=more):
            skimmed += skim(deepcopy(quick.watch), hour)
            quick.take(hour)
            for start_ms, counts in one_by_one(hour):
                plain.slice(start_ms, counts)
    assert skimmed > 5
    assert [at for at, _ in quick.pages] == [at for at, _ in plain.pages]
    one, other = msgspec.to_builtins(quick.watch), msgspec.to_builtins(plain.watch)
    assert _close(one, other)


def _close(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_close(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(_close(a, b) for a, b in zip(one, other, strict=True))
    return one == pytest.approx(other, rel=1e-6, abs=1e-6) if isinstance(one, float) else one == other


def log(seed: int) -> list[Input]:
    """Days of slices with a drop, a gap and lateness."""
    rnd, found = random.Random(seed), list[Input]()
    for index in range(600):
        start = MONDAY + index * 900_000
        share = 0.5 if 350 <= index < 370 + rnd.randrange(40) else 0.1
        rows = [
            Row(channel, "", touchpoint, "", "", "p", "csat", "csat-1-5", [(1, bad), (5, 5 - bad)])
            for channel in ("app", "web")
            for touchpoint in ("pay", "find")
            if (bad := sum(rnd.random() < (share if channel == "app" else 0.1) for _ in range(5))) >= 0
        ]
        if not 480 <= index < 520:
            found.append(Slice(start, start + 10_000, rows))
        found.append(Tick(start + 10_000, start - (300_000 if 360 <= index < 365 else 0)))
    return found


LOGS = {seed: log(seed) for seed in range(3)}


def run(engine: Engine, inputs: list[Input]) -> list[Step]:
    return [step for given in inputs for step in engine.handle(given)]


@given(seed=st.sampled_from(sorted(LOGS)), cut=st.integers(330, 1_100))
@settings(max_examples=6, deadline=None)
def test_a_crash_anywhere_gives_the_same_pages_with_the_same_ids(seed: int, cut: int) -> None:
    """State is stored after some input; whoever takes over reads the inputs since again."""
    inputs = LOGS[seed]
    whole = run(Engine(RULES), inputs)
    first = Engine(RULES)
    before = run(first, inputs[:cut])
    stored = first.dump()
    run(first, inputs[cut : cut + 40])  # done, and then lost
    after = run(Engine(RULES, state=Engine.load(stored)), inputs[cut:])
    assert [msgspec.to_builtins(step) for step in before + after] == [msgspec.to_builtins(step) for step in whole]
    ids = [step.page.id for step in whole if step.page]
    assert len(ids) == len(set(ids))
    assert ids


parts = st.dictionaries(
    st.sampled_from("abcd"),
    st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda p: (float(max(p)), float(min(p)))),
)


@given(before=parts, now=parts)
def test_mix_rate_and_both_add_up_to_the_change(
    before: dict[str, tuple[float, float]], now: dict[str, tuple[float, float]]
) -> None:
    found = change(before, now)
    if found is None:
        return
    assert found.rate + found.mix + found.both == pytest.approx(found.total)
    if all(name in before and before[name][0] for name in now if now[name][0]):
        share = [sum(bad for _, bad in part.values()) / sum(n for n, _ in part.values()) for part in (before, now)]
        assert found.total == pytest.approx(100 * (share[1] - share[0]), abs=1e-6)
