"""The client for programs with threads, or without."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, sleep_using_event

from .contract import prepared
from .delivery import Delivery, Rejected, TryLater, pause_s
from .spool import Spool

MAX_BYTES = 64 * 1024 * 1024
TIMEOUT_S = 10.0
LINGER_S = 0.1
"""How long the first event of a batch waits for company."""


class Client:
    """Sends events in the background. Any thread may use it; after a fork make a new one."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        spool: Path | str | None = None,
        max_bytes: int = MAX_BYTES,
        producer: str = "client",
        on_rejected: Callable[[Rejected], None] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Open the spool and begin to send what is in it.

        Args:
            url: of the gateway, such as https://touchpulse.example.org.
            key: the producer's key.
            spool: file in which events wait, for one process; None: they wait in memory and end with the process.
            max_bytes: of waiting events; more are refused with SpoolFull.
            producer: name in the event; the gateway puts the key's own name in its place.
            on_rejected: called in the background for each event the gateway will never take.
            transport: for tests and proxies, see httpx.
        Raises:
            SpoolInUse, SpoolBroken: the spool cannot be used.
        """
        self._spool = Spool(spool, max_bytes)
        self._delivery = Delivery(self._spool, on_rejected)
        self._producer = producer
        self._http = httpx.Client(
            base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=TIMEOUT_S, transport=transport
        )
        self._wake, self._stop = threading.Event(), threading.Event()
        self._changed = threading.Condition()
        self._retrying = Retrying(
            retry=retry_if_exception_type(TryLater),
            wait=_pause,
            sleep=sleep_using_event(self._stop),
            stop=lambda _: self._stop.is_set(),
            reraise=True,
        )
        self._thread = threading.Thread(target=self._run, name="touchpulse-client", daemon=True)
        self._thread.start()

    def send(self, event: Mapping[str, Any]) -> str:
        """Take one event; see `send_many`. Returns its id."""
        return self.send_many([event])[0]

    def send_many(self, events: Iterable[Mapping[str, Any]]) -> list[str]:
        """Take events, all or none: checked, written down, sent soon.

        Args:
            events: fields of the contract; `event_id` and `occurred_at` are filled in where left out.
        Returns:
            Their ids. From here on they survive a crash, if there is a spool file.
        Raises:
            InvalidEvent: one of them breaks the contract.
            SpoolFull: too much is waiting.
        """
        ready = [prepared(event, self._producer) for event in events]
        self._spool.add(ready)
        self._wake.set()
        return [event_id for event_id, _ in ready]

    @property
    def waiting(self) -> int:
        """Events not yet delivered."""
        return self._spool.count

    @property
    def problem(self) -> str:
        """Why events are waiting; '' if they are on their way."""
        return self._delivery.problem

    def flush(self, timeout_s: float | None = None) -> int:
        """Wait until everything is delivered; returns how many events are still waiting when the time is up."""
        self._wake.set()
        with self._changed:
            self._changed.wait_for(lambda: not self._spool.count, timeout_s)
        return self._spool.count

    def close(self, timeout_s: float = 5.0) -> int:
        """Deliver what can be delivered in that time, and stop.

        Returns:
            How many events are left: in the spool file for the next process, or lost if there is none.
        """
        left = self.flush(timeout_s)
        self._stop.set()
        self._wake.set()
        self._thread.join(TIMEOUT_S + 1)
        self._http.close()
        self._spool.close()
        return left

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            if not self._spool.count:
                self._wake.wait()
                self._wake.clear()
                self._stop.wait(LINGER_S)
                continue
            try:
                self._retrying(self._once)
            except TryLater:
                return  # asked to stop while waiting

    def _once(self) -> None:
        rows = self._delivery.batch()
        headers, body = self._delivery.request(rows)
        try:
            answer = self._http.post("/v1/touchpoints", content=body, headers=headers)
        except httpx.HTTPError as error:
            raise self._delivery.wait(f"no gateway in reach ({type(error).__name__})") from None
        try:
            self._delivery.settle(rows, answer.status_code, answer.headers, answer.content)
        finally:
            with self._changed:
                self._changed.notify_all()


def _pause(state: RetryCallState) -> float:
    return pause_s(state.attempt_number, state.outcome.exception() if state.outcome else None)
