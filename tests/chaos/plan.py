"""What happens in one run: a pure function of its seed.

Why all of it is decided beforehand: a failure is only worth something if it can be tried again. Offsets, record
times and the moment a kill lands differ from run to run; what is sent, what strikes, whom and when does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

ROLES = ("score", "roll", "notify", "archive")

STRIKES = ("kill9", "term", "freeze", "add_worker", "cold_roll", "broker_restart", "recreate", "policy")
"""What strikes at a time of its own."""
STORE_FAULTS = ("ch_refuse", "ch_hang", "ch_cut", "ch_cut_stored", "ch_500_stored", "ch_stored_later")
"""How ClickHouse fails, for a while."""
POINTS = ("exception", "kill9_at", "freeze_at", "late_write")
STREAM = ("changed_times", "import_apart", "misplaced", "flood", "import")
"""What of the stream may be left out to find out what a failure is about."""
"""What happens in the middle of a worker's own work."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Counting rules of a run: small, so that every edge is crossed within seconds."""

    block_size: int
    block_span_ms: int
    horizon: int
    max_age_ms: int
    max_skew_ms: int
    max_series_per_block: int


@dataclass(frozen=True, slots=True)
class Strike:
    """Something that hits at a time of the run, given in seconds after the feed began."""

    at_s: float
    kind: str
    role: str = ""
    """Whose worker; of ClickHouse: inserts into which table, '' for all that is asked."""
    worker: int = 0
    """Which of the role's workers, modulo how many there are; of a broker: 1 kills it, 0 stops it."""
    seconds: float = 0.0
    """How long it lasts: a freeze, an outage."""


@dataclass(frozen=True, slots=True)
class Point:
    """Something that hits a worker's first life in the middle of its own work."""

    role: str
    worker: int
    place: str
    nth: int
    """At which call, counted from 1."""
    after: bool
    """Once the call has done its work, not before."""
    kind: str
    seconds: float = 0.0
    """How long it lasts; of a late write: how long after the writer's death it arrives."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """Shares of the stream, each 0..1."""

    retry_soon: float = 0.06
    retry_late: float = 0.04
    retry_changed: float = 0.25
    """Of the retries: with another occurred_at."""
    late: float = 0.06
    very_late: float = 0.02
    ahead: float = 0.05
    far_future: float = 0.004
    bad: float = 0.02
    test: float = 0.03
    weighted: float = 0.15
    misplaced: float = 0.01
    """Keyed otherwise than producers must."""
    flood: float = 0.0
    """Of the events while the flood lasts: an invented name."""
    burst: float = 0.1
    """Of all events: sent at one moment."""
    imported: float = 0.15
    import_again: float = 0.4
    """Of the imported events: have an id that was sent live too."""
    import_apart: float = 0.25
    """Of those: at another time."""
    import_twice: bool = True
    """The whole import comes a second time."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run, whole."""

    seed: int
    rules: Rules
    partitions: int
    inner_partitions: int
    """Of the topics between the workers."""
    windows_s: tuple[int, ...]
    events: int
    feed_s: float
    workers: Mapping[str, int]
    session_ms: int
    mixture: Mixture = Mixture()
    strikes: tuple[Strike, ...] = ()
    store_faults: tuple[Strike, ...] = ()
    points: tuple[Point, ...] = ()
    compacted: bool = False
    """The topics of panes are compacted within the second."""
    ready: bool = False
    """The feed waits until all workers have their partitions. Otherwise they start together."""
    sabotage: str = ""
    """Name of the safety that is taken away; '' in a real run."""

    @property
    def alone(self) -> bool:
        """Whether it strikes the broker, which other runs share."""
        return "broker_restart" in self.kinds()

    def kinds(self) -> list[str]:
        """Each fault of the plan by its kind, as often as it strikes."""
        return [strike.kind for strike in (*self.strikes, *self.store_faults, *self.points)]

    def kinds_on(self, role: str) -> set[str]:
        """Faults that may end a worker of this role."""
        own = {strike.kind for strike in (*self.strikes, *self.points) if strike.role == role}
        shared = {strike.kind for strike in self.strikes if not strike.role}
        return own | shared | ({fault.kind for fault in self.store_faults} if role == "archive" else set())


def as_dict(plan: Any) -> dict[str, Any]:
    """A plan, or a part of one, as plain JSON values."""
    found: dict[str, Any] = {}
    for name in (each.name for each in fields(plan)):
        value = getattr(plan, name)
        if isinstance(value, (Rules, Mixture)):
            value = as_dict(value)
        elif isinstance(value, Mapping):
            value = dict(value)
        elif isinstance(value, tuple):
            value = [as_dict(part) if isinstance(part, (Strike, Point)) else part for part in value]
        found[name] = value
    return found
