"""Which records are traced, and what their spans say; nothing leaves the process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from streams.edges import traces
from streams.edges.settings import Settings
from streams.edges.traces import Traces, trace_ids, traces_of

TOPIC = "touchpoints"
AT_MS = 1_800_000_000_000
MS = 1_000_000


@dataclass
class Record:
    offset: int
    timestamp: int


class Clock:
    def __init__(self) -> None:
        self.ns = AT_MS * MS

    def __call__(self) -> int:
        return self.ns


def records(*offsets: int) -> list[Record]:
    return [Record(offset, AT_MS - 250) for offset in offsets]


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Kept(InMemorySpanExporter):
    """Kept for several roles: one that ends does not end the others."""

    def shutdown(self) -> None:
        pass


@pytest.fixture
def kept() -> InMemorySpanExporter:
    return Kept()


@pytest.fixture
def role(kept: InMemorySpanExporter, clock: Clock) -> Callable[[str], Traces]:
    return lambda name: Traces(10, name, kept, clock)


def spans(kept: InMemorySpanExporter, *made: Traces) -> dict[str, list[ReadableSpan]]:
    for one in made:
        one.close()
    found: dict[str, list[ReadableSpan]] = {}
    for span in kept.get_finished_spans():
        found.setdefault(span.name, []).append(span)
    return found


def offsets(found: list[ReadableSpan]) -> list[object]:
    return [(span.attributes or {})["messaging.kafka.offset"] for span in found]


def test_roles_that_know_nothing_of_each_other_make_one_trace_of_a_record(
    role: Callable[[str], Traces], kept: InMemorySpanExporter, clock: Clock
) -> None:
    score, archive = role("score"), role("archive")
    score.begin(TOPIC, 3, records(18, 19, 20, 21))
    archive.begin(TOPIC, 3, records(20, 21))
    clock.ns += 40 * MS
    score.done(TOPIC, 3, 22)
    clock.ns += 60 * MS
    archive.done(TOPIC, 3, 22, last=True)
    found = spans(kept, score, archive)
    (root,), (scored,), (stored,) = found["touchpoint"], found["score"], found["archive"]
    assert (root.context.trace_id, root.context.span_id) == trace_ids(TOPIC, 3, 20)
    assert root.parent is None
    for part in (scored, stored):
        assert part.context.trace_id == root.context.trace_id
        assert part.parent is not None
        assert part.parent.span_id == root.context.span_id
    assert (root.start_time, root.end_time) == ((AT_MS - 250) * MS, (AT_MS + 100) * MS)
    assert (scored.start_time, scored.end_time) == (AT_MS * MS, (AT_MS + 40) * MS)
    assert (stored.attributes or {})["touchpulse.waited_ms"] == 250
    assert scored.resource.attributes["service.name"] == "touchpulse-score"


def test_one_record_in_so_many_is_traced_and_gaps_and_what_is_read_back_are_not(
    role: Callable[[str], Traces], kept: InMemorySpanExporter
) -> None:
    score = role("score")
    score.begin(TOPIC, 0, records(*range(0, 26)), from_offset=5)
    score.begin(TOPIC, 0, records(29, 31, 32))
    score.begin(TOPIC, 0, [])
    score.done(TOPIC, 0, 15)
    assert offsets(spans(kept, score)["score"]) == [10], "20 is not through yet, 0 was done before, 30 is no record"


def test_what_came_before_a_rebalance_is_not_told_by_who_lost_it(
    role: Callable[[str], Traces], kept: InMemorySpanExporter
) -> None:
    score = role("score")
    score.begin(TOPIC, 0, records(10))
    score.forget()
    score.done(TOPIC, 0, 11)
    assert spans(kept, score) == {}


def test_a_store_that_is_away_for_hours_does_not_fill_memory(
    role: Callable[[str], Traces], monkeypatch: pytest.MonkeyPatch, kept: InMemorySpanExporter
) -> None:
    monkeypatch.setattr(traces, "ROOM", 3)
    archive = role("archive")
    archive.begin(TOPIC, 0, records(*range(100)))
    archive.done(TOPIC, 0, 100)
    archive.begin(TOPIC, 0, records(100))
    archive.done(TOPIC, 0, 101)
    assert offsets(spans(kept, archive)["archive"]) == [0, 10, 20, 100]


def test_without_the_setting_nothing_is_traced() -> None:
    assert traces_of(Settings(), "score") is None
