"""The embedded server, asked by the real client in all the ways the client has."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import clickhouse_connect
import cramjam
import httpx
import pandas as pd
import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError
from clickhouse_connect.driver.external import ExternalData

from streams.edges.embedded import App, start_embedded
from streams.edges.errors import UserError
from tests.kit.clickhouse import ServerProcess

AT = dt.datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def client(clickhouse_url: str) -> Iterator[Client]:
    """The real client with its own defaults: sessions, compression."""
    with clickhouse_connect.get_client(dsn=clickhouse_url) as client:
        client.command("CREATE DATABASE IF NOT EXISTS embedded_server")
        client.database = "embedded_server"
        yield client
        client.command("DROP DATABASE embedded_server SYNC")


@pytest.fixture
def table(client: Client) -> str:
    """An empty table of three columns."""
    client.command(
        "CREATE OR REPLACE TABLE t (a UInt64, s LowCardinality(String), d DateTime64(3, 'UTC'))"
        " ENGINE = MergeTree ORDER BY a"
    )
    return "t"


def counted(client: Client) -> object:
    """Rows in the table."""
    return client.query("SELECT count() FROM t").result_rows[0][0]


def test_commands_without_a_result_return_none_of_it(client: Client) -> None:
    """The client tells them apart by a header: with it wrongly set, CREATE would return ''."""
    created = client.command("CREATE TABLE IF NOT EXISTS c (a UInt8) ENGINE = Memory")
    assert not isinstance(created, str)
    assert client.command("SELECT '' WHERE 0") == ""
    assert client.command("SELECT 7") == 7
    assert client.command("SELECT toString(version()), 'x'") == [client.server_version, "x"]


def test_rows_columns_and_empty_results(client: Client) -> None:
    """LIMIT 0 is how clients ask for the columns alone."""
    found = client.query("SELECT number AS n, toLowCardinality(toString(number)) AS s FROM numbers(3)")
    assert found.result_rows == [(0, "0"), (1, "1"), (2, "2")]
    assert client.query("SELECT 1 AS a, 'x' AS b LIMIT 0").column_names == ("a", "b")
    assert client.query("SELECT 1 AS a WHERE 0").result_rows == []


@pytest.mark.parametrize("compress", ["lz4", "zstd", "gzip", False])
def test_inserts_of_every_kind_and_compression(clickhouse_url: str, client: Client, table: str, compress: str) -> None:
    """Native blocks, Arrow, data frames and raw text; the client compresses block by block."""
    with clickhouse_connect.get_client(dsn=clickhouse_url, compress=compress, database="embedded_server") as own:
        rows = [[i, "x", AT] for i in range(50)]
        assert own.insert(table, rows, column_names=["a", "s", "d"]).written_rows == 50
        own.insert_arrow(table, pa.table({"a": pa.array([1, 2], pa.uint64()), "s": ["y", "z"]}))
        own.insert_df(table, pd.DataFrame({"a": [3], "s": ["v"]}))
        own.raw_insert(table, ["a", "s"], b"4,w\n", fmt="CSV")
        if compress:
            packed = gzip.compress(b"5,q\n") if compress == "gzip" else getattr(cramjam, compress).compress(b"5,q\n")
            own.raw_insert(table, ["a", "s"], bytes(packed), fmt="CSV", compression=compress)
        assert counted(own) == 54 + bool(compress)
        assert own.query("SELECT d FROM t WHERE a = 49", tz_mode="aware").result_rows == [(AT,)]
        assert own.query_df("SELECT a FROM t").shape[0] == own.query_arrow("SELECT a FROM t").num_rows == counted(own)


def test_parameters_short_and_long(client: Client) -> None:
    """Short ones travel in the address, long ones as a form."""
    names = ["a'b", "c\td\n", "\\", ""]
    assert client.query("SELECT {x:Array(String)}, {n:Int32}", {"x": names, "n": -3}).result_rows == [(names, -3)]
    many = [f"name {i}" for i in range(20_000)]
    assert client.query("SELECT length({x:Array(String)})", {"x": many}).result_rows == [(20_000,)]


def test_tables_brought_along(client: Client) -> None:
    """External data: a small table for one query."""
    data = ExternalData(file_name="e.csv", data=b"1,x\n2,y\n", fmt="CSV", structure=["a UInt8", "b String"])
    assert client.query("SELECT * FROM e ORDER BY a", external_data=data).result_rows == [(1, "x"), (2, "y")]
    with pytest.raises(DatabaseError):
        client.query("SELECT * FROM e")


def test_settings_last_for_a_query_or_a_session(clickhouse_url: str, client: Client) -> None:
    """Nobody's settings may reach somebody else."""
    ask = "SELECT getSetting('max_threads')"
    usual = client.command(ask)
    assert client.command(ask, settings={"max_threads": 9}) == 9
    assert client.command(ask) == usual
    client.command("SET max_threads = 8")
    assert client.command(ask) == 8
    with clickhouse_connect.get_client(dsn=clickhouse_url) as other:
        assert other.command(ask) == usual
    client.command("SET max_threads = DEFAULT")


