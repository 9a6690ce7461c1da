"""Alerts, their steps, their sendings and silences, as the store has them: plain values, times in ms UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from streams.edges import alerts_sql


@dataclass(frozen=True, slots=True)
class Episode:
    """One alert as it stands, or stood last; times in ms UTC. The columns of `alerts_sql.episodes`."""

    alert_id: str
    rule: str
    kind: str
    scope: dict[str, str]
    place: str
    state: str
    severity: str
    fired_ms: int
    at_ms: int
    held: str
    held_why: str
    who: str
    metric: str
    scale: str
    unit: str
    value: float | None
    baseline: float | None
    lower: float | None
    upper: float | None
    n: int
    bad: int
    since_ms: int
    until_ms: int
    harm: float
    harm_ahead: float
    verdict: str
    flaps: int
    group_id: str
    sent: str
    why: str
    word: str

    @property
    def stands(self) -> bool:
        """Whether people should know of it now."""
        return self.state in alerts_sql.STANDING and self.kind not in alerts_sql.AT_ONCE


@dataclass(frozen=True, slots=True)
class Step:
    """One step, or somebody's word (`said`); numbers as they were at that moment, None where it had none."""

    at_ms: int
    state: str
    before: str
    held: str
    send: str
    page_id: str
    severity: str
    value: float | None
    baseline: float | None
    lower: float | None
    upper: float | None
    unit: str
    n: int
    bad: int
    since_ms: int
    until_ms: int
    harm: float
    harm_ahead: float
    verdict: str
    contributors: list[dict[str, Any]]
    why: str
    said: str
    who: str
    group: str
    flaps: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a sending at one receiver."""

    receiver: str
    state: str
    at_ms: int
    tries: int
    error: str


@dataclass(frozen=True, slots=True)
class Sending:
    """One sending in its words; `deliveries` is empty where nobody was told, or nobody reported yet."""

    page_id: str
    alert_id: str
    send: str
    at_ms: int
    headline: str
    body: str
    receivers: list[str]
    shadow: bool
    alert_ids: list[str]
    """All alerts it is about, the first of its group in front."""
    deliveries: list[Delivery] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SilenceTold:
    """One silence; `rule` '' and an empty `scope` are any; None: not yet, or never."""

    id: str
    owner: str
    reason: str
    rule: str
    scope: dict[str, str]
    place: str
    from_ms: int
    to_ms: int
    ended_ms: int | None
    ended_why: str
    matched_ms: int | None
    alerts: int

    def in_force(self, now_ms: int) -> bool:
        """Whether it keeps alerts quiet."""
        return self.ended_ms is None and self.from_ms <= now_ms < self.to_ms

    def matches(self, episode: Episode) -> bool:
        """Whether it would keep this alert quiet, as `streams.pure.alerting.silences.matching` decides."""
        return self.rule in ("", episode.rule) and all(episode.scope.get(name) == v for name, v in self.scope.items())


@dataclass(frozen=True, slots=True)
class Story:
    """One alert from its beginning."""

    episode: Episode
    steps: list[Step]
    sendings: list[Sending]
    silences: list[SilenceTold]
    """Those that held it."""
    with_it: list[Episode]
    """Others on the same page."""
