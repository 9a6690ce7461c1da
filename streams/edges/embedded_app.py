"""ClickHouse's HTTP protocol over the in-process engine, as real clients speak it.

What is here was taken from what clickhouse-connect and the Go client (so the Grafana plugin) send and
expect. Answers are not compressed: clients take that, and everything stays on one machine.

To play a server in trouble, put an ASGI middleware around what `build_app` returns.
"""

from __future__ import annotations

import hmac
import json
import uuid
from collections.abc import AsyncIterator

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from streams.edges.embedded_engine import Answer, Engine, EngineError, Stream
from streams.edges.embedded_native import FLAG_SINCE, UnknownLayoutError, reframe
from streams.edges.embedded_request import credentials, not_implemented, protocol_version, read_job

MAX_QUERIES = 16
"""Statements under way at once; further ones wait. More would only share the cores among more sorts."""

_AUTHENTICATION_FAILED = 516

# ClickHouse answers what the asker got wrong with 4xx, the rest with 500. The numbers are its error codes.
_STATUS = {
    **dict.fromkeys((192, 193, 194, _AUTHENTICATION_FAILED, 512), 403),
    **dict.fromkeys((5, 46, 47, 50, 56, 60, 63, 73, 81, 115), 404),
    **dict.fromkeys((6, 26, 27, 36, 38, 41, 43, 53, 62, 70, 72, 117, 130, 131, 164, 349, 427, 432, 456, 457), 400),
    159: 408,  # TIMEOUT_EXCEEDED
    48: 501,  # NOT_IMPLEMENTED
    209: 503,  # SOCKET_TIMEOUT
    439: 503,  # CANNOT_SCHEDULE_TASK
}
_CONTENT_TYPES = {
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TSV": "text/tab-separated-values; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8",
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
}


def build_app(engine: Engine, *, user: str = "default", password: str = "") -> Starlette:
    """The server as an ASGI application.

    Args:
        engine: the open engine; closing it is the caller's business.
        user: the one user, asked for only where there is a password.
        password: "" lets everybody in.
    """
    protocol = _Protocol(engine, user=user, password=password)
    return Starlette(
        routes=[
            Route("/ping", _ping, methods=["GET", "HEAD"]),
            Route("/", protocol.answer, methods=["GET", "POST"]),
        ]
    )


async def _ping(request: Request) -> Response:
    return PlainTextResponse("Ok.\n")


class _Protocol:
    """One request in, one answer out."""

    def __init__(self, engine: Engine, *, user: str, password: str) -> None:
        self._engine = engine
        self._user = user
        self._password = password
        self._places = CapacityLimiter(MAX_QUERIES)

    async def answer(self, request: Request) -> Response:
        headers = {
            "X-ClickHouse-Query-Id": request.query_params.get("query_id") or str(uuid.uuid4()),
            "X-ClickHouse-Timezone": self._engine.timezone,
            "X-ClickHouse-Server-Display-Name": "touchpulse-embedded",
        }
        try:
            self._check_user(request)
            job = await read_job(request)
            if job is None:
                return PlainTextResponse("Ok.\n")
            answer = await to_thread.run_sync(self._engine.run, job, limiter=self._places)
            # clickhouse-connect asks for a lower version, finds that it is not kept, and goes without.
            framed = answer.format == "Native" and protocol_version(request) >= FLAG_SINCE
            return self._respond(answer, headers, framed=framed)
        except EngineError as error:
            headers["X-ClickHouse-Exception-Code"] = str(error.code)
            return PlainTextResponse(f"{error}\n", status_code=_STATUS.get(error.code, 500), headers=headers)

    def _check_user(self, request: Request) -> None:
        if not self._password:
            return
        user, password = credentials(request)
        known = hmac.compare_digest(user.encode(), self._user.encode())
        if not (hmac.compare_digest(password.encode(), self._password.encode()) and known):
            text = f"{user}: Authentication failed: password is incorrect, or there is no user with such name"
            raise EngineError.of(_AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED", text)

    def _respond(self, answer: Answer, headers: dict[str, str], *, framed: bool) -> Response:
        headers["X-ClickHouse-Summary"] = json.dumps(answer.summary)
        if answer.format:
            # Only where there is a result: clients tell commands from queries by it.
            headers["X-ClickHouse-Format"] = answer.format
        media_type = _CONTENT_TYPES.get(answer.format, "application/octet-stream")
        try:
            body = _reframed(answer.body) if framed else answer.body
        except EngineError:
            if answer.stream is not None:
                answer.stream.close()
            raise
        if answer.stream is None or not body:
            if answer.stream is not None:
                answer.stream.close()
            return Response(body, media_type=media_type, headers=headers)
        tag = uuid.uuid4().hex[:16]
        headers["X-ClickHouse-Exception-Tag"] = tag
        blocks = self._blocks(body, answer.stream, tag, framed=framed)
        return StreamingResponse(blocks, media_type=media_type, headers=headers)

    async def _blocks(self, first: bytes, stream: Stream, tag: str, *, framed: bool) -> AsyncIterator[bytes]:
        try:
            block = first
            while block:
                yield block
                block = await to_thread.run_sync(stream.next, limiter=self._places)
                block = _reframed(block) if framed else block
        except EngineError as error:
            # The status has gone out. Clients look for this tail; no data holds its tag by chance.
            text, mark = f"{error}\n".encode(), tag.encode()
            yield b"\r\n__exception__\r\n%b\r\n%b%d %b\r\n__exception__\r\n" % (mark, text, len(text), mark)
        finally:
            stream.close()


def _reframed(block: bytes) -> bytes:
    try:
        return reframe(block)
    except UnknownLayoutError as error:
        raise not_implemented(f"the type {error} in Native blocks of this protocol version") from None
