"""What Grafana's ClickHouse plugin sends and expects, as seen on plugins 3 and 4 and in their Go client.

There is no Grafana on a development machine. The requests here are the Go client's, and the answers are
read as it reads them: block by block, with the newer framing where it asks for it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.kit.clickhouse import ServerProcess

NEW_PROTOCOL = 54460
"""What Go clients from 2.40 on send as client_protocol_version; older ones send none."""
USER = {"TOUCHPULSE_CLICKHOUSE_USER": "board", "TOUCHPULSE_CLICKHOUSE_PASSWORD": "s3cret"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that asks for user and password, as a data source has them."""
    with ServerProcess(tmp_path_factory.mktemp("grafana"), env=USER) as server:
        yield server.url


@pytest.fixture(params=[0, NEW_PROTOCOL], ids=["older-plugin", "newer-plugin"])
def protocol(request: pytest.FixtureRequest) -> int:
    """Version of the blocks the plugin asks for."""
    return int(request.param)


def ask(url: str, sql: str, protocol: int, **more: str) -> httpx.Response:
    """One query, as the plugin sends it."""
    parameters = {"default_format": "Native", "database": "default", "max_execution_time": "60", **more}
    if protocol:
        parameters["client_protocol_version"] = str(protocol)
    return httpx.post(
        url, params=parameters, content=sql, auth=("board", "s3cret"), headers={"Accept-Encoding": "gzip"}
    )


class Blocks:
    """Reads Native as the Go client does."""

    def __init__(self, data: bytes, protocol: int) -> None:
        self._data, self._at, self._protocol = data, 0, protocol

    def rows(self) -> list[tuple[Any, ...]]:
        """All rows of all blocks."""
        found: list[tuple[Any, ...]] = []
        while self._at < len(self._data):
            if self._protocol:
                assert [self._varint(), self._take(1), self._varint(), self._take(4), self._varint()] == [
                    1, b"\x00", 2, b"\xff\xff\xff\xff", 0,
                ]  # fmt: skip
            columns, rows = self._varint(), self._varint()
            found += zip(*[self._column(rows) for _ in range(columns)], strict=True)
        return found

    def _column(self, rows: int) -> list[Any]:
        self._text()
        kind = self._text()
        if self._protocol >= 54454:
            assert self._take(1) == b"\x00", "custom serialization: the Go client refuses it"
        return self._values(kind, rows)

    def _values(self, kind: str, rows: int) -> list[Any]:
        if kind.startswith("Nullable("):
            missing = self._take(rows)
            return [None if gone else v for gone, v in zip(missing, self._values(kind[9:-1], rows), strict=True)]
        if kind.startswith("LowCardinality("):
            assert self._number("<Q") == 1
            flags, keys = self._number("<Q"), self._number("<Q")
            names = self._values(kind[15:-1], keys)
            assert self._number("<Q") == rows
            return [
                names[i]
                for i in struct.unpack(f"<{rows}{'BHIQ'[flags & 0xFF]}", self._take(rows * 2 ** (flags & 0xFF)))
            ]
        if kind == "String":
            return [self._text() for _ in range(rows)]
        sign = {"UInt8": "B", "UInt32": "I", "UInt64": "Q", "Float64": "d", "DateTime": "I"}.get(
            kind.split("(")[0], "q"
        )
        return list(struct.unpack(f"<{rows}{sign}", self._take(rows * struct.calcsize(sign))))

    def _take(self, size: int) -> bytes:
        assert self._at + size <= len(self._data), "the block ends too early"
        self._at += size
        return self._data[self._at - size : self._at]

    def _number(self, form: str) -> int:
        return int(struct.unpack(form, self._take(8))[0])

    def _varint(self) -> int:
        value = shift = 0
        while True:
            (byte,) = self._take(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def _text(self) -> str:
        return self._take(self._varint()).decode()


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("SELECT 1", id="health-check"),
        pytest.param("SELECT timezone()", id="older-greeting"),
        pytest.param("SELECT version()", id="older-greeting-and-version-check"),
        pytest.param("SELECT displayName(), version(), revision(), timezone()", id="newer-greeting"),
        pytest.param("SELECT name, comment FROM system.databases", id="query-builder"),
    ],
)
def test_the_plugins_own_questions_are_answered(url: str, protocol: int, sql: str) -> None:
    """Saving the data source asks these; one wrong and no board opens."""
    response = ask(url, sql, protocol)
    assert response.status_code == 200
    assert Blocks(response.content, protocol).rows()


