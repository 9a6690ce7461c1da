"""The catalogue: which channels, touchpoints and locations exist, and what management aims at.

Why a file of its own: names invented by a producer split a score in two and nobody notices. The
catalogue refuses them with the nearest known name (or admits them, by setting), and says once what
producers need not repeat: the stage and element of a touchpoint. Targets stand here because they
are management's decision, never a customer's answer.
"""

from __future__ import annotations

import json
import math
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from schemas.common import CHANNELS, Aspect, Element, Stage
from schemas.economics import Economics
from schemas.fields import Name, ShortName, Text
from schemas.names import KnownNames
from schemas.opening import Week, read_week
from schemas.reasons import FieldError, Reason
from schemas.scales import SCALES
from schemas.yaml_lines import YamlError, line_of, read_yaml


class CatalogueError(ValueError):
    """The catalogue file is wrong. The text names file, line, field and what to mend."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValueError("is no time zone: use a name such as Europe/Berlin") from None
    return name


def _medium(name: str) -> str:
    if name not in CHANNELS:
        near = KnownNames(CHANNELS).nearest(name)
        raise ValueError(
            f"is no medium: did you mean {near!r}?" if near else f"is no medium: use one of {', '.join(CHANNELS)}"
        )
    return name


class _Part(BaseModel):
    """A part of the file. Unknown keys are refused: a misspelt one would silently do nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class Channel(_Part):
    """A way customers and the company meet."""

    medium: Annotated[str, AfterValidator(_medium)]
    """Which of the built-in channels it is; several channels may share a medium."""


class Survey(_Part):
    """A question asked at a touchpoint by a page of our own, reached by a link or a QR code."""

    scale: Literal[
        "csat-1-5", "csat-1-7", "csat-1-10", "ces-ease-1-5", "ces-effort-1-5", "ces-agreement-1-7", "nps-0-10"
    ] = "csat-1-5"
    """Scale id of the answer."""
    channel: ShortName = "store"
    """Channel of the answers."""
    question: dict[Literal["en", "zh"], Text] = Field(default_factory=dict)
    """Wording by language; a usual one where left out."""
    version: int = 1
    """Version of the wording: raise it when a text is changed."""


class TouchpointInfo(_Part):
    """A place in the journey."""

    stage: Stage
    """Filled into events that name no stage."""
    element: Element | None = None
    """Filled into events that name no element."""
    survey: Survey | None = None
    """The question asked here; None: no page asks."""


class Location(_Part):
    """A store, branch or gate."""

    time_zone: Annotated[str, AfterValidator(_zone)]
    """IANA name; hours, days and reports of this place use it."""
    region: Name | None = None
    """Where it belongs, for roll-ups."""
    hours: Annotated[Week, BeforeValidator(read_week)] = Field(default_factory=dict)
    """Weekday (0 is Monday) to spans [open, close) in local minutes of the day. A day left out is closed; with no
    day at all the place never closes."""
    holidays: list[date] = Field(default_factory=list)
    """Local days on which it is closed."""


class Goal(_Part):
    """What a score should be."""

    metric: Name
    """Metric of the answers, such as csat."""
    scale: str
    """Scale id, such as csat-1-5; its direction says which side of the goal is good."""
    value: float
    """The goal, in the unit of the score: csat top-box percent, ces mean, nps points, else mean."""
    channel: str | None = None
    """Only for this channel; all if left out."""
    touchpoint: str | None = None
    """Only for this touchpoint; all if left out."""

    @model_validator(mode="after")
    def _scale_is_declared(self) -> Self:
        if self.scale not in SCALES:
            near = KnownNames(SCALES).nearest(self.scale)
            raise ValueError(f"scale {self.scale!r} is not declared" + (f": did you mean {near!r}?" if near else ""))
        return self


