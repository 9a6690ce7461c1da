"""Rows age by when they were stored, never by the time they speak of."""

from __future__ import annotations

import pytest

from streams.edges.store import Store
from tests.kit.rows import columns

DAY_MS = 86_400_000
YEAR_MS = 365 * DAY_MS
IN_2017_MS = 1_495_000_000_000


@pytest.mark.parametrize(
    ("table", "kept_ms", "change"),
    [
        pytest.param("touchpoints", 400 * DAY_MS, {"class": "accepted"}, id="accepted"),
        pytest.param("touchpoints", 400 * DAY_MS, {"class": "test"}, id="test"),
        pytest.param("touchpoints", 5 * YEAR_MS, {"class": "late"}, id="late"),
        pytest.param("touchpoints", 5 * YEAR_MS, {"class": "import"}, id="import"),
        pytest.param("panes_10s", 7 * DAY_MS, {}, id="panes_10s"),
        pytest.param("panes_1m", 180 * DAY_MS, {}, id="panes_1m"),
        pytest.param("panes_1h", 10 * YEAR_MS, {}, id="panes_1h"),
        pytest.param("scores", 30 * DAY_MS, {}, id="scores"),
        pytest.param("alerts", 400 * DAY_MS, {}, id="alerts"),
        pytest.param("alert_history", 400 * DAY_MS, {}, id="alert_history"),
        pytest.param("pages", 400 * DAY_MS, {}, id="pages"),
        pytest.param("deliveries", 400 * DAY_MS, {}, id="deliveries"),
        pytest.param("rejected", 14 * DAY_MS, {}, id="rejected"),
        pytest.param("duplicates", 14 * DAY_MS, {}, id="duplicates"),
    ],
)
def test_rows_go_after_their_time_in_the_store_and_not_before(
    any_store: Store, table: str, kept_ms: int, change: dict[str, object]
) -> None:
    """A survey of 2017 imported today stays; a row stored too long ago goes, whatever time it is about."""
    key = {
        "touchpoints": "event_id",
        "alerts": "alert_id",
        "alert_history": "alert_id",
        "pages": "page_id",
        "deliveries": "page_id",
        "rejected": "topic",
        "duplicates": "log_id",
        "scores": "member",
    }.get(table, "channel")
    about = {
        "touchpoints": "occurred_at",
        **dict.fromkeys(("alerts", "alert_history", "pages", "deliveries"), "at"),
        "rejected": "appended_at",
        "duplicates": "appended_at",
        "scores": "as_of",
    }.get(table, "slice")
    now_ms = any_store.now_us() // 1000
    rows = [
        {**change, key: "old but just stored", about: IN_2017_MS, "stored_at": now_ms},
        {**change, key: "nearly over", about: now_ms, "stored_at": now_ms - kept_ms + 4 * DAY_MS},
        # Years of ClickHouse are calendar years: leap days are within the four days on either side.
        {**change, key: "over", about: now_ms, "stored_at": now_ms - kept_ms - 4 * DAY_MS},
    ]
    any_store.insert_columns(table, columns(table, *rows))
    any_store.command(f"OPTIMIZE TABLE {table} FINAL")
    found = any_store.rows(f"SELECT {key} FROM {table} FINAL ORDER BY {key}")
    assert found == [("nearly over",), ("old but just stored",)]


def test_the_time_of_storing_is_the_stores_own(any_store: Store) -> None:
    """Writers leave it out: one clock decides how old a row is."""
    before_us = any_store.now_us()
    row = columns("panes_10s")
    assert "stored_at" not in row
    any_store.insert_columns("panes_10s", row)
    stored_ms = any_store.rows("SELECT toUnixTimestamp64Milli(stored_at) FROM panes_10s")[0][0]
    assert before_us // 1000 <= stored_ms <= any_store.now_us() // 1000
