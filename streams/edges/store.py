"""The store: ClickHouse behind one small class, the same over HTTP and in-process.

Writing again is harmless here by the tables' own keys: every row carries its key and its version, and
ReplacingMergeTree keeps the highest. So nothing rests on insert deduplication tokens, and an insert whose
fate is unknown is simply sent again.

Two errors matter to callers: after `Unavailable` the same may work later, after `StoreError` it never will.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client

from streams.edges import tls
from streams.edges.cluster_sql import on_cluster
from streams.edges.errors import SettingsError
from streams.edges.settings import PREFIX, Settings
from streams.edges.store_columns import ColumnError, to_arrow
from streams.edges.store_errors import StoreError, translated

__all__ = ["Store", "StoreError"]

Columns = Mapping[str, Sequence[Any]]
Parameters = Mapping[str, Any]

CONNECT_TIMEOUT_S = 5
"""A server in reach answers the handshake in milliseconds; a worker must notice soon that none does."""
ANSWER_TIMEOUT_S = 60
"""Longest silence while a statement runs. Servers send progress meanwhile: only a hung one is this still."""

_SETTINGS = {
    # Acknowledged means stored: offsets are committed after it.
    "async_insert": 0,
    # Replicated tables drop a block they have seen; after a failure half way its views would never hear of it.
    "insert_deduplicate": 0,
    # An import may reach over many years, and each month is a partition.
    "max_partitions_per_insert_block": 0,
    # The answer begins when the statement has ended, so a failure shows in its status.
    "wait_end_of_query": 1,
    # A board's query is asked rarely and read fast: compiling its expressions takes longer than it saves.
    "compile_expressions": 0,
}


class Store:
    """A connection to ClickHouse that any number of threads may use.

    Times are int ms UTC on the way in. On the way out `DateTime` columns are aware UTC datetimes; where a
    number is wanted, ask for `toUnixTimestamp64Milli(column)`.

    Parameters of statements are ClickHouse's own: `{name:Type}` in the SQL, `{"name": value}` beside it.
    """

    def __init__(self, client: Client, database: str, where: str) -> None:
        self.database = database
        """Database that holds the tables. It need not exist before `migrate`."""
        self._client = client
        self._where = where
        self._types: dict[str, dict[str, str]] = {}
        self._types_lock = threading.Lock()
        # Not given when connecting: the handshake would fail where the database is yet to be made.
        client.database = database

    @classmethod
    def connect(cls, settings: Settings, *, answer_timeout_s: int = ANSWER_TIMEOUT_S) -> Store:
        """Connect and check that ClickHouse answers.

        Raises:
            SettingsError: the address is missing or malformed, or user or password is wrong.
            Unavailable: nothing answers there, or it is not ready.
        """
        url = settings.clickhouse_url
        target = _target(url)
        # Its warnings say once more what the error it raises says.
        logging.getLogger("clickhouse_connect").setLevel(logging.ERROR)
        if target["interface"] != "chdb":
            target |= _trust(settings)
            target |= {
                "username": settings.clickhouse_user,
                "password": settings.clickhouse_password.get_secret_value(),
                "connect_timeout": CONNECT_TIMEOUT_S,
                "send_receive_timeout": answer_timeout_s,
                # Queries of a session must wait for each other: threads would.
                "autogenerate_session_id": False,
                "dedicated_pool": True,
                "client_name": "touchpulse",
            }
        try:
            with translated(url):
                client = clickhouse_connect.get_client(
                    **target, settings=_SETTINGS, tz_mode="aware", show_clickhouse_errors="scrub"
                )
        except StoreError as error:
            if target["interface"] == "chdb":
                raise SettingsError(
                    f"{PREFIX}CLICKHOUSE_URL: cannot open {url}: does another process use it? ({error})"
                ) from None
            raise
        return cls(client, settings.clickhouse_database, url)

    def insert_columns(self, table: str, columns: Columns) -> None:
        """Store rows given column by column; columns left out get their defaults.

        Args:
            columns: equally long; times as int ms UTC, enums by name, bytes or str for String. No rows:
                nothing is done.
        Raises:
            StoreError: no such table or column, or a value that does not fit; it names the column.
            Unavailable: the store is away. The rows may or may not be stored: send them again.
        """
        try:
            rows = to_arrow(columns, self._columns(table))
        except ColumnError as error:
            raise StoreError(f"cannot insert into {table}: {error}") from None
        self.insert_arrow(table, rows)

    def insert_arrow(self, table: str, rows: pa.Table) -> None:
        """Store an Arrow table. Times must be Arrow timestamps: ClickHouse takes bare numbers for seconds.

        Raises:
            StoreError: as `insert_columns`.
            Unavailable: as `insert_columns`.
        """
        if rows.num_rows:
            with translated(self._where):
                self._client.insert_arrow(table, rows, database=self.database)

    def query(self, sql: str, params: Parameters | None = None) -> list[dict[str, Any]]:
        """Rows as dicts by column name; [] where there are none.

        Raises:
            StoreError: the statement is wrong, or a table is missing.
            Unavailable: the store is away.
        """
        with translated(self._where):
            return list(self._client.query(sql, parameters=_copy(params)).named_results())

    def rows(self, sql: str, params: Parameters | None = None) -> list[tuple[Any, ...]]:
        """Rows as tuples in the order of the columns. Raises as `query`."""
        with translated(self._where):
            return [tuple(row) for row in self._client.query(sql, parameters=_copy(params)).result_rows]

    def arrow(self, sql: str, params: Parameters | None = None) -> pa.Table:
        """The result as an Arrow table. Raises as `query`.

        Arrow has no enums and no plain DateTime: without `toString(column)` and `toDateTime64(column, 3, 'UTC')`
        they come as bare numbers. Strings must be UTF-8: `hex(column)` where they need not be.
        """
        with translated(self._where):
            return self._client.query_arrow(sql, parameters=_copy(params), use_strings=True)

    def command(self, sql: str, params: Parameters | None = None) -> None:
        """Run a statement without a result, such as DDL or INSERT ... SELECT. Raises as `query`."""
        with translated(self._where):
            # Not the library's `command`: it puts parameters into the URL, however many they are, and does
            # not wait for the end, so that an error may come after the answer has begun.
            self._client.raw_query(sql, parameters=_copy(params))

    def create_database(self, cluster: str = "") -> None:
        """Make the database if there is none, on all servers of a cluster where one is named. Raises as `query`."""
        statement = on_cluster(f"CREATE DATABASE IF NOT EXISTS {self.database}", cluster)
        with translated(self._where):
            self._client.command(statement, use_database=False)

    def has_database(self) -> bool:
        """Whether the database is there. Raises as `query`."""
        sql = f"SELECT count() FROM system.databases WHERE name = '{self.database}'"
        with translated(self._where):
            return bool(self._client.command(sql, use_database=False))

    def now_us(self) -> int:
        """The store's clock, microseconds since 1970 UTC. Raises as `query`."""
        return int(self.rows("SELECT toUnixTimestamp64Micro(now64(6))")[0][0])

    def close(self) -> None:
        """Close the connections; an embedded store's folder is released with the last of them."""
        self._client.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _columns(self, table: str) -> dict[str, str]:
        """ClickHouse types of a table's columns, asked once."""
        with self._types_lock:
            if table not in self._types:
                found = self.rows(f"DESCRIBE TABLE {table}")
                self._types[table] = {str(row[0]): str(row[1]) for row in found}
            return self._types[table]


