"""Receivers for tests: a small HTTP server that keeps what it was sent and answers as told, and one in memory."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from streams.edges.receivers.note import Note


@dataclass
class Request:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Its body."""
        return json.loads(self.body)


@dataclass
class Taker:
    """A server: what it got, and what it answers next."""

    url: str = ""
    got: list[Request] = field(default_factory=list)
    status: int = 200
    said: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    """Answered first, one each; then `status`."""
    hangs: threading.Event | None = None
    """Answers nothing until it is set."""


@contextmanager
def taker() -> Iterator[Taker]:
    """Serves on a free loopback port."""
    found = Taker()

    class Handler(BaseHTTPRequestHandler):
        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self._serve
            raise AttributeError(name)

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found.got.append(Request(self.command, self.path, dict(self.headers), body))
            if found.hangs is not None:
                found.hangs.wait(10)
            status = found.statuses.pop(0) if found.statuses else found.status
            self.send_response(status)
            for name, text in found.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(found.said)))
            self.end_headers()
            self.wfile.write(found.said)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Who did not wait for the answer is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield found
    finally:
        if found.hangs is not None:
            found.hangs.set()
        server.shutdown()
        server.server_close()
        thread.join()


class InMemory:
    """A receiver without a network.

    Attributes:
        notes: what it took.
        fails: raised instead of taking, while set.
        hangs: never answers while set.
    """

    def __init__(self, name: str, *, for_people: bool = False, hears_beats: bool = True) -> None:
        self.name = name
        self.timeout_s = 5.0
        self.for_people, self.hears_beats = for_people, hears_beats
        self.notes: list[Note] = []
        self.attempts = 0
        self.fails: Exception | None = None
        self.hangs: asyncio.Event | None = None

    async def hand_over(self, note: Note) -> str:
        """Takes it, or not."""
        self.attempts += 1
        if self.hangs is not None:
            await self.hangs.wait()
        if self.fails is not None:
            raise self.fails
        self.notes.append(note)
        return "taken"

    async def close(self) -> None:
        """Nothing is open."""

    @property
    def pages(self) -> list[str]:
        """Ids of what it took, in order."""
        return [note.page.id for note in self.notes]
