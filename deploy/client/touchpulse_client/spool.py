"""Where events wait until the gateway has them: an SQLite file, or memory.

Why SQLite: it is in Python, survives kill -9 and power cuts, keeps order, gives room back, and lets one process
in at a time. An event that `add` has returned for is on the disk.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .errors import SpoolBroken, SpoolFull, SpoolInUse

Row = tuple[int, str, bytes]
"""Place in the order, event id, line of JSON."""

_MARK = 0x74707331
"""Tells our files from other SQLite files."""


class Spool:
    """Events in the order they were added. Any thread may use it."""

    def __init__(self, path: Path | str | None, max_bytes: int) -> None:
        """Open a spool, with what an earlier process left in it.

        Args:
            path: file; None: memory.
            max_bytes: of the lines waiting.
        Raises:
            SpoolInUse: another process has it open.
            SpoolBroken: the file is no spool, is damaged, or cannot be made.
        """
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        try:
            self._file = sqlite3.connect(path or ":memory:", timeout=0, isolation_level=None, check_same_thread=False)
            self._open(path)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise SpoolInUse(f"{path} is used by another process: give each one a spool of its own") from None
            raise SpoolBroken(f"{path} cannot be opened: {error}") from None
        except sqlite3.DatabaseError as error:
            raise SpoolBroken(f"{path} is no spool, or damaged ({error}): move it away") from None
        count, size = self._file.execute("SELECT count(*), coalesce(sum(length(line)), 0) FROM events").fetchone()
        self.count: int = count
        """Events waiting."""
        self.bytes: int = size
        """Bytes of their lines."""

    def _open(self, path: Path | str | None) -> None:
        run = self._file.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        run("PRAGMA journal_mode = WAL")
        # Written through to the disk before `add` returns: a till is switched off at the plug.
        run("PRAGMA synchronous = FULL")
        run("BEGIN IMMEDIATE")  # takes the lock, which the mode above keeps
        mark = run("PRAGMA application_id").fetchone()[0]
        if mark not in (0, _MARK) or (mark == 0 and run("SELECT count(*) FROM sqlite_master").fetchone()[0]):
            raise sqlite3.DatabaseError(f"{path} belongs to another program")
        run(f"PRAGMA application_id = {_MARK}")
        run("CREATE TABLE IF NOT EXISTS events (place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT, line BLOB)")
        run("COMMIT")

    def add(self, events: Iterable[tuple[str, bytes]]) -> None:
        """Write events down, all or none.

        Raises:
            SpoolFull: they would make it larger than it may be.
        """
        rows = list(events)
        size = sum(len(line) for _, line in rows)
        with self._lock:
            if self.bytes + size > self._max_bytes:
                raise SpoolFull(f"{self.count:,} events ({self.bytes:,} bytes) are waiting: there is no room for more")
            self._write("INSERT INTO events (id, line) VALUES (?, ?)", rows)
            self.count += len(rows)
            self.bytes += size

    def first(self, most: int, max_bytes: int) -> list[Row]:
        """The events that have waited longest.

        Args:
            most: how many at most.
            max_bytes: of their lines together; one event is always given.
        """
        with self._lock:
            found: list[Row] = []
            for row in self._file.execute("SELECT place, id, line FROM events ORDER BY place LIMIT ?", (most,)):
                max_bytes -= len(row[2])
                if found and max_bytes < 0:
                    break
                found.append(row)
            return found

    def remove(self, rows: Sequence[Row]) -> None:
        """Forget events that are delivered or refused.

        Raises:
            SpoolFull: the disk is full; they will be sent again, which counts nothing twice.
        """
        if not rows:
            return
        with self._lock:
            self._write("DELETE FROM events WHERE place = ?", [(row[0],) for row in rows])
            self.count -= len(rows)
            self.bytes -= sum(len(row[2]) for row in rows)

    def _write(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        self._file.execute("BEGIN")
        try:
            self._file.executemany(sql, rows)
            self._file.execute("COMMIT")
        except sqlite3.Error as error:
            if self._file.in_transaction:
                self._file.execute("ROLLBACK")
            raise SpoolFull(f"the spool cannot be written: {error}") from None

    def close(self) -> None:
        """Let another process have it."""
        with self._lock:
            self._file.close()
