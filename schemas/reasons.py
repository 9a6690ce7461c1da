"""Why an event is refused: codes for machines, one sentence for people.

Why apart from the models: the raw screen, the models, the catalogue and the counting all refuse
events, and a producer must read the same codes whoever refused.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
import orjson

MAX_VALUE_CHARS = 200
"""How much of an offending value is repeated to the producer."""


class Reason(StrEnum):
    """Code of a refusal. Codes are never renamed: producers' dashboards and tests rely on them."""

    NOT_JSON = "not_json"
    BAD_UTF8 = "bad_utf8"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    REPEATED_KEY = "repeated_key"
    NOT_AN_OBJECT = "not_an_object"
    MISSING_FIELD = "missing_field"
    EMPTY_VALUE = "empty_value"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_SCALE = "unknown_scale"
    OFF_SCALE = "off_scale"
    BAD_TIME = "bad_time"
    NO_TIME_ZONE = "no_time_zone"
    NOT_FINITE = "not_finite"
    TOO_LONG = "too_long"
    UNKNOWN_NAME = "unknown_name"
    BAD_VALUE = "bad_value"
    FAR_FUTURE = "far_future"
    """Given by the counting, which knows the broker's clock; the contract itself knows none."""
    NOT_ALLOWED = "not_allowed"
    """Given by the gateway, which knows what a key may send."""


class FieldError(ValueError):
    """One field of an event is wrong. It will never become valid: refuse the event, do not retry."""

    def __init__(self, reason: Reason, problem: str, *, field: str = "", nearest: str = "") -> None:
        super().__init__(problem)
        self.reason = reason
        self.problem = problem
        """What is wrong and what to do, to be read after the field's name."""
        self.field = field
        """Name of the field where the raiser knows it better than its caller; else ''."""
        self.nearest = nearest
        """The nearest known name, '' if none is near."""


class ScreenError(FieldError):
    """The bytes are refused before any model sees them. `problem` is a whole sentence here."""


class Rejection(msgspec.Struct, frozen=True, gc=False):
    """Why one event was refused; what a producer reads in order to mend it."""

    reason: str
    """A code of `Reason`."""
    field: str
    """Path of the field, such as `question.id`; '' if the event as a whole is wrong."""
    value: str
    """The offending value as JSON, cut to MAX_VALUE_CHARS; '' if there is none."""
    nearest: str
    """The nearest known name, '' if none is near."""
    message: str
    """One plain sentence that says what to do."""
    producer: str
    """Who sent it, as far as it can be told; '' if it cannot."""


def cut(value: object) -> str:
    """A value as the JSON a producer wrote, at most MAX_VALUE_CHARS characters."""
    try:
        text = orjson.dumps(value).decode()
    except TypeError:
        text = repr(value)
    return text if len(text) <= MAX_VALUE_CHARS else text[: MAX_VALUE_CHARS - 1] + "…"
