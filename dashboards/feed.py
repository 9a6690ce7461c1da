"""What the local page asks the store, and how often.

Why a module of its own: many readers may look at one board. They share its answers for a moment, so that
each further reader costs the store nothing; and a slow store is asked once, not once a reader.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from dashboards.macros import Shown, Values, expand
from dashboards.panel import EVERY, Board, Variable

Row = dict[str, Any]
SPANS: tuple[tuple[str, str, int], ...] = (
    ("15m", "last 15 minutes", 900),
    ("1h", "last hour", 3_600),
    ("6h", "last 6 hours", 6 * 3_600),
    ("24h", "last 24 hours", 86_400),
    ("7d", "last 7 days", 7 * 86_400),
    ("30d", "last 30 days", 30 * 86_400),
    ("1y", "last year", 366 * 86_400),
    ("12y", "last 12 years", 12 * 366 * 86_400),
)
"""Times to show: (name in the address, what the reader sees, seconds). The longest is for imported surveys."""
POINTS = 240
"""About as many points as a graph on the page can show."""
_STEPS_S = (10, 20, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400, 7 * 86_400, 30 * 86_400)


class Source(Protocol):
    """What is needed of the store."""

    def query(self, sql: str) -> Sequence[Mapping[str, Any]]:
        """Rows by column name."""
        ...


class Feed:
    """Answers of the store, kept for a moment."""

    def __init__(
        self,
        source: Source,
        *,
        now_ms: Callable[[], int],
        keep_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self.now_ms = now_ms
        self._keep_s = keep_s
        self._clock = clock
        self._kept: dict[str, tuple[float, asyncio.Task[list[Row]]]] = {}

    async def rows(
        self, sql: str, values: Values, *, span_s: int, min_interval_s: int = 10, keep_s: float | None = None
    ) -> list[Row]:
        """Rows of one panel's SQL for the last `span_s` seconds; an answer younger than `keep_s` is used again.

        Raises:
            Unavailable: the store does not answer; try again later.
        """
        key = f"{sql}|{sorted(values.items())}|{span_s}|{min_interval_s}"
        now = self._clock()
        known = self._kept.get(key)
        if known is None or (known[1].done() and now - known[0] > (self._keep_s if keep_s is None else keep_s)):
            self._kept = {k: kept for k, kept in self._kept.items() if not kept[1].done() or now - kept[0] < 60}
            shown = self.shown(span_s, min_interval_s)
            known = (now, asyncio.ensure_future(self._ask(expand(sql, shown=shown, values=values))))
            self._kept[key] = known
        # A reader who leaves must not take the answer away from the others.
        return await asyncio.shield(known[1])

    async def _ask(self, sql: str) -> list[Row]:
        return [dict(row) for row in await asyncio.to_thread(self._source.query, sql)]

    def shown(self, span_s: int, min_interval_s: int = 10) -> Shown:
        """The last `span_s` seconds, in steps that fill a graph."""
        now_ms = self.now_ms()
        step_s = next((step for step in _STEPS_S if step >= max(min_interval_s, span_s // POINTS)), _STEPS_S[-1])
        return Shown(from_ms=now_ms - span_s * 1_000, to_ms=now_ms, interval_ms=step_s * 1_000)

    async def choices(self, variable: Variable) -> list[tuple[str, str]]:
        """What a drop-down offers: pairs of (what the reader sees, value)."""
        if not variable.sql:
            return list(variable.choices)
        found = await self.rows(variable.sql, {}, span_s=0)
        names = [str(next(iter(row.values()))) for row in found]
        return [(name, name) for name in names]

    async def chosen(self, board: Board, asked: Mapping[str, Sequence[str]]) -> dict[str, str | list[str]]:
        """Values of the board's variables: what the address asks for, where it is on offer; else the default."""
        values: dict[str, str | list[str]] = {}
        for variable in board.variables:
            offered = [value for _, value in await self.choices(variable)]
            wanted = [value for value in asked.get(variable.name, ()) if value in offered]
            if variable.several:
                # An empty list would be an empty IN (): nothing is known yet, so look for nothing.
                values[variable.name] = wanted or ([EVERY] if variable.open else offered or [""])
            else:
                values[variable.name] = (
                    wanted or [variable.default] if variable.default else wanted or offered or [""]
                )[0]
        return values


def span(name: str) -> tuple[str, int]:
    """Name and seconds of a time to show; an unknown name is an hour."""
    for known, _, seconds in SPANS:
        if known == name:
            return known, seconds
    return "1h", 3_600
