"""What of a window is told: the rows that changed, bounded, the largest by name.

Why a module of its own: a window may hold tens of thousands of rows, and telling all of them twice a second would
take longer than counting them. So each row is told when it changed, only so many at a time, and channels with
few changes come first: a flood in one channel must not hold up the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from streams.pure.cells import SumRow
from streams.pure.counting import OTHER
from streams.pure.members import Key, Members
from streams.pure.sums import Ids, Ints, Sums


@dataclass(slots=True)
class Told:
    """What is to be told of one window now.

    Attributes:
        rows: rows that changed since they were last told.
        whole: whether that is all; if not, the rest follows when asked again.
        gone: members told before, whose answers are now part of `other`.
        totals: of each channel in `rows`, all rows that totals over channels are made of.
        others: of each such channel, answers told as `other` because of its many names, by dimension.
    """

    rows: list[SumRow]
    whole: bool = True
    gone: list[Key] = field(default_factory=list)
    totals: dict[str, list[SumRow]] = field(default_factory=dict)
    others: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def members(self) -> int:
        """How many rows are a member's, not a channel's."""
        return sum(row.dimension != "channel" for row in self.rows)

    def by_channel(self) -> dict[str, list[SumRow]]:
        """The rows by channel, none where only members that are gone are told."""
        found: dict[str, list[SumRow]] = {key[1]: [] for key in self.gone}
        for row in self.rows:
            found.setdefault(row.channel, []).append(row)
        return found


@dataclass(slots=True)
class Teller:
    """Remembers what was last told of a window.

    What was told before this process began is not known: each group is told once even where its window is empty, or
    what a dead process said of it last would stand for ever.
    """

    shown: Sums = field(default_factory=Sums)
    known: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    """By group: whether it was told."""
    gone: list[Key] = field(default_factory=list)

    def tell(self, now: Sums, hidden: NDArray[np.bool_], members: Members, *, channels_too: bool, limit: int) -> Told:
        """Rows that differ from when they were last told; they count as told now.

        Args:
            now: the sums as they stand, of the same size as `shown`.
            hidden: groups that are told as `other`.
            channels_too: tell each channel, changed or not.
            limit: of members' rows at most so many.
        """
        differs = now.differs(self.shown) | self._untold(members, len(hidden))
        is_channel = members.is_channel
        channels = np.flatnonzero(is_channel if channels_too else is_channel & differs)
        rest = np.flatnonzero(differs & ~hidden & ~is_channel)
        whole = len(rest) <= limit
        if not whole:
            rest = _fair(rest, members, limit)
        chosen = np.concatenate([channels, rest]).astype(np.int32)
        self.shown.take(chosen, now)
        self.known[chosen] = True
        told = Told(rows_of(now, members, chosen), whole, self.gone)
        self.gone = []
        return told

    def _untold(self, members: Members, size: int) -> NDArray[np.bool_]:
        if len(self.known) < size:
            self.known = np.concatenate([self.known, np.zeros(size - len(self.known), np.bool_)])
        untold = np.zeros(size, np.bool_)
        for group in np.flatnonzero(~self.known[: len(members)]).tolist():
            untold[group] = members.keys[group] is not None
        return untold

    def give_up(self, groups: Ids, members: Members) -> None:
        """Some members became part of `other`: who was told must hear of it."""
        for group in groups[self.shown.plain[groups, 0] > 0].tolist():
            key = members.keys[group]
            if key is not None:
                self.gone.append(key)
        self.shown.clear(groups)


def rows_of(sums: Sums, members: Members, groups: Ids) -> list[SumRow]:
    """The rows of some groups."""
    keys = members.keys
    return [SumRow(*(keys[group] or ()), *row) for group, row in zip(groups.tolist(), sums.rows(groups), strict=True)]


def totals(now: Sums, members: Members, channel: str, dimensions: Sequence[str], limit: int) -> list[SumRow]:
    """A channel's rows of some dimensions: those with most answers by name, the rest as `other`."""
    found = {group for dimension in dimensions for group in members.groups_of(dimension, channel)}
    groups = np.array(sorted(found), np.int32)
    if len(groups) <= limit:
        return rows_of(now, members, groups)
    # Channels themselves and what is `other` already are kept whatever their size.
    keys = [members.keys[group] or ("", "", "", "", "") for group in groups.tolist()]
    kept = np.array([key[0] == "channel" or key[2] == OTHER for key in keys], np.bool_)
    order = np.lexsort((groups, -now.plain[groups, 0], ~kept))
    told = rows_of(now, members, groups[order[:limit]])
    rest: dict[tuple[str, str, str], Ints] = {}
    for row in rows_of(now, members, groups[order[limit:]]):
        place = (row.dimension, row.metric, row.scale)
        rest[place] = rest.get(place, np.zeros(NUMBERS, np.int64)) + np.array(numbers_of(row), np.int64)
    for row in told:
        if row.member == OTHER and (more := rest.pop((row.dimension, row.metric, row.scale), None)) is not None:
            _add(row, more)
    return told + [
        SumRow(dimension, channel, OTHER, metric, scale, *more.tolist())
        for (dimension, metric, scale), more in rest.items()
    ]


NUMBER_FIELDS = SumRow.__struct_fields__[5:]
NUMBERS = len(NUMBER_FIELDS)


def numbers_of(row: SumRow) -> list[int]:
    """The numbers of a row, without its names."""
    return [getattr(row, name) for name in NUMBER_FIELDS]


def _add(row: SumRow, more: Ints) -> None:
    for name, number in zip(NUMBER_FIELDS, more.tolist(), strict=True):
        setattr(row, name, getattr(row, name) + number)


def _fair(groups: Ints, members: Members, limit: int) -> Ints:
    """So many of the groups that the channels with few of them are served in full."""
    by_channel: dict[str, list[int]] = defaultdict(list)
    for group in groups.tolist():
        by_channel[(members.keys[group] or ("", ""))[1]].append(group)
    chosen: list[int] = []
    for place, waiting in enumerate(sorted(by_channel.values(), key=len)):
        chosen += waiting[: (limit - len(chosen)) // (len(by_channel) - place)]
    return np.array(chosen, np.int64)