def test_large_results_stream(client: Client) -> None:
    """A million rows as blocks, by rows and by Arrow."""
    with client.query_row_block_stream("SELECT number FROM numbers(1000000)") as blocks:
        sizes = [len(block) for block in blocks]
    assert sum(sizes) == 1_000_000
    assert len(sizes) > 1
    with client.query_arrow_stream("SELECT number FROM numbers(1000000)") as parts:
        assert sum(part.num_rows for part in parts) == 1_000_000


def test_a_query_that_fails_on_the_way_is_no_short_result(client: Client) -> None:
    """The status has gone out by then: the error comes at the end of the stream."""
    sql = "SELECT throwIf(number = 3000000, 'too far') FROM numbers(10000000)"
    with pytest.raises(StreamFailureError, match="too far") as caught, client.query_row_block_stream(sql) as blocks:
        for _ in blocks:
            pass
    assert caught.value.code == 395


def test_a_result_nobody_reads_on_is_dropped(clickhouse_url: str, client: Client) -> None:
    """A closed page must not leave its query running."""
    sql = "SELECT number, sleepEachRow(0.0001) FROM numbers(100000000)"
    with httpx.stream("POST", clickhouse_url, params={"default_format": "Native"}, content=sql) as response:
        next(response.iter_raw())
    for _ in range(100):
        running = client.command("SELECT count() FROM system.processes WHERE query LIKE '%sleepEachRow%numbers(1000%'")
        if running == 1:  # this question
            break
    assert running == 1


@pytest.mark.parametrize(
    ("sql", "status", "code"),
    [
        pytest.param("SELEC 1", 400, 62, id="syntax"),
        pytest.param("SELECT 1; SELECT 2", 400, 62, id="two-statements"),
        pytest.param("SELECT * FROM nowhere", 404, 60, id="no-table"),
        pytest.param("SELECT * FROM no.where", 404, 81, id="no-database"),
        pytest.param("SELECT throwIf(1)", 500, 395, id="anything-else"),
    ],
)
def test_errors_carry_number_status_and_words(
    clickhouse_url: str, client: Client, sql: str, status: int, code: int
) -> None:
    """As ClickHouse: 4xx where the asker is wrong, the number in a header, the words in the body."""
    response = httpx.post(clickhouse_url, content=sql)
    assert response.status_code == status
    assert response.headers["X-ClickHouse-Exception-Code"] == str(code)
    assert response.text.startswith(f"Code: {code}. DB::Exception: ")
    assert "X-ClickHouse-Format" not in response.headers
    with pytest.raises(DatabaseError) as caught:
        client.query(sql)
    assert caught.value.code == code


def test_a_broken_row_stores_nothing_of_its_insert(client: Client, table: str) -> None:
    """All of an insert or nothing: what came before the broken row goes too."""
    with pytest.raises(DatabaseError):
        client.raw_insert(table, ["a"], b"1\n2\nthree\n", fmt="CSV")
    assert counted(client) == 0


def test_a_link_reads_and_never_writes(clickhouse_url: str, client: Client, table: str) -> None:
    """GET is read-only, as in ClickHouse."""
    assert httpx.get(clickhouse_url, params={"query": "SELECT 1"}).text == "1\n"
    refused = httpx.get(clickhouse_url, params={"query": "CREATE TABLE nope (a UInt8) ENGINE = Memory"})
    assert refused.headers["X-ClickHouse-Exception-Code"] == "164"


def test_it_says_that_it_lives(clickhouse_url: str, client: Client) -> None:
    """For health checks, and for people who open the address in a browser."""
    assert httpx.get(f"{clickhouse_url}/ping").text == "Ok.\n"
    assert httpx.get(clickhouse_url).text == "Ok.\n"
    assert client.ping()


