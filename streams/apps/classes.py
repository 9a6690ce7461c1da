"""What `score` counted, as metrics: by class, by reason, and what no longer had a name of its own.

A block tells cumulative counts, and is counted again by whoever takes over; so what was told of it is remembered,
and only the difference is added.
"""

from __future__ import annotations

from collections import Counter

from faust.types import TP

from streams.edges import metrics
from streams.pure.counting import Taken

CLASSES = ("accepted", "duplicate", "late", "rejected")
KEPT_BLOCKS = 64
"""Blocks of a partition remembered: far more than are open at a time."""
_told: dict[TP, dict[int, tuple[int, ...]]] = {}


def tell(tp: TP, taken: Taken) -> None:
    """Adds what was counted since the last call."""
    told = _told.setdefault(tp, {})
    for block, _ in taken.blocks:
        counts = (*(getattr(block, name) for name in CLASSES), block.overflow)
        before = told.get(block.first_offset, (0,) * len(counts))
        if counts == before:
            continue
        told[block.first_offset] = counts
        *classes, overflow = (max(0, new - old) for new, old in zip(counts, before, strict=True))
        for name, more in zip(CLASSES, classes, strict=True):
            metrics.EVENTS.labels(name).inc(more)
        metrics.OVERFLOW.inc(overflow)
    for old in sorted(told)[:-KEPT_BLOCKS]:
        del told[old]
    for reason, count in Counter(rejected.why.reason for rejected in taken.rejected).items():
        metrics.REJECTED.labels(reason).inc(count)
