"""Which names a channel is told by: those with most answers, and the rest as `other`.

Why a module of its own: a producer may invent names without end (an order number as location), and memory must
not grow with them. So of each dimension of a channel only so many members are kept apart, and the answers of the
rest are summed as the member `other`: the parts still add up to the channel.

The rules
* A new name is let in while there is room: a quarter more than will be kept, so that newcomers can show
  themselves. At each turn of a slice those with fewest answers go back into `other`. Who is there already needs
  fewer answers to stay than a newcomer to come in, so nobody flickers; ties go by name.
* What is told of a member is exact. Where names went into `other`, a newcomer's earlier answers may be among
  them; so it is told as `other` in a window until the window begins after it came in.
* Where many channels are flooded at once, all of them are cut to one level; small ones stay whole.

    members kept apart  |########################|......|   at most max_members, and room for newcomers
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from streams.pure.counting import OTHER
from streams.pure.sums import POINTS, Ids, Ints, grown

LIVE_METRICS = frozenset({"csat", "ces", "nps"})
"""What rolls; other metrics are summed by SQL from the stored panes."""
DIMENSIONS = ("channel", "touchpoint", "stage", "location", "segment")
"""Groupings kept: the channel itself, and the channel by each of these."""
NOWHERE = 0
"""Id of the group that is none: an answer without a location adds to no location."""
MAX_CHANNELS = 1_000
"""The contract knows its channels, so this is never reached; if it were, further ones would be told as `other`."""
FLOODS = 8
"""As many floods of `max_members` are held side by side before all are cut."""
STAY = 1.5
"""A newcomer needs so many times the answers of whom it displaces."""
ALWAYS_MS = -(1 << 62)

Key = tuple[str, str, str, str, str]
"""(dimension, channel, member, metric, scale) of a group."""
Tail = tuple[str, str, str, str, str, str, str]
"""(stage, touchpoint, location, segment, respondent, metric, scale) of a series."""


@dataclass(slots=True)
class Member:
    """One name: its groups by (metric, scale), and the slice from which on it is counted in full."""

    since_ms: int
    groups: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass(slots=True)
class Roster:
    """Members of one dimension of one channel; `folded_ms`: end of the last slice in which some were `other`."""

    members: dict[str, Member] = field(default_factory=dict)
    folded_ms: int = ALWAYS_MS

    @property
    def named(self) -> int:
        """How many members there are beside `other`."""
        return len(self.members) - (OTHER in self.members)


class Members:
    """Ids of all groups, handed out by name and taken back.

    Args:
        max_members: names kept apart in each dimension of a channel.
    """

    def __init__(self, max_members: int) -> None:
        self._max = max_members
        self._room = max_members + max(1, max_members // 4)
        self.keys: list[Key | None] = [None]
        self._free: list[int] = []
        self.since_ms: Ints = np.full(1, ALWAYS_MS, np.int64)
        """Slice from which on a group is counted in full, by id."""
        self.other: Ints = np.zeros(1, np.int64)
        """Id of the `other` group a group belongs to, by id; 0 where it has none."""
        self.is_channel: NDArray[np.bool_] = np.zeros(1, np.bool_)
        """Which groups are a channel as a whole, by id."""
        self._rosters: dict[tuple[str, str], Roster] = {}
        self._routes: dict[str, dict[Tail, tuple[int, ...] | None]] = {}
        self._members = 0

    def __len__(self) -> int:
        """Ids below this are in use or were."""
        return len(self.keys)

    @property
    def capacity(self) -> int:
        """Length of the vectors by id: ids below it may be handed out without growing them."""
        return len(self.since_ms)

    def route(self, channel: str, tail: Tail, until_ms: int) -> tuple[int, ...] | None:
        """Where a series adds to: a group for each dimension, then its scale as in POINTS; None if it does not roll.

        Args:
            until_ms: end of the latest slice that anything was counted in.
        """
        known = self._routes.get(channel)
        if known is None:
            if len(self._routes) >= MAX_CHANNELS:
                channel = OTHER
            known = self._routes.setdefault(channel, {})
        try:
            return known[tail]
        except KeyError:
            pass
        stage, touchpoint, location, segment, respondent, metric, scale = tail
        route: tuple[int, ...] | None = None
        if metric in LIVE_METRICS and respondent == "customer" and scale in POINTS:
            names = ("", touchpoint, stage, location, segment)
            route = (
                tuple(
                    self._group(dimension, channel, name, metric, scale, until_ms)
                    if name or dimension == "channel"
                    else NOWHERE
                    for dimension, name in zip(DIMENSIONS, names, strict=True)
                )
                + POINTS[scale]
            )
        if len(known) >= 4 * self._room:  # of invented series there is no end
            known.clear()
        known[tail] = route
        return route

    def _group(self, dimension: str, channel: str, name: str, metric: str, scale: str, until_ms: int) -> int:
        roster = self._rosters.setdefault((dimension, channel), Roster())
        member = roster.members.get(name)
        if member is None:
            full = roster.named >= self._room or self._members >= FLOODS * self._room
            if full and name != OTHER and dimension != "channel":
                roster.folded_ms = max(roster.folded_ms, until_ms)
                return self._group(dimension, channel, OTHER, metric, scale, until_ms)
            since_ms = ALWAYS_MS if roster.folded_ms == ALWAYS_MS or name == OTHER else until_ms
            member = roster.members[name] = Member(since_ms)
            self._members += 1
        group = member.groups.get((metric, scale))
        if group is None:
            group = member.groups[(metric, scale)] = self._new((dimension, channel, name, metric, scale))
            self.since_ms[group] = member.since_ms
            if member.since_ms != ALWAYS_MS:
                self.other[group] = self._group(dimension, channel, OTHER, metric, scale, until_ms)
        return group

    def _new(self, key: Key) -> int:
        if self._free:
            group = self._free.pop()
            self.keys[group] = key
        else:
            group = len(self.keys)
            self.keys.append(key)
            if len(self.since_ms) <= group:
                size = group + 1 + group // 4  # by a quarter more, so that growing one by one stays cheap
                self.since_ms, self.other = grown(self.since_ms, size), grown(self.other, size)
                self.is_channel = grown(self.is_channel, size)
        self.since_ms[group], self.other[group], self.is_channel[group] = ALWAYS_MS, NOWHERE, key[0] == "channel"
        return group

    def groups_of(self, dimension: str, channel: str) -> list[int]:
        """Ids of all groups of one dimension of a channel."""
        roster = self._rosters.get((dimension, channel))
        return (
            [] if roster is None else [group for member in roster.members.values() for group in member.groups.values()]
        )

    def other_of(self, dimension: str, channel: str) -> list[int]:
        """Ids of what is told as `other` of one dimension of a channel."""
        member = self._rosters[(dimension, channel)].members.get(OTHER)
        return [] if member is None else list(member.groups.values())

    def folding(self) -> list[tuple[str, str]]:
        """(dimension, channel) of those told in part as `other`."""
        return [place for place, roster in self._rosters.items() if roster.folded_ms != ALWAYS_MS]

    # -- giving names up -----------------------------------------------------------------------------

    def fold(self, answers: Ints, until_ms: int, oldest_ms: int) -> dict[str, tuple[Ids, Ids]]:
        """Puts those with fewest answers back into `other`, where there are too many.

        Args:
            answers: answers of each group in all that is kept, by id.
            until_ms: end of the latest slice that anything was counted in.
            oldest_ms: nothing before it is kept any more.
        Returns:
            By channel, the ids given up, and where each one's answers belong now. Whoever holds such ids renames
            them, then calls `release`.
        """
        given_up: dict[str, tuple[list[int], list[int]]] = {}
        sizes = [len(roster.members) for roster in self._rosters.values()]
        keep = min(self._max, level(sizes, FLOODS * self._max))
        for (dimension, channel), roster in self._rosters.items():
            if ALWAYS_MS < roster.folded_ms <= oldest_ms:
                self._whole(roster)
            if dimension == "channel" or roster.named <= keep:
                continue
            ranked = sorted(
                (name for name in roster.members if name != OTHER),
                key=lambda name: (-self._weight(roster.members[name], answers, oldest_ms), name),
            )
            roster.folded_ms = max(roster.folded_ms, until_ms)
            old, new = given_up.setdefault(channel, ([], []))
            for name in ranked[keep:]:
                for (metric, scale), group in roster.members.pop(name).groups.items():
                    old.append(group)
                    new.append(self._group(dimension, channel, OTHER, metric, scale, until_ms))
                self._members -= 1
        for channel in given_up:
            self._routes[channel].clear()
        return {channel: (np.array(old, np.int32), np.array(new, np.int32)) for channel, (old, new) in given_up.items()}

    def release(self, groups: Iterable[int]) -> None:
        """Ids that nobody holds any more may be handed out again."""
        for group in groups:
            self.keys[group] = None
            self._free.append(group)

    def _whole(self, roster: Roster) -> None:
        """Nothing that is kept was folded: each member's answers are all its own again."""
        roster.folded_ms = ALWAYS_MS
        for member in roster.members.values():
            member.since_ms = ALWAYS_MS
            for group in member.groups.values():
                self.since_ms[group], self.other[group] = ALWAYS_MS, NOWHERE

    def _weight(self, member: Member, answers: Ints, oldest_ms: int) -> float:
        n = sum(int(answers[group]) for group in member.groups.values())
        return n * STAY if member.since_ms <= oldest_ms else n

    def forget(self, groups: Sequence[int]) -> None:
        """Takes back ids of groups that nothing refers to any more. Channels stay: their silence is told."""
        channels = set()
        for group in groups:
            key = self.keys[group]
            if key is None or key[0] == "channel":
                continue
            dimension, channel, name, metric, scale = key
            roster = self._rosters[(dimension, channel)]
            if name == OTHER and roster.folded_ms != ALWAYS_MS:
                continue  # what was folded, and newcomers, are told by it
            member = roster.members[name]
            del member.groups[(metric, scale)]
            if not member.groups:
                del roster.members[name]
                self._members -= 1
            self.release([group])
            channels.add(channel)
        for channel in channels:
            self._routes[channel].clear()


def level(sizes: Iterable[int], total: int) -> int:
    """The largest cap under which the capped sizes add up to at most `total`; the largest size if all fit."""
    left = sorted(sizes)
    for place, size in enumerate(left):
        share = total // (len(left) - place)
        if size > share:
            return share
        total -= size
    return left[-1] if left else 0
