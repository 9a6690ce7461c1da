"""Many sources, one line of slices: cut by the messages alone."""

from __future__ import annotations

from streams.pure.alerting.inputs import HEARD, Row
from streams.pure.alerting.merging import PATIENCE_MS, Merging
from streams.pure.alerting.messages import Closed, Producers

T0 = 1_700_000_000_000
S = 10_000


def row(n: int = 1) -> Row:
    return Row("web", "", "", "", "", "", "csat", "csat-1-5", [(4, n)])


def closed(
    source: int, slices: int, *, upto: int | None = None, rows: int = 1, sources: int = 2, part: int = 0, parts: int = 1
) -> Closed:
    start_ms = T0 + slices * S
    return Closed(source, sources, slices if upto is None else upto, start_ms, start_ms + S, part, parts, [row(rows)])


def test_a_slice_is_judged_once_every_source_told_it() -> None:
    merging = Merging()
    assert merging.closed(closed(0, 0)) == []
    assert merging.heard_ms == 0
    (whole,) = merging.closed(closed(1, 0, rows=2))
    assert (whole.start_ms, whole.end_ms, sum(one.n for one in whole.rows)) == (T0, T0 + S, 3)
    assert merging.heard_ms == T0 + S


def test_a_source_that_stands_still_holds_up_the_others_for_a_minute_only() -> None:
    merging = Merging()
    merging.closed(closed(0, 0))
    merging.closed(closed(1, 0))
    told = [slice for number in range(1, 20) for slice in merging.closed(closed(0, number))]
    assert [slice.end_ms for slice in told] == [T0 + (number + 1) * S for number in range(1, 20 - PATIENCE_MS // S)]
    assert merging.heard_ms == T0 + S, "it must show that something is late"


def test_what_a_source_tells_too_late_comes_with_a_later_slice() -> None:
    merging = Merging()
    merging.closed(closed(0, 0))
    for number in range(20):
        merging.closed(closed(0, number, upto=number + 1))
    told = merging.closed(closed(1, 2, rows=7)) + merging.closed(closed(1, 19))
    assert sum(one.n for slice in told for one in slice.rows if one.n == 7) == 7
    starts = [slice.start_ms for slice in told]
    assert starts == sorted(starts)


def test_what_is_told_again_after_a_crash_counts_once() -> None:
    merging = Merging()
    merging.closed(closed(0, 5, sources=1, upto=100))
    assert merging.closed(closed(0, 5, sources=1, upto=100)) == []
    assert merging.closed(closed(0, 4, sources=1, upto=90)) == [], "one who was replaced and does not know"


def test_a_topic_made_anew_begins_at_offset_nought_and_is_heard() -> None:
    merging = Merging()
    merging.closed(closed(0, 5, sources=1, upto=1_000_000))
    assert len(merging.closed(closed(0, 6, sources=1, upto=3))) == 1


def test_a_slice_in_parts_is_whole_with_its_last() -> None:
    merging = Merging()
    assert merging.closed(closed(0, 0, sources=1, part=0, parts=2)) == []
    (whole,) = merging.closed(closed(0, 0, sources=1, part=1, parts=2, rows=4))
    assert [one.n for one in whole.rows] == [1, 4]


def test_more_partitions_are_waited_for_and_fewer_are_not() -> None:
    merging = Merging()
    merging.closed(closed(0, 0, sources=1))
    assert merging.closed(closed(0, 1, sources=2)) == []
    assert len(merging.closed(closed(1, 1, sources=2))) == 1
    assert len(merging.closed(closed(0, 2, sources=1))) == 1


def test_producers_come_with_the_slice_of_their_time_and_are_no_answers() -> None:
    merging = Merging()
    merging.producers(Producers(0, T0, T0 + 3_000, [("till-7", 4)]))
    (whole,) = merging.closed(closed(0, 0, sources=1))
    assert [(one.metric, one.producer, one.n) for one in whole.rows] == [(HEARD, "till-7", 4), ("csat", "", 1)]
