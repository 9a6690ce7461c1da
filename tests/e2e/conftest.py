"""The tests' ClickHouse for this folder."""

from __future__ import annotations

from tests.kit.clickhouse import clickhouse_url  # noqa: F401  # found by its name
