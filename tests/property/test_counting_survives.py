"""Whoever counts, however often they crash, froze or were replaced: the sums equal a one-pass count."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from streams.pure.cells import CellMessage, cell_message, decode, mark_message
from streams.pure.counting import COARSE_MS, SLICE_MS, PartitionCounter
from streams.pure.policies import Policy, Rulebook
from streams.pure.trail import Footprint, framed, read, recall
from streams.pure.windows import Windows
from tests.kit.logs import START_MS, Stored, one_pass, policy, random_log, rulebook


def published_by_failing_workers(
    log: list[Stored],
    rules: Rulebook,
    rnd: random.Random,
    *,
    writers: bool = True,
    rewind: bool = True,
    spans: bool = True,
    trail: bool = False,
    gaps_told: bool = True,
) -> list[tuple[bytes, bytes]]:
    """The panes topic after workers counted, crashed, froze and woke up; with one record left for each key.

    `writers=False` leaves the writer out of the key, `rewind=False` starts at the committed offset instead
    of its block: each rule left out must show. With `trail`, workers recall what any of them noted down instead of
    reading it again; `gaps_told=False` lets them believe that nothing lies between what was noted.
    """
    noted: list[bytes] = []

    def recalled(start: int, end: int) -> list[Footprint]:
        known = [found for framed in noted for found in read(framed)]
        if not gaps_told:
            known = [structs.replace(found, since=0) for found in known]
        return recall(known, start, end)

    topic: list[tuple[bytes, bytes]] = []
    frozen: list[tuple[bytes, bytes]] = []
    committed, writer = 0, 0
    while committed < len(log):
        writer += 1
        boundary = last_boundary(log, committed, rules) if spans else None
        counter = PartitionCounter(
            rules, committed if writer > 1 else None, 0, boundary, recall=recalled if trail else None
        )
        if not rewind:
            counter.count_from = counter.read_from = counter.position = committed
        steps = rnd.randint(1, 120) if rnd.random() < 0.8 else len(log) + 1

        def publish(to: list[tuple[bytes, bytes]], counter: PartitionCounter = counter, writer: int = writer) -> int:
            work = counter.take(coarse=rnd.random() < 0.3)
            name = f"w{writer}" if writers else "w"
            common: dict[str, Any] = {"log": "log", "partition": 0, "writer": name}
            for block, cells in work.blocks:
                place = {"block": block.first_offset, "policy": block.policy.number}
                to += [cell_message(cell, **place, **common) for cell in cells]
            for block, _ in work.blocks:
                to.append(mark_message(block, topic="t", partitions=1, heard_ms=block.record_time_ms, **common))
            return work.position

        position = counter.read_from
        counted_to = min(len(log), counter.count_from + steps)
        while position < counted_to:
            end = min(counted_to, position + rnd.randint(1, 20))
            counter.feed(log[position:end])
            position = end
            for footprint in counter.footprints():
                whole = framed(footprint)
                # A crash may lose any of them, or cut it off.
                noted.append(whole if rnd.random() < 0.9 else whole[: rnd.randrange(len(whole))])
            if counter.warm and rnd.random() < 0.4:
                reached = publish(topic)
                if rnd.random() < 0.5:
                    committed = max(committed, reached)
            if frozen and rnd.random() < 0.2:
                topic.append(frozen.pop(0))
        if position >= len(log):
            publish_all(counter, publish, topic)
            committed = len(log)
        elif counter.warm:
            publish(frozen)
    topic += frozen
    last = {key: place for place, (key, _) in enumerate(topic)}
    return [topic[place] for place in sorted(last.values())]


def last_boundary(log: list[Stored], committed: int, rules: Rulebook) -> int | None:
    """What a broker answers when asked, moment by moment, for the first record since a block's end by time."""
    if not committed:
        return None
    start_ms = rules.boundary_before(log[-1].timestamp)
    while True:
        first = next((item.offset for item in log if item.timestamp >= start_ms), None)
        if first is not None and first < committed:
            return first
        start_ms = rules.boundary_before(start_ms - 1)


