"""Rules as data: what a file of alert rules may say.

Why strict models: a misspelt key would silently watch nothing. Unknown keys are refused, and whatever can be seen
to make no sense is refused with the field and what to write instead.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from schemas.fields import Name, Text
from schemas.names import KnownNames
from schemas.opening import Week, read_week, write_week
from schemas.scales import SCALES

EACH = "each"
DIMENSIONS = ("channel", "stage", "touchpoint", "location", "segment", "producer")
"""What a scope may name, from the whole to its parts."""
Dimension = Literal["channel", "stage", "touchpoint", "location", "segment", "producer"]
Stratum = Literal["channel", "stage", "touchpoint", "location", "segment"]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValueError("is no time zone: use a name such as Europe/Berlin") from None
    return name


def _scale(name: str) -> str:
    if name not in SCALES:
        near = KnownNames(SCALES).nearest(name)
        raise ValueError(f"scale {name!r} is not declared" + (f": did you mean {near!r}?" if near else ""))
    return name


Zone = Annotated[str, AfterValidator(_zone)]
ScaleId = Annotated[str, AfterValidator(_scale)]
Hours = Annotated[Week, BeforeValidator(read_week), PlainSerializer(write_week)]


class Part(BaseModel):
    """A part of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class Severity(Part):
    """When an alert may wake somebody. Below, it is a ticket for the morning."""

    wake_from: Annotated[float, Field(ge=0)] = 10.0
    """Bad experiences beyond the usual, so far and expected within `ahead_h`, from which on it wakes."""
    ahead_h: Annotated[float, Field(gt=0, le=72)] = 4.0
    """How far ahead harm is forecast: until somebody would look anyway."""
    only_tickets: bool = False
    """Never wakes."""


class RuleBase(Part):
    """What all rules have."""

    name: Name
    """Unique in all files; part of the alerts' ids, so a renamed rule starts new alerts."""
    scope: dict[Dimension, Name | list[Name]] = Field(default_factory=dict)
    """Which answers: a name, a list of names, or `each` (one series for each name). A dimension left out is pooled."""
    shadow: bool = False
    """Records what it would have paged, and pages nobody."""
    severity: Severity = Severity()
    """When it wakes somebody."""
    mute: Hours = Field(default_factory=dict)
    """Local hours without pages, as opening hours are written; one that still stands at their end is sent then."""
    resolve_after: Annotated[int, Field(ge=1, le=100)] = 3
    """Slices with answers, one after another, that must speak for an end."""
    repeat_h: Annotated[float, Field(gt=0, le=168)] | None = None
    """Says again that it stands, exactly so often; None: once."""
    runbook: Text | None = None
    """Where it stands what to do."""
    receivers: list[Name] = Field(default_factory=list)
    """Who is told, by name; empty: the default receiver."""
    why: Text | None = None
    """Why the rule exists, for those it wakes."""

    @property
    def each(self) -> tuple[str, ...]:
        """Dimensions with one series a name."""
        return tuple(name for name in DIMENSIONS if self.scope.get(name) == EACH)  # type: ignore[call-overload]


class OnAnswers(RuleBase):
    """A rule about answers of one metric on one scale."""

    metric: Name
    """Metric of the answers, such as csat."""
    scale: ScaleId
    """Their scale; numbers on different scales never mix."""

    @model_validator(mode="after")
    def _can_be_bad(self) -> Self:
        if self.metric == "complaint":
            raise ValueError(
                "complaints alone never page: an open complaint can be answered, silence can not; "
                "watch csat, ces or nps, or one grave complaint with kind bad_answer"
            )
        if "producer" in self.scope:
            raise ValueError("answers are not counted by producer: scope producer is for kind silent")
        if SCALES[self.scale].bad is None:
            raise ValueError(f"no answer on {self.scale} is bad in itself: watch another scale")
        return self


class Worsening(OnAnswers):
    """Sudden worsening against the series' own past: page within minutes."""

    kind: Literal["worsening"]
    false_pages_a_month: Annotated[float, Field(gt=0, le=100)] = 1.0
    """Pages by chance alone, at most, over all series of the rule."""
    odds: Annotated[float, Field(ge=1.2, le=10)] = 2.25
    """Growth of the odds of a bad answer that is to be found soonest; 2.25 is from 10 % to 20 %."""
    adjust_for: list[Stratum] = Field(default_factory=lambda: ["channel", "touchpoint"])  # type: ignore[arg-type]
    """Dimensions whose mix may shift without a page."""


class Level(OnAnswers):
    """A score below its goal, with an evidence gate."""

    kind: Literal["level"]
    number: Literal["score", "net_experience", "bad_share", "trust", "delta"] = "score"
    """score: as on the boards. net_experience: points -100..100. bad_share: percent. delta: experience minus
    expectation of an aspect."""
    below: float | None = None
    """Goal: an alert below it. Unit of the number."""
    above: float | None = None
    """Goal where less is better: an alert above it."""
    window_h: Annotated[float, Field(ge=1 / 12, le=24)] = 1.0
    """Window the number is of."""
    min_n: Annotated[int, Field(ge=10)] = 50
    """Answers needed."""

    @model_validator(mode="after")
    def _one_goal(self) -> Self:
        if (self.below is None) == (self.above is None):
            raise ValueError("give one goal: below, or above where less is better")
        return self


