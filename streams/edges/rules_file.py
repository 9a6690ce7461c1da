"""Files of alert rules and of their tests: read with file, line, field and reason, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import orjson
import yaml
from pydantic import BaseModel, Field, ValidationError

from schemas.answers import answers_of
from schemas.decode import Decoder, Event, Rejection
from schemas.names import KnownNames
from schemas.times import epoch_ms
from schemas.yaml_lines import YamlError, line_of, read_yaml
from streams.edges.errors import FileError
from streams.pure.alerting.check import Finding
from streams.pure.alerting.replay import Answered
from streams.pure.alerting.rules import AnyRule, Part, RuleFile

MOST = 5
"""Findings told of one file at once."""


@dataclass(frozen=True)
class Loaded:
    """A file of rules that is sound in itself."""

    path: Path
    rules: RuleFile
    nodes: yaml.Node | None

    def told(self, finding: Finding) -> str:
        """A finding with its place: file, line, field, reason."""
        line = line_of(self.nodes, finding.path)
        return f"{self.path}, line {line}, {'.'.join(finding.path)}: {finding.message}"


class Block(Part):
    """Answers made for a test: evenly spread, with just the share asked for that is bad."""

    hours: float = Field(gt=0, le=24 * 400)
    """How long."""
    a_day: float = Field(gt=0, le=1_000_000)
    """Answers a day."""
    bad_pct: float = Field(ge=0, le=100, default=10.0)
    """Share of them at the bad end of the scale."""
    kind: Literal["csat", "ces", "nps"] = "csat"
    """Kind of the events."""
    fields: dict[str, str] = Field(default_factory=dict)
    """Channel, touchpoint, location, segment, stage, scale, direction of the events."""


class Expected(Part):
    """One sending that must happen."""

    rule: str
    """Its rule."""
    send: Literal["page", "ticket", "resolve", "repeat"] = "page"
    """What is sent."""
    scope: dict[str, str] = Field(default_factory=dict)
    """What its scope must name."""
    within_minutes: float | None = None
    """At most so long after `usual` ended."""


class Case(Part):
    """One test: events in, alerts out."""

    name: str
    """What it shows, as a sentence."""
    usual: list[Block] = Field(default_factory=list)
    """Ordinary days before, side by side; what they send is not looked at."""
    then: list[list[Block]] = Field(default_factory=list)
    """What happens after, one group of blocks after the other."""
    events: str | None = None
    """A file of events instead, one JSON object a line, beside this one."""
    alerts: list[Expected]
    """Everything that is sent, in order; empty: silence."""


class TestFile(Part):
    """A file of tests."""

    __test__ = False  # no test of pytest's

    rules: str
    """File of the rules, beside this one."""
    starts: str = "2026-03-02T00:00:00Z"
    """When the events begin."""
    tests: list[Case] = Field(min_length=1)
    """The tests."""


ModelT = TypeVar("ModelT", bound=BaseModel)


def load(path: Path) -> Loaded:
    """A file of rules.

    Raises:
        FileError: names file, line, field and reason; nothing was changed.
    """
    rules, nodes = _read(path, RuleFile)
    return Loaded(path, rules, nodes)


def load_tests(path: Path) -> TestFile:
    """A file of tests.

    Raises:
        FileError: as `load`.
    """
    return _read(path, TestFile)[0]


def merged(files: Sequence[Loaded]) -> RuleFile:
    """Several files as one.

    Raises:
        FileError: they disagree on what holds for all of their rules, or a name stands twice.
    """
    first = files[0]
    shared = {name: getattr(first.rules, name) for name in ("zone", "holidays", "language", "wait_s")}
    rules: list[AnyRule] = []
    names: dict[str, Path] = {}
    for file in files:
        for name, value in shared.items():
            if getattr(file.rules, name) != value:
                raise FileError(f"{file.path}, line {line_of(file.nodes, [name])}, {name}: differs from {first.path}")
        for rule in file.rules.rules:
            if rule.name in names:
                raise FileError(f"{file.path}: the rule {rule.name!r} is also in {names[rule.name]}")
            names[rule.name] = file.path
            rules.append(rule)
    return RuleFile(version=1, rules=rules, **shared)


def events_of(path: Path, decoder: Decoder | None = None) -> list[Answered]:
    """Events of a file, one JSON object a line, in order of time.

    Raises:
        FileError: names the line of an event that the contract refuses.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror or error}") from None
    decoder = decoder or Decoder()
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            event = decoder.decode(line)
            if isinstance(event, Rejection):
                raise FileError(f"{path}, line {number}, {event.field}: {event.message}")
            found.append(answered(event))
    return sorted(found, key=lambda event: event.at_ms)


