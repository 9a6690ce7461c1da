"""A store for the tests of alerts: its tables are made once, and emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from streams.edges.settings import Settings
from streams.edges.store import Store
from tests.kit.clickhouse import fresh_database, migrated

TABLES = ("alert_history", "pages", "deliveries", "panes_10s", "actions", "touchpoints", "revisions")
"""What alerts are told in, and what they rest on."""


@pytest.fixture(scope="session")
def alerts_kept(clickhouse_url: str) -> Iterator[Store]:
    """All tables, whatever is in them."""
    with migrated(Settings(clickhouse_url=clickhouse_url, clickhouse_database=fresh_database())) as store:
        yield store


@pytest.fixture
def alerts_store(alerts_kept: Store) -> Store:
    """Empty of alerts."""
    for table in TABLES:
        alerts_kept.command(f"TRUNCATE TABLE {table}")
    return alerts_kept
