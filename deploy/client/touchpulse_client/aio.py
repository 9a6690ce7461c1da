"""The client for programs on asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from .client import LINGER_S, MAX_BYTES, TIMEOUT_S
from .contract import prepared
from .delivery import Delivery, Rejected, TryLater, pause_s
from .spool import Spool


class AsyncClient:
    """Sends events in the background: `async with AsyncClient(url, key) as client: await client.send(...)`."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        spool: Path | str | None = None,
        max_bytes: int = MAX_BYTES,
        producer: str = "client",
        on_rejected: Callable[[Rejected], None] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """As `Client`; sending begins with `async with`, or `start`."""
        self._spool = Spool(spool, max_bytes)
        self._delivery = Delivery(self._spool, on_rejected)
        self._producer = producer
        self._http = httpx.AsyncClient(
            base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=TIMEOUT_S, transport=transport
        )
        self._wake, self._empty = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send, in the running loop."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="touchpulse-client")

    async def send(self, event: Mapping[str, Any]) -> str:
        """Take one event; see `Client.send_many`. Returns its id."""
        return (await self.send_many([event]))[0]

    async def send_many(self, events: Iterable[Mapping[str, Any]]) -> list[str]:
        """As `Client.send_many`."""
        ready = [prepared(event, self._producer) for event in events]
        await asyncio.to_thread(self._spool.add, ready)  # waits for the disk
        self._empty.clear()
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

    async def flush(self, timeout_s: float | None = None) -> int:
        """As `Client.flush`."""
        self._wake.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self._spool.count:
                    self._empty.clear()
                    await self._empty.wait()
        return self._spool.count

    async def close(self, timeout_s: float = 5.0) -> int:
        """As `Client.close`."""
        left = await self.flush(timeout_s)
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._http.aclose()
        self._spool.close()
        return left

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _run(self) -> None:
        retrying = AsyncRetrying(retry=retry_if_exception_type(TryLater), wait=_pause)
        while True:
            if not self._spool.count:
                self._empty.set()
                await self._wake.wait()
                self._wake.clear()
                await asyncio.sleep(LINGER_S)
                continue
            await retrying(self._once)

    async def _once(self) -> None:
        rows = await asyncio.to_thread(self._delivery.batch)
        headers, body = self._delivery.request(rows)
        try:
            answer = await self._http.post("/v1/touchpoints", content=body, headers=headers)
        except httpx.HTTPError as error:
            raise self._delivery.wait(f"no gateway in reach ({type(error).__name__})") from None
        await asyncio.to_thread(self._delivery.settle, rows, answer.status_code, answer.headers, answer.content)


def _pause(state: RetryCallState) -> float:
    return pause_s(state.attempt_number, state.outcome.exception() if state.outcome else None)
