"""The store as a worker uses it: each statement measured, and its absence known to the watchdog.

Apart from the store itself, since boards and commands use that one too and have nobody to tell.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from streams.edges import metrics
from streams.edges.errors import Unavailable
from streams.edges.store import Store
from streams.edges.vitals import AWAY


class MeasuredStore(Store):
    """A store that counts what it stores and tells when it is away."""

    def insert_arrow(self, table: str, rows: pa.Table) -> None:
        """As `Store.insert_arrow`."""
        began_s = time.monotonic()
        with _answering():
            super().insert_arrow(table, rows)
        metrics.STORE_S.observe(time.monotonic() - began_s)
        metrics.STORE_ROWS.labels(table).inc(rows.num_rows)

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """As `Store.rows`."""
        with _answering():
            return super().rows(sql, params)

    def command(self, sql: str, params: Mapping[str, Any] | None = None) -> None:
        """As `Store.command`."""
        with _answering():
            super().command(sql, params)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except Unavailable:
        metrics.STORE_FAILURES.inc()
        AWAY.gone("store")
        raise
    AWAY.back("store")