class Tier(Part):
    """One speed of burning: a part of the period's allowance gone within a window."""

    spent_pct: Annotated[float, Field(gt=0, lt=100)]
    """Part of the allowance."""
    window_h: Annotated[float, Field(ge=1, le=24 * 31)]
    """Long window; the short one is a twelfth."""


class Burn(OnAnswers):
    """An experience goal and its allowance of bad answers: tickets and reports, never a page."""

    kind: Literal["burn"]
    goal_pct: Annotated[float, Field(gt=0, lt=100)]
    """Share of answers that are not bad."""
    period_days: Annotated[float, Field(ge=1, le=366)] = 30
    """Period the allowance is for."""
    tiers: Annotated[list[Tier], Field(min_length=1)]
    """Speeds that make a ticket."""
    min_n: Annotated[int, Field(ge=10)] = 50
    """Answers needed in the short window too."""


class BadAnswer(RuleBase):
    """One answer that deserves a call."""

    kind: Literal["bad_answer"]
    metric: Name
    """Metric of the answer."""
    scale: ScaleId
    """Its scale."""
    worst: Annotated[int, Field(ge=1, le=100)] | None = None
    """How many points at the bad end count; None: the worst fifth of the scale."""
    segments: list[Name] = Field(default_factory=list)
    """Only customers of these; empty: all."""
    words: list[Name] = Field(default_factory=list)
    """Only with one of these words in the comment; empty: any."""
    wakes: bool = False
    """Wakes somebody; else it is a ticket."""
    most_an_hour: Annotated[int, Field(ge=1, le=1_000)] = 10
    """Further ones of a series within an hour are told together."""


class Silent(RuleBase):
    """A signal that dropped: nothing is heard within opening hours. Told apart from an experience that dropped."""

    kind: Literal["silent"]
    false_pages_a_month: Annotated[float, Field(gt=0, le=100)] = 1.0
    """Silences by chance, at most, over all series of the rule."""
    patience_s: Annotated[int, Field(ge=10, le=86_400)] = 300
    """At least so long."""


class Response(RuleBase):
    """The response rate fell: fewer of those who were asked answer."""

    kind: Literal["response"]
    false_pages_a_month: Annotated[float, Field(gt=0, le=100)] = 1.0
    """Pages by chance, at most, over all series of the rule."""
    odds: Annotated[float, Field(ge=1.2, le=10)] = 2.25
    """Growth of the odds of no answer that is to be found soonest."""


class Late(RuleBase):
    """The pipeline is late: what it says may be old, so other alerts wait."""

    kind: Literal["late"]
    after_s: Annotated[int, Field(ge=10, le=86_400)] = 120
    """Not heard up to this long ago."""


class Heartbeat(RuleBase):
    """Always firing: a watcher outside notices when it stops."""

    kind: Literal["heartbeat"]
    every_s: Annotated[int, Field(ge=10, le=3_600)] = 60
    """How often it is sent."""


Rule = Annotated[
    Worsening | Level | Burn | BadAnswer | Silent | Response | Late | Heartbeat, Field(discriminator="kind")
]
AnyRule = Worsening | Level | Burn | BadAnswer | Silent | Response | Late | Heartbeat


class RuleFile(Part):
    """A file of rules."""

    version: Literal[1]
    """Version of this format."""
    zone: Zone = "UTC"
    """Local time where the catalogue names no location."""
    holidays: list[date] = Field(default_factory=list)
    """Days that are like Sundays."""
    language: Literal["en", "zh"] = "en"
    """Language of the pages."""
    wait_s: Annotated[int, Field(ge=0, le=3_600)] = 0
    """How long to wait for alerts of the same cause, so that they make one page."""
    rules: Annotated[list[Rule], Field(min_length=1)]
    """The rules."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        seen: set[str] = set()
        for rule in self.rules:
            if rule.name in seen:
                raise ValueError(f"rules: the name {rule.name!r} stands twice: name each rule once")
            seen.add(rule.name)
        return self


def key_of(rule: AnyRule, dims: dict[str, str]) -> tuple[str, ...] | None:
    """Names of the series that an answer belongs to, one for each `each`; None: it is out of scope."""
    key: list[str] = []
    for dimension, wanted in rule.scope.items():
        name = dims.get(dimension, "")
        if wanted == EACH:
            if not name:
                return None
            key.append(name)
        elif name not in (wanted if isinstance(wanted, list) else (wanted,)):
            return None
    return tuple(key)


def scope_of(rule: AnyRule, key: tuple[str, ...]) -> dict[str, str]:
    """The scope of one series in words: {dimension: name}."""
    names = iter(key)
    found: dict[str, Any] = {}
    for dimension, wanted in rule.scope.items():
        found[dimension] = next(names) if wanted == EACH else ", ".join(wanted) if isinstance(wanted, list) else wanted
    return found
