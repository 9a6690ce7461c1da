"""A process that sends events at a rate, and probes among them: `python -m tests.bench.feeder RATE SECONDS [STORES]`.

A process of its own, so that what it costs does not slow whoever waits for the probes. Probes are answers of two
channels nobody else speaks in: a good one whose arrival in the scores can be counted, a bad one that names in its
location when it was sent. Prints one JSON object: events sent, when each good probe was sent, how far it fell behind.
"""

from __future__ import annotations

import json
import os
import sys
import time

from confluent_kafka import Producer

from streams.edges.settings import Settings
from tests.bench.log import CHANNELS, TOUCHPOINTS
from tests.kit.logs import rfc3339

GOOD, BAD = "counter", "reception"  # nobody else here speaks in them
PROBE_EVERY_S = 0.5
BURST_S = 0.01
EVENT = (
    '{"kind":"csat","event_id":"%s","occurred_at":"%s","producer":"feeder","channel":"%s","touchpoint":"%s",'
    '"location":"%s","score":%d,"scale":"1-5"}'
)


def now_ms() -> int:
    """The clock, as producers and probes read it."""
    return time.time_ns() // 1_000_000


class Feeder:
    """Sends; `sent` counts the events, `probes` keeps when each good probe went out."""

    def __init__(self, settings: Settings) -> None:
        self._topic = settings.topic("touchpoints")
        self._producer = Producer(
            {
                "bootstrap.servers": settings.brokers(), "partitioner": "murmur2_random", "enable.idempotence": True,
                "compression.type": "lz4", "linger.ms": 5, "queue.buffering.max.messages": 1_000_000,
            }
        )  # fmt: skip
        self.sent = 0
        self.probes: list[int] = []
        self.behind_s = 0.0

    def _send(self, name: str, at_ms: int, channel: str, touchpoint: str, location: str, score: int) -> None:
        value = EVENT % (name, rfc3339(at_ms), channel, touchpoint, location, score)
        self._producer.produce(self._topic, value, key=f"feeder:{name}")

    def probe(self) -> None:
        """One good answer and one bad, now."""
        at_ms = now_ms()
        self._send(f"good-{at_ms}", at_ms, GOOD, "checkout", "probe", 5)
        self._send(f"bad-{at_ms}", at_ms, BAD, "checkout", f"sent-{at_ms}", 1)
        self.probes.append(at_ms)

    def run(self, per_s: int, seconds: float, stores: int = 20) -> None:
        """Good answers at a steady rate: bad ones in floods would be told as a number, and hide the probes' alerts.

        Args:
            stores: so many for each of the 25 pairs of channel and touchpoint.
        """
        began, run_id = time.monotonic(), f"{now_ms():x}"
        while (passed_s := time.monotonic() - began) < seconds:
            if passed_s >= len(self.probes) * PROBE_EVERY_S:
                self.probe()
            at_ms, due = now_ms(), int(passed_s * per_s)
            self.behind_s = max(self.behind_s, (due - self.sent) / per_s)
            # A burst is bounded, so that a probe never waits for a long one.
            for number in range(self.sent, min(due, self.sent + per_s // 10 + 1)):
                channel, touchpoint = CHANNELS[number % 5], TOUCHPOINTS[number // 5 % 5]
                location = f"store-{number // 25 % stores}"
                self._send(f"{run_id}-{number}", at_ms, channel, touchpoint, location, 4 + number % 2)
                self.sent = number + 1
            self._producer.poll(0)
            time.sleep(BURST_S)
        self._producer.flush(60)


def main() -> None:
    """Settings from the environment, as the workers have them."""
    feeder = Feeder(Settings.from_env(os.environ))
    feeder.run(int(sys.argv[1]), float(sys.argv[2]), *map(int, sys.argv[3:]))
    print(json.dumps({"sent": feeder.sent, "probes": feeder.probes, "behind_s": round(feeder.behind_s, 2)}))


if __name__ == "__main__":
    main()
