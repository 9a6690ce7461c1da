"""What a fetch brought, taken out of aiokafka batch by batch as its C code reads it.

aiokafka hands over one record after the other through two generators, and makes a ConsumerRecord of each: that costs
as much as reading the JSON of an event. Nothing else of its fetching is touched. Only for reading uncommitted: who
wants aborted transactions left out gets aiokafka's own way.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from aiokafka.errors import CorruptRecordException

READ_UNCOMMITTED = 0


class WholeFetches(OrderedDict[Any, Any]):
    """aiokafka's fetch results by partition; each new one is taught to be taken whole."""

    def __setitem__(self, tp: Any, result: Any) -> None:
        fetched = getattr(result, "_partition_records", None)
        if fetched is not None and fetched._isolation_level == READ_UNCOMMITTED:
            result.getall = Whole(result).getall
        super().__setitem__(tp, result)


class Whole:
    """Stands in for `FetchResult.getall`.

    Args:
        result: aiokafka's FetchResult, of which nothing was taken yet.
    """

    def __init__(self, result: Any) -> None:
        self._result = result
        self._left: list[Any] = []
        self._end: int = result._partition_records.next_fetch_offset
        """Offset behind the batches read."""

    def getall(self, max_records: int | None = None) -> list[Any]:
        """The next records, at most so many; the position moves behind them.

        Raises:
            CorruptRecordException: a checksum is wrong; what was fetched is dropped, to be fetched again.
        """
        result = self._result
        if not result.check_assignment(result._topic_partition) or not result.has_more():
            return []
        fetched = result._partition_records
        batches, taken = fetched._records, self._left
        while batches.has_next() and (max_records is None or len(taken) < max_records):
            batch = batches.next_batch()
            if fetched._check_crcs and not batch.validate_crc():
                result._partition_records = None
                raise CorruptRecordException(f"wrong checksum in {result._topic_partition}")
            if not batch.is_control_batch:
                # A compressed batch is sent whole, also if only its end was asked for.
                whole = batch.base_offset >= self._end
                taken += batch if whole else [record for record in batch if record.offset >= self._end]
            self._end = batch.next_offset
        self._left = [] if max_records is None else taken[max_records:]
        if self._left:
            del taken[max_records:]
        position = self._left[0].offset if self._left else self._end
        fetched.next_fetch_offset = position
        result._update_position()
        if not self._left and not batches.has_next():
            result._partition_records = None
        return taken