def answered(event: Event) -> Answered:
    """A decoded event, as the engine sees it; only customers' answers are judged."""
    channel, stage, touchpoint, location, segment, respondent = event.series
    answers = answers_of(event) if respondent == "customer" else ()
    words = tuple(dict.fromkeys((event.comment or "").casefold().split())) if event.comment else ()
    return Answered(
        event.event_id, event.occurred_ms, channel, stage, touchpoint, location, segment, event.producer, answers, words
    )


def made(blocks: Sequence[Block], start_ms: int, name: str, decoder: Decoder) -> tuple[list[Answered], int]:
    """Events of blocks side by side, in order, and when the longest ends.

    Raises:
        FileError: a block makes events that the contract refuses.
    """
    found: list[Answered] = []
    end_ms = start_ms
    for number, block in enumerate(blocks):
        span_ms = round(block.hours * 3_600_000)
        count = max(1, round(block.a_day * block.hours / 24))
        end_ms = max(end_ms, start_ms + span_ms)
        for index in range(count):
            bad = int((index + 1) * block.bad_pct / 100) > int(index * block.bad_pct / 100)
            at_ms = start_ms + index * span_ms // count
            event = {
                "kind": block.kind, "event_id": f"{start_ms}-{number}-{index}", "producer": "test",
                "channel": "app", **_scale(block), **block.fields,
                "score": _score(block, bad), "occurred_at": _rfc3339(at_ms),
            }  # fmt: skip
            decoded = decoder.decode(orjson.dumps(event))
            if isinstance(decoded, Rejection):
                raise FileError(f"test {name!r}: its events are refused: {decoded.field} {decoded.message}")
            found.append(answered(decoded))
    return sorted(found, key=lambda event: (event.at_ms, event.id)), end_ms


def starts_ms(tests: TestFile) -> int:
    """When the events of a test file begin.

    Raises:
        FileError: it is no time.
    """
    try:
        return epoch_ms(tests.starts)
    except ValueError as error:
        raise FileError(f"starts: {error}") from None


def _scale(block: Block) -> dict[str, str]:
    if block.kind == "nps":
        return {}
    return {"scale": "1-5", **({"direction": "ease"} if block.kind == "ces" else {})}


def _score(block: Block, bad: bool) -> int:
    if block.kind == "nps":
        return 2 if bad else 9
    high = int(block.fields.get("scale", "1-5").partition("-")[2] or 5)
    best, worst = (1, high) if block.fields.get("direction") == "effort" else (high, 2)
    return worst if bad else best


def _rfc3339(at_ms: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read(path: Path, model: type[ModelT]) -> tuple[ModelT, yaml.Node | None]:
    try:
        data, nodes = read_yaml(path)
    except YamlError as error:
        raise FileError(str(error)) from None
    if not isinstance(data, dict):
        raise FileError(f"{path}: holds no table: it needs {', '.join(model.model_fields)}")
    try:
        return model.model_validate(data), nodes
    except ValidationError as refusal:
        raise FileError(_in_words(path, nodes, refusal)) from None


def _in_words(path: Path, nodes: yaml.Node | None, refusal: ValidationError) -> str:
    """All findings as `file, line N, field: what is wrong`."""
    errors = refusal.errors(include_url=False)
    told = []
    for error in errors[:MOST]:
        keys = _keys(error["loc"])
        told.append(f"line {line_of(nodes, keys)}, {'.'.join(keys) or 'file'}: {_reason(error)}")
    more = f" (and {len(errors) - MOST} more)" if len(errors) > MOST else ""
    return f"{path}, {'; '.join(told)}{more}"


KINDS = ("worsening", "level", "burn", "bad_answer", "silent", "response", "late", "heartbeat")


def _keys(loc: Sequence[Any]) -> list[str]:
    """Place of an error as keys of the file: pydantic names the kind of a rule and parts of unions too."""
    keys: list[str] = []
    for index, part in enumerate(loc):
        after_rule = index == 2 and str(loc[0]) == "rules" and str(part) in KINDS
        if after_rule or str(part) == "[key]" or (isinstance(part, str) and "[" in part) or part in ("str",):
            continue
        keys.append(str(part))
    return keys


def _reason(error: Any) -> str:
    ours = error.get("ctx", {}).get("error")
    if isinstance(ours, ValueError):
        return str(ours)
    if error["type"] == "extra_forbidden":
        name = str(error["loc"][-1])
        near = KnownNames(sorted(_FIELDS)).nearest(name)
        return f"unknown key {name!r}" + (f": did you mean {near!r}?" if near else "")
    if error["type"] == "missing":
        return "is missing"
    if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return f"kind must be one of {', '.join(KINDS)}"
    return str(error["msg"]).lower()


def _fields() -> set[str]:
    from streams.pure.alerting import rules

    models: list[type[BaseModel]] = [Block, Expected, Case, TestFile]
    models += [model for model in vars(rules).values() if isinstance(model, type) and issubclass(model, Part)]
    return {field for model in models for field in model.model_fields}


_FIELDS = _fields()
