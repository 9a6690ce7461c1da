"""When a worker is stuck: judged from what was seen, moment by moment.

Why a module of its own: a watch that cries wolf is switched off, and one that sleeps is worse than none. So the
judgement knows neither Kafka nor the clock, and tests walk it through hours in milliseconds.

Watched are *steps* (a rebalance, finding positions, a publication), each by how long it has been under way;
*partitions*, each by how long its position stood while the log went on behind it; and the event loop itself. What
waits for a store or broker that is away is not stuck: that time does not count, except for the loop, which nothing
outside the process may hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LOOP = "event loop"
Partition = tuple[str, int]
"""(topic, number)."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen at one moment.

    Attributes:
        now_s: a clock that never goes back.
        ticks: times the event loop came round so far.
        steps: what is under way, by name: a number that differs each time the step begins.
        reached: offset up to which each assigned partition is done with.
        ends: offset behind its last record, as the broker said.
        held_by: who is away, "store" or "broker"; empty if nobody is.
    """

    now_s: float
    ticks: int
    steps: Mapping[str, float]
    reached: Mapping[Partition, int]
    ends: Mapping[Partition, int]
    held_by: str = ""


@dataclass(frozen=True, slots=True)
class Stall:
    """What stands still.

    Attributes:
        what: "partition", or the name of a step, or `LOOP`.
        still_s: for how long.
        partition: which one, where `what` says so.
        at: its offset.
        end: the log's end.
    """

    what: str
    still_s: float
    partition: Partition | None = None
    at: int = 0
    end: int = 0


class Watch:
    """Remembers since when each thing has stood as it stands.

    Args:
        limit_s: time after which standing still is a stall.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._seen: dict[object, tuple[float, float]] = {}  # subject: (its state, standing since)

    def judge(self, look: Look) -> Stall | None:
        """The longest stall beyond the limit; None while all is well."""
        longest = self.longest(look)
        return longest if longest is not None and longest.still_s > self._limit_s else None

    def longest(self, look: Look) -> Stall | None:
        """What has stood still longest, however short; None if nothing is under way."""
        seen, stalls = self._seen, [Stall(LOOP, 0.0)]
        states: dict[object, float] = {LOOP: look.ticks}
        states |= {("step", name): begun for name, begun in look.steps.items()}
        states |= {tp: at for tp, at in look.reached.items() if at < look.ends.get(tp, at)}
        self._seen = {}
        for subject, state in states.items():
            before = seen.get(subject)
            moved = before is None or before[0] != state or (look.held_by and subject is not LOOP)
            since = look.now_s if moved or before is None else before[1]
            self._seen[subject] = (state, since)
            stalls.append(self._stall(subject, look.now_s - since, look))
        return max(stalls, key=lambda stall: stall.still_s)

    @staticmethod
    def _stall(subject: object, still_s: float, look: Look) -> Stall:
        if isinstance(subject, str):
            return Stall(subject, still_s)
        assert isinstance(subject, tuple)
        if subject[0] == "step" and isinstance(subject[1], str):
            return Stall(subject[1], still_s)
        return Stall("partition", still_s, subject, look.reached[subject], look.ends[subject])
