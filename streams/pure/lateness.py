"""What is remembered of a partition's last horizon: record times, which say what is late, and ids, which say what came
before.

Used by `score`, which counts, and by `archive`, which stores: both must judge each event alike.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from streams.pure.policies import Policy, Rulebook
from streams.pure.trail import Footprint

UNKNOWN_TIME = -(1 << 62)
STRETCH = 16_384
"""Most offsets taken in at once."""


class Timed(Protocol):
    """What is asked of a record here."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...


AnyTimed = TypeVar("AnyTimed", bound=Timed)


def stretches(records: Sequence[AnyTimed], position: int) -> Iterator[Sequence[AnyTimed]]:
    """The records from `position` on, in pieces none of which spans more than STRETCH offsets."""
    first, count = 0, len(records)
    while first < count and records[first].offset < position:
        first += 1
    while first < count:
        last = min(first + STRETCH, count)
        while records[last - 1].offset - records[first].offset >= STRETCH:
            last = first + (last - first) // 2
        yield records if last - first == count else records[first:last]
        first = last


class Past:
    """All that is remembered of one partition.

    Args:
        rules: the policies.
        first_offset: where reading begins, unless something is recalled.
        successor: whether the log follows an earlier one of the same topic.
        recalled: footprints from `first_offset` on, without a gap: what they tell need not be read again.
        noting: whether to gather footprints.

    Attributes:
        late: what is late.
        latest_ms: the latest record time recalled; UNKNOWN_TIME if nothing is.
        position: offset behind what is remembered.
        footprints: of the stretches taken in since it was last cleared.
    """

    def __init__(
        self,
        rules: Rulebook,
        first_offset: int,
        *,
        successor: bool = False,
        recalled: Sequence[Footprint] = (),
        noting: bool = False,
    ) -> None:
        self.late = LateRule(rules, first_offset, successor=successor)
        self.latest_ms = UNKNOWN_TIME
        self.position = first_offset
        self.footprints: list[Footprint] = []
        self._ids = Ids(rules.horizon, first_offset)
        self._noting = noting
        for footprint in recalled:
            offsets, times = footprint.offsets(), footprint.times_ms()
            self._remember(offsets, times)
            self._ids.fill(offsets, footprint.keys)
            self.latest_ms = max(self.latest_ms, *times)
        self.late.follow(rules.at(self.latest_ms).policy)

    def _remember(self, offsets: Sequence[int], times: array[int]) -> None:
        self.late.remember(offsets, times)
        self._from, self.position = self.position, offsets[-1] + 1
        self._offsets, self._times = offsets, times

    def take(self, records: Sequence[Timed]) -> tuple[dict[bytes, int], dict[bytes, int], int]:
        """Takes one of `stretches` in; `note` follows.

        Returns:
            (young, old, latest_ms): ids with the offset each came at last: a new one is put among the young; one that
            is not among them may be among the old. The latest time of these records.
        """
        first, last = records[0].offset, records[-1].offset
        whole = last - first + 1 == len(records)
        times = array("q", [record.timestamp for record in records])
        self._remember(range(first, last + 1) if whole else [record.offset for record in records], times)
        return *self._ids.generations(first), max(times)

    def note(self, keys: list[bytes]) -> None:
        """Keys of the records just taken in, one each; b"" for those that are not remembered."""
        if self._noting:
            self.footprints.append(Footprint.of(self._from, self._offsets, self._times, keys))


class LateRule:
    """Remembers the record times of the last horizon, to say which events are late.

    Used by `score` and, alone, by `archive`: both must draw the line at the same place.

    Args:
        rules: the policies.
        first_offset: where reading begins.
        successor: whether the log follows an earlier one of the same topic.
    """

    def __init__(self, rules: Rulebook, first_offset: int, *, successor: bool = False) -> None:
        self._memory = rules.horizon + STRETCH
        self._times = array("q", [UNKNOWN_TIME]) * self._memory
        self._next = first_offset
        self._first_of_all = successor and first_offset == 0
        self.follow(rules.at(UNKNOWN_TIME).policy)

    def follow(self, policy: Policy) -> None:
        """Draws the line by this policy from the next record on."""
        self._horizon = policy.horizon
        self._oldest_ms = policy.max_age_ms + 1
        self._slack_ms = 2 * policy.max_skew_ms

    def remember(self, offsets: Sequence[int], times: array[int]) -> None:
        """Takes the next records in, one of `stretches`."""
        if self._first_of_all:
            # Before it lies another log, of which nothing is known here but that it ended earlier.
            self._times = array("q", times[:1]) * self._memory
            self._first_of_all = False
        if offsets[0] == self._next and isinstance(offsets, range):
            self._lay(self._next, times)
        else:
            for offset, time_ms in zip(offsets, times, strict=True):
                # Offsets the log does not hold (control records) take the time of the record behind them: the one
                # before may be unknown to a new owner that begins inside the gap.
                for slot in range(max(self._next, offset - self._memory + 1), offset + 1):
                    self._times[slot % self._memory] = time_ms
                self._next = offset + 1
        self._next = offsets[-1] + 1

    def _lay(self, first: int, times: array[int]) -> None:
        start = first % self._memory
        room = self._memory - start
        self._times[start : start + len(times)] = times[:room]
        if len(times) > room:
            self._times[: len(times) - room] = times[room:]

    def line_ms(self, offset: int, time_ms: int) -> int:
        """Events of this record, among those just taken in, are late if they occurred at or before this time."""
        tie_ms = self._times[(offset - self._horizon) % self._memory] + self._slack_ms
        return max(tie_ms, time_ms - self._oldest_ms)

    def highest_ms(self, first: int, last: int, latest_ms: int) -> int:
        """A time no line of these records lies above: what occurred behind it needs no closer look.

        Args:
            first, last: offsets among those just taken in.
            latest_ms: the latest of their times.
        """
        start, end = (first - self._horizon) % self._memory, (last - self._horizon) % self._memory + 1
        times = self._times
        tie_ms = max(times[start:end]) if start < end else max(max(times[start:]), max(times[:end]))
        return max(tie_ms + self._slack_ms, latest_ms - self._oldest_ms)


class Ids:
    """Remembers which events came, for at least as many records as asked for and hardly more than twice as many.

    Used by `score` and by `archive`: both must take the same events for duplicates.
    """

    def __init__(self, memory: int, first_offset: int) -> None:
        self._memory = memory
        self._young: dict[bytes, int] = {}
        self._old: dict[bytes, int] = {}
        self._young_from = first_offset

    def generations(self, offset: int) -> tuple[dict[bytes, int], dict[bytes, int]]:
        """The young and the old, for one of `stretches` that begins at `offset`."""
        if offset - self._young_from >= self._memory:
            self._old, self._young = self._young, {}
            self._young_from = offset
        return self._young, self._old

    def fill(self, offsets: Sequence[int], keys: Sequence[bytes]) -> None:
        """Takes in what came at these offsets; b"" stands for what is not remembered."""
        young, _ = self.generations(offsets[0])
        young.update(zip(keys, offsets, strict=True))
        young.pop(b"", None)
