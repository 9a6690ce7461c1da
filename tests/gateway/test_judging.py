"""One event at a time: clocks, ids seen lately, and what happens when Kafka takes only some."""

from __future__ import annotations

import orjson
import pytest

from schemas.times import epoch_ms
from streams.edges.gateway.batch import Batch, Judge
from streams.edges.gateway.clock import as_text, clock_error
from streams.edges.gateway.contract import Contract
from streams.edges.gateway.grants import Bucket, Grant, Scope
from streams.edges.gateway.seen import Seen
from streams.edges.settings import Settings
from streams.pure.privacy import Privacy
from tests.kit.gateway import event

AT = "2026-11-22T12:00:00Z"
AT_MS = epoch_ms(AT)
GRANT = Grant("k", "shop-app", (Scope(),), (Bucket(1e9, 10**9),))
HOUR_MS = 3_600_000


@pytest.fixture
def judge() -> Judge:
    """A judge that has seen nothing."""
    return Judge(Settings(), Contract(Settings(), None), Seen(100), Privacy())


def judged(judge: Judge, *events: dict[str, object], arrived_ms: int = AT_MS) -> Batch:
    """Verdicts on events."""
    return judge.judge([orjson.dumps(fields) for fields in events], GRANT, arrived_ms)


@pytest.mark.parametrize(
    ("sent_ms", "error_ms"),
    [
        pytest.param(None, 0, id="unknown"),
        pytest.param(AT_MS - 4_000, 0, id="on-its-way"),
        pytest.param(AT_MS - 5_000, 0, id="at-the-tolerance"),
        pytest.param(AT_MS - 5_001, 5_001, id="behind"),
        pytest.param(AT_MS + HOUR_MS, -HOUR_MS, id="ahead"),
        pytest.param(0, AT_MS, id="battery-was-out"),
    ],
)
def test_a_clock_is_wrong_by_what_the_way_cannot_explain(sent_ms: int | None, error_ms: int) -> None:
    assert clock_error(sent_ms, AT_MS, 5_000) == error_ms


def test_an_answer_kept_for_hours_keeps_its_age(judge: Judge) -> None:
    """Its phone was off the net since morning, and its clock is an hour ahead: only the hour is taken off."""
    fields = event("x", occurred_at=as_text(AT_MS - 6 * HOUR_MS + HOUR_MS), sent_at=as_text(AT_MS + HOUR_MS))
    batch = judged(judge, fields)
    stored = orjson.loads(batch.messages[0][2])
    assert epoch_ms(stored["occurred_at"]) == AT_MS - 6 * HOUR_MS
    assert stored["clock_offset_ms"] == batch.verdicts[0].clock_offset_ms == -HOUR_MS
    assert stored["sent_at"] == fields["sent_at"]


def test_a_right_clock_changes_nothing(judge: Judge) -> None:
    """And what a sender claims of corrections is not believed."""
    batch = judged(judge, event("x", occurred_at=AT, sent_at=as_text(AT_MS - 900), clock_offset_ms=77))
    stored = orjson.loads(batch.messages[0][2])
    assert stored["occurred_at"] == AT
    assert "clock_offset_ms" not in stored


def test_a_retry_names_the_same_moment_as_its_twin(judge: Judge) -> None:
    """The way of a request differs each time; the moment of an answer does not."""
    first = event("x", occurred_at=as_text(AT_MS - HOUR_MS - 5_000), sent_at=as_text(AT_MS - HOUR_MS))
    again = first | {"sent_at": as_text(AT_MS - HOUR_MS + 30_000)}
    one = judged(judge, first, arrived_ms=AT_MS + 100)
    two = judged(judge, again, arrived_ms=AT_MS + 30_900)
    moments = [orjson.loads(batch.messages[0][2])["occurred_at"] for batch in (one, two)]
    assert moments[0] == moments[1]
    assert two.verdicts[0].duplicate


def test_a_time_that_cannot_be_read_is_left_to_the_contract(judge: Judge) -> None:
    batch = judged(judge, event("x", sent_at="yesterday"), event("y", occurred_at=5, sent_at=AT), event("z", sent_at=5))
    assert [verdict.field for verdict in batch.verdicts] == ["sent_at", "occurred_at", "sent_at"]


def test_what_kafka_did_not_take_is_to_be_sent_again(judge: Judge) -> None:
    """Event by event, rejections too: they are only told when they are kept."""
    batch = judged(judge, event("a"), event("b"), event("c", score=9), event("d", score=9), arrived_ms=10**12 * 2)
    verdicts = judge.settle(batch, b"\x01\x00\x01\x00")
    assert [verdict.status for verdict in verdicts] == ["accepted", "unavailable", "rejected", "unavailable"]
    assert [verdict.event_id for verdict in verdicts] == ["a", "b", "c", "d"]


def test_an_event_that_was_not_taken_is_no_duplicate_when_it_comes_again(judge: Judge) -> None:
    judge.settle(judged(judge, event("a", occurred_at=AT)), b"\x00")
    assert not judged(judge, event("a", occurred_at=AT)).verdicts[0].duplicate
    twins = judged(judge, event("b", occurred_at=AT), event("b", occurred_at=AT))
    assert [verdict.duplicate for verdict in twins.verdicts] == [False, True]


def test_ids_seen_lately_are_bounded() -> None:
    """A flood of ids costs a bounded memory, and at least half of it is remembered."""
    seen = Seen(100)
    for number in range(10_000):
        seen.remember(b"%d" % number, number)
    assert all(seen.recall(b"%d" % number) == number for number in range(9_951, 10_000))
    assert len(seen._young) + len(seen._old) <= 100
    seen.forget(b"9999")
    assert seen.recall(b"9999") is None


def test_every_event_yields_one_record(judge: Judge) -> None:
    """So that what was sent adds up: sent = accepted + rejected + unavailable."""
    raws = [b"", b"5", b"{", b"[]", b'{"a":1,"a":2}', b"\xff", orjson.dumps(event("a", occurred_at=AT)), b"x" * 70_000]
    batch = judge.judge(raws, GRANT, AT_MS)
    assert len(batch.messages) == len(batch.verdicts) == len(raws)
    assert [verdict.reason for verdict in batch.verdicts] == [
        "not_json", "not_an_object", "not_json", "not_an_object", "repeated_key", "bad_utf8", "", "too_large",
    ]  # fmt: skip
