"""Sums of answers by group, as vectors: what a cell adds, and what a window holds.

Why a module of its own: a window is a sum of thousands of small pieces, entered and left again by the second.
A *piece* is sparse and small; *sums* are dense and change in place. Both are whole numbers, so what was added
can be taken away again without a trace, in any order.

A *group* is one row of what is told: a channel, or one member of a dimension in it, with metric and scale.
Weights are kept as what they differ from one: most answers weigh one, and then nothing is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.scales import SCALES
from streams.pure.cells import Bin

Ints = NDArray[np.int64]
Ids = NDArray[np.int32]
ONE = 1_000_000
"""The weight of an ordinary answer, in millionths."""
PLAIN = 5
"""Columns of unweighted sums: answers, top, bad, sum of points, sum of squared points."""
WEIGHTED = 6
"""Columns by weight, less the same without: weight, squared weight, top, bad, points, squared points."""

MAX_ANSWERS, MAX_WEIGHT = 10**9, 10**15
"""What one scale point of one cell may hold; sums of more could pass 64 bits."""


def _point_table() -> tuple[dict[str, tuple[int, int, int]], Ints]:
    """Where each scale's points stand in one table, and what an answer on each adds to the unweighted sums."""
    where: dict[str, tuple[int, int, int]] = {}
    rows: list[tuple[int, int, int, int, int]] = []
    for name, scale in SCALES.items():
        where[name] = (len(rows) - scale.low, scale.low, scale.high)
        for point in range(scale.low, scale.high + 1):
            box = scale.box(point)
            rows.append((1, int(box > 0), int(box < 0), point, point * point))
    return where, np.array(rows, np.int64)


POINTS, POINT_ADDS = _point_table()
"""By scale: (what to add to a point to find its row, lowest point, highest point); and the rows."""


class Piece:
    """What a few groups were answered: group ids, rising, each once, with their sums. Never changed once made."""

    __slots__ = ("groups", "plain", "weighted")

    def __init__(self, groups: Ids, plain: Ints, weighted: Ints | None) -> None:
        self.groups = groups
        # Half the memory wherever the numbers are small, which is nearly everywhere.
        self.plain = plain.astype(np.int32) if not len(plain) or plain.max() < 1 << 31 else plain
        self.weighted = weighted if weighted is not None and weighted.any() else None


EMPTY = Piece(np.zeros(0, np.int32), np.zeros((0, PLAIN), np.int64), None)


def columns(bins: Sequence[Bin]) -> Ints:
    """Rows (point, answers, weight, squared weight) as columns; a number beyond 64 bits becomes -1: no count is."""
    size = 4 * len(bins)
    try:
        return np.fromiter(chain.from_iterable(bins), np.int64, size).reshape(-1, 4).T
    except OverflowError:
        fitting = (number if abs(number) < 1 << 62 else -1 for number in chain.from_iterable(bins))
        return np.fromiter(fitting, np.int64, size).reshape(-1, 4).T


def sound_counts(n: Ints, weight: Ints, weight2: Ints) -> NDArray[np.bool_]:
    """Which rows may be counts: some answers, of weights that can still be added up in 64 bits."""
    sound: NDArray[np.bool_] = (n > 0) & (n <= MAX_ANSWERS) & (weight >= 0) & (weight <= MAX_WEIGHT)
    return sound & (weight2 >= 0) & (weight2 <= MAX_WEIGHT)


