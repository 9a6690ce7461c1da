"""What Kafka's own log says about offsets that the ledger cannot explain.

An offset without an event may be a marker of a producer's transaction: it takes a place in the log and is no
record. From the ledger alone that looks like a loss, so the log is read there again, where it still reaches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.edges.errors import Unavailable
from streams.edges.kafka_knock import OUT_OF_REACH, why_not
from streams.edges.kafka_wire import wire
from streams.edges.settings import Settings
from streams.edges.topic_id import topic_id

MAX_RECORDS = 500_000
"""Read at most so many again: enough for the blocks of a bad hour, and over in seconds."""
_TIMEOUT_MS = 15_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Offsets [first, end) of one partition."""

    topic: str
    log_id: str
    partition: int
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Reach:
    """What the log of one partition still holds: offsets [start, end)."""

    log_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Log:
    """What the brokers said."""

    reaches: dict[tuple[str, int], Reach] = field(default_factory=dict)
    """By topic and partition."""
    records: dict[Stretch, int] = field(default_factory=dict)
    """How many records a stretch holds; absent: the log does not reach back so far, or it would be too many."""


async def ask(
    settings: Settings,
    topics: Iterable[str],
    stretches: Sequence[Stretch],
    told: Callable[[int], None] = lambda _: None,
) -> Log:
    """Asks the brokers how far the logs of some topics reach, and how many records some stretches hold.

    Args:
        told: called with the number of records read so far.
    Raises:
        SettingsError: no brokers are set.
        Unavailable: none of them answers.
    """
    found = Log()
    consumer = AIOKafkaConsumer(**wire(settings), request_timeout_ms=_TIMEOUT_MS)
    try:
        await consumer.start()
        known = await consumer.topics()
        for topic in topics:
            if topic not in known:
                continue
            log_id = await topic_id(settings, topic)
            partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
            starts, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
            for tp in partitions:
                found.reaches[(topic, tp.partition)] = Reach(log_id, starts[tp], ends[tp])
        read = 0
        for stretch in stretches:
            reach = found.reaches.get((stretch.topic, stretch.partition))
            if reach is None or reach.log_id != stretch.log_id or stretch.first < reach.start:
                continue
            if read + stretch.end - stretch.first > MAX_RECORDS:
                continue
            found.records[stretch] = await _records(consumer, stretch, min(stretch.end, reach.end))
            read += found.records[stretch]
            told(read)
    except OUT_OF_REACH:
        raise Unavailable(str(await why_not(settings))) from None
    finally:
        await consumer.stop()
    return found


async def _records(consumer: AIOKafkaConsumer, stretch: Stretch, end: int) -> int:
    """Records with offsets in [first, end)."""
    tp = TopicPartition(stretch.topic, stretch.partition)
    consumer.assign([tp])
    consumer.seek(tp, stretch.first)
    count = 0
    # The position passes what is no record too.
    while await consumer.position(tp) < end:
        for records in (await consumer.getmany(tp, timeout_ms=1_000)).values():
            count += sum(record.offset < end for record in records)
    return count
