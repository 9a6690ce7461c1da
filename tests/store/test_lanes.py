"""History is recounted, never added to: late and imported answers, minutes and hours."""

from __future__ import annotations

from collections import Counter
from typing import Any

from schemas.decode import Decoder, Rejection
from streams.apps.columns import Table, add_cell
from streams.apps.touchpoint_rows import TouchpointRows
from streams.edges.lanes import last_recount, late_twins, recount_late, recount_tiers
from streams.edges.store import Store
from streams.pure.cells import CellMessage
from tests.kit.logs import START_MS, event, record

HOUR_MS = START_MS - START_MS % 3_600_000
DECODER = Decoder()


def store_answers(
    store: Store, kind: str, *bodies: dict[str, Any], first_offset: int = 0, topic: str = "touchpoints"
) -> None:
    """Lays events down as `archive` does, with a class."""
    rows = TouchpointRows()
    rows.origin("log", topic, 0)
    for offset, body in enumerate(bodies, first_offset):
        decoded = DECODER.decode(record(offset, START_MS, body).value or b"")
        assert not isinstance(decoded, Rejection)
        rows.add(decoded, kind, offset, START_MS)
    store.insert_columns("touchpoints", rows.columns())


def late_sums(store: Store, tier: str) -> Counter[Any]:
    rows = store.rows(
        f"SELECT toUnixTimestamp(slice), location, bin, n, w_micro, w2_micro FROM {tier} FINAL "
        "WHERE lane = 'late' AND n > 0"
    )
    return Counter({tuple(int(v) if i != 1 else v for i, v in enumerate(row[:3])): int(row[3]) for row in rows})


def cell(slice_ms: int, *, upto: int, n: int, partition: int = 0, point: int = 4) -> CellMessage:
    series = [
        ("purchase", "checkout", "berlin", "", "customer", "csat", "csat-1-5", [(point, n, n * 10**6, n * 10**6)])
    ]
    return CellMessage("log", partition, 0, 10_000, slice_ms, "web", 0, "w", 1, upto, series)


def store_cells(store: Store, *cells: CellMessage) -> None:
    table = Table()
    for one in cells:
        add_cell(table, one)
    store.insert_columns("panes_10s", dict(table))


def live_sums(store: Store, tier: str) -> Counter[Any]:
    rows = store.rows(
        f"SELECT toUnixTimestamp(slice), bin, sum(n) FROM {tier} FINAL WHERE lane = 'live' GROUP BY slice, bin"
    )
    return Counter({(int(row[0]), int(row[1])): int(row[2]) for row in rows if row[2]})


def test_late_answers_are_counted_once_in_every_tier_however_often_they_are_recounted(any_store: Store) -> None:
    bodies = [
        event("a", HOUR_MS + 1_000, location="berlin"),
        event("b", HOUR_MS + 2_000, location="berlin", weight=2.5),
        event("c", HOUR_MS + 11_000, location="berlin", score=1),
    ]
    for _ in range(3):  # the same file again, and again
        store_answers(any_store, "import", *bodies)
        recount_late(any_store, {HOUR_MS, HOUR_MS + 10_000})
    hour_s = HOUR_MS // 1000
    assert late_sums(any_store, "panes_10s") == {(hour_s, "berlin", 4): 2, (hour_s + 10, "berlin", 1): 1}
    for tier in ("panes_1m", "panes_1h"):
        assert late_sums(any_store, tier) == {(hour_s, "berlin", 4): 2, (hour_s, "berlin", 1): 1}
    weights = any_store.rows("SELECT w_micro, w2_micro FROM panes_1h FINAL WHERE lane = 'late' AND bin = 4")
    assert [tuple(int(v) for v in row) for row in weights] == [(3_500_000, 7_250_000)]


