"""Connections of clients that are slow, silent or many: each has deadlines, and all together a bound.

Why on top of uvicorn: it times a connection only between two requests (measured: a connection that sends nothing,
or one header a minute, is held for ever), it takes headers of any size and queues requests without end (measured:
158,000 of one connection), and its bound on connections refuses
new requests while idle strangers keep their places. Here the one idle longest makes room.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from streams.edges.gateway.limits import Limits

_UPGRADE = re.compile(rb"\r\nupgrade[ \t]*:", re.IGNORECASE)
"""An offer to speak another protocol, which a server may ignore (RFC 9110, 7.8). Java's client offers HTTP/2 with each
request; the parser would stop at it and lose the body."""


class Guards:
    """What all connections of a server share."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.open: set[Guarded] = set()
        self.idle: dict[Guarded, None] = {}
        """Connections without a request under way, the one idle longest first."""
        self.evicted = 0
        """Connections closed to make room, or refused as there was nobody to close."""
        self.timed_out = 0
        """Connections closed because their client was too slow."""

    def factory(self) -> Callable[..., Guarded]:
        """Makes the connections' protocols, as uvicorn asks for it."""

        def make(*arguments: Any, **named: Any) -> Guarded:
            return Guarded(self, *arguments, **named)

        return make


class _TooManyError(Exception):
    """More requests wait on one connection than anybody honest sends ahead."""


class Guarded(HttpToolsProtocol):
    """One connection."""

    def __init__(self, guards: Guards, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._guards = guards
        self._limits = guards.limits
        self._deadline: asyncio.TimerHandle | None = None
        self._write_deadline: asyncio.TimerHandle | None = None
        self._in_headers = True
        """Until the headers of the next request are complete."""
        self._in_message = False
        self._header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """A client has come: another may have to go."""
        super().connection_made(transport)
        guards = self._guards
        guards.open.add(self)
        guards.idle[self] = None
        self._within(self._limits.header_timeout_s)
        if len(guards.open) > self._limits.max_connections:
            guards.evicted += 1
            longest = next(iter(guards.idle))  # itself, if all others are at work
            longest.transport.abort()
            guards.idle.pop(longest, None)
            guards.open.discard(longest)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._guards.open.discard(self)
        self._guards.idle.pop(self, None)
        self._within(None)
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes have come; before the headers are complete they are counted."""
        if self.parser is None or self.transport.is_closing():
            return
        if self._in_headers:
            self._header_bytes += len(data)
            if self._deadline is None:
                self._within(self._limits.header_timeout_s)
            head, end, body = data.partition(b"\r\n\r\n")
            data = _UPGRADE.sub(b"\r\nx-upgrade-offered:", head) + end + body
        super().data_received(data)
        if self._in_headers and self._header_bytes > self._limits.max_header_bytes:
            self.send_431_response()

    def send_431_response(self) -> None:
        """Headers without end."""
        self.transport.write(
            b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
        self.transport.close()

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._in_message = True

    def on_headers_complete(self) -> None:
        """The request starts."""
        self._in_headers = False
        self._guards.idle.pop(self, None)
        # The gateway answers a slow body with 408 first; this is for bodies it never asked for.
        self._within(self._limits.body_timeout_s + 1)
        super().on_headers_complete()
        if len(self.pipeline) > self._limits.max_pipelined:
            raise _TooManyError  # ends the parsing; uvicorn answers 400 and closes

    def on_message_complete(self) -> None:
        """The last byte of the request has come."""
        self._in_message = False
        self._in_headers = True
        self._header_bytes = 0
        self._within(None)
        super().on_message_complete()
        self._rest()

    def on_response_complete(self) -> None:
        """The answer is written."""
        super().on_response_complete()
        self._rest()

    def pause_writing(self) -> None:
        """The client does not read its answer."""
        super().pause_writing()
        if self._write_deadline is None:
            self._write_deadline = self.loop.call_later(self._limits.write_timeout_s, self._too_slow)

    def resume_writing(self) -> None:
        """It reads again."""
        super().resume_writing()
        if self._write_deadline is not None:
            self._write_deadline.cancel()
            self._write_deadline = None

    def _rest(self) -> None:
        """Idle again, once the request is read and answered."""
        at_rest = not self._in_message and not self.pipeline and (self.cycle is None or self.cycle.response_complete)
        if at_rest and self in self._guards.open:
            self._guards.idle[self] = None

    def _within(self, seconds: float | None) -> None:
        """Close the connection unless something happens in time; None: no deadline."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if seconds is not None:
            self._deadline = self.loop.call_later(seconds, self._too_slow)

    def _too_slow(self) -> None:
        self._guards.timed_out += 1
        self.transport.abort()
