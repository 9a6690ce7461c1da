"""Counting one partition: each rule on a log small enough to follow by eye."""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import Any

import pytest

from streams.pure.counting import COARSE_MS, PART_SERIES, SLICE_MS, PartitionCounter
from streams.pure.lateness import LateRule
from streams.pure.policies import Policy
from tests.kit.logs import START_MS, Stored, event, policy, record, rulebook


def counted(log: list[Stored], rules: Policy | None = None, committed: int | None = None) -> PartitionCounter:
    counter = PartitionCounter(rulebook(rules or policy()), committed, 0)
    counter.feed([item for item in log if item.offset >= counter.read_from])
    return counter


def classes(counter: PartitionCounter) -> dict[str, int]:
    blocks = [block for block, _ in counter.take(coarse=True).blocks]
    return {
        name: sum(getattr(block, name) for block in blocks) for name in ("accepted", "duplicate", "late", "rejected")
    }


def log_of(*bodies: dict[str, Any] | bytes, step_ms: int = 1000) -> list[Stored]:
    return [record(offset, START_MS + step_ms * offset, body) for offset, body in enumerate(bodies)]


def line_of(rule: LateRule, offset: int, time_ms: int) -> int:
    rule.remember([offset], array("q", [time_ms]))
    return rule.line_ms(offset, time_ms)


def test_a_retry_is_a_duplicate_and_counts_once() -> None:
    answer = event("a", START_MS)
    assert classes(counted(log_of(answer, event("b", START_MS), answer))) == {
        "accepted": 2, "duplicate": 1, "late": 0, "rejected": 0,
    }  # fmt: skip


def test_the_same_id_of_two_producers_is_two_answers() -> None:
    assert classes(counted(log_of(event("a", START_MS), event("a", START_MS, producer="till"))))["accepted"] == 2


def test_a_rejected_id_is_not_remembered_so_a_mended_retry_counts() -> None:
    assert classes(counted(log_of(event("a", START_MS, score=9), event("a", START_MS)))) == {
        "accepted": 1, "duplicate": 0, "late": 0, "rejected": 1,
    }  # fmt: skip


def test_a_late_id_is_remembered() -> None:
    """First that fits: rejected, duplicate, late, accepted."""
    old = event("a", START_MS - 300_000)
    assert classes(counted(log_of(old, old))) == {"accepted": 0, "duplicate": 1, "late": 1, "rejected": 0}


def test_a_retry_beyond_the_horizon_is_late_not_counted_again() -> None:
    first = event("a", START_MS)
    others = [event(f"e{number}", START_MS + 1000 * number) for number in range(1, 12)]
    assert classes(counted(log_of(first, *others, first))) == {"accepted": 12, "duplicate": 0, "late": 1, "rejected": 0}


def test_far_future_is_rejected_with_a_reason_and_the_bytes() -> None:
    counter = counted(log_of(event("a", START_MS + 60_000)), policy(max_skew_ms=5_000))
    rejected = counter.take(coarse=True).rejected
    assert [item.why.reason for item in rejected] == ["far_future"]
    assert b'"event_id": "a"' in rejected[0].raw
    assert "60 s ahead" in rejected[0].why.message


def test_a_test_event_is_accepted_and_never_scored() -> None:
    counter = counted(log_of(event("a", START_MS, test=True)))
    taken = counter.take(coarse=True)
    assert [cells for _, cells in taken.blocks] == [[]]
    assert (taken.blocks[0][0].accepted, taken.blocks[0][0].test) == (1, 1)


def test_an_answer_lands_in_its_slice_of_event_time_both_fine_and_coarse() -> None:
    at_ms = START_MS - START_MS % COARSE_MS + 12_345
    counter = counted([record(0, at_ms + 5_000, event("a", at_ms))])
    cells = {cell.width_ms: cell.slice_ms for _, cells in counter.take(coarse=True).blocks for cell in cells}
    assert cells == {SLICE_MS: at_ms - 2_345, COARSE_MS: at_ms - 12_345}


