"""Closed slices on their way to the alert engine: what became known, told once by whoever rolls.

How far `notify` was told is what `roll` commits: the offset of the panes topic behind the last cell that was in a
message. Whoever takes over tells the rest. A crash between the telling and the commit repeats at most the slices of a
second; `notify` knows them by their offset.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from faust.types import TP

from streams.apps.outbox import Sending
from streams.apps.rows import MAX_BYTES
from streams.apps.transport import Batch, BatchConsumer
from streams.pure.alerting.inputs import Row
from streams.pure.alerting.messages import Closed
from streams.pure.cells import CellMessage, encode
from streams.pure.closing import REACH_MS, Closing, slices
from streams.pure.counting import SLICE_MS


class ClosedSlices:
    """What of the panes partitions of one worker was told, and what is to be."""

    def __init__(self) -> None:
        self._consumer: BatchConsumer | None = None
        self._sources = self._epoch = 0
        self._told_upto: dict[TP, int] = {}
        self._told_ms: dict[TP, int] = {}
        self._upto: dict[TP, int] = {}
        self._closing: dict[TP, Closing] = {}

    def assign(self, consumer: BatchConsumer, committed: Mapping[TP, int | None], topic: str) -> None:
        """Begins anew with the partitions of the panes topic among those assigned."""
        panes = [tp for tp in committed if tp.topic == topic]
        self._consumer, self._epoch = consumer, consumer.epoch
        self._sources = consumer.partitions_of(topic) if panes else 0
        self._closing = {tp: Closing() for tp in panes}
        self._told_upto = {tp: committed[tp] or 0 for tp in panes}
        self._told_ms, self._upto = {}, {}

    def halves(self, batch: Batch) -> Sequence[Batch]:
        """The batch as what was told before this worker, and what was not."""
        upto = self._told_upto.get(batch.tp, 0)
        if not batch.records[0].offset < upto < batch.next_offset:
            return [batch]
        before = [record for record in batch.records if record.offset < upto]
        after = [record for record in batch.records if record.offset >= upto]
        return [replace(batch, records=before), replace(batch, records=after)]

    def add(self, tp: TP, cells: Sequence[CellMessage], next_offset: int, now_ms: int) -> None:
        """Takes cells of one such half in."""
        closing = self._closing.get(tp)
        if closing is None:
            return
        for cell in cells:
            if cell.slice_ms > now_ms - REACH_MS:
                closing.add(cell)
        self._upto[tp] = next_offset
        if next_offset <= self._told_upto[tp]:
            closing.take(1 << 62)

    def due(self, tp: TP, heard_ms: int, now_ms: int) -> list[Sending]:
        """Slices that every partition was heard beyond, each once, in order; to be `sent` together."""
        closing = self._closing.get(tp)
        closed_ms = heard_ms - heard_ms % SLICE_MS
        if closing is None or closed_ms <= self._told_ms.get(tp, 0):
            return []
        sendings: list[Sending] = []
        upto = self._upto.get(tp, 0)
        for start_ms, end_ms, rows in slices(closing, self._told_ms.get(tp, 0), closed_ms, SLICE_MS):
            parts = list(_parts(rows))
            for part, some in enumerate(parts):
                message = Closed(tp.partition, self._sources, upto, start_ms, end_ms, part, len(parts), some)
                sendings.append(("signals", 0, f"closed|{tp.partition}|{start_ms}|{part}".encode(), encode(message)))
        self._told_ms[tp] = closed_ms
        closing.forget(now_ms - REACH_MS)
        return sendings

    def sent(self, tps: Sequence[TP], upto: Mapping[TP, int]) -> None:
        """What was due is with the brokers: nobody need tell it again."""
        if self._consumer is not None and self._consumer.epoch == self._epoch:
            for tp in tps:
                self._consumer.durable(tp, upto[tp])

    def upto(self) -> dict[TP, int]:
        """Offset behind the last cell taken in, by partition."""
        return dict(self._upto)


def _parts(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows in as many parts as it takes to keep each message below 256 KB; one part without any."""
    part: list[Row] = []
    size = 0
    for row in rows:
        row_bytes = len(encode(row))
        if part and size + row_bytes > MAX_BYTES:
            yield part
            part, size = [], 0
        part.append(row)
        size += row_bytes + 1
    yield part
