"""What a producer sees of its events while they come in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from streams.cli.tail import _line
from streams.edges.gateway.contract import Contract
from streams.edges.rulebook import Book, PolicyEntry, first_entry
from streams.edges.settings import Settings
from streams.edges.tail import Seen, Tail
from streams.pure.cells import RejectedMessage, encode
from streams.pure.privacy import Privacy

T = 1_772_446_500_000  # 2026-03-02T10:15:00Z
EVENT: dict[str, Any] = {
    "kind": "csat", "score": 4, "scale": "1-5", "event_id": "e-1", "occurred_at": "2026-03-02T10:15:00Z",
    "producer": "till", "channel": "store", "touchpoint": "checkout", "comment": "secret", "customer": "c-1",
}  # fmt: skip


def see(tail: Tail, time_ms: int = T, topic: str = "touchpoints", **change: Any) -> Seen | None:
    return tail.see(topic, orjson.dumps({**EVENT, **change}), time_ms)


def watching(producer: str = "till") -> Tail:
    return Tail(Settings(), Contract(Settings(), None), Privacy(), producer)


def test_an_accepted_event_is_told_in_short_and_without_the_customer() -> None:
    """A screen in an office is no place for comments."""
    seen = see(watching(), sent_at="2026-03-02T10:13:00Z")
    assert seen is not None
    assert (seen.verdict, seen.event_id, seen.what) == ("accepted", "e-1", "csat score=4 scale=1-5 store/checkout")
    assert seen.clock_ms == 120_000
    line = _line(seen)
    assert line.startswith("10:15:00Z till accepted e-1 csat")
    assert line.endswith("sent_at is 120 s behind the broker's clock")
    assert "secret" not in line + str(seen.as_json())
    assert "c-1" not in line + str(seen.as_json())


def test_each_class_is_told_apart() -> None:
    """As the counting would, as far as it shows here."""
    tail = watching()
    verdicts = [
        see(tail),
        see(tail),
        see(tail, event_id="e-2", test=True),
        see(tail, event_id="e-3", topic="touchpoints.import"),
        see(tail, event_id="e-4", time_ms=T + 48 * 3_600_000),
        see(tail, event_id="e-5", time_ms=T - 60_000),
        see(tail, event_id="e-6", channel="stoer"),
    ]
    assert [seen and seen.verdict for seen in verdicts] == [
        "accepted", "duplicate", "test", "import", "late", "rejected", "rejected",
    ]  # fmt: skip
    assert "did you mean 'store'" in str(verdicts[-1])
    assert "set the sender's clock" in str(verdicts[-2])
    assert "48 h ago" in str(verdicts[4])


def test_each_record_is_judged_by_the_rules_of_its_time() -> None:
    """As it was counted: by an announced change from the record on for which it holds, and not before."""
    first = first_entry(Settings())
    later = replace(first.policy, number=2, from_ms=T + 60_000, max_age_ms=30_000)
    tail, book = watching(), Book()
    book.policies.extend([first, PolicyEntry(later, "")])
    tail.contract.take(book)
    found = [see(tail, event_id="a", time_ms=T + 59_999), see(tail, event_id="b", time_ms=T + 60_000)]
    assert [seen and seen.verdict for seen in found] == ["accepted", "late"]


def test_only_the_producers_own_events_are_told() -> None:
    """Everybody's, where no name is given."""
    assert see(watching(), producer="other") is None
    assert see(watching(""), producer="other") is not None
    assert watching("").see("touchpoints", b"no json", T) is not None
    assert watching().see("touchpoints", b"no json", T) is None


def test_what_the_gateway_refused_is_told_and_what_was_seen_in_its_topic_is_not_told_twice() -> None:
    """`score` reports the refused records of `touchpoints` there too."""

    def refused(topic: str) -> bytes:
        return encode(
            RejectedMessage("l", topic, 0, 1, T, "till", "off_scale", "score", "9", "", "score is off.", b"{}")
        )

    assert watching().see("rejected", refused("touchpoints"), T) is None
    seen = watching().see("rejected", refused("gateway"), T)
    assert seen is not None
    assert (seen.verdict, seen.reason, seen.field, seen.mend) == ("rejected", "off_scale", "score", "score is off.")


def test_memory_is_bounded_however_long_it_runs(monkeypatch: Any) -> None:
    """Oldest ids are forgotten first."""
    monkeypatch.setattr("streams.edges.tail.REMEMBERED", 2)
    tail = watching()
    for number in range(3):
        see(tail, event_id=f"e-{number}")
    again, newest = see(tail, event_id="e-0"), see(tail, event_id="e-2")
    assert again is not None
    assert newest is not None
    assert (again.verdict, newest.verdict) == ("accepted", "duplicate")