def _weight(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ValueError(f"is {value!r}: write a number above 0, such as the segment's share of all customers")
    return float(value)


class Targets(_Part):
    """Management's decisions."""

    ideal: dict[Aspect, Annotated[int, Field(ge=1, le=10)] | Literal["as_it_is"]] = Field(default_factory=dict)
    """Ideal experience of each aspect, 1-10, or `as_it_is`: no gap is asked for."""
    goals: list[Goal] = Field(default_factory=list)
    """Goals drawn on boards."""
    economics: Economics | None = None
    """Money; None: the cost of negative experience is not told."""
    segments: dict[Name, Annotated[float, BeforeValidator(_weight)]] = Field(default_factory=dict)
    """How much each segment counts in weighted scores, against each other: its share of all customers, or of sales."""


class Catalogue(_Part):
    """The whole file."""

    unknown_names: Literal["refuse", "admit"] = "refuse"
    """What becomes of an event with a name that is not listed."""
    channels: dict[ShortName, Channel] = Field(default_factory=dict)
    """Channels by name. Left out: the built-in channels."""
    touchpoints: dict[Name, TouchpointInfo] = Field(default_factory=dict)
    """Touchpoints by name. Left out: any name is taken."""
    locations: dict[Name, Location] = Field(default_factory=dict)
    """Locations by name. Left out: any name is taken."""
    targets: Targets = Targets()
    """Ideals and goals."""

    _known: dict[str, KnownNames]

    @model_validator(mode="after")
    def _goals_name_what_exists(self) -> Self:
        for goal in self.targets.goals:
            if goal.channel and goal.channel not in (self.channels or CHANNELS):
                raise ValueError(f"targets.goals: channel {goal.channel!r} is not in the catalogue")
            if goal.touchpoint and self.touchpoints and goal.touchpoint not in self.touchpoints:
                raise ValueError(f"targets.goals: touchpoint {goal.touchpoint!r} is not in the catalogue")
        for name, info in self.touchpoints.items():
            if info.survey and info.survey.channel not in (self.channels or CHANNELS):
                raise ValueError(f"touchpoints.{name}.survey: channel {info.survey.channel!r} is not in the catalogue")
        return self

    def model_post_init(self, context: Any, /) -> None:
        """Prepare the look-ups."""
        self._known = {
            "channel": KnownNames(self.channels or CHANNELS),
            "touchpoint": KnownNames(self.touchpoints),
            "location": KnownNames(self.locations),
        }

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a catalogue file.

        Raises:
            CatalogueError: the file is missing or wrong; names file, line and field.
        """
        path = Path(path)
        try:
            data, nodes = read_yaml(path)
        except YamlError as error:
            raise CatalogueError(str(error)) from None
        if not isinstance(data, dict):
            raise CatalogueError(f"{path}: is no catalogue: it has no keys such as channels, touchpoints, locations")
        try:
            return cls.model_validate(data)
        except ValidationError as refusal:
            raise CatalogueError(_in_words(path, nodes, refusal)) from None

    def deciding(self) -> str:
        """What of the catalogue decides whether and as what an event counts, as JSON that `from_deciding` reads.

        Two catalogues with the same text here count alike; goals, surveys, opening hours and holidays are not in it.
        """
        left_out: dict[str, Any] = {"targets": True, "touchpoints": {"__all__": {"survey"}}}
        names = self.model_dump(mode="json", exclude=left_out, exclude_none=True)
        names["locations"] = {name: {"time_zone": place.time_zone} for name, place in self.locations.items()}
        return json.dumps(names, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_deciding(cls, text: str) -> Self:
        """The catalogue that `deciding` wrote; it has no goals and no opening hours."""
        return cls.model_validate_json(text)

    def resolve(self, channel: str, touchpoint: str, location: str) -> tuple[str, str]:
        """What the catalogue knows of an event's names.

        Args:
            channel, touchpoint, location: names as sent, '' if absent.
        Returns:
            (stage, element) of the touchpoint, each '' if unknown.
        Raises:
            FieldError: a name is not listed and `unknown_names` is refuse; carries field and nearest name.
        """
        if self.unknown_names == "refuse":
            for field, name in (("channel", channel), ("touchpoint", touchpoint), ("location", location)):
                known = self._known[field]
                if name and known and name not in known:
                    raise _unknown(field, name, known)
        info = self.touchpoints.get(touchpoint)
        return (info.stage, info.element or "") if info else ("", "")


def _unknown(field: str, name: str, known: KnownNames) -> FieldError:
    near = known.nearest(name)
    listed = "" if near or len(known.names) > 30 else f": send one of {', '.join(known.names)}"
    return FieldError(Reason.UNKNOWN_NAME, f"is not in the catalogue{listed}", field=field, nearest=near)


def _in_words(path: Path, root: yaml.Node | None, refusal: ValidationError) -> str:
    """All findings as `file, line N, field: what is wrong`, the first three of them."""
    errors = refusal.errors(include_url=False)
    found = []
    for error in errors[:3]:
        keys = [str(part) for part in error["loc"] if part != "[key]"]
        ours = error.get("ctx", {}).get("error")
        text = str(ours) if isinstance(ours, ValueError) else error["msg"].lower()
        found.append(f"line {line_of(root, keys)}, {'.'.join(keys) or 'catalogue'}: {text}")
    more = f" (and {len(errors) - 3} more)" if len(errors) > 3 else ""
    return f"{path}, {'; '.join(found)}{more}"


class _BuiltIn:
    """What is known without a catalogue: the built-in channels; every other name is taken as sent."""

    def __init__(self) -> None:
        self._channels = KnownNames(CHANNELS)

    def resolve(self, channel: str, touchpoint: str, location: str) -> tuple[str, str]:
        """Nothing to fill in; raises FieldError for a channel that is not built in."""
        if channel not in self._channels:
            near = self._channels.nearest(channel)
            problem = "is no built-in channel" + ("" if near else f": send one of {', '.join(CHANNELS)}")
            raise FieldError(Reason.UNKNOWN_NAME, problem, field="channel", nearest=near)
        return "", ""


BUILT_IN = _BuiltIn()
"""Knows the built-in channels."""
