"""Why an event was refused, in one sentence a producer can act on.

Why apart from decoding: this runs only for events that are refused, so it may be slow and thorough.
It asks the pydantic contract, which is the authority, and puts its findings into plain words.
"""

from __future__ import annotations

import re
from typing import Any, Protocol

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.events import MODELS
from schemas.fields import MAX_SHORT_NAME
from schemas.names import KnownNames
from schemas.reasons import FieldError, Reason, Rejection, ScreenError, cut
from schemas.screen import load

_PRODUCER = re.compile(rb'"producer"\s*:\s*"([^"\\\x00-\x1f]{1,256})"')
_TYPES = {
    "string_type": "text in quotes",
    "int_type": "a whole number without quotes and without a decimal point, such as 4",
    "int_from_float": "a whole number without a decimal point, such as 4",
    "float_type": "a number without quotes",
    "bool_type": "true or false without quotes",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}
_SCALED = frozenset(("score", "experience", "expectation", "importance", "valence", "severity")).union(
    ("integrity", "ability", "affinity", "consistency")
)
_KINDS = KnownNames(MODELS)


class Names(Protocol):
    """What knows which names exist: a catalogue, or the built-in channels."""

    def resolve(self, channel: str, touchpoint: str, location: str) -> tuple[str, str]:
        """Stage and element of a touchpoint; raises FieldError for an unknown name."""


def explain(raw: bytes, names: Names) -> Rejection | None:
    """The first thing that is wrong with an event.

    Args:
        raw: the bytes as they came.
        names: what tells known names from unknown ones.
    Returns:
        The refusal; None if the contract accepts the event.
    """
    try:
        data = load(raw)
    except ScreenError as error:
        return Rejection(str(error.reason), error.field, "", "", error.problem, _producer_of(raw))
    producer = data.get("producer")
    producer = producer[:MAX_SHORT_NAME] if isinstance(producer, str) else ""
    found = _unknown_kind(data) or _refused_by_model(data) or _unknown_name(data, names)
    if found is None:
        return None
    field, value, more, wrong = found
    message = f"{field} {wrong.problem}{more}."
    if wrong.nearest:
        message = f"{field} {wrong.problem}: did you mean {wrong.nearest!r}?"
    return Rejection(str(wrong.reason), field, value, wrong.nearest, message, producer)


_Found = tuple[str, str, str, FieldError]
"""Field path, offending value as text, note on further errors, what is wrong."""


def _unknown_kind(data: dict[str, Any]) -> _Found | None:
    """Looks at `kind` alone: without it nothing else can be judged."""
    kind = data.get("kind")
    if isinstance(kind, str) and kind in MODELS:
        return None
    known = ", ".join(_KINDS.names)
    if "kind" not in data:
        error = FieldError(Reason.MISSING_FIELD, f"is missing: send one of {known}")
        return "kind", "", "", error
    if not isinstance(kind, str):
        error = FieldError(Reason.WRONG_TYPE, f"is not text: send one of {known}")
    elif not kind.strip():
        error = FieldError(Reason.EMPTY_VALUE, f"is an empty value: send one of {known}")
    else:
        near = _KINDS.nearest(kind)
        error = FieldError(
            Reason.UNKNOWN_KIND,
            "is not a known kind" if near else f"is not a known kind: send one of {known}",
            nearest=near,
        )
    return "kind", cut(kind), "", error


def _refused_by_model(data: dict[str, Any]) -> _Found | None:
    """What the pydantic contract says."""
    try:
        MODELS[data["kind"]].model_validate(data)
    except ValidationError as refusal:
        errors = refusal.errors(include_url=False)
    else:
        return None
    # Of a union each member complains; the one whose type fits knows best.
    alike = [e for e in errors if _path(e) == _path(errors[0])]
    first = next((e for e in alike if e["type"] not in _TYPES), errors[0])
    error = _in_our_words(first, alike)
    field = error.field or _path(first)
    others = [f for f in dict.fromkeys(_path(e) for e in errors[1:]) if f and f != field]
    more = f" (also wrong: {', '.join(others[:5])})" if others else ""
    value = data.get(field) if error.field else first["input"]
    missing = error.reason is Reason.MISSING_FIELD
    return field, "" if missing else cut(value), more, error


def _unknown_name(data: dict[str, Any], names: Names) -> _Found | None:
    """What the catalogue says of an event the models accept."""
    try:
        names.resolve(data["channel"], data.get("touchpoint") or "", data.get("location") or "")
    except FieldError as error:
        return error.field, cut(data.get(error.field)), "", error
    return None


def _path(error: ErrorDetails) -> str:
    """Where an error is, as `question.id`; names of union members are left out."""
    parts = [str(part) for part in error["loc"]]
    if parts and parts[0] == "attributes":
        return ".".join(parts[:2])
    if len(parts) > 1 and parts[:2] == ["question", "version"]:
        return "question.version"
    return ".".join(parts)


def _in_our_words(error: ErrorDetails, alike: list[ErrorDetails]) -> FieldError:
    """A finding of pydantic, with those on the same field, as one of our reasons."""
    kind, context = error["type"], error.get("ctx", {})
    field = str(error["loc"][0]) if error["loc"] else ""
    if isinstance(ours := context.get("error"), FieldError):
        return ours
    if kind == "missing":
        return FieldError(Reason.MISSING_FIELD, "is missing: this kind of event needs it")
    if error["input"] is None:
        return FieldError(Reason.WRONG_TYPE, "is null: this kind of event needs a value here")
    if error["input"] == "":
        return FieldError(Reason.EMPTY_VALUE, "is an empty value: fill it in, or leave an optional field out")
    if kind in _TYPES:
        wanted = " or ".join(dict.fromkeys(_TYPES[e["type"]] for e in alike))
        if field == "attributes" and len(alike) > 1:
            wanted = "text, a number, or true or false"
        return FieldError(Reason.WRONG_TYPE, f"has the wrong type: send {wanted}")
    if kind == "literal_error":
        return _not_listed(field, error["input"], context["expected"])
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = context.get("ge", context.get("le"))
        word = "at least" if "ge" in context else "at most"
        if field in _SCALED:
            return FieldError(Reason.OFF_SCALE, f"is off its scale: send {word} {bound}")
        return FieldError(Reason.BAD_VALUE, f"is out of bounds: send {word} {bound:.15g}")
    return FieldError(Reason.BAD_VALUE, f"is wrong: {error['msg']}")


def _not_listed(field: str, value: object, expected: str) -> FieldError:
    """A value that is none of the few allowed ones."""
    if not isinstance(value, str):
        return FieldError(Reason.WRONG_TYPE, f"has the wrong type: send one of {expected}")
    if field in ("scale", "direction"):
        return FieldError(Reason.UNKNOWN_SCALE, f"is no declared {field}: send one of {expected}")
    known = tuple(re.findall(r"'([^']*)'", expected))
    near = KnownNames(known).nearest(value)
    problem = "is not a known name" if near else f"is not a known name: send one of {expected}"
    return FieldError(Reason.UNKNOWN_NAME, problem, nearest=near)


def _producer_of(raw: bytes) -> str:
    """Who sent bytes that are no JSON, as far as it can be told."""
    match = _PRODUCER.search(raw[:65_536])
    return match[1].decode(errors="replace")[:MAX_SHORT_NAME] if match else ""