def publish_all(counter: PartitionCounter, publish: Any, topic: list[tuple[bytes, bytes]]) -> None:
    """Publishes twice: the second time the coarse cells held back the first time are certainly out."""
    for _ in range(20):
        publish(topic)


def highest_versions(topic: list[tuple[bytes, bytes]], width_ms: int) -> Counter[Any]:
    """What a cold reader of the compacted topic adds up, without Windows: plain highest version by cell."""
    best: dict[Any, CellMessage] = {}
    for _, value in topic:
        message = decode(value)
        if isinstance(message, CellMessage) and message.width_ms == width_ms:
            known = best.get(message.place)
            if known is None or message.version > known.version:
                best[message.place] = message
    sums: Counter[Any] = Counter()
    for cell in best.values():
        for row in cell.series:
            for point, n, _, _ in row[7]:
                sums[(cell.slice_ms, cell.channel, row[2], point)] += n
    return +sums


def expected(log: list[Stored], *policies: Policy, width_ms: int) -> Counter[Any]:
    counts, _ = one_pass(log, *policies, width_ms=width_ms)
    merged: Counter[Any] = Counter()
    for (start_ms, channel, location, score, _weight), n in counts.items():
        merged[(start_ms, channel, location, score)] += n
    return merged


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9), block_size=st.sampled_from([5, 16, 40]), horizon=st.sampled_from([10, 30]))
def test_crashes_zombies_and_compaction_change_no_sum(seed: int, block_size: int, horizon: int) -> None:
    rules = policy(block_size=block_size, horizon=horizon)
    log = random_log(seed)
    topic = published_by_failing_workers(log, rulebook(rules), random.Random(seed))
    assert highest_versions(topic, SLICE_MS) == expected(log, rules, width_ms=SLICE_MS)
    assert highest_versions(topic, COARSE_MS) == expected(log, rules, width_ms=COARSE_MS)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9), horizon=st.sampled_from([10, 30, 60]))
def test_what_is_recalled_instead_of_read_again_changes_no_sum(seed: int, horizon: int) -> None:
    rules = policy(block_size=16, horizon=horizon)
    log = random_log(seed)
    topic = published_by_failing_workers(log, rulebook(rules), random.Random(seed), trail=True)
    assert highest_versions(topic, SLICE_MS) == expected(log, rules, width_ms=SLICE_MS)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_a_clock_ahead_within_the_allowed_skew_changes_no_sum(seed: int) -> None:
    rules = policy(max_skew_ms=20_000, horizon=60)
    log = random_log(seed, skew_s=20)
    topic = published_by_failing_workers(log, rulebook(rules), random.Random(seed))
    assert highest_versions(topic, SLICE_MS) == expected(log, rules, width_ms=SLICE_MS)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**9), span_s=st.sampled_from([7, 50, 130]))
def test_blocks_that_end_with_a_span_of_time_change_no_sum(seed: int, span_s: int) -> None:
    """A quiet partition's block ends with the day, or retention would take its start away."""
    rules = policy(block_size=90, block_span_ms=1000 * span_s, max_series=5)
    log = random_log(seed)
    topic = published_by_failing_workers(log, rulebook(rules), random.Random(seed))
    assert highest_versions(topic, SLICE_MS) == expected(log, rules, width_ms=SLICE_MS)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_a_flood_of_names_is_counted_as_other_and_the_total_stays(seed: int) -> None:
    rules = policy(max_series=3)
    log = random_log(seed)
    topic = published_by_failing_workers(log, rulebook(rules), random.Random(seed))
    assert highest_versions(topic, SLICE_MS) == expected(log, rules, width_ms=SLICE_MS)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**9),
    begins_s=st.lists(st.integers(1, 600), min_size=1, max_size=3, unique=True),
    horizons=st.lists(st.sampled_from([10, 25, 40]), min_size=3, max_size=3),
)
def test_policies_that_change_while_workers_fail_change_no_other_sum(
    seed: int, begins_s: list[int], horizons: list[int]
) -> None:
    """Each record is judged by the policy in force when it came, whoever counts it."""
    first = policy(horizon=20, max_series=1000)
    later = [
        policy(number=number, from_ms=START_MS + 1000 * begin_s, horizon=horizon, max_age_ms=8_000, max_series=4)
        for number, (begin_s, horizon) in enumerate(zip(sorted(begins_s), horizons, strict=False), start=2)
    ]
    policies = [first, *later]
    log = random_log(seed)
    topic = published_by_failing_workers(log, rulebook(*policies), random.Random(seed))
    assert highest_versions(topic, SLICE_MS) == expected(log, *policies, width_ms=SLICE_MS)
    assert highest_versions(topic, COARSE_MS) == expected(log, *policies, width_ms=COARSE_MS)