def test_a_panels_rows_arrive_whole(url: str, protocol: int) -> None:
    """Time, label, value or none: what a time series is made of, over several blocks."""
    sql = """
        SELECT toDateTime64(1790000000 + number, 3, 'UTC') AS time, toLowCardinality(toString(number % 3)) AS channel,
               if(number % 5 = 0, NULL, number / 2) AS score, number AS n
        FROM numbers(200000) ORDER BY time"""
    rows = Blocks(ask(url, sql, protocol).content, protocol).rows()
    assert rows == [(1000 * (1_790_000_000 + i), str(i % 3), None if i % 5 == 0 else i / 2, i) for i in range(200_000)]


def test_no_rows_are_an_empty_answer_of_known_length(url: str, protocol: int) -> None:
    """The Go client takes length 0 for no data, and anything else for a block to come."""
    response = ask(url, "SELECT 1 WHERE 0", protocol)
    assert (response.status_code, response.headers["Content-Length"]) == (200, "0")


def test_a_wrong_query_shows_its_reason_in_the_panel(url: str, protocol: int) -> None:
    """Status and plain text: the plugin prints both, and looks for DB::Exception to blame the query."""
    response = ask(url, "SELECT * FROM no_such_table", protocol)
    assert response.status_code == 404
    assert response.text.startswith("Code: 60. DB::Exception: ")


def test_a_query_that_fails_half_way_ends_in_a_framed_exception(url: str, protocol: int) -> None:
    """Newer Go clients look for it behind the last whole block."""
    response = ask(url, "SELECT throwIf(number = 3000000, 'too far') FROM numbers(10000000)", protocol)
    tag = response.headers["X-ClickHouse-Exception-Tag"]
    tail = response.content[-400:].decode(errors="replace")
    assert f"\r\n__exception__\r\n{tag}\r\nCode: 395. DB::Exception: too far" in tail
    assert tail.endswith(f" {tag}\r\n__exception__\r\n")


def test_time_limits_of_the_data_source_hold(url: str, protocol: int) -> None:
    """A careless panel must not run for ever."""
    response = ask(
        url, "SELECT count() FROM numbers(1000000000000)WHERE number % 7 = 1", protocol, max_execution_time="1"
    )
    assert (response.status_code, response.headers["X-ClickHouse-Exception-Code"]) == (408, "159")


def test_a_read_only_data_source_cannot_write(url: str, protocol: int) -> None:
    """A statement typed into a panel runs: `readonly` among the data source's settings stops it."""
    response = ask(url, "CREATE TABLE typed (a UInt8) ENGINE = Memory", protocol, readonly="2")
    assert response.headers["X-ClickHouse-Exception-Code"] == "164"
    assert ask(url, "SELECT 1", protocol, readonly="2").status_code == 200


@pytest.mark.parametrize("login", [None, ("board", "wrong"), ("other", "s3cret")])
def test_a_wrong_login_is_refused_with_clickhouses_number(url: str, login: tuple[str, str] | None) -> None:
    """The plugin tells login errors from others by it."""
    response = httpx.post(url, content="SELECT 1", auth=login)
    assert (response.status_code, response.headers["X-ClickHouse-Exception-Code"]) == (403, "516")


def test_the_login_may_come_in_headers_too(url: str) -> None:
    """With TLS the Go client sends it so; a proxy in front may take the TLS away."""
    headers = {"X-ClickHouse-User": "board", "X-ClickHouse-Key": "s3cret"}
    assert httpx.post(url, content="SELECT 1", headers=headers).text == "1\n"


def test_the_health_check_needs_no_login(url: str, tmp_path: Path) -> None:
    """As ClickHouse: load balancers ask it."""
    assert httpx.get(f"{url}/ping").text == "Ok.\n"