def test_only_changed_cells_are_published_again_and_they_are_cumulative() -> None:
    log = log_of(event("a", START_MS), event("b", START_MS), event("c", START_MS + 60_000), step_ms=60_000)
    counter = counted(log[:1])
    counter.take(coarse=True)
    counter.feed(log[1:2])
    ((_, cells),) = counter.take(coarse=False).blocks
    assert [(cell.width_ms, list(cell.series.values())) for cell in cells] == [
        (SLICE_MS, [{4: [2, 2_000_000, 2_000_000]}]),
    ]
    assert counter.take(coarse=False).blocks[0][1] == []
    assert [cell.width_ms for cell in counter.take(coarse=True).blocks[0][1]] == [COARSE_MS]


def test_a_closed_block_hands_over_its_coarse_cells_whether_asked_or_not() -> None:
    """Once the offset moves into the next block nobody will count this one again."""
    log = log_of(*[event(f"e{number}", START_MS) for number in range(6)])
    counter = counted(log, policy(block_size=4))
    first, second = counter.take(coarse=False).blocks
    assert (first[0].first_offset, first[0].closed, first[0].next_offset) == (0, True, 4)
    assert {cell.width_ms for cell in first[1]} == {SLICE_MS, COARSE_MS}
    assert {cell.width_ms for cell in second[1]} == {SLICE_MS}
    assert {cell.upto for cell in first[1]} == {3}


def test_who_begins_at_the_end_of_a_block_counts_it_again_and_closes_it() -> None:
    """Its last owner may have held back coarse cells, and could not know that it was over."""
    log = log_of(*[event(f"e{number}", START_MS) for number in range(5)])
    first = counted(log[:4], policy(block_size=4))
    taken = first.take(coarse=False)
    assert (taken.position, taken.blocks[0][0].closed) == (4, False)
    assert {cell.width_ms for cell in taken.blocks[0][1]} == {SLICE_MS}
    closed, _ = counted(log, policy(block_size=4), committed=4).take(coarse=False).blocks
    assert (closed[0].first_offset, closed[0].accepted, closed[0].closed) == (0, 4, True)
    assert {cell.width_ms for cell in closed[1]} == {SLICE_MS, COARSE_MS}


