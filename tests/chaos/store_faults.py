"""ClickHouse in trouble: an ASGI middleware around the embedded server that fails one database's requests for a while.

Only what the workers ask is struck: the bench reads the store as another user.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

App = Callable[[Any, Any, Any], Awaitable[None]]
BENCH_USER = "bench"
PATIENCE_S = 4.0
"""How much longer a trouble may wait for something to strike."""
LATER_S = 4.0
"""How long after its connection was cut an insert still lands."""


@dataclass(slots=True)
class Trouble:
    """What a database suffers, until when (monotonic seconds), and whom to tell that it struck."""

    kind: str
    table: str
    """Only inserts into it; '' for everything."""
    until_s: float
    told: Callable[[], None]
    hits: int = 0

    def active(self) -> bool:
        """Whether it still lasts: until its time is over, and until it has struck something at all."""
        now_s = time.monotonic()
        return now_s < self.until_s or (not self.hits and now_s < self.until_s + PATIENCE_S)


class StoreFaults:
    """All databases' troubles. One object serves all runs of a bench."""

    def __init__(self) -> None:
        self._troubles: dict[str, Trouble] = {}
        self._detached: set[asyncio.Task[None]] = set()
        self._working: dict[str, int] = {}

    def begin(self, database: str, kind: str, table: str, seconds: float, told: Callable[[], None]) -> None:
        """Requests for a database, or inserts into one of its tables, fail in this way from now on, for so long.

        Args:
            told: called once it has struck.
        """
        self._troubles[database] = Trouble(kind, table, time.monotonic() + seconds, told)

    def over(self, database: str) -> bool:
        """Whether its trouble is over and nothing cut off is still to land."""
        trouble = self._troubles.get(database)
        return not self._working.get(database) and (trouble is None or not trouble.active())

    def around(self, app: App) -> App:
        """The middleware."""

        async def faulty(scope: Any, receive: Any, send: Any) -> None:
            database = self._struck(scope)
            if database is None:
                await app(scope, receive, send)
            else:
                await self._fail(self._troubles[database], database, app, scope, receive, send)

        return faulty

    def _struck(self, scope: Any) -> str | None:
        if scope["type"] != "http" or _user(scope) == BENCH_USER:
            return None
        query = scope.get("query_string", b"").decode()
        for database, trouble in self._troubles.items():
            if database in query and (not trouble.table or trouble.table in query) and trouble.active():
                trouble.hits += 1
                if trouble.hits == 1:
                    trouble.told()
                return database
        return None

    async def _fail(self, trouble: Trouble, database: str, app: App, scope: Any, receive: Any, send: Any) -> None:
        kind = trouble.kind
        if kind == "ch_refuse":
            await _cut(send)
        elif kind == "ch_hang":
            # Whatever hung is answered by nobody: the client hears so once the server is well again.
            await asyncio.sleep(max(0.0, trouble.until_s - time.monotonic()))
            await _cut(send)
        elif kind == "ch_cut":
            await _body(receive)
            await _cut(send)
        elif kind in ("ch_cut_stored", "ch_500_stored"):
            await app(scope, receive, _nowhere)
            if kind == "ch_cut_stored":
                await _cut(send)
            else:
                await send({"type": "http.response.start", "status": 500, "headers": [(b"content-length", b"0")]})
                await send({"type": "http.response.body", "body": b""})
        elif kind == "ch_stored_later":
            body = await _body(receive)
            await _cut(send)
            task = asyncio.create_task(self._later(database, app, scope, body))
            self._detached.add(task)
            task.add_done_callback(self._detached.discard)
        else:
            raise ValueError(f"unknown fault {kind}")

    async def _later(self, database: str, app: App, scope: Any, body: bytes) -> None:
        """The server goes on with a request whose client is gone; newer ones overtake it."""
        self._working[database] = self._working.get(database, 0) + 1
        try:
            await asyncio.sleep(LATER_S)
            parts = iter([{"type": "http.request", "body": body, "more_body": False}])

            async def again() -> Any:
                return next(parts, {"type": "http.disconnect"})

            await app(scope, again, _nowhere)
        finally:
            self._working[database] -= 1


async def _nowhere(message: Any) -> None:
    """An answer that nobody gets."""


async def _body(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return body


async def _cut(send: Any) -> None:
    """Ends the connection without an answer. ASGI has no word for it, so this asks the server's own connection."""
    send.__self__.transport.abort()
    await asyncio.sleep(0)  # the server learns of it before it would miss the answer


def _user(scope: Any) -> str:
    headers = dict(scope["headers"])
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() == b"basic":
        return base64.b64decode(token).decode().partition(":")[0]
    return str(headers.get(b"x-clickhouse-user", b"").decode())