def _copy(params: Parameters | None) -> dict[str, Any] | None:
    return dict(params) if params else None


def _trust(settings: Settings) -> dict[str, Any]:
    """Whom to believe, and our own certificate, in the client library's terms."""
    if not settings.clickhouse_url.startswith("https:"):
        return {}
    ca, certificate, key = settings.clickhouse_ca_path, settings.clickhouse_cert_path, settings.clickhouse_key_path
    tls.context("CLICKHOUSE", ca, certificate, key)  # says in a sentence what is wrong with the files
    found = {name: str(path) for name, path in (("ca_cert", ca), ("client_cert", certificate), ("client_cert_key", key))
             if path is not None}  # fmt: skip
    if certificate is not None:
        # With a password that says who we are; else the certificate does.
        found["tls_mode"] = "strict" if settings.clickhouse_password.get_secret_value() else "mutual"
    return found


def _target(url: str) -> dict[str, Any]:
    """Where to connect, in the client library's terms."""
    variable = f"{PREFIX}CLICKHOUSE_URL"
    if not url:
        raise SettingsError(f"{variable} is not set; it is http(s)://host:port of ClickHouse, or chdb:///folder")
    wrong = f"{variable} must be http(s)://host:port or chdb:///folder, got {url!r}"
    try:
        parts = urlsplit(url)
        named = parts.username or parts.password
        port = None if named else parts.port
    except ValueError:
        raise SettingsError(wrong) from None
    if named:
        raise SettingsError(f"{variable} must not hold user or password: {PREFIX}CLICKHOUSE_USER and _PASSWORD do")
    if parts.query or parts.fragment:
        raise SettingsError(wrong)
    if parts.scheme == "chdb" and not parts.netloc and len(parts.path) > 1:
        Path(parts.path).mkdir(parents=True, exist_ok=True)
        return {"interface": "chdb", "path": parts.path}
    if parts.scheme in ("http", "https") and parts.hostname:
        default_port = 8443 if parts.scheme == "https" else 8123
        target = {"interface": parts.scheme, "host": parts.hostname, "port": port or default_port}
        return target | ({"proxy_path": parts.path} if parts.path.strip("/") else {})
    raise SettingsError(wrong)