def test_a_block_ends_with_its_span_of_time() -> None:
    rules = policy(block_size=100, block_span_ms=60_000)
    log = log_of(*[event(f"e{number}", START_MS + 25_000 * number) for number in range(6)], step_ms=25_000)
    blocks = [block for block, _ in counted(log, rules).take(coarse=True).blocks]
    assert [(block.first_offset, block.next_offset, block.closed) for block in blocks] == [
        (0, 2, True), (2, 4, True), (4, 6, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("committed", "read_from", "count_from"), [(None, 0, 0), (5, 0, 0), (35, 22, 32), (48, 22, 32), (49, 38, 48)]
)
def test_a_new_owner_reads_one_horizon_before_the_block_of_the_last_committed_record(
    committed: int | None, read_from: int, count_from: int
) -> None:
    counter = PartitionCounter(rulebook(policy()), committed, 0)
    assert (counter.read_from, counter.count_from) == (read_from, count_from)


def test_the_warm_up_fills_the_memory_of_ids_and_counts_nothing() -> None:
    log = log_of(
        *[event(f"e{number}", START_MS + 1000 * number) for number in range(17)], event("e12", START_MS + 12_000)
    )
    counter = counted(log, committed=17)
    assert classes(counter) == {"accepted": 1, "duplicate": 1, "late": 0, "rejected": 0}


def test_bad_answers_are_reported_only_beyond_the_committed_offset() -> None:
    """A recount after a crash must not page again for what was seen before it."""
    log = log_of(*[event(f"e{number}", START_MS + 1000 * number, score=1) for number in range(20)])
    assert [bad.offset for bad in counted(log, committed=18).take(coarse=True).bad] == [18, 19]


def test_names_beyond_the_limit_are_counted_as_other_and_reported() -> None:
    log = log_of(*[event(f"e{number}", START_MS, location=f"store-{number}") for number in range(5)])
    ((block, cells),) = counted(log, policy(max_series=2)).take(coarse=False).blocks
    series = {tail[1:3]: bins[4][0] for cell in cells for tail, bins in cell.series.items()}
    assert series == {("checkout", "store-0"): 1, ("checkout", "store-1"): 1, ("other", ""): 3}
    assert block.overflow == 3


def test_a_large_cell_is_told_in_parts() -> None:
    """No message grows beyond what a broker takes, however many stores a channel has."""
    count = PART_SERIES + 5
    log = log_of(*[event(f"e{number}", START_MS, location=f"s{number}") for number in range(count)], step_ms=0)
    rules = policy(block_size=10_000, horizon=10_000)
    cells = [cell for _, cells in counted(log, rules).take(coarse=False).blocks for cell in cells]
    assert [(cell.part, len(cell.series)) for cell in cells] == [(0, PART_SERIES), (1, 5)]


def test_a_record_with_a_foreign_key_is_counted_and_told() -> None:
    item = record(0, START_MS, event("a", START_MS))
    counter = counted([Stored(0, item.timestamp, b"something", item.value)])
    block = counter.take(coarse=True).blocks[0][0]
    assert (block.accepted, block.strangers) == (1, 1)


def test_the_late_line_is_the_record_time_one_horizon_before_plus_twice_the_skew() -> None:
    rule = LateRule(rulebook(policy(horizon=3, max_skew_ms=500, max_age_ms=10**9)), 0)
    lines = [line_of(rule, offset, 10_000 + 1_000 * offset) for offset in range(5)]
    assert lines[3:] == [10_000 + 1_000, 11_000 + 1_000]
    assert max(lines[:3]) < 0, "before a whole horizon was read only the age limit holds"


def test_who_begins_inside_a_gap_draws_the_late_line_at_the_same_place() -> None:
    """Transaction markers use up offsets; the line must not depend on who read what lay before them."""
    rules = policy(horizon=3, max_skew_ms=0, max_age_ms=10**9)
    whole, newcomer = LateRule(rulebook(rules), 0), LateRule(rulebook(rules), 3)
    for offset, time_ms in ((0, 10_000), (1, 11_000)):
        line_of(whole, offset, time_ms)
    for offset, time_ms in ((5, 15_000), (6, 16_000), (7, 17_000), (8, 18_000)):
        lines = line_of(whole, offset, time_ms), line_of(newcomer, offset, time_ms)
        if offset - rules.horizon >= 3:
            assert lines[0] == lines[1]


def test_a_log_that_follows_another_calls_late_what_occurred_before_it_began() -> None:
    """A retry of what the log before has counted must not count again; nobody can ask that log any more."""
    began_ms = START_MS + 60_000
    log = [
        record(0, began_ms, event("retry", began_ms - 30_000)),
        record(1, began_ms + 1_000, event("fresh", began_ms + 500)),
        record(2, began_ms + 2_000, event("retry-2", began_ms - 1)),
    ]
    for successor, accepted in ((True, 1), (False, 3)):
        counter = PartitionCounter(rulebook(policy(horizon=10)), None, 0, successor=successor)
        counter.feed(log)
        ((block, _),) = counter.take(coarse=True).blocks
        assert (block.accepted, block.late) == (accepted, 3 - accepted)


def test_a_block_ends_where_a_policy_begins() -> None:
    """One block, one policy: whoever counts it again needs to know no other."""
    later = policy(number=2, from_ms=START_MS + 3_000, max_age_ms=1_500)
    log = [record(n, START_MS + 1_000 * n, event(f"e{n}", START_MS + 1_000 * n - 2_000)) for n in range(6)]
    counter = PartitionCounter(rulebook(policy(block_size=100), replace(later, block_size=100)), None, 0)
    counter.feed(log)
    told = [
        (b.first_offset, b.next_offset, b.policy.number, b.accepted, b.late)
        for b, _ in counter.take(coarse=True).blocks
    ]
    assert told == [(0, 3, 1, 3, 0), (3, 6, 2, 0, 3)]
