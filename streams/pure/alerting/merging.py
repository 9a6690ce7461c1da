"""What many sources told, as one line of slices: the order in which the engine judges.

Why log-driven: which rows make one slice follows from the messages alone, never from a clock, so that whoever reads
them again cuts them alike. Plain data: it is stored with the engine's state.
"""

from __future__ import annotations

import msgspec

from streams.pure.alerting.inputs import HEARD, Row, Slice
from streams.pure.alerting.messages import Closed, Producers

SLICE_MS = 10_000
PATIENCE_MS = 60_000
"""How far a source may fall behind the others before slices go on without it; what it tells later comes with a later
slice."""


class Merging(msgspec.Struct):
    """Rows that wait for the slice they belong to.

    Attributes:
        sources: how many sources there are, as far as told.
        done: end of the last slice that each source told in whole.
        last: (offset, start of slice, part) of the last message taken, by source.
        released_ms: end of the last slice handed on.
    """

    sources: int = 0
    done: dict[int, int] = {}
    last: dict[int, tuple[int, int, int]] = {}
    waiting: dict[int, list[Row]] = {}
    released_ms: int = 0

    @property
    def heard_ms(self) -> int:
        """Up to when every source told; 0 while one was not heard at all."""
        return min(self.done.values()) if self.done and len(self.done) >= self.sources else 0

    def closed(self, message: Closed) -> list[Slice]:
        """Takes rows of a source in; the slices that are whole by that, in order."""
        place = (message.upto, message.start_ms, message.part)
        last = self.last.get(message.source)
        if last is not None and place <= last and message.start_ms <= last[1]:
            return []  # told again after a crash, or by one who does not know that it was replaced
        self.last[message.source] = place
        if message.sources != self.sources:
            self.sources = message.sources
            self.done = {source: ms for source, ms in self.done.items() if source < message.sources}
        self._wait(message.start_ms, message.rows)
        if message.part + 1 < message.parts:
            return []
        self.done[message.source] = max(message.end_ms, self.done.get(message.source, 0))
        return self._whole()

    def producers(self, message: Producers) -> None:
        """Takes who was heard in; it comes with the slice of that time."""
        rows = [Row("", "", "", "", "", producer, HEARD, "", [(0, n)]) for producer, n in message.rows]
        self._wait(message.end_ms, rows)

    def _wait(self, at_ms: int, rows: list[Row]) -> None:
        if rows:
            at_ms = max(at_ms, self.released_ms)
            self.waiting.setdefault(at_ms - at_ms % SLICE_MS, []).extend(rows)

    def _whole(self) -> list[Slice]:
        ends = self.done.values()
        until_ms = max(ends) - PATIENCE_MS if len(ends) < self.sources else max(min(ends), max(ends) - PATIENCE_MS)
        whole = []
        for start_ms in sorted(self.waiting):
            if start_ms + SLICE_MS <= until_ms:
                whole.append(Slice(start_ms, start_ms + SLICE_MS, self.waiting.pop(start_ms)))
        self.released_ms = max(self.released_ms, until_ms - until_ms % SLICE_MS)
        return whole
