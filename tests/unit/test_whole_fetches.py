"""Fetches taken whole give what aiokafka's own way gives, record for record and position for position."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from streams.apps.whole_fetches import WholeFetches

TP = TopicPartition("touchpoints", 0)


def packed(first: int, count: int, compression: int) -> bytes:
    """One batch of records as a broker keeps it."""
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=compression, is_transactional=0, producer_id=-1, producer_epoch=-1,
        base_sequence=-1, batch_size=10**6,
    )  # fmt: skip
    for number in range(count):
        builder.append(number, timestamp=1_000 + first + number, key=b"k", value=b"v%d" % (first + number), headers=[])
    data = builder.build()
    return first.to_bytes(8, "big") + bytes(data[8:])


def result(data: bytes, begin: int) -> FetchResult:
    """A fetch answer that was asked for from `begin` on."""
    state = SimpleNamespace(paused=False, position=begin)
    state.consumed_to = lambda position: setattr(state, "position", position)
    assignment = SimpleNamespace(active=True, state_value=lambda _: state)
    # The checksum covers the offsets within a batch, not the batch's own.
    records = PartitionRecords(TP, MemoryRecords(data), None, begin, None, None, True, 0)
    return FetchResult(TP, assignment=assignment, partition_records=records, backoff=0)


def drained(found: FetchResult, sizes: list[int]) -> list[Any]:
    """What it gives when asked for so many at a time, with the position after each call."""
    told = []
    for size in sizes:
        taken = found.getall(size) if found.has_more() else []
        state = found._assignment.state_value(TP)
        told.append(([(each.offset, each.timestamp, each.value) for each in taken], state.position))
    return told


@given(
    counts=st.lists(st.integers(1, 6), min_size=1, max_size=5),
    gap=st.integers(0, 3),
    begin=st.integers(0, 5),
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=8),
    compression=st.sampled_from([0, 3]),
)
def test_whole_fetches_give_what_aiokafka_gives(
    counts: list[int], gap: int, begin: int, sizes: list[int], compression: int
) -> None:
    data, offset = b"", 0
    for count in counts:
        data += packed(offset, count, compression)
        offset += count + gap
    fetches = WholeFetches()
    fetches[TP] = result(data, begin)
    mine, theirs = drained(fetches[TP], sizes), drained(result(data, begin), sizes)
    assert [records for records, _ in mine] == [records for records, _ in theirs]
    assert [position for _, position in mine] == [position for _, position in theirs]


def test_a_wrong_checksum_drops_what_was_fetched_and_moves_nothing() -> None:
    """What lies behind must not be taken as if nothing were missing: it is all fetched again."""
    data = bytearray(packed(0, 3, 0) + packed(3, 3, 0))
    data[-2] ^= 1
    fetches = WholeFetches()
    fetches[TP] = found = result(bytes(data), 0)
    with pytest.raises(CorruptRecordException):
        found.getall(100)
    assert not found.has_more()
    assert found._assignment.state_value(TP).position == 0