def test_an_imported_answer_that_was_counted_live_too_leaves_the_late_lane(any_store: Store) -> None:
    """Accepted outranks imported, whichever came first; the bar it leaves behind goes to zero."""
    answer = event("a", HOUR_MS + 1_000, location="berlin")
    store_answers(any_store, "import", answer, topic="touchpoints.import")
    recount_late(any_store, {HOUR_MS})
    assert sum(late_sums(any_store, "panes_10s").values()) == 1
    store_answers(any_store, "accepted", answer, first_offset=99)
    recount_late(any_store, {HOUR_MS})
    for tier in ("panes_10s", "panes_1m", "panes_1h"):
        assert late_sums(any_store, tier) == {}


def test_test_events_and_live_ones_are_no_business_of_the_late_lane(any_store: Store) -> None:
    store_answers(any_store, "test", event("a", HOUR_MS))
    store_answers(any_store, "accepted", event("b", HOUR_MS), first_offset=1)
    recount_late(any_store, {HOUR_MS})
    assert late_sums(any_store, "panes_10s") == {}


def test_minutes_and_hours_follow_the_slices_that_changed(any_store: Store) -> None:
    store_cells(
        any_store,
        cell(HOUR_MS, upto=5, n=3),
        cell(HOUR_MS + 70_000, upto=5, n=2),
        cell(HOUR_MS, upto=9, n=1, partition=1),
    )
    since = recount_tiers(any_store, {})
    hour_s = HOUR_MS // 1000
    assert live_sums(any_store, "panes_1m") == {(hour_s, 4): 4, (hour_s + 60, 4): 2}
    assert live_sums(any_store, "panes_1h") == {(hour_s, 4): 6}
    store_cells(any_store, cell(HOUR_MS, upto=8, n=5))  # the cell grew
    again = recount_tiers(any_store, since)
    assert live_sums(any_store, "panes_1h") == {(hour_s, 4): 8}
    assert recount_tiers(any_store, again)
    assert live_sums(any_store, "panes_1h") == {(hour_s, 4): 8}


def test_a_new_process_goes_on_where_the_last_recount_stopped(any_store: Store) -> None:
    assert last_recount(any_store) == {"panes_1m": 0, "panes_1h": 0}
    store_cells(any_store, cell(HOUR_MS, upto=5, n=3))
    done = recount_tiers(any_store, {})
    assert last_recount(any_store) == done


def test_late_lanes_do_not_disturb_live_minutes(any_store: Store) -> None:
    """Panes are forgotten after days, late rows after years: a late answer must not recount what is gone."""
    store_cells(any_store, cell(HOUR_MS, upto=5, n=3))
    recount_tiers(any_store, {})
    store_answers(any_store, "late", event("x", HOUR_MS + 3_000, location="berlin"))
    recount_late(any_store, {HOUR_MS})
    any_store.command("TRUNCATE TABLE panes_10s")
    recount_late(any_store, {HOUR_MS})
    recount_tiers(any_store, {})
    hour_s = HOUR_MS // 1000
    assert live_sums(any_store, "panes_1m") == {(hour_s, 4): 3}
    assert late_sums(any_store, "panes_1m") == {(hour_s, "berlin", 4): 1}


def test_an_imported_answer_sent_live_with_another_time_leaves_its_old_slice(any_store: Store) -> None:
    """Survey files often know the minute only: the live twin's slice is not where the imported one was counted."""
    store_answers(any_store, "import", event("moved", HOUR_MS), event("stays", HOUR_MS), topic="touchpoints.import")
    recount_late(any_store, {HOUR_MS})
    assert late_sums(any_store, "panes_10s").total() == 2
    store_answers(any_store, "accepted", event("moved", HOUR_MS + 45_000), event("new", HOUR_MS))
    slices = late_twins(any_store, [("shop", "moved"), ("shop", "new")])
    assert slices == {HOUR_MS}
    recount_late(any_store, slices)
    assert [late_sums(any_store, tier).total() for tier in ("panes_10s", "panes_1m", "panes_1h")] == [1, 1, 1]
