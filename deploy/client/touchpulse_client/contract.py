"""Holding an event against the contract before it is written down.

The schema is the published one, copied when the package is built. It may refuse only what the gateway refuses
too; what a schema cannot say (whether a name is in the catalogue) the gateway says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any
from uuid import uuid4

import fastjsonschema

from .errors import InvalidEvent

MAX_BYTES = 64 * 1024
"""Size of the largest event."""
_SPARE = 64  # for `sent_at`, which each attempt adds


def prepared(event: Mapping[str, Any], producer: str) -> tuple[str, bytes]:
    """An event made complete, checked, and written as JSON.

    Args:
        event: fields of the contract. `event_id` (a random one) and `occurred_at` (now) may be left out; `sent_at`
            is set anew by each attempt.
        producer: used where the event names none; the gateway puts the key's name in its place.
    Returns:
        Its id, and one line of JSON that ends in `}`.
    Raises:
        InvalidEvent: with the field and what is wrong.
    """
    fields = {"event_id": str(uuid4()), "occurred_at": now(), "producer": producer, **event}
    fields.pop("sent_at", None)
    kind = fields.get("kind")
    check = _checks().get(kind) if isinstance(kind, str) else None
    if check is None:
        raise InvalidEvent("kind", f"must be one of {', '.join(_checks())}")
    # None means "left out", as in the gateway; the schema knows no null.
    fields = {name: value for name, value in fields.items() if value is not None}
    try:
        check()(fields)
    except fastjsonschema.JsonSchemaValueException as error:
        raise _in_our_words(error, fields) from None
    try:
        line = json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (ValueError, TypeError) as error:
        raise InvalidEvent("", f"The event is no JSON: {error}") from None
    if len(line) > MAX_BYTES - _SPARE:
        raise InvalidEvent("", f"The event has {len(line)} bytes: send at most {MAX_BYTES - _SPARE}")
    return fields["event_id"], line


def attempt(line: bytes, sent_at: str) -> bytes:
    """The line with the moment of this attempt, by which the gateway sees a wrong clock."""
    return line[:-1] + b',"sent_at":"' + sent_at.encode() + b'"}'


def now() -> str:
    """This moment, as the contract writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@cache
def _checks() -> dict[str, Callable[[], Callable[[Any], Any]]]:
    """A validator for each kind, made when it is first needed: that takes 30 ms."""
    text = resources.files("touchpulse_client").joinpath("touchpoint.v1.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    for name, definition in schema["$defs"].items():
        if name != "Question":  # inside it null may still stand
            definition["properties"] = {key: _plain(field) for key, field in definition["properties"].items()}

    def maker(ref: str) -> Callable[[], Callable[[Any], Any]]:
        # Of the drafts the library knows, draft 7 has every word our schema uses.
        own = {"$schema": "http://json-schema.org/draft-07/schema#", "$ref": ref, "$defs": schema["$defs"]}
        return cache(lambda: fastjsonschema.compile(own, use_default=False))

    return {kind: maker(ref) for kind, ref in schema["discriminator"]["mapping"].items()}


def _plain(field: dict[str, Any]) -> dict[str, Any]:
    """A field without the choice of null, which is gone by then: else each problem would read `fits neither`."""
    choices = [choice for choice in field.get("anyOf", ()) if choice != {"type": "null"}]
    return choices[0] if len(choices) == 1 else field


def _in_our_words(error: fastjsonschema.JsonSchemaValueException, fields: dict[str, Any]) -> InvalidEvent:
    path = ".".join(str(part) for part in error.path[1:])
    if not path and error.rule in ("anyOf", "oneOf"):
        if "scale" in fields:
            scale = " ".join(repr(fields[name]) for name in ("scale", "direction") if name in fields)
            return InvalidEvent("score", f"{fields.get('score')!r} does not fit the scale {scale}")
        return InvalidEvent(
            "", f"a {fields['kind']} needs one of its values (see the contract), and not two that exclude each other"
        )
    if error.rule == "required":
        value = error.value if isinstance(error.value, dict) else {}
        missing = [name for name in error.rule_definition if name not in value]
        return InvalidEvent(".".join(filter(None, [path, *missing[:1]])), "is missing")
    if error.rule in ("anyOf", "oneOf"):
        return InvalidEvent(path, "has a value the contract does not allow")
    return InvalidEvent(path, error.message.removeprefix(error.name or "").strip())
