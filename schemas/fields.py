"""Field types shared by all kinds of events: what a name, an id, a text and a number may be.

Why apart: each rule stands once, as a plain function that both decoders call, and as the piece of
JSON Schema that producers see.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from schemas.reasons import FieldError, Reason
from schemas.times import TIME_PATTERN, epoch_ms

MAX_SHORT_NAME, MAX_NAME, MAX_ID, MAX_TEXT, MAX_COMMENT = 64, 128, 128, 200, 4_000
MAX_ATTRIBUTES, MAX_ATTRIBUTE_TEXT = 20, 256
MIN_WEIGHT, MAX_WEIGHT = 0.000_001, 1_000.0
"""The square of the largest, in millionths twice over, still fits the 64 bits of the store."""
MAX_AMOUNT = 1e12
MAX_SECONDS = 31 * 86_400.0
MAX_CLOCK_OFFSET_MS = 4_133_980_800_000
"""From 1970 to 2101: times lie between the two."""

# No control characters or line ends, no `|` (it joins names in keys), no blank at either end (look-alikes).
NAME_PATTERN = (
    r"^[^\s\u0000-\u001f\u007f-\u009f|]"
    r"([^\u0000-\u001f\u007f-\u009f\u2028\u2029|]*[^\s\u0000-\u001f\u007f-\u009f|])?$"
)
# Neither `:`, which parts producer and event_id in the event's key.
PRODUCER_PATTERN = NAME_PATTERN.replace("|]", "|:]")
ID_PATTERN = r"^[!-~]+$"
CURRENCY_PATTERN = r"^[A-Z]{3}$"

_NAME = re.compile(NAME_PATTERN.replace("$", r"\Z"))
_PRODUCER = re.compile(PRODUCER_PATTERN.replace("$", r"\Z"))
_ID = re.compile(ID_PATTERN.replace("$", r"\Z"))
_CURRENCY = re.compile(CURRENCY_PATTERN.replace("$", r"\Z"))


def _check_text(text: str, max_chars: int) -> str:
    """Refuse blank and overlong texts."""
    if not text or text.isspace():
        raise FieldError(Reason.EMPTY_VALUE, "is an empty value: fill it in, or leave an optional field out")
    if len(text) > max_chars:
        raise FieldError(Reason.TOO_LONG, f"has {len(text)} characters: send at most {max_chars}")
    return text


@lru_cache(maxsize=8_192)  # The names of touchpoints, questions and attributes come again and again.
def check_name(text: str, max_chars: int = MAX_NAME) -> str:
    """Refuse what cannot be a name: empty, too long, control characters, `|`, blanks at an end."""
    if _NAME.match(_check_text(text, max_chars)) is None:
        problem = "is no name: leave out control characters, '|' and blanks at either end"
        raise FieldError(Reason.BAD_VALUE, problem)
    return text


def check_short_name(text: str) -> str:
    """A name of at most MAX_SHORT_NAME characters."""
    return check_name(text, MAX_SHORT_NAME)


def check_producer(text: str) -> str:
    """A short name without `:`."""
    if _PRODUCER.match(check_short_name(text)) is None:
        raise FieldError(Reason.BAD_VALUE, "must not contain ':': choose a name without it")
    return text


def check_id(text: str) -> str:
    """Refuse what cannot be an id: only printable ASCII without blanks, at most MAX_ID characters."""
    if _ID.match(_check_text(text, MAX_ID)) is None:
        raise FieldError(Reason.BAD_VALUE, "is no id: use printable ASCII characters without blanks")
    return text


def check_text(text: str) -> str:
    """A short free text that is not blank."""
    return _check_text(text, MAX_TEXT)


def check_comment(text: str) -> str:
    """A free text, which may be empty."""
    if len(text) > MAX_COMMENT:
        raise FieldError(Reason.TOO_LONG, f"has {len(text)} characters: send at most {MAX_COMMENT}")
    return text


def check_time(text: str) -> str:
    """Refuse what is no RFC 3339 time."""
    epoch_ms(text)
    return text


def check_attributes(attributes: dict[str, str | int | float | bool]) -> dict[str, str | int | float | bool]:
    """Refuse too many attributes, bad names and overlong values."""
    if len(attributes) > MAX_ATTRIBUTES:
        raise FieldError(Reason.TOO_LONG, f"has {len(attributes)} entries: send at most {MAX_ATTRIBUTES}")
    for name, value in attributes.items():
        try:
            check_short_name(name)
        except FieldError as error:
            raise FieldError(error.reason, f"has a bad name {name[:64]!r}: it {error.problem}") from None
        if isinstance(value, str) and len(value) > MAX_ATTRIBUTE_TEXT:
            problem = f"has {len(value)} characters at {name!r}: send at most {MAX_ATTRIBUTE_TEXT}"
            raise FieldError(Reason.TOO_LONG, problem)
    return attributes


def check_currency(text: str) -> str:
    """Three capital letters."""
    if _CURRENCY.match(text) is None:
        raise FieldError(Reason.BAD_VALUE, "is no currency: send three capital letters, such as EUR")
    return text


Name = Annotated[
    str,
    AfterValidator(check_name),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_NAME, "pattern": NAME_PATTERN}),
]
ShortName = Annotated[
    str,
    AfterValidator(check_short_name),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_SHORT_NAME, "pattern": NAME_PATTERN}),
]
ProducerName = Annotated[
    str,
    AfterValidator(check_producer),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_SHORT_NAME, "pattern": PRODUCER_PATTERN}),
]
Id = Annotated[
    str,
    AfterValidator(check_id),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_ID, "pattern": ID_PATTERN}),
]
Text = Annotated[
    str,
    AfterValidator(check_text),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_TEXT, "pattern": r"\S"}),
]
Comment = Annotated[str, AfterValidator(check_comment), WithJsonSchema({"type": "string", "maxLength": MAX_COMMENT})]
Time = Annotated[
    str,
    AfterValidator(check_time),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": TIME_PATTERN}),
]
Currency = Annotated[
    str, AfterValidator(check_currency), WithJsonSchema({"type": "string", "pattern": CURRENCY_PATTERN})
]
Attributes = Annotated[
    dict[str, str | int | float | bool],
    AfterValidator(check_attributes),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": MAX_ATTRIBUTES,
            "propertyNames": {"minLength": 1, "maxLength": MAX_SHORT_NAME, "pattern": NAME_PATTERN},
            "additionalProperties": {
                "type": ["string", "number", "boolean"],
                "maxLength": MAX_ATTRIBUTE_TEXT,
            },
        }
    ),
]
Weight = Annotated[float, Field(ge=MIN_WEIGHT, le=MAX_WEIGHT)]
Amount = Annotated[float, Field(ge=0, le=MAX_AMOUNT)]
Seconds = Annotated[float, Field(ge=0, le=MAX_SECONDS)]
OneToTen = Annotated[int, Field(ge=1, le=10)]
