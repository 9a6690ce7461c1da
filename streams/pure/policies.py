"""The rules in force: which policy a record is counted under is a function of its record time alone.

Why a list with times instead of a setting: workers are replaced one after another, and one may be frozen
meanwhile. Were the newest settings to hold at once, two workers would count one block by two rules, and
the archive would draw the late line elsewhere than `score`. So a change is announced ahead, with the
record time from which it holds; by then everybody knows it, and everybody draws the line at one record.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from schemas.decode import Event, Rejection

Decode = Callable[[bytes], Event | Rejection]
"""The contract, with the names a catalogue allows."""

FOR_EVER_MS = 1 << 62


@dataclass(frozen=True, slots=True)
class Policy:
    """One set of counting rules; a change of any field takes the next number and begins a block.

    Attributes:
        number: from 1, without gaps.
        block_size: offsets of a block (B); the same in all policies of a log.
        block_span_ms: record time of a block; the same in all policies of a log.
        horizon: records within which a retry is recognised (H).
        max_age_ms: an older answer is late (L).
        max_skew_ms: how far ahead of the broker's clock an event may be (S).
        max_series: series a block may open (K).
        from_ms: record time from which it holds, UTC.
    """

    number: int
    block_size: int
    block_span_ms: int
    horizon: int
    max_age_ms: int
    max_skew_ms: int
    max_series: int
    from_ms: int = 0


@dataclass(frozen=True, slots=True)
class Regime:
    """A policy with its contract, and the record time before which it ends."""

    policy: Policy
    decode: Decode
    until_ms: int


class Rulebook:
    """All policies of a log, in the order in which they come into force.

    Args:
        policies: at least one; by `number`, with rising `from_ms`, of one block size and span.
        decode_of: the contract under a policy.
    Raises:
        ValueError: the policies contradict each other.
    """

    def __init__(self, policies: Sequence[Policy], decode_of: Callable[[Policy], Decode]) -> None:
        if not policies:
            raise ValueError("there is no policy")
        for earlier, later in pairwise(policies):
            if later.number != earlier.number + 1 or later.from_ms <= earlier.from_ms:
                raise ValueError(f"policy {later.number} does not come after policy {earlier.number}")
            if (later.block_size, later.block_span_ms) != (earlier.block_size, earlier.block_span_ms):
                raise ValueError(f"policy {later.number} changes the blocks: other blocks overlap those counted")
        self.policies = tuple(policies)
        self.block_size, self.block_span_ms = policies[0].block_size, policies[0].block_span_ms
        self.horizon = max(policy.horizon for policy in policies)
        """Records to be remembered: the longest horizon of all policies, so that a change finds its memory filled."""
        self._from_ms = [policy.from_ms for policy in policies[1:]]
        self._regimes = [
            Regime(policy, decode_of(policy), until_ms)
            for policy, until_ms in zip(policies, [*self._from_ms, FOR_EVER_MS], strict=True)
        ]

    def at(self, time_ms: int) -> Regime:
        """What a record of this time is counted under."""
        return self._regimes[bisect_right(self._from_ms, time_ms)]

    def boundary_after(self, time_ms: int) -> int:
        """The first moment after `time_ms` at which a block ends: the next span of time, or the next policy."""
        span_end_ms = (time_ms // self.block_span_ms + 1) * self.block_span_ms
        return min(span_end_ms, self.at(time_ms).until_ms)

    def boundary_before(self, time_ms: int) -> int:
        """The last moment at or before `time_ms` at which a block ended."""
        return max(time_ms // self.block_span_ms * self.block_span_ms, self.at(time_ms).policy.from_ms)
