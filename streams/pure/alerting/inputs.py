"""What the engine is told: plain records, so that their log alone decides every page.

Each carries its own time. Whoever reads the same records in the same order comes to the same alerts with the same ids.
"""

from __future__ import annotations

import msgspec

from schemas.scales import SCALES
from streams.pure.alerting.baseline import Baseline
from streams.pure.alerting.silences import Silence

HEARD = "heard"
"""Metric of rows that only say that a producer was heard: no rule about answers takes them for any."""
Bin = tuple[int, int]
"""(scale point, answers)."""


class Row(msgspec.Struct, array_like=True):
    """Answers of one series in one slice. An invitation is a row of metric `invitation`."""

    channel: str
    stage: str
    touchpoint: str
    location: str
    segment: str
    producer: str
    metric: str
    scale: str
    bins: list[Bin]

    @property
    def n(self) -> int:
        """Answers."""
        return sum(n for _, n in self.bins)

    @property
    def sound(self) -> bool:
        """Whether it can be true: counts of points that its scale has."""
        if self.metric == HEARD:
            return self.n >= 0
        scale = SCALES.get(self.scale)
        return scale is not None and all(scale.low <= point <= scale.high and n >= 0 for point, n in self.bins)

    def dims(self) -> dict[str, str]:
        """Names by dimension."""
        return {
            "channel": self.channel, "stage": self.stage, "touchpoint": self.touchpoint,
            "location": self.location, "segment": self.segment, "producer": self.producer,
        }  # fmt: skip


class Slice(msgspec.Struct, tag="slice", tag_field="t"):
    """A closed slice over all channels; slices come in order."""

    start_ms: int
    end_ms: int
    rows: list[Row]


class Single(msgspec.Struct, tag="single", tag_field="t"):
    """One answer that lies at the bad end of its scale."""

    id: str
    at_ms: int
    row: Row
    words: list[str] = []
    """Words of its comment, lower case; never stored with an alert."""


class Tick(msgspec.Struct, tag="tick", tag_field="t"):
    """Time passed; everything before `heard_ms` is counted."""

    now_ms: int
    heard_ms: int


class Act(msgspec.Struct, tag="act", tag_field="t"):
    """Somebody did something: acknowledge, or `rebase` (this is how it is now)."""

    at_ms: int
    what: str
    alert_id: str
    who: str


class Silencing(msgspec.Struct, tag="silence", tag_field="t"):
    """Somebody made or ended a silence."""

    at_ms: int
    silence: Silence
    end: bool = False


class Past(msgspec.Struct, tag="past", tag_field="t"):
    """What is normal in one series, learnt from stored history: a rule need not learn for weeks what is known.

    Attributes:
        settings: of the rule it was learnt under (`judge.settings_of`); under others it says nothing.
    """

    at_ms: int
    rule: str
    settings: str
    key: list[str]
    baseline: Baseline


Input = Slice | Single | Tick | Act | Silencing | Past
