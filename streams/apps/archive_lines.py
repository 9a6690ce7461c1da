"""What `archive` keeps of each partition between two batches: where the line of lateness lies, what a block held."""

from __future__ import annotations

from schemas.decode import Event, Rejection
from streams.pure.counting import BlockState
from streams.pure.lateness import UNKNOWN_TIME, Past
from streams.pure.policies import Policy, Regime, Rulebook
from streams.pure.trail import Recall


class ImportLedger:
    """Ledger of one import partition: what its open block held, valid or not."""

    def __init__(self, policy: Policy, first_offset: int) -> None:
        self._policy = policy
        self._block = BlockState(first_offset, first_offset, policy)
        self.finished: list[BlockState] = []

    def count(self, offset: int, time_ms: int, event: Event | Rejection) -> None:
        """Takes the next record in."""
        start = offset - offset % self._policy.block_size
        if start > self._block.first_offset:
            self._block.next_offset, self._block.closed = start, True
            self.finished.append(self._block)
            self._block = BlockState(start, start, self._policy)
        block = self._block
        block.next_offset, block.record_time_ms = offset + 1, time_ms
        if isinstance(event, Rejection):
            block.rejected += 1
        else:
            block.accepted += 1
            block.test += event.test

    def take(self) -> list[BlockState]:
        """Blocks that changed; the open one is last."""
        taken, self.finished = [*self.finished, self._block], []
        return taken


class Line:
    """Where one partition of the live topic draws the line between accepted and late, by the policy in force.

    Args:
        rules: the policies.
        first_offset, end: offsets from which on the past must be known, and from which on it is told.
        successor: whether the log follows an earlier one of the same topic.
        recall: what of it need not be read, as `PartitionCounter` takes it.
    """

    def __init__(
        self, rules: Rulebook, first_offset: int, end: int, *, successor: bool, recall: Recall | None = None
    ) -> None:
        recalled = recall(first_offset, end) if recall else ()
        self.rules = rules
        self.past = Past(rules, first_offset, successor=successor, recalled=recalled, noting=recall is not None)
        self._latest_ms = self.past.latest_ms

    def regime(self, time_ms: int = UNKNOWN_TIME) -> Regime:
        """What the next record, of this time, is under; the rule follows."""
        self._latest_ms = max(self._latest_ms, time_ms)
        regime = self.rules.at(self._latest_ms)
        self.past.late.follow(regime.policy)
        return regime
