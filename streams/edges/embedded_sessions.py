"""Connections to the engine: one a request, and one kept for each session a client names.

Opening one takes 0.2 ms, so nothing of one request can reach another. A session is a client's wish that
something does: its SET statements and temporary tables stay, but not what came along with one request.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

KEPT = 64
"""Sessions kept at most; the longest unused goes first."""
IDLE_S = 60.0
"""A session unused for this long may be forgotten: ClickHouse's own default."""

CLOSE_S = 5.0
"""A stopped statement ends within a moment of being stopped."""


class SessionLockedError(Exception):
    """A second statement in a session before the first has ended."""


@dataclass
class _Session:
    connection: Any
    used_s: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    sets: list[str] = field(default_factory=list)


class Lease:
    """A connection for the time of one request. Release it."""

    def __init__(self, connection: Any, session: _Session | None = None) -> None:
        self.connection = connection
        self._session = session
        self._undo: list[str] = []

    def undo(self, statement: str) -> None:
        """Run this when the request is over, if the connection lives on."""
        self._undo.append(statement)

    def keep(self, statement: str) -> None:
        """A SET statement that is to last as long as the session."""
        if self._session is not None:
            self._session.sets.append(statement)

    def release(self) -> None:
        """Give the connection back. Releasing again does nothing."""
        connection, self.connection = self.connection, None
        if connection is None:
            return
        if self._session is None:
            connection.close()
            return
        for statement in [*self._undo, *self._session.sets]:
            with suppress(Exception):  # a read-only session cannot set anything back
                connection.query(statement, "TSV")
        self._session.lock.release()


class Sessions:
    """All connections of an engine. Methods may be called from any thread."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._sessions: dict[str, _Session] = {}
        self._guard = threading.Lock()

    def lease(self, session_id: str) -> Lease:
        """A connection of its own for '', else that of the session.

        Raises:
            SessionLockedError: the session is in use.
        """
        if not session_id:
            return Lease(self._connect())
        with self._guard:
            self._drop_old(session_id)
            session = self._sessions.get(session_id)
            if session is None:
                session = self._sessions[session_id] = _Session(self._connect(), time.monotonic())
            session.used_s = time.monotonic()
            if not session.lock.acquire(blocking=False):
                raise SessionLockedError
        return Lease(session.connection, session)

    def close(self) -> None:
        """Close what is kept; a session in use is waited for a moment."""
        with self._guard:
            for session in self._sessions.values():
                # Closed under a running statement the engine would fall over.
                if session.lock.acquire(timeout=CLOSE_S):
                    session.connection.close()
            self._sessions.clear()

    def _drop_old(self, wanted: str) -> None:
        by_age = sorted(self._sessions, key=lambda key: self._sessions[key].used_s)
        too_many = set(by_age[: max(0, len(by_age) - KEPT + 1)])
        idle_since_s = time.monotonic() - IDLE_S
        for key in by_age:
            session = self._sessions[key]
            old = key in too_many or session.used_s < idle_since_s
            if old and key != wanted and not session.lock.locked():
                self._sessions.pop(key).connection.close()
