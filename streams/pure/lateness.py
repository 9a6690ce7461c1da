"""What is remembered of a partition's last horizon: record times, which say what is late, and ids, which say what came
before.

Used by `score`, which counts, and by `archive`, which stores: both must judge each event alike.
"""

from __future__ import annotations

from array import array

from streams.pure.policies import Policy, Rulebook

UNKNOWN_TIME = -(1 << 62)


class LateRule:
    """Remembers the record times of the last horizon, to say which events are late.

    Used by `score` and, alone, by `archive`: both must draw the line at the same place.

    Args:
        rules: the policies.
        first_offset: where reading begins.
        successor: whether the log follows an earlier one of the same topic.
    """

    def __init__(self, rules: Rulebook, first_offset: int, *, successor: bool = False) -> None:
        self._memory = rules.horizon
        self._times = array("q", [UNKNOWN_TIME]) * rules.horizon
        self._next = first_offset
        self._first_of_all = successor and first_offset == 0
        self.follow(rules.at(UNKNOWN_TIME).policy)

    def follow(self, policy: Policy) -> None:
        """Draws the line by this policy from the next record on."""
        self._horizon = policy.horizon
        self._oldest_ms = policy.max_age_ms + 1
        self._slack_ms = 2 * policy.max_skew_ms

    def line_ms(self, offset: int, time_ms: int) -> int:
        """Takes the next record in; events that occurred at or before the returned time are late."""
        memory, times = self._memory, self._times
        if self._first_of_all:
            # Before it lies another log, of which nothing is known here but that it ended earlier.
            self._times = times = array("q", [time_ms]) * memory
            self._first_of_all = False
        while self._next < offset:
            # Offsets the log does not hold (control records) take the time of the record behind them: the one
            # before may be unknown to a new owner that begins inside the gap.
            times[self._next % memory] = time_ms
            self._next += 1
        tie_ms = times[(offset - self._horizon) % memory] + self._slack_ms
        times[offset % memory] = time_ms
        self._next = offset + 1
        oldest_ms = time_ms - self._oldest_ms
        return tie_ms if tie_ms > oldest_ms else oldest_ms


class Ids:
    """Remembers which events came, for at least as many records as asked for and at most twice as many.

    Used by `score` and by `archive`: both must take the same events for duplicates.
    """

    def __init__(self, memory: int, first_offset: int) -> None:
        self._memory = memory
        self._young: dict[bytes, int] = {}
        self._old: dict[bytes, int] = {}
        self._young_from = first_offset

    def last_seen(self, key: bytes, offset: int) -> int | None:
        """Takes an event in; the offset at which it came last, None if that is long ago or never was."""
        if offset - self._young_from >= self._memory:
            self._old, self._young = self._young, {}
            self._young_from = offset
        young = self._young
        before = young.setdefault(key, offset)
        if before == offset:  # not among the young ones, where it is now
            return self._old.get(key)
        young[key] = offset
        return before
