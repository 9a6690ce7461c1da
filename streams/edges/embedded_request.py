"""What a client asked, wherever it put it: URL, headers, compressed body, form.

Clients of ClickHouse's HTTP protocol have many ways to say the same. They all end here as one job for
the engine.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping

import cramjam
from anyio import to_thread
from starlette.datastructures import UploadFile
from starlette.requests import Request

from streams.edges.embedded_engine import EngineError, ExternalTable, Job
from streams.edges.embedded_sql import read_statement

_FORM_PART_BYTES = 64 << 20

# Parameters that speak to the server about the request; all others are settings of the query.
_NOT_SETTINGS = frozenset(
    (
        *("query", "database", "default_format", "user", "password", "role", "quota_key", "query_id"),
        *(
            "session_id",
            "session_timeout",
            "session_check",
            "compress",
            "decompress",
            "enable_http_compression",
        ),
        *("client_protocol_version", "buffer_size", "wait_end_of_query", "stacktrace"),
        *("send_progress_in_http_headers", "http_headers_progress_interval_ms"),
    )
)


async def read_job(request: Request) -> Job | None:
    """The job a request describes, None if it carries no statement.

    Raises:
        EngineError: the body cannot be decompressed, or the request wants what this server cannot do.
    """
    query, fields, tables = await _read_body(request)
    if not query.strip():
        return None
    given = dict(request.query_params) | fields
    for switch in ("compress", "decompress"):
        if given.get(switch, "0") != "0":
            raise not_implemented(f"the parameter {switch}")
    brought = {f"{table.name}_{part}" for table in tables for part in ("format", "structure", "types")}
    settings = {
        name: value
        for name, value in given.items()
        if name not in _NOT_SETTINGS and name not in brought and not name.startswith("param_")
    }
    if request.method == "GET":
        settings.setdefault("readonly", "2")  # as ClickHouse: a link must change nothing
    return Job(
        read_statement(query),
        database=given.get("database") or request.headers.get("x-clickhouse-database", ""),
        settings=settings,
        parameters={name.removeprefix("param_"): value for name, value in given.items() if name.startswith("param_")},
        default_format=given.get("default_format") or request.headers.get("x-clickhouse-format", "TabSeparated"),
        session=given.get("session_id", ""),
        streamed=given.get("wait_end_of_query", "0") == "0",
        tables=tables,
    )


def credentials(request: Request) -> tuple[str, str]:
    """User and password from wherever clients put them; the user is `default` unless said."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(token, validate=True).decode().partition(":")
        except ValueError:
            return "", ""
        return user or "default", password
    headers, parameters = request.headers, request.query_params
    return (
        headers.get("x-clickhouse-user") or parameters.get("user") or "default",
        headers.get("x-clickhouse-key") or parameters.get("password") or "",
    )


def protocol_version(request: Request) -> int:
    """The version of Native blocks a client asks for, 0 for the oldest."""
    version = request.query_params.get("client_protocol_version", "0")
    return int(version) if version.isdigit() else 0


def not_implemented(what: str) -> EngineError:
    """What ClickHouse can do and this server cannot."""
    return EngineError.of(48, "NOT_IMPLEMENTED", f"The embedded server does not know {what}")


async def _read_body(request: Request) -> tuple[bytes, dict[str, str], tuple[ExternalTable, ...]]:
    """Statement with its data, fields of a form, tables that came along."""
    query = request.query_params.get("query", "").encode()
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        body = await request.body()
        encoding = request.headers.get("content-encoding", "")
        if body and encoding:
            body = await to_thread.run_sync(_decompress, body, encoding)
        return (query + b"\n" + body if query and body else query or body), {}, ()
    fields: dict[str, str] = {}
    tables: list[ExternalTable] = []
    async with request.form(max_part_size=_FORM_PART_BYTES) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                tables.append(_external_table(name, await value.read(), request.query_params))
            else:
                fields[name] = value
    return query or fields.pop("query", "").encode(), fields, tuple(tables)


def _external_table(name: str, data: bytes, parameters: Mapping[str, str]) -> ExternalTable:
    types = parameters.get(f"{name}_types", "").split(",")
    structure = parameters.get(f"{name}_structure") or ", ".join(f"_{i} {t}" for i, t in enumerate(types, 1))
    return ExternalTable(name, structure, parameters.get(f"{name}_format", "TabSeparated"), data)


def _decompress(body: bytes, encoding: str) -> bytes:
    """The body as it was; clients join several compressed frames, which all of these take."""
    try:
        if encoding == "deflate":
            return zlib.decompress(body)
        if encoding in ("gzip", "lz4", "zstd"):
            return bytes(getattr(cramjam, encoding).decompress(body))
    except (cramjam.DecompressionError, zlib.error) as error:
        raise EngineError.of(432, "UNKNOWN_COMPRESSION_METHOD", f"The {encoding} body is broken: {error}") from None
    raise not_implemented(f"Content-Encoding {encoding}")
