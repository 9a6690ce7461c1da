"""The tests' ClickHouse: the embedded server as a process of its own, and stores on it.

A process, because an engine can have one folder a process, and because a server that can be killed is a
better server to test against. It starts once a run; each test gets a database of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import pytest

from streams.edges.migrate import migrate
from streams.edges.settings import PREFIX, Settings
from streams.edges.store import Store
from tests.kit.rows import DERIVED, ROWS

ROOT = Path(__file__).parents[2]
STOP_S = 60
"""Far more than stopping takes; beyond it the test fails."""
PROGRAM = "from streams.cli import main; main()"


class ServerProcess:
    """`touchpulse embedded` as users start it. Stops when its `with` block ends."""

    def __init__(self, path: Path, *, port: int = 0, env: dict[str, str] | None = None) -> None:
        """Start it and wait until it listens.

        Args:
            path: the store's folder.
            env: further environment variables.
        Raises:
            RuntimeError: it ended instead; the message is what it said.
        """
        outside = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "embedded", "--path", str(path), "--port", str(port)],
            cwd=ROOT,
            env={**outside, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        found = re.search(r"http://\S+", first)
        if not found:
            self.code, (_, said) = self.process.wait(STOP_S), self.process.communicate()
            raise RuntimeError(said.strip())
        self.url = found.group()

    def stop(self) -> int:
        """Ask it to stop as an operator would; its exit code."""
        self.process.terminate()
        return self._ended()

    def kill(self) -> None:
        """Kill it outright."""
        self.process.kill()
        self._ended()

    def _ended(self) -> int:
        self.process.communicate(timeout=STOP_S)
        return self.process.returncode

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.kill()


@pytest.fixture(scope="session")
def clickhouse_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a ClickHouse that lasts for the run."""
    with ServerProcess(tmp_path_factory.mktemp("clickhouse")) as server:
        yield server.url


@pytest.fixture
def clickhouse_database() -> str:
    """Name of a database that no other test has; nobody has made it yet."""
    return fresh_database()


@pytest.fixture
def clickhouse_settings(clickhouse_url: str, clickhouse_database: str) -> Settings:
    """Settings that lead to this test's own database over HTTP."""
    return Settings(clickhouse_url=clickhouse_url, clickhouse_database=clickhouse_database)


@pytest.fixture
def clickhouse_store(clickhouse_settings: Settings) -> Iterator[Store]:
    """A store over HTTP with all tables, empty."""
    with migrated(clickhouse_settings) as store:
        yield store


@pytest.fixture(scope="session")
def embedded_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the engine inside this process. Stores on it must be closed: the process has one engine."""
    return tmp_path_factory.mktemp("embedded")


@pytest.fixture(scope="module", params=["http", "embedded"])
def any_url(request: pytest.FixtureRequest) -> str:
    """Address over HTTP, then of the engine inside this process."""
    if request.param == "http":
        return str(request.getfixturevalue("clickhouse_url"))
    return f"chdb://{request.getfixturevalue('embedded_folder')}"


@pytest.fixture
def any_settings(any_url: str, clickhouse_database: str) -> Settings:
    """Settings that lead to a database nobody has made yet: over HTTP, then inside this process."""
    return Settings(clickhouse_url=any_url, clickhouse_database=clickhouse_database)


@pytest.fixture(scope="module")
def any_kept_store(any_url: str) -> Iterator[Store]:
    """A store that all tests of a module share: making its tables takes half a second."""
    with migrated(Settings(clickhouse_url=any_url, clickhouse_database=fresh_database())) as store:
        yield store


@pytest.fixture
def any_store(any_kept_store: Store) -> Store:
    """A store with all tables, empty: over HTTP, then inside this process."""
    for table in (*ROWS, *DERIVED):
        any_kept_store.command(f"TRUNCATE TABLE {table}")
    return any_kept_store


def fresh_database() -> str:
    """A name that no other database has."""
    return f"test_{uuid.uuid4().hex[:12]}"


@contextmanager
def migrated(settings: Settings) -> Iterator[Store]:
    """A store with all tables; its database is dropped in the end."""
    with Store.connect(settings) as store:
        migrate(store)
        yield store
        store.command(f"DROP DATABASE IF EXISTS {store.database} SYNC")
