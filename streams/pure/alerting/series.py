"""One series of a rule: what it has learnt, and the window it looks at. Plain data throughout."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from schemas.scales import SCALES
from streams.pure.alerting.inputs import Bin
from streams.pure.alerting.life import Alert
from streams.pure.alerting.page import Facts
from streams.pure.alerting.silence import Pulse
from streams.pure.alerting.worsening import Watch
from streams.pure.scores import Tally

BUCKETS = 60
"""Parts a window is cut into: it moves by a sixtieth of its length."""


class Buckets(msgspec.Struct):
    """Answers of a rolling window, by metric and part of the window, as counts of scale points."""

    length_ms: int
    parts: dict[str, dict[int, dict[int, int]]] = {}
    part: int = -1

    def add(self, metric: str, start_ms: int, bins: Iterable[Bin]) -> None:
        """Takes answers of a slice in."""
        width = max(1, self.length_ms // BUCKETS)
        part = self.parts.setdefault(metric, {}).setdefault(start_ms // width, {})
        for point, n in bins:
            part[point] = part.get(point, 0) + n

    def turned(self, start_ms: int) -> bool:
        """Whether the window moved since this was last asked: as often is its number worth computing."""
        before, self.part = self.part, start_ms // max(1, self.length_ms // BUCKETS)
        return self.part != before

    def tally(self, metric: str, scale: str, end_ms: int, length_ms: int | None = None) -> Tally:
        """Answers of the last `length_ms` (default: all) before a moment; older parts are let go."""
        width = max(1, self.length_ms // BUCKETS)
        parts = self.parts.get(metric, {})
        for start in [start for start in parts if start * width < end_ms - self.length_ms]:
            del parts[start]
        since = end_ms - (length_ms or self.length_ms)
        total: dict[int, int] = {}
        for start, bins in parts.items():
            if start * width >= since:
                for point, n in bins.items():
                    total[point] = total.get(point, 0) + n
        return Tally.of(SCALES[scale], ((point, n, 0, 0) for point, n in total.items()))


class Series(msgspec.Struct):
    """Everything kept of one series under one rule.

    Attributes:
        seen_ms: end of the last slice with answers.
        alert: the one that lives; `last` the one before.
        facts: what the alert rests on, as of the last slice.
        verdict: of the last slice: 1 breach, -1 clear, 0 neither.
        noted: ids of single answers told within the last hour, with their times.
    """

    seen_ms: int = 0
    watch: Watch | None = None
    buckets: list[Buckets] = []
    pulse: Pulse | None = None
    alert: Alert | None = None
    last: Alert | None = None
    facts: Facts = Facts()
    verdict: int = 0
    chance: float = 1.0
    why: str = ""
    noted: list[tuple[int, str]] = []
    answered: tuple[int, int, int] = (0, 0, 0)
