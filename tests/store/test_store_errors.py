"""Which errors are worth waiting for, and which say what to mend."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from streams.edges.errors import SettingsError, Unavailable
from streams.edges.settings import Settings
from streams.edges.store import Store, StoreError
from tests.kit.clickhouse import PROGRAM, ROOT, ServerProcess
from tests.kit.rows import columns

SOON_S = 4
"""Well under any patience of ours; only a missing time limit takes longer."""


def settings_for(url: str, **more: object) -> Settings:
    """Settings of a store at `url`."""
    return Settings.model_validate({"clickhouse_url": url, **more})


@contextmanager
def listener(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """A port where every connection is treated by `behave`; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    behave(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def answer(status: str, body: bytes) -> Callable[[socket.socket], None]:
    """Answers each request the same."""

    def behave(connection: socket.socket) -> None:
        connection.recv(65_536)
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + body)

    return behave


def hang(connection: socket.socket) -> None:
    """Reads and never answers; ends when the client gives up."""
    while connection.recv(65_536):
        pass


@pytest.mark.parametrize(
    "behave",
    [
        pytest.param(lambda connection: None, id="closes-at-once"),
        pytest.param(lambda connection: connection.recv(10), id="closes-while-reading"),
        pytest.param(answer("503 Service Unavailable", b"upstream is away"), id="proxy-says-503"),
        pytest.param(answer("502 Bad Gateway", b"<html>"), id="proxy-says-502"),
        pytest.param(answer("500 Internal Server Error", b"?"), id="500-without-a-number"),
        pytest.param(hang, id="hangs"),
    ],
)
def test_a_server_in_trouble_is_unavailable_and_soon_so(behave: Callable[[socket.socket], None]) -> None:
    """It may be well again: keep the work and come back."""
    with listener(behave) as url:
        begun_s = time.monotonic()
        with pytest.raises(Unavailable, match="TOUCHPULSE_CLICKHOUSE_URL"):
            Store.connect(settings_for(url), answer_timeout_s=1)
        assert time.monotonic() - begun_s < SOON_S