def test_a_policy_that_held_at_once_would_change_sums() -> None:
    """The bench can fail: a worker that counts the open block by a rule announced for later is found."""
    wrong = 0
    for seed in range(20):
        log = random_log(seed)
        now = policy(horizon=100)
        change = replace(now, number=2, from_ms=START_MS + 200_000, max_age_ms=8_000)
        at_once = replace(change, from_ms=START_MS + 190_000)
        topic = published_by_failing_workers(log, rulebook(now, at_once), random.Random(seed))
        wrong += highest_versions(topic, SLICE_MS) != expected(log, now, change, width_ms=SLICE_MS)
    assert wrong > 0


@pytest.mark.parametrize("missing", ["writers", "rewind"])
def test_each_rule_is_needed(missing: str) -> None:
    """The bench can fail: without the rule at least one of 60 seeds shows a wrong sum."""
    rules = policy(horizon=10)
    wrong = 0
    for seed in range(60):
        log = random_log(seed)
        topic = published_by_failing_workers(log, rulebook(rules), random.Random(seed), **{missing: False})
        wrong += highest_versions(topic, SLICE_MS) != expected(log, rules, width_ms=SLICE_MS)
    assert wrong > 0


def test_a_trail_with_gaps_believed_would_change_sums() -> None:
    """The bench can fail: who takes what was lost of the trail for empty offsets is found."""
    rules = policy(block_size=16, horizon=30)
    wrong = 0
    for seed in range(60):
        log = random_log(seed)
        topic = published_by_failing_workers(log, rulebook(rules), random.Random(seed), trail=True, gaps_told=False)
        wrong += highest_versions(topic, SLICE_MS) != expected(log, rules, width_ms=SLICE_MS)
    assert wrong > 0


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_windows_fed_in_any_order_equal_a_one_pass_count(seed: int) -> None:
    """A window is the sum of the distinct answers in it, weighted and not, whatever order versions arrive in."""
    rnd = random.Random(seed)
    rules = policy()
    log = random_log(seed)
    topic = published_by_failing_workers(log, rulebook(rules), rnd)
    rnd.shuffle(topic)
    windows = Windows(SLICE_MS, [60_000, 300_000])
    now_ms = log[-1].timestamp
    for step, (_, value) in enumerate(topic):
        message = decode(value)
        if isinstance(message, CellMessage):
            windows.apply(message)
        if step % 50 == 0:  # windows move while cells arrive
            list(windows.sums(60_000, windows.current_end_ms(START_MS + step * 1000)))
    counts, _ = one_pass(log, rules)
    end_ms = windows.current_end_ms(now_ms)
    for length_ms in (60_000, 300_000):
        rows = {
            (row.channel, row.member): row for row in windows.sums(length_ms, end_ms) if row.dimension == "location"
        }
        n: Counter[Any] = Counter()
        weight: Counter[Any] = Counter()
        weighted_sum: Counter[Any] = Counter()
        for (start_ms, channel, location, score, w), count in counts.items():
            if end_ms - length_ms <= start_ms < end_ms:
                n[(channel, location)] += count
                weight[(channel, location)] += w * count
                weighted_sum[(channel, location)] += w * count * score
        assert {key: row.n for key, row in rows.items() if row.n} == dict(n)
        assert {key: row.weight for key, row in rows.items() if row.n} == dict(weight)
        assert {key: row.w_total for key, row in rows.items() if row.n} == dict(weighted_sum)
