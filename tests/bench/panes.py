"""What `score` would have published for a retailer with many series: cells and marks, without counting each answer.

A store channel with 2,000 stores and seven digital channels: 10,100 series, each answered alike often. Every
source partition has its own blocks, of 65,536 records each, as in production.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from streams.pure.cells import cell_message, mark_message
from streams.pure.counting import PART_SERIES, BlockState, Cell
from streams.pure.policies import Policy

ONE = 1_000_000
LOG = "bench-log-0000000000001"
WRITER = "bench-writer-0001"
POLICY = Policy(1, 65_536, 24 * 3_600_000, 262_144, 24 * 3_600_000, 10_000, 50_000)
QUESTIONS = (("csat", "csat-1-5", 1, 5), ("nps", "nps-0-10", 0, 10), ("ces", "ces-ease-1-5", 1, 5))

Message = tuple[str, bytes, bytes]
"""(channel, '' for a mark; key; value)."""


def retailer(series: int = 10_100) -> list[tuple[str, tuple[str, ...], int, int]]:
    """(channel, tail, lowest point, highest point) of each series."""
    found: list[tuple[str, tuple[str, ...], int, int]] = []
    for store in range(2_000 * series // 10_100):
        for touchpoint in ("checkout", "advice"):
            for metric, scale, low, high in QUESTIONS[:2]:
                tail = ("purchase", touchpoint, f"store-{store:05d}", "", "customer", metric, scale)
                found.append(("store", tail, low, high))
    for channel in ("web", "app", "chat", "email", "phone_in", "social", "mini_program"):
        for page in range(20 * series // 10_100 or 1):
            for segment in ("new", "regular", "gold", "business", "staff-card"):
                for metric, scale, low, high in QUESTIONS:
                    tail = ("use", f"page-{page:02d}", "", segment, "customer", metric, scale)
                    found.append((channel, tail, low, high))
    return found


@dataclass
class Source:
    """One partition of touchpoints: its open block, and the cells that it changed."""

    number: int
    offset: int = 0
    block: int = 0
    cells: dict[tuple[str, int], list[Cell]] = field(default_factory=dict)
    where: dict[tuple[str, int, tuple[str, ...]], Cell] = field(default_factory=dict)


class Sources:
    """Partitions of touchpoints, and what counting them publishes at one width of slices.

    Args:
        series: from `retailer`.
        partitions: of touchpoints.
        width_ms: of the slices.
        seed: of the answers.
    """

    def __init__(
        self, series: list[tuple[str, tuple[str, ...], int, int]], partitions: int, width_ms: int, seed: int = 1
    ) -> None:
        self._series = series
        self._sources = [Source(number) for number in range(partitions)]
        self._width_ms = width_ms
        self._rnd = random.Random(seed)

    def answers(self, at_ms: int, count: int) -> Iterator[Message]:
        """Counts so many answers of one moment; then each cell they changed, once, and the marks."""
        rnd, width_ms = self._rnd, self._width_ms
        start_ms = at_ms - at_ms % width_ms
        changed: dict[int, tuple[Source, int, Cell]] = {}
        for _ in range(count):
            source = self._sources[rnd.randrange(len(self._sources))]
            source.offset += 1
            if source.offset - source.block >= POLICY.block_size:
                yield from self._mark(source, at_ms, closed=True)
                source.block, source.cells, source.where = source.offset, {}, {}
            channel, tail, low, high = self._series[int(rnd.random() * len(self._series))]
            cell = source.where.get((channel, start_ms, tail))
            if cell is None:
                parts = source.cells.setdefault((channel, start_ms), [])
                if not parts or len(parts[-1].series) >= PART_SERIES:
                    parts.append(Cell(channel, start_ms, width_ms, len(parts)))
                cell = source.where[(channel, start_ms, tail)] = parts[-1]
            counts = cell.series.setdefault(tail, {}).setdefault(rnd.randint(low, high), [0, 0, 0])
            for place, add in enumerate((1, ONE, ONE)):
                counts[place] += add
            cell.upto = source.offset
            changed[id(cell)] = (source, source.block, cell)
        for source, block, cell in changed.values():
            key, value = cell_message(cell, log=LOG, partition=source.number, block=block, policy=1, writer=WRITER)
            yield cell.channel, key, value
        for source in self._sources:
            yield from self._mark(source, at_ms)

    def forget(self, before_ms: int) -> None:
        """Slices before this get no more answers."""
        for source in self._sources:
            source.cells = {place: cells for place, cells in source.cells.items() if place[1] >= before_ms}
            source.where = {place: cell for place, cell in source.where.items() if place[1] >= before_ms}

    def _mark(self, source: Source, at_ms: int, *, closed: bool = False) -> Iterator[Message]:
        state = BlockState(source.block, source.offset, POLICY, at_ms, accepted=source.offset, closed=closed)
        key, value = mark_message(
            state, log=LOG, topic="touchpoints", partition=source.number, partitions=len(self._sources),
            heard_ms=at_ms, writer=WRITER,
        )  # fmt: skip
        yield "", key, value