def test_where_nobody_listens_the_store_is_unavailable_at_once() -> None:
    """A refused connection is an answer: no need to wait for a time limit."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    begun_s = time.monotonic()
    with pytest.raises(Unavailable, match="refused"):
        Store.connect(settings_for(f"http://127.0.0.1:{port}"))
    assert time.monotonic() - begun_s < SOON_S


def test_a_server_killed_under_a_store_is_unavailable_for_every_method(tmp_path: Path) -> None:
    """Workers meet the outage in the middle of their work, not at the start."""
    with ServerProcess(tmp_path / "data") as server, Store.connect(settings_for(server.url)) as store:
        store.create_database()
        store.command(
            "CREATE TABLE names (dimension String, name String, last_seen DateTime64(3, 'UTC')) ENGINE = Memory"
        )
        store.insert_columns("names", columns("names"))
        server.kill()
        for attempt in (
            lambda: store.insert_columns("names", columns("names")),
            lambda: store.query("SELECT 1"),
            lambda: store.rows("SELECT 1"),
            lambda: store.arrow("SELECT 1"),
            lambda: store.command("SELECT 1"),
            store.now_us,
            store.has_database,
        ):
            with pytest.raises(Unavailable):
                attempt()


def test_a_store_goes_on_by_itself_when_the_server_is_back(tmp_path: Path) -> None:
    """No reconnecting by hand after an outage, and what was stored is still there."""
    with ServerProcess(tmp_path / "data") as server, Store.connect(settings_for(server.url)) as store:
        store.create_database()
        store.command("CREATE TABLE kept (a UInt8) ENGINE = MergeTree ORDER BY a")
        store.insert_columns("kept", {"a": [1, 2]})
        server.kill()
        with pytest.raises(Unavailable):
            store.rows("SELECT 1")
        with ServerProcess(tmp_path / "data", port=int(server.url.rsplit(":", 1)[1])):
            assert store.rows("SELECT count() FROM kept") == [(2,)]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        pytest.param(202, "TOO_MANY_SIMULTANEOUS_QUERIES", id="crowded"),
        pytest.param(241, "MEMORY_LIMIT_EXCEEDED", id="out-of-memory"),
        pytest.param(242, "TABLE_IS_READ_ONLY", id="replica-without-keeper"),
        pytest.param(243, "NOT_ENOUGH_SPACE", id="disk-full"),
        pytest.param(252, "TOO_MANY_PARTS", id="merges-behind"),
    ],
)
def test_clickhouses_own_passing_troubles_are_told_by_their_number(any_store: Store, code: int, name: str) -> None:
    """The wording changes from version to version; the number does not."""
    with pytest.raises(Unavailable, match="help is on the way"):
        any_store.rows(
            f"SELECT throwIf(1, 'help is on the way', toInt16({code})) SETTINGS allow_custom_error_code_in_throwif = 1"
        )


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        pytest.param("SELEC 1", 62, id="syntax"),
        pytest.param("SELECT throwIf(1)", 395, id="refused-by-a-function"),
        pytest.param("SELECT 1 SETTINGS no_such_setting = 1", 115, id="unknown-setting"),
        pytest.param("SELECT {x:UInt8}", 456, id="parameter-missing"),
    ],
)
def test_what_will_never_work_is_a_store_error_with_its_number(any_store: Store, sql: str, code: int) -> None:
    """Retrying it would hold up everything behind it for ever."""
    with pytest.raises(StoreError) as caught:
        any_store.rows(sql)
    assert caught.value.code == code
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "attempt",
    [
        pytest.param(lambda store: store.rows("SELECT * FROM no_such_table"), id="table"),
        pytest.param(lambda store: store.rows("SELECT a FROM no_such_database.t"), id="database"),
        pytest.param(lambda store: store.rows("SELECT no_such_column FROM names"), id="column"),
        pytest.param(lambda store: store.insert_columns("no_such_table", {"a": [1]}), id="insert"),
    ],
)
def test_missing_tables_and_columns_point_at_migrate(any_store: Store, attempt: Callable[[Store], object]) -> None:
    """The program is newer than the tables: the commonest mistake of an upgrade."""
    with pytest.raises(StoreError, match="touchpulse migrate"):
        attempt(any_store)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param("", "is not set", id="missing"),
        pytest.param("localhost:8123", "must be", id="no-scheme"),
        pytest.param("ftp://localhost", "must be", id="wrong-scheme"),
        pytest.param("http://", "must be", id="no-host"),
        pytest.param("http://localhost:http", "must be", id="no-port-number"),
        pytest.param("http://localhost:8123/?user=x", "must be", id="query"),
        pytest.param("http://me:secret@localhost:8123", "CLICKHOUSE_USER", id="password-in-address"),
        pytest.param("chdb://", "must be", id="no-folder"),
    ],
)
def test_a_wrong_address_is_told_before_anything_is_sent(url: str, message: str) -> None:
    """One sentence that names the variable, and never the password."""
    with pytest.raises(SettingsError, match=message) as caught:
        Store.connect(settings_for(url))
    assert "TOUCHPULSE_CLICKHOUSE_URL" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_wrong_password_names_its_settings(tmp_path: Path) -> None:
    """Waiting does not mend a password."""
    env = {"TOUCHPULSE_CLICKHOUSE_PASSWORD": "right", "TOUCHPULSE_CLICKHOUSE_USER": "pulse"}
    with ServerProcess(tmp_path / "data", env=env) as server:
        right = settings_for(server.url, clickhouse_user="pulse", clickhouse_password=SecretStr("right"))
        with Store.connect(right) as store:
            assert not store.has_database()
        for user, password in (("pulse", "wrong"), ("other", "right"), ("default", "")):
            wrong = settings_for(server.url, clickhouse_user=user, clickhouse_password=SecretStr(password))
            with pytest.raises(SettingsError, match="TOUCHPULSE_CLICKHOUSE_PASSWORD") as caught:
                Store.connect(wrong)
            assert "right" not in str(caught.value)


def test_an_embedded_folder_in_use_elsewhere_says_so(tmp_path: Path) -> None:
    """One process a folder: the second one is told why in one sentence, by either way in."""
    url = f"chdb://{tmp_path / 'data'}"
    with ServerProcess(tmp_path / "data"):
        second = subprocess.run(
            [sys.executable, "-c", PROGRAM, "migrate"],
            cwd=ROOT,
            env={**os.environ, "TOUCHPULSE_CLICKHOUSE_URL": url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 1
        assert f"TOUCHPULSE_CLICKHOUSE_URL: cannot open {url}: does another process use it?" in second.stderr
        assert "Traceback" not in second.stderr
        with pytest.raises(RuntimeError, match="another process"):
            ServerProcess(tmp_path / "data")
