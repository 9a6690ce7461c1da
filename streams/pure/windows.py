"""Rolling windows as sums of slices.

Why a module of its own: this is where cells of many blocks and partitions become one number. A window is
kept as a running sum: a cell's change is added where it falls, and each turn of a slice adds what enters
and takes away what leaves. So an answer costs the same whatever the length and number of the windows.
Nothing here knows Kafka or the clock; `now` is passed in.

    |--s0--|--s1--|--s2--|--s3--|--s4--|      slices of `width_ms`
           [----- window at end e ----->      covers [e - length, e)

A *column* is one scale point of one series; a slice is a vector over columns. Several versions of a cell
may arrive, from several writers, in any order: the highest (policy, upto) replaces what was there, and a
higher policy replaces the whole block.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from schemas.scales import SCALES
from streams.pure.cells import CellMessage, MarkMessage, SumRow

Ints = NDArray[np.int64]
ONE = 1_000_000
LIVE_METRICS = frozenset({"csat", "ces", "nps"})
"""What rolls; other metrics are summed by SQL from the stored panes."""
DIMENSIONS = ("channel", "touchpoint", "stage", "location", "segment")
"""Groupings kept: the channel itself, and the channel by each of these."""
KEEP_BLOCKS = 3
"""Blocks of a partition whose cells can still be replaced; older ones keep their version only."""

Place = tuple[str, int, int, int, int, str, int]


@dataclass(slots=True)
class _Version:
    """The version of a cell that counts, and what it added (None: settled for good)."""

    version: tuple[int, int]
    added: tuple[Ints, Ints, Ints, Ints] | None


class _Slice:
    """Answers of one slice, by column. Weights are kept as what they differ from one: mostly nothing."""

    __slots__ = ("n", "w2x", "wx")

    def __init__(self, size: int) -> None:
        self.n: NDArray[np.int32] = np.zeros(size, np.int32)
        self.wx: Ints | None = None
        self.w2x: Ints | None = None

    def add(self, columns: Ints, n: Ints, wx: Ints, w2x: Ints, sign: int, size: int) -> None:
        if len(self.n) < size:
            self.n = _grown(self.n, size)
        self.n[columns] += (sign * n).astype(np.int32)
        if wx.any() or w2x.any() or self.wx is not None:
            grown_wx = _grown(self.wx if self.wx is not None else np.zeros(0, np.int64), len(self.n))
            grown_w2x = _grown(self.w2x if self.w2x is not None else np.zeros(0, np.int64), len(self.n))
            grown_wx[columns] += sign * wx
            grown_w2x[columns] += sign * w2x
            self.wx, self.w2x = grown_wx, grown_w2x


Number = TypeVar("Number", np.int32, np.int64)


def _grown(vector: NDArray[Number], size: int) -> NDArray[Number]:
    if len(vector) >= size:
        return vector
    grown = np.zeros(size, vector.dtype)
    grown[: len(vector)] = vector
    return grown


@dataclass(slots=True)
class _Window:
    """Running sums over [end_ms - length_ms, end_ms)."""

    length_ms: int
    end_ms: int = 0
    sums: Ints = field(default_factory=lambda: np.zeros((3, 0), np.int64))

    def covers(self, slice_ms: int) -> bool:
        return self.end_ms - self.length_ms <= slice_ms < self.end_ms

    def _grow(self, size: int) -> None:
        if self.sums.shape[1] < size:
            grown = np.zeros((3, size), np.int64)
            grown[:, : self.sums.shape[1]] = self.sums
            self.sums = grown

    def change(self, columns: Ints, n: Ints, wx: Ints, w2x: Ints, sign: int, size: int) -> None:
        """A cell inside the window changed."""
        self._grow(size)
        for row, values in enumerate((n, wx, w2x)):
            self.sums[row, columns] += sign * values

    def add(self, piece: _Slice, sign: int) -> None:
        """A slice enters (1) or leaves (-1)."""
        size = len(piece.n)
        self._grow(size)
        self.sums[0, :size] += sign * piece.n
        if piece.wx is not None and piece.w2x is not None:
            self.sums[1, : len(piece.wx)] += sign * piece.wx
            self.sums[2, : len(piece.w2x)] += sign * piece.w2x


class Windows:
    """All windows made of slices of one width, over the channels of one worker.

    Args:
        width_ms: length of a slice.
        lengths_ms: lengths of the windows, multiples of `width_ms`.
    """

    def __init__(self, width_ms: int, lengths_ms: Iterable[int]) -> None:
        self.width_ms = width_ms
        self._windows = {length: _Window(length) for length in lengths_ms}
        self._span_ms = max(self._windows) + width_ms
        self._slices: dict[int, _Slice] = {}
        self._columns: dict[tuple[object, ...], int] = {}
        self._points: list[tuple[int, int]] = []  # (scale point, box) of each column
        self._groups: dict[str, dict[tuple[str, str, str, str], int]] = {name: {} for name in DIMENSIONS}
        self._group_of: dict[str, list[int]] = {name: [] for name in DIMENSIONS}
        self._cells: dict[Place, _Version] = {}
        self._by_slice: dict[int, list[Place]] = defaultdict(list)
        self._by_block: dict[tuple[str, int, int], list[Place]] = defaultdict(list)
        self._policies: dict[tuple[str, int, int], int] = {}
        self._blocks: dict[tuple[str, int], list[int]] = {}
        self._heard: dict[str, dict[int, int]] = {}
        self._logs: dict[str, tuple[str, int]] = {}  # topic and number of partitions of each log
        self._oldest_ms = -(1 << 62)

    # -- what comes in -------------------------------------------------------------------------------

    def apply(self, cell: CellMessage) -> None:
        """Takes one version of a cell in; older versions and expired slices change nothing."""
        if cell.width_ms != self.width_ms or cell.slice_ms < self._oldest_ms:
            return
        block = (cell.log, cell.partition, cell.block)
        self._raise_policy(block, cell.policy)
        known = self._cells.get(cell.place)
        if cell.policy < self._policies[block] or (
            known is not None and (known.version >= cell.version or known.added is None)
        ):
            return
        added = self._as_columns(cell)
        if known is None:
            self._by_slice[cell.slice_ms].append(cell.place)
            self._by_block[block].append(cell.place)
        elif known.added is not None:
            self._change(cell.slice_ms, known.added, -1)
        self._change(cell.slice_ms, added, 1)
        self._cells[cell.place] = _Version(cell.version, added)

    def mark(self, mark: MarkMessage) -> None:
        """Takes a block's ledger entry in: how far its partition was heard, and under which policy."""
        self._raise_policy((mark.log, mark.partition, mark.block), mark.policy)
        _, partitions = self._logs.get(mark.log, ("", 0))
        self._logs[mark.log] = mark.topic, max(mark.partitions, partitions)
        heard = self._heard.setdefault(mark.log, {})
        heard[mark.partition] = max(mark.heard_ms, heard.get(mark.partition, 0))
        blocks = self._blocks.setdefault((mark.log, mark.partition), [])
        if mark.block not in blocks:
            insort(blocks, mark.block)
        for settled in blocks[:-KEEP_BLOCKS]:
            blocks.remove(settled)
            for place in self._by_block.pop((mark.log, mark.partition, settled), ()):
                if place in self._cells:
                    self._cells[place].added = None

    def heard_ms(self) -> int:
        """Record time up to which every partition of every topic is counted; 0 while one is not heard at all.

        A re-created topic has a new log: the one heard of last speaks for it, the old one is not waited for.
        """
        latest: dict[str, tuple[int, int]] = {}
        for log, (topic, partitions) in self._logs.items():
            heard = self._heard[log].values()
            complete_ms = min(heard) if len(heard) >= partitions else 0
            latest[topic] = max(latest.get(topic, (0, 0)), (max(heard), complete_ms))
        return min((complete_ms for _, complete_ms in latest.values()), default=0)

    def _raise_policy(self, block: tuple[str, int, int], policy: int) -> None:
        known = self._policies.get(block)
        if known is not None and policy <= known:
            return
        self._policies[block] = policy
        if known is None:
            return
        for place in self._by_block.pop(block, ()):
            version = self._cells.pop(place, None)
            if version is not None and version.added is not None:
                self._change(place[4], version.added, -1)

    def _as_columns(self, cell: CellMessage) -> tuple[Ints, Ints, Ints, Ints]:
        columns: list[int] = []
        counts: list[tuple[int, int, int]] = []
        for stage, touchpoint, location, segment, respondent, metric, scale, bins in cell.series:
            if metric not in LIVE_METRICS or respondent != "customer":
                continue
            for point, n, weight, weight2 in bins:
                key = (cell.channel, stage, touchpoint, location, segment, metric, scale, point)
                columns.append(self._columns.get(key, -1))
                if columns[-1] < 0:
                    columns[-1] = self._new_column(key)
                counts.append((n, weight - n * ONE, weight2 - n * ONE))
        table = np.array(counts, np.int64).reshape(-1, 3)
        return np.array(columns, np.int64), table[:, 0], table[:, 1], table[:, 2]

    def _new_column(self, key: tuple[str, str, str, str, str, str, str, int]) -> int:
        channel, stage, touchpoint, location, segment, metric, scale, point = key
        column = self._columns[key] = len(self._columns)
        self._points.append((point, SCALES[scale].box(point)))
        members = {"channel": "", "touchpoint": touchpoint, "stage": stage, "location": location, "segment": segment}
        for dimension, member in members.items():
            groups = self._groups[dimension]
            if member or dimension == "channel":
                group = groups.setdefault((channel, member, metric, scale), len(groups))
            else:
                group = -1
            self._group_of[dimension].append(group)
        return column

    def _change(self, slice_ms: int, added: tuple[Ints, Ints, Ints, Ints], sign: int) -> None:
        columns, n, wx, w2x = added
        if not len(columns):
            return
        piece = self._slices.get(slice_ms)
        size = len(self._columns)
        if piece is None:
            piece = self._slices[slice_ms] = _Slice(size)
        piece.add(columns, n, wx, w2x, sign, size)
        for window in self._windows.values():
            if window.covers(slice_ms):
                window.change(columns, n, wx, w2x, sign, size)

    # -- what comes out ------------------------------------------------------------------------------

    def current_end_ms(self, now_ms: int) -> int:
        """End of the slice that `now` lies in: what the current windows reach up to."""
        return now_ms - now_ms % self.width_ms + self.width_ms

    def sums(self, length_ms: int, end_ms: int) -> Iterator[SumRow]:
        """Rows of the window [end - length, end), for every grouping that ever had an answer.

        Rows with n = 0 are included: silence is told, not left out.
        """
        window = self._windows[length_ms]
        self._move(window, end_ms)
        size = len(self._columns)
        if not size:
            return
        n, wx, w2x = (_grown(row, size) for row in window.sums)
        points = np.array(self._points, np.int64)
        point, box = points[:, 0], points[:, 1]
        weight, weight2 = n * ONE + wx, n * ONE + w2x
        top, bad = (box == 1).astype(np.int64), (box == -1).astype(np.int64)
        fields = np.stack(
            [
                n, n * top, n * (1 - top - bad), n * bad, n * point, n * point * point,
                weight, weight2, weight * top, weight * bad, weight * point, weight * point * point,
            ],
            axis=1,
        )  # fmt: skip
        for dimension, groups in self._groups.items():
            if not groups:
                continue
            group_of = np.array(self._group_of[dimension], np.int64)
            inside = group_of >= 0
            order = np.argsort(group_of[inside], kind="stable")
            ordered = group_of[inside][order]
            starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
            totals = np.add.reduceat(fields[inside][order], starts, axis=0).tolist()
            for (channel, member, metric, scale), group in groups.items():
                yield SumRow(dimension, channel, member, metric, scale, *totals[group])

    def slice_bad(self, start_ms: int) -> dict[str, list[tuple[str, str, int, int]]]:
        """A slice by channel: rows of (metric, scale, answers, bad ones). Channels without answers are absent."""
        piece = self._slices.get(start_ms)
        found: dict[str, list[tuple[str, str, int, int]]] = defaultdict(list)
        if piece is None:
            return found
        box = np.array(self._points, np.int64)[: len(piece.n), 1]
        group_of = np.array(self._group_of["channel"], np.int64)[: len(piece.n)]
        size = len(self._groups["channel"])
        n = np.bincount(group_of, weights=piece.n, minlength=size).astype(int)
        bad = np.bincount(group_of, weights=piece.n * (box == -1), minlength=size).astype(int)
        for (channel, _, metric, scale), group in self._groups["channel"].items():
            if n[group]:
                found[channel].append((metric, scale, int(n[group]), int(bad[group])))
        return found

    def expire(self, now_ms: int) -> None:
        """Forgets what no window can reach any more; keeps one slice more, for the window just completed."""
        oldest_ms = self.current_end_ms(now_ms) - self._span_ms - self.width_ms
        if oldest_ms <= self._oldest_ms:
            return
        self._oldest_ms = oldest_ms
        for slice_ms in [start for start in self._by_slice if start < oldest_ms]:
            for place in self._by_slice.pop(slice_ms):
                self._cells.pop(place, None)
        for slice_ms in [start for start in self._slices if start < oldest_ms]:
            del self._slices[slice_ms]
        live = {place[:3] for place in self._cells}
        for block in [block for block in self._policies if block not in live]:
            self._policies.pop(block)
            self._by_block.pop(block, None)

    def _move(self, window: _Window, end_ms: int) -> None:
        """Moves a window forward or back, adding what enters and taking away what leaves."""
        old = (window.end_ms - window.length_ms, window.end_ms)
        new = (end_ms - window.length_ms, end_ms)
        window.end_ms = end_ms
        for slice_ms, piece in self._slices.items():
            was, is_in = old[0] <= slice_ms < old[1], new[0] <= slice_ms < new[1]
            if was != is_in:
                window.add(piece, 1 if is_in else -1)
