"""What the client checks before it sends: never more than the gateway refuses, and most of it."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from touchpulse_client import InvalidEvent
from touchpulse_client.contract import attempt, prepared

from schemas.decode import Decoder, Rejection
from schemas.json_schema import CURRENT
from schemas.screen import MAX_BYTES
from tests.kit.contract import BASE, ODD_VALUES, events

DECODER = Decoder()
CORPUS = Path(__file__).parents[1] / "unit" / "contract_v1.ndjson"


def test_the_clients_schema_is_the_published_one() -> None:
    """A copy that lags behind would hold back new kinds of events."""
    copy = resources.files("touchpulse_client").joinpath("touchpoint.v1.json").read_text(encoding="utf-8")
    assert copy == CURRENT.read_text(encoding="utf-8"), "copy schemas/jsonschema/touchpoint.v1.json into the client"


@settings(max_examples=200, deadline=None)
@given(fields=events())
def test_every_valid_event_passes_and_is_sent_as_it_is(fields: dict[str, Any]) -> None:
    """A false refusal would lose an answer. Null means "left out" in both."""
    event_id, line = prepared(fields, "till")
    sent = json.loads(attempt(line, "2026-03-02T10:15:00.000Z"))
    assert event_id == fields["event_id"]
    assert sent == {**{k: v for k, v in fields.items() if v is not None}, "sent_at": "2026-03-02T10:15:00.000Z"}
    assert not isinstance(DECODER.decode(attempt(line, "2026-03-02T10:15:00.000Z")), Rejection)


def test_the_whole_corpus_of_accepted_events_passes() -> None:
    """What producers send today."""
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)
        if not isinstance(DECODER.decode(line.encode()), Rejection):
            prepared(fields, "till")


@pytest.mark.parametrize(
    "field", ["score", "scale", "event_id", "occurred_at", "producer", "question", "weight", "customer"]
)
def test_odd_values_the_gateway_takes_are_never_refused_here(field: str) -> None:
    """Value by value; `sent_at` is the client's own."""
    for value in ODD_VALUES:
        event = {**BASE, field: value}
        try:
            accepted = not isinstance(DECODER.decode(json.dumps(event).encode()), Rejection)
        except ValueError:
            continue
        if accepted and value is not None:
            prepared(event, "till")


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"score": 9}, "score", "9 does not fit the scale '1-5'"),
        ({"score": "4"}, "score", "must be integer"),
        ({"scale": "1-6"}, "score", "4 does not fit the scale '1-6'"),
        ({"scale": None}, "scale", "is missing"),
        ({"kind": "cast"}, "kind", "must be one of"),
        ({"channel": None}, "channel", "is missing"),
        ({"event_id": "a b"}, "event_id", "must match pattern"),
        ({"occurred_at": "2026-03-02"}, "occurred_at", "must match pattern"),
        ({"question": {"version": 1}}, "question.id", "is missing"),
        ({"comment": "x" * 5_000}, "comment", "must be shorter"),
        ({"attributes": {"a": [1]}}, "attributes.a", "must be string or number"),
        ({"weight": float("nan")}, "", "no JSON"),
        ({"strange": "x" * MAX_BYTES}, "", "bytes: send at most"),
        ({"comment": "\ud800"}, "", "no JSON"),
        ({"kind": "rating", "aspect": "price"}, "", "needs one of its values"),
    ],
)
def test_a_broken_event_is_refused_with_its_field(change: dict[str, Any], field: str, said: str) -> None:
    """The program's author reads this, not a pattern in a log a week later."""
    event = {**BASE, **change}
    if event["kind"] == "rating":
        del event["scale"]
    with pytest.raises(InvalidEvent, match=said) as caught:
        prepared(event, "till")
    assert caught.value.field == field
