"""ClickHouse's engine inside this process, used the way a server uses it.

Each request gets a connection of its own (opening one takes 0.2 ms): settings, database and temporary
tables of one client cannot leak into another's, and queries of several threads run side by side. One
connection shared by four threads took 3.5 s for what four connections did in 1.7 s.

The engine keeps a folder locked while any connection is open, and a process can have one folder only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streams.edges.embedded_sessions import Lease, SessionLockedError, Sessions
from streams.edges.embedded_sql import Statement
from streams.edges.errors import TouchpulseError, UserError

STREAMED_FORMATS = frozenset({"Native", "TabSeparated", "TSV", "CSV", "RowBinary", "JSONEachRow"})
"""Formats whose blocks may simply be joined. The others have a head or a foot and are made in one piece."""

_SYNTAX_ERROR = 62
_SESSION_IS_LOCKED = 373
_UNKNOWN_EXCEPTION = 1002

_APPEND_BYTES = 1 << 20
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

    def __init__(self, blocks: Any, lease: Lease) -> None:
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
        self._sessions = Sessions(self._connect)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._base = self._connect()
        except (OSError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(f"cannot open the store in {self.path}: does another process use it? ({reason})") from None
        self.version, self.timezone = (
            bytes(self._base.query("SELECT version(), timezone()", "TSV").bytes()).decode().split()
        )

    def _connect(self) -> Any:
        return self._module.connect(str(self.path))

    def stop_queries(self) -> None:
        """Stop all that runs now; each ends with an error of its own."""
        with suppress(Exception):  # closing goes on whatever the engine thinks of it
            self._base.query("KILL QUERY WHERE query_id != queryID() ASYNC", "TSV")

    def close(self) -> None:
        """Stop what still runs and release the folder."""
        self.stop_queries()
        self._sessions.close()
        self._base.close()

    def run(self, job: Job) -> Answer:
        """Run one statement.

        Raises:
            EngineError: it was refused or failed.
        """
        if job.statement.several:
            raise EngineError.of(_SYNTAX_ERROR, "SYNTAX_ERROR", "Multi-statements are not allowed")
        try:
            # What was made read-only once stays so: such a request gets no session.
            lease = self._sessions.lease("" if "readonly" in job.settings else job.session)
        except SessionLockedError:
            text = f"Session {job.session} is locked by another query"
            raise EngineError.of(_SESSION_IS_LOCKED, "SESSION_IS_LOCKED", text) from None
        answer = None
        try:
            self._prepare(lease, job)
            if job.statement.data is not None:
                answer = self._insert(lease.connection, job.statement)
            else:
                answer = self._select(lease, job)
            return answer
        except EngineError:
            raise
        except Exception as error:  # the engine says nowhere what it raises
            raise EngineError.from_engine(error) from error
        finally:
            if answer is None or answer.stream is None:
                lease.release()

    def _prepare(self, lease: Lease, job: Job) -> None:
        connection = lease.connection
        if job.database:
            connection.query(f"USE {_name(job.database)}", "TSV")
        # The engine by itself guesses SELECT before anything that is no statement: servers do not.
        settings = {"implicit_select": "0", **job.settings}
        last = settings.pop("readonly", None)
        changes = ", ".join(f"{_name(key)} = {_text(value)}" for key, value in settings.items())
        connection.query(f"SET {changes}", "TSV")
        for table in job.tables:
            connection.query(f"CREATE TEMPORARY TABLE {_name(table.name)} ({table.structure})", "TSV")
            _append(connection, f"INSERT INTO {_name(table.name)}", table.format, table.data)
            lease.undo(f"DROP TEMPORARY TABLE {_name(table.name)}")
        if last is not None:  # after it nothing can be set any more
            connection.query(f"SET readonly = {_text(last)}", "TSV")
        for key in job.settings:
            lease.undo(f"SET {_name(key)} = DEFAULT")
        if job.statement.verb == "SET":
            lease.keep(job.statement.text.decode())

    def _select(self, lease: Lease, job: Job) -> Answer:
        statement = job.statement
        format_name = statement.format or job.default_format
        parameters = dict(job.parameters)
        if (
            statement.has_rows
            and job.streamed
            and format_name in STREAMED_FORMATS
            and statement.verb in ("SELECT", "WITH")
        ):
            stream = Stream(lease.connection.send_query(statement.text, format_name, params=parameters), lease)
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
