"""The sendings of topic `alerts`, for readers that are not all at the same place.

Why not each reader its own consumer: a receiver that is up reads what was fetched anyhow. Only who is far behind asks
Kafka again, so that a receiver that is down costs no memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence

from faust.types import TP

from streams.apps.base import numbered
from streams.apps.transport import Batch
from streams.pure.alerting.messages import PageMessage
from streams.pure.counting import Record

KEPT = 1_000
"""Latest sendings in memory."""
FETCHED = 500
"""Records asked for at once."""

Far = Callable[[int, int], Awaitable[tuple[Sequence[Record], int]]]
"""Records from an offset on, at most so many, and the offset to go on from."""
Found = tuple[int, PageMessage]
"""(offset, sending)."""


class PageLog:
    """The log as far as it was handled.

    Args:
        tp: its partition.
        far: reads what is no longer in memory.
    """

    def __init__(self, tp: TP, far: Far) -> None:
        self._tp = tp
        self._far = far
        self.begin(0)

    def begin(self, offset: int) -> None:
        """Nothing is in memory; what comes next begins there."""
        self._kept: deque[Found] = deque()
        self._kept_from = self.end = offset

    def add(self, batch: Batch) -> list[Found]:
        """Takes the next batch in; its sendings."""
        found = list(sendings(batch))
        self._kept += found
        self.end = max(self.end, batch.next_offset)
        while len(self._kept) > KEPT:
            self._kept_from = self._kept.popleft()[0] + 1
        return found

    async def read(self, offset: int) -> tuple[list[Found], int]:
        """Sendings from an offset on, and the offset to go on from; the same one if there is nothing yet.

        Raises:
            Unavailable: Kafka was asked, and does not answer.
        """
        if offset >= self.end:
            return [], offset
        if offset >= self._kept_from:
            return [one for one in self._kept if one[0] >= offset], self.end
        records, following = await self._far(offset, FETCHED)
        if following <= offset:
            return [], self._kept_from  # Kafka has no more of it
        return (list(sendings(Batch(self._tp, records, 0))) if records else []), following


def sendings(batch: Batch) -> Iterator[Found]:
    """The sendings among a batch's records, with their offsets."""
    for record, message in numbered(batch):
        if isinstance(message, PageMessage):
            yield record.offset, message


async def sending_at(tp: TP, offset: int, far: Far) -> PageMessage | None:
    """The sending at an offset; None if there is none.

    Raises:
        Unavailable: Kafka does not answer.
    """
    records, _ = await far(offset, 1)
    found = dict(sendings(Batch(tp, records, 0))) if records else {}
    return found.get(offset)
