"""ClickHouse's engine inside this process, used the way a server uses it.

Each request gets a connection of its own (opening one takes 0.2 ms): settings, database and temporary
tables of one client cannot leak into another's, and queries of several threads run side by side. One
connection shared by four threads took 3.5 s for what four connections did in 1.7 s.

The engine keeps a folder locked while any connection is open, and a process can have one folder only.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streams.edges.embedded_sql import Statement
from streams.edges.errors import TouchpulseError, UserError

STREAMED_FORMATS = frozenset({"Native", "TabSeparated", "TSV", "CSV", "RowBinary", "JSONEachRow"})
"""Formats whose blocks may simply be joined. The others have a head or a foot and are made in one piece."""

_SYNTAX_ERROR = 62
_SESSION_IS_LOCKED = 373
_UNKNOWN_EXCEPTION = 1002

_APPEND_BYTES = 1 << 20
_SESSIONS = 64
_SESSION_IDLE_S = 60.0
_CODE = re.compile(r"Code: (\d+)\.")


class EngineError(TouchpulseError):
    """The engine refused a statement. `code` is ClickHouse's own number."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code

    @classmethod
    def of(cls, code: int, name: str, text: str) -> EngineError:
        """An error of the server itself, worded as the engine words its own."""
        return cls(f"Code: {code}. DB::Exception: {text}. ({name})", code)

    @classmethod
    def from_engine(cls, error: BaseException) -> EngineError:
        """The error with the engine's wording, without what the Python layers put before it."""
        text = str(error)
        found = _CODE.search(text)
        if not found:
            return cls.of(_UNKNOWN_EXCEPTION, "UNKNOWN_EXCEPTION", text or type(error).__name__)
        return cls(text[found.start() :].strip(), int(found.group(1)))


@dataclass(frozen=True)
class Job:
    """One statement with everything a request says about how to run it."""

    statement: Statement
    database: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    default_format: str = "TabSeparated"
    session: str = ""
    streamed: bool = False
    """Rows may leave before the query has ended; an error may then come in the middle."""
    tables: tuple[ExternalTable, ...] = ()


@dataclass(frozen=True)
class ExternalTable:
    """A small table that a request brings along for its own query."""

    name: str
    structure: str
    format: str
    data: bytes


@dataclass
class Answer:
    """What a statement gave: all of it in `body`, or its beginning, and the rest from `stream`."""

    format: str = ""
    """'' where the statement has no result set."""
    body: bytes = b""
    summary: dict[str, str] = field(default_factory=dict)
    stream: Stream | None = None


class Stream:
    """The rest of a result, block by block. Close it, also after an error."""

    def __init__(self, blocks: Any, lease: _Lease) -> None:
        self._blocks = blocks
        self._lease = lease

    def next(self) -> bytes:
        """The next bytes, b"" at the end.

        Raises:
            EngineError: the query failed on the way.
        """
        try:
            block = self._blocks.fetch()
        except Exception as error:
            raise EngineError.from_engine(error) from error
        return b"" if block is None else bytes(block.bytes())

    def close(self) -> None:
        """Stop the query if it still runs, and give its connection back."""
        with suppress(Exception):  # what a stopped query still has to say helps nobody
            self._blocks.cancel()
        self._lease.release()


class _Lease:
    """A connection for the time of one request."""

    def __init__(self, connection: Any, lock: threading.Lock | None = None) -> None:
        self.connection = connection
        self._lock = lock

    def release(self) -> None:
        if self._lock is not None:
            self._lock.release()
        else:
            self.connection.close()


@dataclass
class _Session:
    connection: Any
    lock: threading.Lock
    used_s: float


