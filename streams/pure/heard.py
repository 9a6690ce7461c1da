"""How far every source was heard: what makes a window complete.

Why a module of its own: a score says whether it is complete, and that rests on nothing but the marks of the block
ledger. Nothing here knows Kafka or the clock.
"""

from __future__ import annotations

from streams.pure.cells import MarkMessage

KEEP_LOGS = 8
"""Logs of a topic that are remembered: one a re-creation, and those before it are not asked any more."""


class Heard:
    """Record times up to which each partition of each log was counted."""

    def __init__(self) -> None:
        self._heard: dict[str, dict[int, int]] = {}
        self._logs: dict[str, tuple[str, int]] = {}  # topic and number of partitions of each log

    def mark(self, mark: MarkMessage) -> None:
        """Takes a block's ledger entry in."""
        _, partitions = self._logs.get(mark.log, ("", 0))
        self._logs[mark.log] = mark.topic, max(mark.partitions, partitions)
        heard = self._heard.setdefault(mark.log, {})
        heard[mark.partition] = max(mark.heard_ms, heard.get(mark.partition, 0))
        if len(self._logs) > KEEP_LOGS:
            oldest = min(self._heard, key=lambda log: max(self._heard[log].values()))
            del self._heard[oldest], self._logs[oldest]

    def until_ms(self) -> int:
        """Record time up to which every partition of every topic is counted; 0 while one is not heard at all.

        A re-created topic has a new log: the one heard of last speaks for it, the old one is not waited for.
        """
        latest: dict[str, tuple[int, int]] = {}
        for log, (topic, partitions) in self._logs.items():
            heard = self._heard[log].values()
            complete_ms = min(heard) if len(heard) >= partitions else 0
            latest[topic] = max(latest.get(topic, (0, 0)), (max(heard), complete_ms))
        return min((complete_ms for _, complete_ms in latest.values()), default=0)
