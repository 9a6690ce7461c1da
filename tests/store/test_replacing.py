"""Writing again, out of order and twice changes nothing: the tables' keys and versions see to it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from streams.edges.store import Store
from tests.kit.rows import ROWS, columns

DAY_MS = 86_400_000


KEYS = {
    "panes_10s": ("version", "n", "channel"),
    "panes_1m": ("version", "n", "channel"),
    "panes_1h": ("version", "n", "channel"),
    "ledger": ("version", "accepted", "topic"),
    "scores": ("computed_ms", "n", "member"),
    "alerts": ("version", "n", "alert_id"),
    "alert_history": ("version", "n", "alert_id"),
    "pages": ("version", "shadow", "page_id"),
    "deliveries": ("version", "tries", "page_id"),
    "touchpoints": ("rank", "weight_micro", "event_id"),
}
"""By table: its version, a number that is no key, and a part of its key."""


def test_the_same_batch_stored_twice_is_one_row(any_store: Store) -> None:
    """An insert whose fate is unknown is sent again; nothing may count double."""
    for table in ROWS:
        for _ in range(2):
            any_store.insert_columns(table, columns(table))
        assert any_store.rows(f"SELECT count() FROM {table} FINAL") == [(1,)], table


@pytest.mark.parametrize("table", KEYS)
def test_the_highest_version_stays_whatever_the_order(any_store: Store, table: str) -> None:
    """Retries and zombies deliver late: the last to arrive is not the newest."""
    version, what, key = KEYS[table]
    orders = list(itertools.permutations((1, 2, 3)))
    for turn in range(3):
        batch = [{key: str(i), version: order[turn], what: 100 + order[turn]} for i, order in enumerate(orders)]
        any_store.insert_columns(table, columns(table, *batch))
    assert any_store.rows(f"SELECT {version}, {what} FROM {table} FINAL") == [(3, 103)] * len(orders)


def test_of_one_insert_the_highest_version_stays(any_store: Store) -> None:
    """A batch may hold several versions of one cell."""
    rows = [{"version": number, "n": number} for number in (2, 5, 3)]
    any_store.insert_columns("panes_10s", columns("panes_10s", *rows))
    assert any_store.rows("SELECT n FROM panes_10s FINAL") == [(5,)]


def test_a_row_of_zeros_takes_a_cell_back(any_store: Store) -> None:
    """A recount that finds nothing must be able to say so."""
    any_store.insert_columns("panes_1m", columns("panes_1m"))
    nothing = {"version": 8, "n": 0, "w_micro": 0, "w2_micro": 0}
    any_store.insert_columns("panes_1m", columns("panes_1m", nothing))
    assert any_store.rows("SELECT sum(n), sum(w_micro) FROM panes_1m FINAL") == [(0, 0)]


def test_live_and_late_lane_of_one_slice_lie_side_by_side(any_store: Store) -> None:
    """They are counted apart and added up by readers: neither may replace the other."""
    any_store.insert_columns("panes_1h", columns("panes_1h", {"lane": "live"}, {"lane": "late", "n": 2}))
    assert any_store.rows("SELECT sum(n) FROM panes_1h FINAL") == [(5,)]


@pytest.mark.parametrize("first", ["accepted", "late"])
def test_an_accepted_answer_outranks_its_late_twin_of_another_month(any_store: Store, first: str) -> None:
    """Partitions are months of storing: only readers with FINAL bring twins of two months together."""
    stored = ROWS["touchpoints"]["stored_at"]
    accepted: dict[str, Any] = {"class": "accepted", "rank": 1 << 63, "stored_at": stored}
    late: dict[str, Any] = {"class": "late", "rank": 1, "stored_at": stored + 45 * DAY_MS}
    for change in (accepted, late) if first == "accepted" else (late, accepted):
        any_store.insert_columns("touchpoints", columns("touchpoints", change))
    partitions = any_store.rows(
        "SELECT uniqExact(partition) FROM system.parts WHERE active AND table = 'touchpoints' AND database ="
        " currentDatabase()"
    )
    assert partitions == [(2,)]
    assert any_store.rows("SELECT class FROM touchpoints FINAL") == [("accepted",)]
    found = any_store.rows("SELECT count() FROM touchpoints FINAL WHERE class = 'late'")
    assert found == [(0,)], "a condition on the class must not bring the outranked twin back"
    any_store.command("OPTIMIZE TABLE touchpoints FINAL")
    assert any_store.rows("SELECT class FROM touchpoints FINAL") == [("accepted",)]


def test_a_retry_that_moved_in_time_is_found_at_its_final_time_only(any_store: Store) -> None:
    """The index on time must not show a replaced row just because its replacement lies outside."""
    start = ROWS["touchpoints"]["occurred_at"]
    any_store.insert_columns("touchpoints", columns("touchpoints", {"rank": 1, "occurred_at": start}))
    any_store.insert_columns("touchpoints", columns("touchpoints", {"rank": 2, "occurred_at": start + DAY_MS}))
    sql = "SELECT count() FROM touchpoints FINAL WHERE occurred_at < fromUnixTimestamp64Milli({end:Int64})"
    assert any_store.rows(sql, {"end": start + 1}) == [(0,)]
    assert any_store.rows(sql, {"end": start + DAY_MS + 1}) == [(1,)]


def test_storing_no_rows_is_no_error(any_store: Store) -> None:
    """An empty batch is a normal thing on a quiet night."""
    any_store.insert_columns("names", {"dimension": [], "name": [], "last_seen": []})
    assert any_store.rows("SELECT count() FROM names") == [(0,)]


def test_an_import_over_many_years_fits_into_one_insert(any_store: Store) -> None:
    """ClickHouse refuses more than 100 partitions an insert unless told otherwise."""
    years = [{"slice": month * 31 * DAY_MS} for month in range(105)]
    any_store.insert_columns("panes_1h", columns("panes_1h", *years))
    assert any_store.rows("SELECT count() FROM panes_1h FINAL") == [(105,)]
