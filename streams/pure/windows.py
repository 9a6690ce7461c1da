"""Rolling windows as sums of slices.

Why a module of its own: this is where cells of many blocks and partitions become one number. A window is
kept as a running sum: a cell's change is added where it falls, and each turn of a slice adds what enters
and takes away what leaves. So an answer costs the same whatever the length and number of the windows, and
memory holds what the longest window can still reach, of no more names than `members` keeps apart.
Nothing here knows Kafka or the clock; `now` is passed in.

    |--s0--|--s1--|--s2--|--s3--|--s4--|      slices of `width_ms`
           [----- window at end e ----->      covers [e - length, e)

Several versions of a cell may arrive, from several writers, in any order: the highest (policy, upto)
replaces what was there, and a higher policy replaces the whole block. Three blocks of a partition stay
replaceable; what older ones added is settled, and kept by slice and channel.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from streams.pure.cells import Bin, CellMessage, MarkMessage, SumRow
from streams.pure.heard import Heard
from streams.pure.members import NOWHERE, Members
from streams.pure.sums import EMPTY, Ints, Piece, Sums, columns, grown, merged, pieces_of, sound_counts
from streams.pure.telling import Teller, Told, rows_of, totals

KEEP_BLOCKS = 3
"""Blocks of a partition whose cells can still be replaced; older ones are settled."""
MAX_MEMBERS = 5_000
"""Members told apart in each dimension of a channel, where nothing else is set."""
MAX_TOTALS = 400
"""Rows a channel hands over for totals over channels: below 256 KB even with the longest names."""
DAY_MS = 86_400_000
ROWS_AT_ONCE = 20_000
"""Rows of cells turned into pieces together: enough to be quick, few enough to be small."""

BlockKey = tuple[str, int, int]


@dataclass(slots=True, eq=False)
class _Block:
    """Cells of a block that can still be replaced, by (slice, channel, part); and the policy that counts."""

    policy: int
    cells: dict[tuple[int, str, int], _Cell] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Cell:
    """The version of a cell that counts, and what it adds. Without a block it is settled."""

    channel: str
    block: _Block | None
    version: tuple[int, int]
    piece: Piece = EMPTY


@dataclass(slots=True)
class _Window:
    """Running sums over [end_ms - length_ms, end_ms); who tells them as they are, and who as the last word."""

    length_ms: int
    end_ms: int = 0
    sums: Sums = field(default_factory=Sums)
    current: Teller = field(default_factory=Teller)
    final: Teller = field(default_factory=Teller)

    def covers(self, slice_ms: int) -> bool:
        return self.end_ms - self.length_ms <= slice_ms < self.end_ms


class Windows:
    """All windows made of slices of one width, over the channels of one worker.

    Args:
        width_ms: length of a slice.
        lengths_ms: lengths of the windows, multiples of `width_ms`.
        max_members: names told apart in each dimension of a channel; the rest is told as `other`.
    """

    def __init__(self, width_ms: int, lengths_ms: Iterable[int], max_members: int = MAX_MEMBERS) -> None:
        self.width_ms = width_ms
        self.members = Members(max_members)
        self.ignored: Counter[str] = Counter()
        """What was passed over as no sound count, by reason; whoever tells it may clear it."""
        self._windows = {length: _Window(length) for length in lengths_ms}
        self._span_ms = max(self._windows) + width_ms
        self._slices: dict[int, list[_Cell]] = {}
        self._whole: dict[int, Piece] = {}  # slices as one piece, as asked for since the last turn
        self._blocks: dict[BlockKey, _Block] = {}
        self._recent: dict[tuple[str, int], list[int]] = {}
        self._settled: dict[tuple[str, int], int] = {}
        self._heard = Heard()
        self._answers: Ints = np.zeros(0, np.int64)  # of each group, in all slices kept
        self._oldest_ms = self._latest_ms = -(1 << 62)

    # -- what comes in -------------------------------------------------------------------------------

    def apply(self, *cells: CellMessage, now_ms: int | None = None) -> None:
        """Takes versions of cells in; older versions and expired slices change nothing.

        Args:
            now_ms: what lies more than a day ahead of it is ignored; None: nothing is.
        """
        newest: dict[tuple[_Block, tuple[int, str, int]], CellMessage] = {}
        for cell in cells:
            known = self._wanted(cell, now_ms)
            if known is None:
                continue
            earlier = newest.get(known)
            if earlier is None or earlier.version < cell.version:
                newest[known] = cell
        waiting: list[tuple[_Block, tuple[int, str, int], CellMessage]] = []
        rows = 0
        for (block, place), cell in newest.items():
            if cell.policy < block.policy:
                continue  # a later message of this batch raised it
            waiting.append((block, place, cell))
            rows += len(cell.series)
            if rows >= ROWS_AT_ONCE:
                self._replace(waiting)
                waiting, rows = [], 0
        self._replace(waiting)

    def _wanted(self, cell: CellMessage, now_ms: int | None) -> tuple[_Block, tuple[int, str, int]] | None:
        """Block and place of a cell that may count; None if it cannot."""
        if cell.width_ms != self.width_ms or cell.slice_ms < self._oldest_ms:
            return None
        if cell.slice_ms % self.width_ms or (now_ms is not None and cell.slice_ms > now_ms + DAY_MS):
            self.ignored["a cell at an impossible time"] += 1
            return None
        if cell.block <= self._settled.get((cell.log, cell.partition), -1):
            return None
        block = self._raise_policy((cell.log, cell.partition, cell.block), cell.policy)
        place = (cell.slice_ms, cell.channel, cell.part)
        known = block.cells.get(place)
        if cell.policy < block.policy or (known is not None and known.version >= cell.version):
            return None
        return block, place

    def _replace(self, wanted: Sequence[tuple[_Block, tuple[int, str, int], CellMessage]]) -> None:
        if not wanted:
            return
        self._latest_ms = max(self._latest_ms, *(cell.slice_ms + self.width_ms for _, _, cell in wanted))
        pieces = self._pieces([cell for _, _, cell in wanted])
        self._grow()
        for (block, place, message), piece in zip(wanted, pieces, strict=True):
            cell = block.cells.get(place)
            if cell is None:
                cell = block.cells[place] = _Cell(message.channel, block, message.version)
                self._slices.setdefault(message.slice_ms, []).append(cell)
            else:
                self._change(message.slice_ms, cell.piece, -1)
            cell.version, cell.piece = message.version, piece
            self._change(message.slice_ms, piece, 1)

    def _pieces(self, cells: Sequence[CellMessage]) -> list[Piece]:
        route, until_ms = self.members.route, self._latest_ms
        routes: list[tuple[int, ...]] = []
        bins: list[Bin] = []
        lengths: list[int] = []
        ends: list[int] = []
        for cell in cells:
            channel = cell.channel
            for row in cell.series:
                groups = route(channel, row[:7], until_ms)
                if groups is not None:
                    routes.append(groups)
                    bins += row[7]
                    lengths.append(len(row[7]))
            ends.append(len(bins))
        if not bins:
            return [EMPTY] * len(cells)
        width = len(routes[0])
        where = np.fromiter(chain.from_iterable(routes), np.int64, width * len(routes)).reshape(-1, width)
        spread = np.repeat(np.arange(len(routes)), lengths)
        base, low, high = where[spread, -3:].T
        point, n, weight, weight2 = columns(bins)
        on_scale, sound = (low <= point) & (point <= high), sound_counts(n, weight, weight2)
        for reason, wrong in (("answers off their scale", ~on_scale), ("impossible counts", on_scale & ~sound)):
            if wrong.any():
                self.ignored[reason] += int(wrong.sum())
        kept = np.flatnonzero(on_scale & sound)
        numbers = np.searchsorted(np.array(ends), np.arange(len(bins)), side="right")[kept]
        return pieces_of(
            numbers, where[spread[kept], :-3], (base + point)[kept], n[kept], weight[kept], weight2[kept], len(cells),
        )  # fmt: skip

    def _change(self, slice_ms: int, piece: Piece, sign: int) -> None:
        """A cell's piece comes or goes."""
        self._whole.pop(slice_ms, None)
        self._answers[piece.groups] += sign * piece.plain[:, 0]
        for window in self._windows.values():
            if window.covers(slice_ms):
                window.sums.add(piece, sign)

    def _grow(self) -> None:
        """Vectors by id are as long as those of `members`."""
        size = self.members.capacity
        if len(self._answers) < size:
            self._answers = grown(self._answers, size)
            for window in self._windows.values():
                for sums in (window.sums, window.current.shown, window.final.shown):
                    sums.grow(size)

    def mark(self, mark: MarkMessage) -> None:
        """Takes a block's ledger entry in: how far its partition was heard, and under which policy."""
        source = (mark.log, mark.partition)
        self._heard.mark(mark)
        if mark.block <= self._settled.get(source, -1):
            return
        self._raise_policy((*source, mark.block), mark.policy)
        recent = self._recent.setdefault(source, [])
        if mark.block not in recent:
            insort(recent, mark.block)
        while len(recent) > KEEP_BLOCKS:
            self._settled[source] = recent.pop(0)
            for key in [key for key in self._blocks if key[:2] == source and key[2] <= self._settled[source]]:
                self._settle(self._blocks.pop(key))

    def heard_ms(self) -> int:
        """Record time up to which every partition of every topic is counted; 0 while one is not heard at all."""
        return self._heard.until_ms()

    def _raise_policy(self, key: BlockKey, policy: int) -> _Block:
        block = self._blocks.get(key)
        if block is None:
            block = self._blocks[key] = _Block(policy)
        elif policy > block.policy:
            block.policy = policy
            for (slice_ms, _, _), cell in block.cells.items():
                self._change(slice_ms, cell.piece, -1)
                cell.piece = EMPTY
            block.cells = {}
        return block

    def _settle(self, block: _Block) -> None:
        """What a block added can no longer be replaced: keep it by slice and channel."""
        for slice_ms, channel in {place[:2] for place in block.cells}:
            settled: list[_Cell] = []
            others: list[_Cell] = []
            for cell in self._slices[slice_ms]:
                is_settled = cell.channel == channel and (cell.block is None or cell.block is block)
                (settled if is_settled else others).append(cell)
            whole = _Cell(channel, None, (0, 0), merged([cell.piece for cell in settled]))
            self._slices[slice_ms] = [*others, whole]

    # -- what comes out ------------------------------------------------------------------------------

    def current_end_ms(self, now_ms: int) -> int:
        """End of the slice that `now` lies in: what the current windows reach up to."""
        return now_ms - now_ms % self.width_ms + self.width_ms

    def sums(self, length_ms: int, end_ms: int) -> Iterator[SumRow]:
        """Rows of the window [end - length, end), for every grouping that is kept.

        Rows with n = 0 are included: silence is told, not left out.
        """
        now, hidden = self._as_told(length_ms, end_ms)
        kept = [group for group, key in enumerate(self.members.keys) if key and not hidden[group]]
        yield from rows_of(now, self.members, np.array(kept, np.int32))

    def tell(
        self, length_ms: int, end_ms: int, *, final: bool, channels_too: bool, limit: int, totals_of: Sequence[str] = ()
    ) -> Told:
        """What changed in the window [end - length, end) since it was last told.

        Args:
            final: this is the last word on the window; what was told so far and last words are compared apart.
            channels_too: tell each channel, changed or not.
            limit: of members' rows at most so many; the rest follows when asked again.
            totals_of: dimensions to hand over in full, as `Told.totals`.
        """
        window = self._windows[length_ms]
        now, hidden = self._as_told(length_ms, end_ms)
        teller = window.final if final else window.current
        told = teller.tell(now, hidden, self.members, channels_too=channels_too, limit=limit)
        channels = {row.channel for row in told.rows}
        told.totals = {
            channel: totals(now, self.members, channel, totals_of, MAX_TOTALS) for channel in channels if totals_of
        }
        for dimension, channel in self.members.folding():
            if channel in channels:
                n = int(now.plain[self.members.other_of(dimension, channel), 0].sum())
                told.others.setdefault(channel, {})[dimension] = n
        return told

    def _as_told(self, length_ms: int, end_ms: int) -> tuple[Sums, NDArray[np.bool_]]:
        """The window's sums as they are told, and which groups are not: newcomers are part of `other`."""
        window = self._windows[length_ms]
        self._move(window, end_ms)
        self._grow()
        other = self.members.other
        hidden = (self.members.since_ms > end_ms - length_ms) & (other != NOWHERE)
        now = window.sums
        if hidden.any():
            now = now.copied()
            ids = np.flatnonzero(hidden)
            now.rename(ids, other[ids])
        return now, hidden

    # -- what is given up ----------------------------------------------------------------------------

    def expire(self, now_ms: int) -> None:
        """Forgets what no window can reach any more; keeps one slice more, for the window just completed."""
        oldest_ms = self.current_end_ms(now_ms) - self._span_ms - self.width_ms
        if oldest_ms <= self._oldest_ms:
            return
        self._oldest_ms = oldest_ms
        for slice_ms in [start for start in self._slices if start < oldest_ms]:
            # A window that was not asked for meanwhile may still hold it.
            self._change(slice_ms, self._slice(slice_ms), -1)
            del self._slices[slice_ms]
        for key, block in list(self._blocks.items()):
            block.cells = {place: cell for place, cell in block.cells.items() if place[0] >= oldest_ms}
            if not block.cells and key[2] not in self._recent.get(key[:2], ()):
                del self._blocks[key]
        self._whole.clear()
        self._fold()
        self._forget()

    def _fold(self) -> None:
        """Puts the smallest of too many names together, in all that is kept."""
        given_up = self.members.fold(self._answers, self._latest_ms, self._oldest_ms)
        self._grow()
        for channel, (old, new) in given_up.items():
            renamed = np.arange(len(self._answers), dtype=np.int32)
            renamed[old] = new
            for cells in self._slices.values():
                for cell in cells:
                    piece = cell.piece
                    if cell.channel == channel and (renamed[piece.groups] != piece.groups).any():
                        cell.piece = merged([piece], renamed)
            np.add.at(self._answers, new, self._answers[old])
            self._answers[old] = 0
            for window in self._windows.values():
                window.sums.rename(old, new)
                window.current.give_up(old, self.members)
                window.final.shown.clear(old)
            self.members.release(old.tolist())

    def _forget(self) -> None:
        """Gives up groups without an answer whose silence was told."""
        silent = self._answers[: len(self.members)] == 0
        for window in self._windows.values():
            silent &= ~window.current.shown.plain[: len(silent)].any(axis=1)
        gone = np.flatnonzero(silent)
        for window in self._windows.values():
            window.final.shown.clear(gone)
        self.members.forget(gone.tolist())

    def _slice(self, slice_ms: int) -> Piece:
        """A slice as one piece; windows of all lengths ask for the same few."""
        whole = self._whole.get(slice_ms)
        if whole is None:
            whole = self._whole[slice_ms] = merged([cell.piece for cell in self._slices.get(slice_ms, ())])
        return whole

    def _move(self, window: _Window, end_ms: int) -> None:
        """Moves a window forward or back, adding what enters and taking away what leaves."""
        if window.end_ms == end_ms:
            return
        self._grow()
        old = (window.end_ms - window.length_ms, window.end_ms)
        new = (end_ms - window.length_ms, end_ms)
        window.end_ms = end_ms
        for slice_ms in self._slices:
            was, is_in = old[0] <= slice_ms < old[1], new[0] <= slice_ms < new[1]
            if was != is_in:
                window.sums.add(self._slice(slice_ms), 1 if is_in else -1)
