"""A steady stream of events at a given rate, from a thread: what outages and recoveries are measured under.

With librdkafka's producer: it keeps up 20,000 events/s beside the workers it feeds.
"""

from __future__ import annotations

import itertools
import threading
import time
from types import TracebackType
from typing import Self

from confluent_kafka import Producer

from streams.edges.settings import Settings
from tests.kit.logs import rfc3339

BURST_S = 0.02
CHANNELS = ("web", "app", "store", "phone_in")
EVENT = (
    '{"kind":"csat","event_id":"e%d","occurred_at":"%s","producer":"feed","channel":"%s","touchpoint":"checkout",'
    '"score":%d,"scale":"1-5"}'
)


class Feed:
    """Sends events while its `with` block lasts; `sent` counts them.

    Args:
        settings: where to.
        per_s: events a second.
    """

    def __init__(self, settings: Settings, per_s: int) -> None:
        self.sent = 0
        self._topic = settings.topic("touchpoints")
        self._per_s = per_s
        self._over = threading.Event()
        self._producer = Producer(
            {
                "bootstrap.servers": settings.brokers(),
                "partitioner": "murmur2_random",
                "enable.idempotence": True,
                "compression.type": "lz4",
                "linger.ms": 10,
                "queue.buffering.max.messages": 1_000_000,
            }
        )
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        began = time.monotonic()
        numbers = itertools.count()
        while not self._over.wait(BURST_S):
            at = rfc3339(time.time_ns() // 1_000_000)
            due = int((time.monotonic() - began) * self._per_s)
            while self.sent < due:
                number = next(numbers)
                value = EVENT % (number, at, CHANNELS[number % 4], 1 if number % 25 == 0 else 4 + number % 2)
                self._producer.produce(self._topic, value, key=f"feed:e{number}")
                self.sent += 1
            self._producer.poll(0)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._producer.flush(60)
