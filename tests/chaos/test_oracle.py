"""The reference itself, on logs small enough to be counted by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.oracle import Log, Truth, late_lane, live_lane, one_pass
from tests.chaos.plan import Rules
from tests.chaos.truth_scores import counts, numbers
from tests.kit.logs import START_MS, Stored, event, record

RULES = Rules(
    block_size=4, block_span_ms=10**12, horizon=3, max_age_ms=60_000, max_skew_ms=1_000, max_series_per_block=100
)


def log(*records: Stored, imported: bool = False, successor: bool = False) -> Log:
    """One partition."""
    name = "touchpoints.import" if imported else "touchpoints"
    return Log(name, f"id of {name}", imported=imported, successor=successor, records={0: records})


def at(offset: int, event_id: str, seconds: float, occurred: float | None = None, **more: Any) -> Stored:
    """A record `seconds` after the start, of something that happened then unless said otherwise."""
    occurred_ms = START_MS + int(1_000 * (seconds if occurred is None else occurred))
    return record(offset, START_MS + int(1_000 * seconds), event(event_id, occurred_ms, **more))


def classes(truth: Truth) -> dict[str, int]:
    """Over all blocks."""
    names = ("accepted", "duplicate", "late", "rejected", "test")
    return {name: sum(block[name] for block in truth.ledger.values()) for name in names}


def test_each_record_is_in_one_class_and_the_four_add_up() -> None:
    """Retry within the horizon, retry beyond it, a clock far ahead, nonsense, a test."""
    truth = one_pass(
        [
            log(
                at(0, "a", 0),
                at(1, "a", 1, occurred=0),
                at(2, "b", 10),
                at(3, "ahead", 11, occurred=12.001),
                Stored(4, START_MS + 12_000, b"?", b"{"),
                at(5, "a", 20, occurred=0),
                at(6, "t", 30, test=True),
            )
        ],
        [(0, RULES)],
    )
    assert classes(truth) == {"accepted": 3, "duplicate": 1, "late": 1, "rejected": 2, "test": 1}
    assert sum(block["next_offset"] - block["first_offset"] for block in truth.ledger.values()) == 7
    assert [reason for reason, *_ in truth.rejected.values()] == ["far_future", "not_json"]
    assert len(truth.counted) == 2, "tests are never scored"
    assert not truth.twice


def test_blocks_end_by_offset_by_time_and_by_policy() -> None:
    """Each block is named by its first record."""
    records = [at(offset, f"e{offset}", 10 * offset) for offset in range(9)]
    rules = replace(RULES, block_span_ms=START_MS + 60_000)
    later = replace(rules, max_age_ms=1_000)
    truth = one_pass([log(*records)], [(0, rules), (START_MS + 20_000, later)])
    assert [key[3] for key in truth.ledger] == [0, 2, 4, 6, 8]
    assert [block["policy"] for block in truth.ledger.values()] == [1, 2, 2, 2, 2]


def test_names_beyond_the_limit_of_a_block_are_counted_as_other_until_it_ends() -> None:
    """The channel keeps its name where another series of it has one."""
    rules = replace(RULES, max_series_per_block=1)
    records = [
        at(0, "a", 0),
        at(1, "b", 1, location="x"),
        at(2, "c", 2, channel="app"),
        at(3, "d", 3),
        at(4, "e", 4, channel="app"),
    ]
    truth = one_pass([log(*records)], [(0, rules)])
    assert [(each.series[0], each.series[2]) for each in truth.counted] == [
        ("web", "checkout"), ("web", "other"), ("other", "other"), ("web", "checkout"), ("app", "checkout"),
    ]  # fmt: skip


def test_a_topic_made_anew_calls_late_what_happened_before_it() -> None:
    """Its old log may have counted it."""
    records = [at(0, "a", 100, occurred=95), at(1, "b", 104, occurred=103)]
    for successor, accepted in ((True, 1), (False, 2)):
        truth = one_pass([log(*records, successor=successor)], [(0, replace(RULES, horizon=10))])
        assert (classes(truth)["accepted"], classes(truth)["late"]) == (accepted, 2 - accepted)


def test_the_late_lane_holds_each_late_or_imported_answer_once_and_none_that_was_counted_live() -> None:
    """Of several sightings the first accepted one is kept, else the earliest."""
    live = log(
        at(0, "live", 0),
        at(1, "late", 1, occurred=-100),
        at(2, "late", 2, occurred=-90),
        at(3, "x", 3),
        at(4, "y", 4),
        at(5, "late", 5, occurred=-80),
    )
    imported = log(at(0, "live", 0), at(1, "old", 1, occurred=-500), at(2, "old", 2, occurred=-400), imported=True)
    truth = one_pass([live, imported], [(0, RULES)])
    kept = [sightings[0] for sightings in truth.kept().values()]
    assert sorted((each.event.event_id, each.kind, each.offset) for each in kept) == [
        ("late", "late", 1), ("live", "accepted", 0), ("old", "import", 1), ("x", "accepted", 3), ("y", "accepted", 4),
    ]  # fmt: skip
    lane = {key[0]: sums for key, sums in late_lane(kept, 10).items()}
    assert lane == {
        (START_MS // 1_000 - 100): [1, 1_000_000, 1_000_000],
        (START_MS // 1_000 - 500): [1, 1_000_000, 1_000_000],
    }
    assert sum(sums[0] for sums in live_lane(truth, 3_600).values()) == 3


def test_an_answer_the_rules_count_twice_is_told() -> None:
    """A broker's clock that steps back further than the skew allows lets a retry through."""
    rules = replace(RULES, horizon=2, max_skew_ms=0)
    records = [at(0, "a", 10), at(1, "b", 5), at(2, "c", 5), at(3, "a", 10.5, occurred=10)]
    truth = one_pass([log(*records)], [(0, rules)])
    assert len(truth.twice) == 1
    truth = one_pass([log(*records)], [(0, replace(rules, max_skew_ms=5_000))])
    assert truth.twice == []


def test_clearly_bad_answers_are_the_worst_fifth_of_their_scale() -> None:
    """1 of 5; effort turned round."""
    effort = {"kind": "ces", "scale": "1-5", "direction": "effort"}
    records = [
        at(0, "a", 0, score=1),
        at(1, "b", 1, score=2),
        at(2, "c", 2, score=5, **effort),
        at(3, "d", 3, score=1, **effort),
    ]
    truth = one_pass([log(*records)], [(0, RULES)])
    assert truth.bad_answers == {"bad|id of touchpoints|0|0|csat", "bad|id of touchpoints|0|2|ces"}


def test_scores_are_those_of_the_books() -> None:
    """A Net Promoter Score of 6, 1 and 3 answers; a share of three in four; a mean of 2 and 4."""
    one = 1_000_000
    nps = numbers("nps", "nps-0-10", [(10, one)] * 6 + [(7, one)] + [(0, one)] * 3)
    assert (nps.n, nps.top, nps.neutral, nps.bad, nps.value) == (10, 6, 1, 3, 30.0)
    csat = numbers("csat", "csat-1-5", [(5, one)] * 3 + [(1, one)])
    assert csat.value == 75.0
    assert (csat.lower, csat.upper) == (pytest.approx(30.064, abs=0.01), pytest.approx(95.441, abs=0.01))
    ces = numbers("ces", "ces-agreement-1-7", [(2, one), (4, one)])
    assert (ces.value, ces.lower, ces.upper) == (3.0, 1.0, 7.0), "t of one degree is 12.7: cut to the scale"
    assert counts("csat-1-5", []) == (0, 0, 0, 0)
