"""Libraries that block, each call in the one thread of its receiver: one that hangs holds up no other's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from streams.edges.receivers.outcome import NotTaken

ResultT = TypeVar("ResultT")


class OneThread:
    """The thread of one receiver."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, name)
        self._busy = False

    async def run(self, job: Callable[[], ResultT]) -> ResultT:
        """What the job gives. It goes on if nobody waits for it any more; until then no other begins.

        Raises:
            NotTaken: the one before still runs.
        """
        if self._busy:
            raise NotTaken("still has not answered the attempt before")
        self._busy = True

        def work() -> ResultT:
            try:
                return job()
            finally:
                self._busy = False

        future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        future.add_done_callback(lambda done: done.cancelled() or done.exception())  # it may come when nobody waits
        return await asyncio.shield(future)

    def close(self) -> None:
        """Begins nothing more."""
        self._thread.shutdown(wait=False, cancel_futures=True)