def test_inserts_from_many_clients_at_once_all_arrive(clickhouse_url: str, client: Client, table: str) -> None:
    """Workers write side by side, while boards read."""

    def insert(worker: int) -> None:
        with clickhouse_connect.get_client(dsn=clickhouse_url, database="embedded_server") as own:
            for batch in range(5):
                numbers = range(worker * 10_000 + batch * 100, worker * 10_000 + batch * 100 + 100)
                own.insert_arrow(table, pa.table({"a": pa.array(numbers, pa.uint64())}))
                own.query("SELECT max(a) FROM t")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(insert, range(8)))
    assert client.query("SELECT count(), uniqExact(a) FROM t").result_rows == [(4_000, 4_000)]


async def test_the_async_client_works_too(clickhouse_url: str, client: Client, table: str) -> None:
    """It has a transport of its own."""
    async with await clickhouse_connect.get_async_client(
        dsn=clickhouse_url, database="embedded_server", autogenerate_session_id=False
    ) as own:
        await own.insert(table, [[1, "x", AT]], column_names=["a", "s", "d"])
        results = await asyncio.gather(*[own.query(f"SELECT {i} + count() FROM t") for i in range(20)])
        assert [result.result_rows[0][0] for result in results] == list(range(1, 21))
        many = [f"name {i}" for i in range(20_000)]
        assert (await own.query("SELECT length({x:Array(String)})", {"x": many})).result_rows == [(20_000,)]
        assert (await own.query_arrow("SELECT 1 AS x")).num_rows == 1


def test_stopping_it_releases_the_folder_and_keeps_the_rows(tmp_path: Path) -> None:
    """SIGTERM ends it cleanly; the next process finds everything."""
    with ServerProcess(tmp_path / "data") as server:
        httpx.post(server.url, content="CREATE TABLE kept (a UInt8) ENGINE = MergeTree ORDER BY a")
        httpx.post(server.url, content="INSERT INTO kept VALUES (1), (2)")
        assert server.stop() == 0
    with ServerProcess(tmp_path / "data") as server:
        assert httpx.post(server.url, content="SELECT count() FROM kept").text == "2\n"


def test_a_query_under_way_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    """Ctrl-C must work whatever somebody asks of it just now."""
    with ServerProcess(tmp_path / "data") as server:
        long = "SELECT count() FROM numbers(1000000000000) WHERE number % 7 = 1"
        asking = threading.Thread(target=lambda: _ignored(server.url, long))
        asking.start()
        while (
            "numbers(1000000000000)"
            not in httpx.post(
                server.url, content="SELECT query FROM system.processes WHERE query NOT LIKE '%processes%'"
            ).text
        ):
            pass
        assert server.stop() == 0
        asking.join()


def _ignored(url: str, sql: str) -> None:
    """Asks and does not care: the server goes away under it."""
    try:
        httpx.post(url, content=sql, timeout=60)
    except httpx.HTTPError:
        return


def test_a_middleware_around_it_can_play_faults(tmp_path: Path) -> None:
    """The seam for tests of outages: here every second insert is stored and then answered with 500."""
    calls: list[str] = []

    def around(app: App) -> App:
        async def faulty(scope: App, receive: App, send: App) -> None:
            async def broken(message: App) -> None:
                if message["type"] == "http.response.start":
                    message = {**message, "status": 500, "headers": []}
                await send(message)

            calls.append(scope["path"])
            await app(scope, receive, broken if len(calls) == 2 else send)

        return faulty

    with start_embedded(tmp_path / "data", around=around) as server:
        httpx.post(server.url, content="CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a").raise_for_status()
        assert httpx.post(server.url, content="INSERT INTO t VALUES (1)").status_code == 500
        assert httpx.post(server.url, content="SELECT count() FROM t").text == "1\n"


def test_it_runs_in_a_thread_and_stops_there(tmp_path: Path) -> None:
    """The demo has it in its own process; afterwards the process may open another folder."""
    for name in ("one", "two"):
        server = start_embedded(tmp_path / name)
        assert urlsplit(server.url).port
        assert httpx.post(server.url, content="SELECT currentDatabase()").text == "default\n"
        server.stop()
        server.stop()
        with pytest.raises(httpx.ConnectError):
            httpx.get(server.url)


def test_a_taken_port_is_told_before_the_folder_is_touched(tmp_path: Path, clickhouse_url: str) -> None:
    """Else a failed start would leave a folder behind."""
    port = urlsplit(clickhouse_url).port or 0
    with pytest.raises(UserError, match=f"cannot listen on 127.0.0.1:{port}"):
        start_embedded(tmp_path / "data", port)
    assert not (tmp_path / "data").exists()