class Engine:
    """The engine over one folder. All methods may be called from any thread."""

    def __init__(self, path: Path) -> None:
        """Open the folder, making it if need be.

        Raises:
            UserError: the folder cannot be used, for instance because another process has it open.
        """
        from chdb.state import sqlitelike  # half a gigabyte: only where the engine is really used

        self.path = path.resolve()  # the engine compares folders by their spelling
        self._module = sqlitelike
        self._sessions: dict[str, _Session] = {}
        self._guard = threading.Lock()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._base = self._connect()
        except (OSError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(
                f"cannot open the store in {self.path}: does another process use it? ({reason})"
            ) from None
        self.version, self.timezone = (
            bytes(self._base.query("SELECT version(), timezone()", "TSV").bytes()).decode().split()
        )

    def _connect(self) -> Any:
        return self._module.connect(str(self.path))

    def close(self) -> None:
        """Stop what still runs and release the folder."""
        with suppress(Exception):  # closing goes on whatever the engine thinks of it
            self._base.query("KILL QUERY WHERE query_id != queryID() ASYNC", "TSV")
        with self._guard:
            for session in self._sessions.values():
                session.connection.close()
            self._sessions.clear()
        self._base.close()

    def run(self, job: Job) -> Answer:
        """Run one statement.

        Raises:
            EngineError: it was refused or failed.
        """
        if job.statement.several:
            raise EngineError.of(_SYNTAX_ERROR, "SYNTAX_ERROR", "Multi-statements are not allowed")
        lease = self._lease(job.session)
        kept = False
        try:
            self._prepare(lease.connection, job)
            if job.statement.data is not None:
                return self._insert(lease.connection, job.statement)
            answer = self._select(lease, job)
            kept = answer.stream is not None
            return answer
        except EngineError:
            raise
        except (
            Exception
        ) as error:  # the engine raises RuntimeError and its children only, but says so nowhere
            raise EngineError.from_engine(error) from error
        finally:
            if not kept:
                self._forget(lease.connection, job)
                lease.release()

    def _lease(self, session_id: str) -> _Lease:
        if not session_id:
            return _Lease(self._connect())
        now_s = time.monotonic()
        with self._guard:
            idle = [key for key, known in self._sessions.items() if now_s - known.used_s > _SESSION_IDLE_S]
            oldest = sorted(self._sessions, key=lambda key: self._sessions[key].used_s)
            for key in {*idle, *oldest[: max(0, len(oldest) - _SESSIONS + 1)]} - {session_id}:
                if not self._sessions[key].lock.locked():
                    self._sessions.pop(key).connection.close()
            session = self._sessions.get(session_id)
            if session is None:
                session = self._sessions[session_id] = _Session(self._connect(), threading.Lock(), now_s)
            session.used_s = now_s
            if not session.lock.acquire(blocking=False):
                raise EngineError.of(
                    _SESSION_IS_LOCKED,
                    "SESSION_IS_LOCKED",
                    f"Session {session_id} is locked by another query",
                )
        return _Lease(session.connection, session.lock)

    def _prepare(self, connection: Any, job: Job) -> None:
        if job.database:
            connection.query(f"USE {_name(job.database)}", "TSV")
        # The engine by itself guesses SELECT before anything that is no statement: servers do not.
        settings = {"implicit_select": "0", **job.settings}
        last = settings.pop("readonly", None)
        connection.query(
            "SET " + ", ".join(f"{_name(key)} = {_text(value)}" for key, value in settings.items()), "TSV"
        )
        for table in job.tables:
            connection.query(f"CREATE TEMPORARY TABLE {_name(table.name)} ({table.structure})", "TSV")
            _append(connection, f"INSERT INTO {_name(table.name)}", table.format, table.data)
        if last is not None:  # after it nothing can be set any more
            connection.query(f"SET readonly = {_text(last)}", "TSV")

    def _forget(self, connection: Any, job: Job) -> None:
        """In a session the settings of one request must not reach the next."""
        if job.session and job.settings:
            with suppress(Exception):  # a read-only session cannot set anything back
                connection.query("SET " + ", ".join(f"{_name(key)} = DEFAULT" for key in job.settings), "TSV")

    def _select(self, lease: _Lease, job: Job) -> Answer:
        statement = job.statement
        format_name = statement.format or job.default_format
        parameters = dict(job.parameters)
        if (
            statement.has_rows
            and job.streamed
            and format_name in STREAMED_FORMATS
            and statement.verb in ("SELECT", "WITH")
        ):
            stream = Stream(
                lease.connection.send_query(statement.text, format_name, params=parameters), lease
            )
            first = stream.next()
            return Answer(format=format_name, body=first, stream=stream)
        result = lease.connection.query(statement.text, format_name, params=parameters)
        summary = {
            "read_rows": str(result.storage_rows_read()),
            "read_bytes": str(result.storage_bytes_read()),
            "written_rows": str(result.rows_written()),
            "written_bytes": str(result.bytes_written()),
            "result_rows": str(result.rows_read()),
            "elapsed_ns": str(int(result.elapsed() * 1e9)),
        }
        return Answer(
            format=format_name if statement.has_rows else "",
            body=bytes(result.bytes() or b""),
            summary=summary,
        )

    def _insert(self, connection: Any, statement: Statement) -> Answer:
        done = _append(connection, statement.text, statement.format, statement.data or b"")
        summary = {
            "written_rows": str(done.rows_written),
            "written_bytes": str(done.bytes_written),
            "elapsed_ns": str(int(done.elapsed * 1e9)),
        }
        return Answer(summary=summary)


def _append(connection: Any, head: bytes | str, format_name: str, data: bytes) -> Any:
    """Feed an INSERT; without `finish` nothing of it stays."""
    inserter = connection.send_insert(head.decode() if isinstance(head, bytes) else head, format_name)
    try:
        for start in range(0, len(data), _APPEND_BYTES):
            inserter.append(data[start : start + _APPEND_BYTES])
        return inserter.finish()
    except Exception:
        with suppress(Exception):  # the first error is the one to tell
            inserter.cancel()
        raise


def _name(text: str) -> str:
    """A quoted identifier."""
    return "`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _text(value: str) -> str:
    """A quoted string; the engine turns it into the type of the setting."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
