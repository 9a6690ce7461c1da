"""Which of the store's errors are worth waiting for.

Told apart by ClickHouse's error number, never by the wording, which changes from version to version. An
error without a number did not come from ClickHouse (a proxy, a cut connection), and may pass too.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from clickhouse_connect.driver.exceptions import (
    ClickHouseError,
    DataError,
    Error,
    InterfaceError,
    NotSupportedError,
    ProgrammingError,
)

from streams.edges.errors import SettingsError, TouchpulseError, Unavailable
from streams.edges.settings import PREFIX

_TRANSIENT = {
    32: "ATTEMPT_TO_READ_AFTER_EOF",  # the connection broke while rows were coming in
    74: "CANNOT_READ_FROM_FILE_DESCRIPTOR",
    75: "CANNOT_WRITE_TO_FILE_DESCRIPTOR",
    95: "CANNOT_READ_FROM_SOCKET",
    96: "CANNOT_WRITE_TO_SOCKET",
    159: "TIMEOUT_EXCEEDED",
    160: "TOO_SLOW",
    201: "QUOTA_EXCEEDED",
    202: "TOO_MANY_SIMULTANEOUS_QUERIES",
    203: "NO_FREE_CONNECTION",
    209: "SOCKET_TIMEOUT",
    210: "NETWORK_ERROR",
    225: "NO_ZOOKEEPER",
    236: "ABORTED",
    241: "MEMORY_LIMIT_EXCEEDED",
    242: "TABLE_IS_READ_ONLY",
    243: "NOT_ENOUGH_SPACE",
    252: "TOO_MANY_PARTS",
    279: "ALL_CONNECTION_TRIES_FAILED",
    285: "TOO_FEW_LIVE_REPLICAS",
    286: "UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE",
    319: "UNKNOWN_STATUS_OF_INSERT",
    394: "QUERY_WAS_CANCELLED",
    425: "SYSTEM_ERROR",
    439: "CANNOT_SCHEDULE_TASK",
    745: "SERVER_OVERLOADED",
    999: "KEEPER_EXCEPTION",
    1000: "POCO_EXCEPTION",
    1001: "STD_EXCEPTION",
}
_NOT_MIGRATED = {16, 47, 60, 81}  # no such column, identifier, table, database
_WRONG_USER = {192, 193, 194, 516}
# Raised by the client library before anything was sent: repeating cannot help.
_CALLER = (ProgrammingError, InterfaceError, DataError, NotSupportedError)


class StoreError(TouchpulseError):
    """The store refused a statement and will again. Mend the statement, or run `touchpulse migrate`."""

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        """ClickHouse's error number, None where the client library refused."""


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Raise what the client library raises as one of our errors.

    Args:
        where: address of the store, for the message.
    """
    try:
        yield
    except ClickHouseError as error:
        raise _ours(error, where) from error
    except ImportError as error:
        raise SettingsError(f"{PREFIX}CLICKHOUSE_URL is {where}, but chdb is not installed ({error})") from None


def _ours(error: ClickHouseError, where: str) -> TouchpulseError:
    code = error.code if isinstance(error, Error) else None
    text = _reason(error)
    if (refused := _tls_refusal(error)) is not None:
        return SettingsError(f"ClickHouse at {where}: {_TLS[refused]} ({text})")
    if code in _WRONG_USER:
        return SettingsError(f"{PREFIX}CLICKHOUSE_USER or {PREFIX}CLICKHOUSE_PASSWORD is wrong for {where}: {text}")
    if code in _NOT_MIGRATED:
        return StoreError(f"{text}; if tables are missing or old, run `touchpulse migrate`", code=code)
    if code in _TRANSIENT or (code is None and not isinstance(error, _CALLER)):
        broken_off = any(isinstance(at, (*_BROKEN_OFF, ConnectionResetError)) for at in _chain(error))
        if broken_off and where.startswith("https:"):
            text += f"; if it stays so: does it ask for a certificate of ours ({PREFIX}CLICKHOUSE_CERT_PATH)?"
        return Unavailable(f"ClickHouse at {where} is not available ({PREFIX}CLICKHOUSE_URL): {text}")
    return StoreError(f"ClickHouse refused: {text}", code=code)


_TLS = {
    "server": f"its certificate is signed by nobody we trust, or for another name: put its CA's certificate (PEM) into"
    f" {PREFIX}CLICKHOUSE_CA_PATH, and the name it is for into {PREFIX}CLICKHOUSE_URL",
    "client": f"it does not accept our certificate: {PREFIX}CLICKHOUSE_CERT_PATH and {PREFIX}CLICKHOUSE_KEY_PATH must"
    " hold one that its CA signed",
    "speech": f"it does not speak TLS as we do: is {PREFIX}CLICKHOUSE_URL, with its port, right?",
}


def _tls_refusal(error: BaseException) -> Literal["server", "client", "speech"] | None:
    """Who does not believe whom; None where TLS is not the matter, or may not be."""
    for at in _chain(error):
        if isinstance(at, ssl.SSLCertVerificationError):
            return "server"
        if isinstance(at, ssl.SSLError) and not isinstance(at, _BROKEN_OFF):
            alert = at.reason or ""
            return "client" if "CERTIFICATE" in alert or "UNKNOWN_CA" in alert else "speech"
    return None


_BROKEN_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what led to it, wherever libraries keep that."""
    waiting, seen = [error], set[int]()
    while waiting:
        at = waiting.pop()
        if id(at) not in seen:
            seen.add(id(at))
            yield at
            held = (*at.args, getattr(at, "reason", None), at.__cause__, at.__context__)
            waiting += [each for each in held if isinstance(each, BaseException)]


def _reason(error: ClickHouseError) -> str:
    """What happened, in one line: ClickHouse's words, or what the connection died of."""
    cause = error.__cause__
    told = " ".join(str(getattr(cause, "reason", None) or cause or error).split())
    return told.partition("DB::Exception: ")[2] or told
