"""Stores for the tests of this folder."""

from __future__ import annotations

from tests.kit.clickhouse import (  # noqa: F401  # fixtures are found by their names
    any_kept_store,
    any_settings,
    any_store,
    any_url,
    clickhouse_database,
    clickhouse_settings,
    clickhouse_store,
    clickhouse_url,
    embedded_folder,
)
