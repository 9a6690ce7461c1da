"""How many requests, and how many of their bytes, the gateway holds at once.

Refusing at the door is the only bound that works: what is taken in has to be kept until Kafka answers.
"""

from __future__ import annotations

from types import TracebackType

from streams.edges.gateway.answers import RETRY_AFTER_S, Refused
from streams.edges.gateway.limits import Limits


class Queue:
    """Requests between their headers and their answer."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.requests = 0
        self.bytes = 0

    def admit(self) -> Slot:
        """A place for one request; a context manager that gives it back.

        Raises:
            Refused: 503, there is none.
        """
        if self.requests >= self._limits.max_requests:
            raise _full()
        return Slot(self)

    def take(self, count: int) -> None:
        """Room for so many bytes; `Slot` gives it back.

        Raises:
            Refused: 503, there is none.
        """
        if self.bytes + count > self._limits.max_queue_bytes:
            raise _full()
        self.bytes += count


class Slot:
    """The place of one request."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._bytes = 0

    def take(self, count: int) -> None:
        """Count bytes of its body in.

        Raises:
            Refused: 503, there is no room.
        """
        self._queue.take(count)
        self._bytes += count

    def __enter__(self) -> Slot:
        self._queue.requests += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._queue.requests -= 1
        self._queue.bytes -= self._bytes


def _full() -> Refused:
    return Refused(503, "busy", "The gateway is full: send the same again later.", retry_after_s=RETRY_AFTER_S)
