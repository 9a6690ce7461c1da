"""The fast decoder and the pydantic contract are one: accept for accept, reject for reject, value for value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from schemas.catalogue import BUILT_IN, Catalogue
from schemas.common import Common
from schemas.decode import Decoder, Event, Rejection, detail
from schemas.events import MODELS
from schemas.reasons import Reason
from tests.kit.contract import (
    BASE,
    FIELDS,
    KINDS,
    ODD_VALUES,
    RAW_VALUES,
    as_the_contract_reads_it,
    event,
    events,
    messages,
)

CATALOGUE = Catalogue.model_validate(
    {
        "channels": {"store": {"medium": "store"}, "app": {"medium": "app"}, "Laden": {"medium": "store"}},
        "touchpoints": {
            "checkout": {"stage": "purchase", "element": "behaviour"},
            "网上商店": {"stage": "pre_purchase"},
        },
    }
)
ADMIT = Catalogue.model_validate({"unknown_names": "admit"})
# Shared over all examples on purpose: what a decoder remembers must never change what it says.
PLAIN, WITH_CATALOGUE, ADMITTING = Decoder(), Decoder(CATALOGUE), Decoder(ADMIT)


def settled(event: Event) -> dict[str, Any]:
    """A decoded event as plain values."""
    names = (
        "kind", "event_id", "producer", "channel", "occurred_ms", "sent_ms", "stage", "element", "respondent",
        "weight_micro", "question_id", "question_version", "attributes", "test", "answers", "touchpoint", "location",
        "segment", "customer", "comment",
    )  # fmt: skip
    values = {name: getattr(event, name) for name in names}
    assert event.series == tuple(
        values[n] for n in ("channel", "stage", "touchpoint", "location", "segment", "respondent")
    )
    return {**values, "detail": detail(event)}


def check(raw: bytes, decoder: Decoder, names: Any) -> None:
    """Both read the bytes alike."""
    try:
        expected = as_the_contract_reads_it(raw, names)
    except ValueError:
        expected = None
    found = decoder.decode(raw)
    if expected is None:
        assert isinstance(found, Rejection), found
        assert found.reason in set(Reason)
        assert found.message
        assert not found.message.startswith("The event could not be read")
    else:
        assert isinstance(found, Event), found
        got = settled(found)
        assert got == expected
        assert repr(got) == repr(expected)  # 4 and 4.0, 1 and True are equal, and are not the same


@settings(max_examples=400, deadline=None)
@given(raw=messages())
def test_both_decoders_read_any_bytes_alike(raw: bytes) -> None:
    """A faster answer must be the same answer."""
    check(raw, PLAIN, BUILT_IN)
    check(raw, WITH_CATALOGUE, CATALOGUE)
    check(raw, ADMITTING, ADMIT)


@settings(max_examples=100, deadline=None)
@given(fields=events())
def test_no_repeated_key_slips_through_the_quick_way(fields: dict[str, Any]) -> None:
    """The quick way counts colons; one miscounted colon would hide one repeated key."""
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    for key, value in [*fields.items(), ("kind", "nps"), ("unknown", 1)]:
        pair = json.dumps({key: value}, ensure_ascii=False, separators=(",", ":"))[1:-1]
        found = PLAIN.decode(f"{text[:-1]},{pair}}}".encode())
        if key == "unknown":
            assert isinstance(found, Event)
        else:
            assert isinstance(found, Rejection)
            assert found.reason == Reason.REPEATED_KEY


SMALLEST: dict[str, dict[str, Any]] = {
    "csat": {},
    "ces": {"score": 3, "scale": "1-5", "direction": "effort"},
    "nps": {"score": 9},
    "rating": {"aspect": "price", "experience": 7},
    "trust": {"ability": 7},
    "emotion": {"valence": 0.285},
    "complaint": {"severity": 2},
    "case": {"case_id": "c-1", "state": "open"},
    "interaction": {"wait_s": 12},
    "signal": {"signal": "refund"},
    "visit": {},
    "purchase": {},
    "invitation": {},
}
"""What each kind cannot do without."""


def test_every_kind_is_swept() -> None:
    """A new kind must be added to the sweep below."""
    assert tuple(SMALLEST) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_with_every_odd_value_is_read_alike(kind: str) -> None:
    """Chance may miss a pair; this leaves out none."""
    base = event(kind=kind, **SMALLEST[kind])
    own = [name for name in MODELS[kind].model_fields if name not in Common.model_fields and name != "kind"]
    fields = FIELDS if kind == "csat" else own
    for field in fields:
        check(json.dumps({k: v for k, v in base.items() if k != field}).encode(), PLAIN, BUILT_IN)
        for value in ODD_VALUES:
            odd = {**base, field: value}
            if field == "channel":
                check(json.dumps(odd).encode(), ADMITTING, ADMIT)
            check(json.dumps(odd, ensure_ascii=False, separators=(",", ":")).encode(), PLAIN, BUILT_IN)
            if kind == "csat":  # escapes take another way
                check(json.dumps(odd).encode(), PLAIN, BUILT_IN)


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_with_every_odd_piece_of_json_is_read_alike(field: str) -> None:
    """Numbers, texts and nestings that JSON writers never write, but someone sends."""
    rest = json.dumps({k: v for k, v in BASE.items() if k != field}, separators=(",", ":")).encode()
    for value in RAW_VALUES:
        check(rest[:-1] + b',"' + field.encode() + b'":' + value + b"}", PLAIN, BUILT_IN)
        check(b'{"' + field.encode() + b'":' + value + b"," + rest[1:], PLAIN, BUILT_IN)
