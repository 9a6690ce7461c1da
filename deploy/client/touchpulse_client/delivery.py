"""What is sent, and what an answer means: the same for threads and asyncio, without any I/O.

Only a verdict of the gateway itself removes an event. Networks answer too (a hotel's log-in page says 200): what
is not understood counts as no answer.
"""

from __future__ import annotations

import gzip
import json
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from .contract import attempt, now
from .errors import SpoolFull
from .spool import Row, Spool

BATCH_EVENTS = 500
BATCH_BYTES = 1024 * 1024
GZIP_FROM = 1_024
LEAST_WAIT_S, MOST_WAIT_S = 0.5, 60.0
MOST_RETRY_AFTER_S = 3_600.0

log = logging.getLogger("touchpulse_client")


@dataclass(frozen=True)
class Rejected:
    """An event the gateway will never take as it is; it keeps it for its producer to look at."""

    event_id: str
    reason: str
    """Code, such as off_scale."""
    field: str
    message: str
    """One sentence that says what to do."""


class TryLater(Exception):
    """Not delivered. Wait, then try again with the same events."""

    def __init__(self, why: str, retry_after_s: float = 0.0) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class Delivery:
    """Batches of a spool, and their fate."""

    def __init__(self, spool: Spool, on_rejected: Callable[[Rejected], None] | None) -> None:
        self.problem = ""
        """Why the events are waiting; '' if they are on their way."""
        self._spool = spool
        self._on_rejected = on_rejected
        self._most = BATCH_EVENTS

    def batch(self) -> list[Row]:
        """The next events; [] if none waits."""
        return self._spool.first(self._most, BATCH_BYTES)

    def request(self, rows: list[Row]) -> tuple[dict[str, str], bytes]:
        """Headers and body."""
        sent_at = now()
        body = b"\n".join(attempt(line, sent_at) for _, _, line in rows)
        headers = {"content-type": "application/x-ndjson"}
        if len(body) >= GZIP_FROM:
            headers["content-encoding"] = "gzip"
            body = gzip.compress(body, compresslevel=1)
        return headers, body

    def settle(self, rows: list[Row], status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Take the gateway's answer.

        Raises:
            TryLater: some or all events must be sent again.
        """
        answer = _json(body)
        try:
            self._judge(rows, status, headers, answer)
        except SpoolFull as error:
            raise self.wait(str(error)) from None

    def _judge(self, rows: list[Row], status: int, headers: Mapping[str, str], answer: dict[str, Any]) -> None:
        verdicts = answer.get("events")
        if isinstance(verdicts, list) and _fit(rows, verdicts):
            self._take(rows, verdicts, headers)
        elif status in (400, 413, 415, 422) and "title" in answer:
            self._divide(rows, answer)
        elif status == 200:
            raise self.wait("something that is no Touchpulse gateway answers")
        else:
            said = str(answer.get("detail") or answer.get("title") or "")
            raise self.wait(f"the gateway answers {status} {said}".rstrip(), retry_after_s(headers))

    def wait(self, why: str, seconds: float = 0.0) -> TryLater:
        """What to raise when nothing was delivered; tells the log once."""
        if why != self.problem:
            log.warning("%s events wait: %s", self._spool.count, why)
        self.problem = why
        return TryLater(why, seconds)

    def _take(self, rows: list[Row], verdicts: list[dict[str, Any]], headers: Mapping[str, str]) -> None:
        done = [(row, verdict) for row, verdict in zip(rows, verdicts, strict=True) if verdict["status"] in _FINAL]
        self._spool.remove([row for row, _ in done])
        for row, verdict in done:
            if verdict["status"] == "rejected":
                self._reject(row, verdict.get("reason", ""), verdict.get("field", ""), verdict.get("message", ""))
        if len(done) < len(rows):
            raise self.wait("the gateway could not hand all events on", retry_after_s(headers))
        self.problem = ""
        self._most = min(BATCH_EVENTS, 2 * self._most)

    def _divide(self, rows: list[Row], problem: dict[str, Any]) -> None:
        """The gateway refuses the batch as a whole: send less at once, down to the one event it is about."""
        if len(rows) > 1:
            self._most = len(rows) // 2
            return
        self._spool.remove(rows)
        self._reject(rows[0], str(problem["title"]), "", str(problem.get("detail", "")))

    def _reject(self, row: Row, reason: str, field: str, message: str) -> None:
        log.warning("event %s was rejected (%s): %s", row[1], reason, message)
        if self._on_rejected is not None:
            try:
                self._on_rejected(Rejected(row[1], reason, field, message))
            except Exception:
                log.exception("on_rejected failed")


_FINAL = ("accepted", "rejected")


def pause_s(attempts: int, error: BaseException | None) -> float:
    """How long to wait after so many attempts: doubling, at least Retry-After, spread so that tills do not march."""
    backoff_s = min(MOST_WAIT_S, LEAST_WAIT_S * 2.0 ** min(attempts - 1, 10)) * random.uniform(0.5, 1)
    asked_s = error.retry_after_s if isinstance(error, TryLater) else 0.0
    return max(backoff_s, min(asked_s, MOST_RETRY_AFTER_S) * random.uniform(1, 1.2))


def retry_after_s(headers: Mapping[str, str]) -> float:
    """Retry-After in seconds, given as a number or a date; 0 if absent or unreadable."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _json(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _fit(rows: list[Row], verdicts: list[Any]) -> bool:
    """Whether these are verdicts on these events, one for each."""
    return len(rows) == len(verdicts) and all(
        isinstance(verdict, dict)
        and verdict.get("status") in (*_FINAL, "unavailable")
        and verdict.get("event_id", "") in (row[1], "")
        for row, verdict in zip(rows, verdicts, strict=True)
    )
