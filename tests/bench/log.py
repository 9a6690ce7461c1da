"""A Kafka log filled with real events, and what a plain count of it says.

Everything measured side by side reads the same log. What is counted wrong is no peer, so the truth is read from the
log itself by a loop of its own: counts in windows of 10 s by channel, metric and score, up to any offset.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka import Producer

from schemas.decode import event_key
from schemas.times import epoch_ms
from streams.edges.settings import Settings
from streams.edges.topics import declared
from streams.edges.topics_live import apply
from tests.kit.logs import rfc3339

CHANNELS = ("app", "web", "store", "chat", "email")
TOUCHPOINTS = ("checkout", "search", "delivery", "returns", "support")
SCORES = (3, 4, 4, 5, 5, 5, 2, 1)
WINDOW_S = 10

Cell = tuple[int, str, str, int]
"""(start of the window in epoch seconds, channel, metric, score)."""
Body = Callable[[random.Random, int], bytes]
"""(randomness, now in ms) -> an event as JSON."""


def body(rnd: random.Random, now_ms: int, *, locations: int = 20, **more: Any) -> dict[str, Any]:
    """An answer of some 250 bytes; series are five channels, five touchpoints, and so many locations."""
    return {
        "kind": "csat", "event_id": f"{rnd.getrandbits(64):016x}",
        "occurred_at": rfc3339(now_ms - rnd.randrange(2_000)),
        "sent_at": rfc3339(now_ms), "producer": "shop-app", "channel": rnd.choice(CHANNELS),
        "touchpoint": rnd.choice(TOUCHPOINTS), "location": f"store-{rnd.randrange(locations)}",
        "customer": f"c-{rnd.randrange(10**6)}", "score": rnd.choice(SCORES), "scale": "1-5", **more,
    }  # fmt: skip


@dataclass
class Log:
    """A filled topic of events.

    Attributes:
        ends: offset behind the last record of each partition.
        cells: which count each record of a partition belongs to, by offset; None where it is no answer.
    """

    settings: Settings
    ends: dict[int, int]
    cells: dict[int, list[Cell | None]] = field(default_factory=dict)

    @property
    def topic(self) -> str:
        """Its full name."""
        return self.settings.topic("touchpoints")

    @property
    def events(self) -> int:
        """All records."""
        return sum(self.ends.values())

    def part(self, events: int) -> dict[int, int]:
        """Ends that hold about so many events, the same share of each partition; never beyond the log."""
        share = min(1.0, events / max(1, self.events))
        return {partition: int(end * share) for partition, end in self.ends.items()}

    def expected(self, ends: Mapping[int, int]) -> dict[Cell, int]:
        """The counts of a plain loop up to some offsets."""
        found: Counter[Cell] = Counter()
        for partition, end in ends.items():
            found.update(cell for cell in self.cells[partition][:end] if cell is not None)
        return dict(found)


async def fill(settings: Settings, events: int, *, partitions: int = 4, make: Body | None = None, seed: int = 1) -> Log:
    """Makes the topics and puts events into the log, keyed as producers must; then reads back what is there.

    Args:
        make: the value of an event that is not `body`; it is keyed all the same.
    """
    await apply(settings, declared(settings, partitions=partitions))
    await asyncio.to_thread(_send, settings, events, make, seed)
    return await read(settings, partitions)


def _send(settings: Settings, events: int, make: Body | None, seed: int) -> None:
    rnd = random.Random(seed)
    producer = Producer(
        {
            "bootstrap.servers": settings.brokers(), "partitioner": "murmur2_random", "compression.type": "lz4",
            "linger.ms": 20, "batch.size": 262_144, "queue.buffering.max.messages": 1_000_000,
        }
    )  # fmt: skip
    topic = settings.topic("touchpoints")
    for number in range(events):
        if number % 1_000 == 0:
            now_ms = time.time_ns() // 1_000_000
            producer.poll(0)
        if make is None:
            one = body(rnd, now_ms)
            producer.produce(topic, orjson.dumps(one), key=event_key(one["producer"], one["event_id"]))
        else:
            producer.produce(topic, make(rnd, now_ms), key=b"shop-app:%d" % number)
    if left := producer.flush(120):
        raise RuntimeError(f"{left} events could not be sent")


async def read(settings: Settings, partitions: int) -> Log:
    """The log as it lies there, counted by a plain loop."""
    topic = settings.topic("touchpoints")
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.brokers(), auto_offset_reset="earliest")
    await consumer.start()
    try:
        named = [TopicPartition(topic, number) for number in range(partitions)]
        consumer.assign(named)
        found = await consumer.end_offsets(named)
        log = Log(settings, {tp.partition: end for tp, end in found.items()}, {tp.partition: [] for tp in named})
        while any(len(log.cells[partition]) < end for partition, end in log.ends.items()):
            for tp, records in (await consumer.getmany(timeout_ms=1_000)).items():
                log.cells[tp.partition] += [cell_of(record.value) for record in records]
    finally:
        await consumer.stop()
    return log


def cell_of(raw: bytes) -> Cell | None:
    """Which count an event belongs to; None for what is none."""
    try:
        event = orjson.loads(raw)
        second = epoch_ms(event["occurred_at"]) // 1_000
        return second - second % WINDOW_S, event["channel"], event["kind"], int(event["score"])
    except (ValueError, KeyError, TypeError):
        return None
