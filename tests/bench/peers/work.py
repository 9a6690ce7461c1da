"""The work that every peer does, and how it tells what it found.

A peer is a program of its own in an environment of its own; it knows nothing of the product. It gets one JSON object
as its argument: `brokers`, `topic`, `group`, and `ends`, the offset of each partition up to which it counts. It prints
one JSON object: `events`, `seconds` from the first event in hand to the last one counted, `cpu_s` of the same, and
`counts` as rows of (start of the 10 s in epoch seconds, channel, metric, score, events).
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime

Cell = tuple[int, str, str, int]


def cell(event: dict) -> Cell:
    """Which count an event belongs to."""
    second = int(datetime.fromisoformat(event["occurred_at"]).timestamp())
    return second - second % 10, event["channel"], event["kind"], event["score"]


def task() -> dict:
    """What was asked; partitions as numbers."""
    asked = json.loads(sys.argv[1])
    asked["ends"] = {int(partition): end for partition, end in asked["ends"].items()}
    return asked


class Stopwatch:
    """Clock and processor from `start` on; only the first start counts."""

    def __init__(self) -> None:
        self.began: tuple[float, float] | None = None

    def start(self) -> None:
        """The first event is in hand."""
        if self.began is None:
            self.began = (time.monotonic(), time.process_time())

    def tell(self, events: int, counts: dict) -> None:
        """The last event is counted: prints what was found."""
        assert self.began is not None
        found = {
            "events": events,
            "seconds": time.monotonic() - self.began[0],
            "cpu_s": time.process_time() - self.began[1],
            "counts": [[*place, n] for place, n in counts.items()],
        }
        print(json.dumps(found), file=sys.__stdout__, flush=True)  # Faust takes what is printed for its log
