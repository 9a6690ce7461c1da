"""The JSON Schema and the decoder agree, as far as a schema can say it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from schemas.decode import Decoder, Rejection
from schemas.json_schema import schema
from tests.kit.contract import BASE, FIELDS, ODD_VALUES, events, messages

Draft202012Validator.check_schema(schema())
VALIDATOR = Draft202012Validator(schema())
DECODER = Decoder()


@settings(max_examples=200, deadline=None)
@given(fields=events())
def test_every_valid_event_is_valid_by_the_schema(fields: dict[str, object]) -> None:
    """A producer that validates before sending must not be held back."""
    assert not isinstance(DECODER.decode(json.dumps(fields).encode()), Rejection)
    VALIDATOR.validate(fields)


@settings(max_examples=200, deadline=None)
@given(raw=messages())
def test_whatever_is_accepted_is_valid_by_the_schema(raw: bytes) -> None:
    """The schema may only refuse what the decoder refuses too."""
    if not isinstance(DECODER.decode(raw), Rejection):
        VALIDATOR.validate(json.loads(raw))


@pytest.mark.parametrize("field", [*BASE, "touchpoint", "question", "weight", "attributes", "sent_at", "customer"])
def test_the_schema_refuses_most_of_what_the_decoder_refuses(field: str) -> None:
    """What a schema cannot say is short and known; all else a producer can find out at home."""
    unsayable = 0
    for value in ODD_VALUES:
        event = {**BASE, field: value}
        refused = isinstance(DECODER.decode(json.dumps(event).encode()), Rejection)
        valid = VALIDATOR.is_valid(event)
        if refused and valid:
            unsayable += 1
            whole_with_point = isinstance(value, float) and value.is_integer()
            text = str(value)
            assert (
                whole_with_point
                or text.endswith("\n")  # `$` of this validator's regular expressions passes over a last line end
                or field == "channel"  # whether a name is known
                or (isinstance(value, dict) and any(isinstance(v, float) for v in value.values()))
                or isinstance(value, list)  # depth
                or text[:4] in ("2026", "1970", "2100")  # whether a date exists, and where 1970 and 2100 end in UTC
            ), value
    assert unsayable < len(ODD_VALUES) / 2
    assert field in FIELDS
