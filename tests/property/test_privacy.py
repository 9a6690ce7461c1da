"""Cleaning twice is cleaning once, whatever came in; and both forms of an event are cleaned alike."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.decode import Decoder
from schemas.reasons import Rejection
from schemas.wire import Event
from streams.pure.privacy import Privacy, PrivacyKey, is_pseudonym
from streams.pure.scrub import scrub

KEYED = Privacy([PrivacyKey("k2", b"b" * 32), PrivacyKey("k1", b"a" * 32)], ["app_version"])
UNKEYED = Privacy([], ["app_version"])

# Pieces of what is looked for, so that they meet in ways nobody thought of.
PIECES = st.sampled_from(
    ["4111111111111111", "4111 1111", " 1111 1111", "13800138000", "+49 170 1234567", "0170", " 1234567", "a@b.co", "@",
     "anna", ".org", "example", "11010519491231002X", "DE89 3704 0044 0532 0130 00", "2026-03-02", "536-90-4399",
     "[mail]", "[card]", "-", " ", "(", ")", "/", "１３８", "，", "第一次",
     "\u200b", "0", "7", "42", "AB 12 34 56 C", "\n"]
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(PIECES, max_size=12).map("".join), st.text(max_size=60), st.text("0123456789 -+.()@ab", max_size=60)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("customer", "comment", "action", "topic", "attributes", "event_id", "strange"), TEXTS | JSON
    ),
)


@settings(max_examples=400)
@given(TEXTS)
def test_scrubbing_twice_is_scrubbing_once_and_never_longer(text: str) -> None:
    """A text that grew would be refused at the next door for its length."""
    once = scrub(text)
    assert scrub(once) == once
    assert len(once) <= len(text)


@given(FIELDS, st.sampled_from([KEYED, UNKEYED]))
def test_cleaning_an_event_twice_is_cleaning_it_once(fields: dict[str, Any], privacy: Privacy) -> None:
    """It is cleaned at the door and again before it is stored."""
    before = orjson.dumps(fields)
    once = privacy.cleaned(fields)
    assert privacy.cleaned(once) == once
    assert orjson.dumps(fields) == before, "what is handed in stays as it is"
    attributes = once.get("attributes")
    assert not isinstance(attributes, dict) or set(attributes) <= {"app_version"}


@given(
    st.one_of(
        FIELDS.map(orjson.dumps), st.binary(max_size=80), TEXTS.map(lambda text: f'{{"customer": "{text}'.encode())
    )
)
def test_cleaning_refused_bytes_twice_is_cleaning_them_once(raw: bytes) -> None:
    """Bytes of any kind, JSON or not, UTF-8 or not."""
    once = KEYED.cleaned_bytes(raw)
    assert KEYED.cleaned_bytes(once) == once


@given(
    st.sampled_from(["emotion", "complaint", "nps"]),
    st.text("abc0123456789@.-", min_size=1, max_size=20),
    TEXTS.filter(lambda text: bool(text.strip())),
    st.dictionaries(st.sampled_from(["app_version", "device"]), st.integers(0, 9) | TEXTS, max_size=2),
    st.sampled_from([KEYED, UNKEYED]),
)
def test_a_decoded_event_is_cleaned_as_its_json_is(
    kind: str, customer: str, text: str, attributes: dict[str, Any], privacy: Privacy
) -> None:
    """Kafka-native producers pass no door: what is stored of them must be the same."""
    own = {"emotion": {"valence": 0.5, "action": text}, "complaint": {"severity": 1}, "nps": {"score": 9}}[kind]
    event = {
        "kind": kind, "event_id": "e-1", "occurred_at": "2026-03-02T10:15:00Z", "producer": "till", "channel": "store",
        "customer": customer, "comment": text, "attributes": attributes, **own,
    }  # fmt: skip
    decoder = Decoder()
    decoded = _decoded(decoder, event)
    privacy.clean_event(decoded)
    assert decoded == _decoded(decoder, privacy.cleaned(event))


@given(st.text(min_size=1, max_size=40))
def test_different_customers_get_different_pseudonyms_and_all_are_recognised(customer: str) -> None:
    """One customer is one name; the raw id is nowhere in it."""
    made = KEYED.pseudonym(customer)
    assert is_pseudonym(made)
    assert KEYED.pseudonym(made) == made
    assert made != KEYED.pseudonym(customer + "x")
    assert made in KEYED.pseudonyms(customer)


def _decoded(decoder: Decoder, event: dict[str, Any]) -> Event:
    decoded = decoder.decode(orjson.dumps(event))
    assert not isinstance(decoded, Rejection), decoded
    return decoded