def pieces_of(cells: Ints, routes: Ints, points: Ints, n: Ints, weight: Ints, weight2: Ints, count: int) -> list[Piece]:
    """One piece for each cell, from rows of answers.

    Args:
        cells: number of the cell each row belongs to, 0..count-1, rising; shape (rows,).
        routes: ids of the groups a row adds to; 0 for none; shape (rows, dimensions).
        points: row of POINT_ADDS of each row.
        n, weight, weight2: answers, and their weights and squared weights in millionths.
        count: number of cells.
    """
    plain = POINT_ADDS[points] * n[:, None]
    off, off2 = weight - n * ONE, weight2 - n * ONE
    weighted = None
    if off.any() or off2.any():
        weighted = np.column_stack([off, off2, off[:, None] * POINT_ADDS[points][:, 1:]])
    places = (cells[:, None] << 32 | routes).ravel()
    order = np.argsort(places, kind="stable")
    order = order[routes.ravel()[order] > 0]
    if not len(order):
        return [EMPTY] * count
    ordered = places[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    rows = order // routes.shape[1]
    plain = np.add.reduceat(plain[rows], starts, axis=0)
    if weighted is not None:
        weighted = np.add.reduceat(weighted[rows], starts, axis=0)
    found = ordered[starts]
    groups = (found & 0xFFFFFFFF).astype(np.int32)
    cuts = np.searchsorted(found, np.arange(count + 1, dtype=np.int64) << 32).tolist()
    # Copies: a view would keep the whole batch in memory for as long as one of its cells lives.
    return [
        Piece(groups[a:b].copy(), plain[a:b].copy(), None if weighted is None else weighted[a:b].copy())
        for a, b in pairwise(cuts)
    ]


def merged(pieces: Sequence[Piece], renamed: Ids | None = None) -> Piece:
    """The sum of some pieces.

    Args:
        pieces: any number; none gives the empty piece.
        renamed: new id of each group, if some were given up; what now shares a group adds up.
    """
    pieces = [piece for piece in pieces if len(piece.groups)]
    if not pieces:
        return EMPTY
    if len(pieces) == 1 and renamed is None:
        return pieces[0]
    groups = np.concatenate([piece.groups for piece in pieces])
    if renamed is not None:
        groups = renamed[groups]
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    plain = np.concatenate([piece.plain for piece in pieces]).astype(np.int64)
    weighted = None
    if any(piece.weighted is not None for piece in pieces):
        parts = [np.zeros((len(p.groups), WEIGHTED), np.int64) if p.weighted is None else p.weighted for p in pieces]
        weighted = np.add.reduceat(np.concatenate(parts)[order], starts, axis=0)
    return Piece(ordered[starts], np.add.reduceat(plain[order], starts, axis=0), weighted)


class Sums:
    """Sums of all groups, by id; shape (groups, columns). Grows as ids do."""

    __slots__ = ("plain", "weighted")

    def __init__(self) -> None:
        self.plain = np.zeros((0, PLAIN), np.int64)
        self.weighted: Ints | None = None

    def grow(self, size: int) -> None:
        """Makes room for ids below `size`."""
        if len(self.plain) < size:
            self.plain = grown(self.plain, size)
        if self.weighted is not None and len(self.weighted) < len(self.plain):
            self.weighted = grown(self.weighted, len(self.plain))

    def add(self, piece: Piece, sign: int) -> None:
        """Adds a piece (1) or takes it away (-1); `grow` must have made room."""
        groups = piece.groups
        if sign > 0:
            self.plain[groups] += piece.plain
        else:
            self.plain[groups] -= piece.plain
        if piece.weighted is not None:
            self._weights()[groups] += sign * piece.weighted

    def _weights(self) -> Ints:
        if self.weighted is None:
            self.weighted = np.zeros((len(self.plain), WEIGHTED), np.int64)
        return self.weighted

    def rename(self, old: Ids | Ints, new: Ids | Ints) -> None:
        """Gives up groups `old`: what they hold goes to `new`."""
        np.add.at(self.plain, new, self.plain[old])
        if self.weighted is not None:
            np.add.at(self.weighted, new, self.weighted[old])
        self.clear(old)

    def clear(self, ids: Ids | Ints) -> None:
        """Sets groups back to nothing."""
        self.plain[ids] = 0
        if self.weighted is not None:
            self.weighted[ids] = 0

    def copied(self) -> Sums:
        """A copy to work on."""
        copy = Sums()
        copy.plain = self.plain.copy()
        copy.weighted = None if self.weighted is None else self.weighted.copy()
        return copy

    def differs(self, other: Sums) -> NDArray[np.bool_]:
        """Which groups differ from `other`, of the same size."""
        differs: NDArray[np.bool_] = (self.plain != other.plain).any(axis=1)
        if self.weighted is not None or other.weighted is not None:
            differs |= (self._weights() != other._weights()).any(axis=1)
        return differs

    def take(self, ids: Ids, source: Sums) -> None:
        """Copies some groups from `source`."""
        self.plain[ids] = source.plain[ids]
        if source.weighted is not None:
            self._weights()[ids] = source.weighted[ids]

    def rows(self, ids: Ids) -> list[list[int]]:
        """The numbers of a SumRow behind its names, for each id."""
        plain = self.plain[ids]
        n, top, bad, total, squares = plain.T
        off = np.zeros((len(ids), WEIGHTED), np.int64) if self.weighted is None else self.weighted[ids]
        table: list[list[int]] = np.column_stack(
            [
                n, top, n - top - bad, bad, total, squares,
                n * ONE + off[:, 0], n * ONE + off[:, 1], plain[:, 1:] * ONE + off[:, 2:],
            ]
        ).tolist()  # fmt: skip
        # Columns are now: ... weight, weight2, w_top, w_bad, w_total, w_squares.
        return table


def grown(rows: NDArray[Any], size: int) -> NDArray[Any]:
    """The same rows with zeros behind them, `size` in all; as they are if there are so many already."""
    if len(rows) >= size:
        return rows
    more = np.zeros((size, *rows.shape[1:]), rows.dtype)
    more[: len(rows)] = rows
    return more
