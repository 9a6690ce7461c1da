"""What a producer reads when an event is refused: the code, the field, the value, and what to do."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from schemas.decode import Decoder, Event, Reason, Rejection
from schemas.reasons import MAX_VALUE_CHARS
from schemas.screen import MAX_BYTES
from tests.kit.contract import event, raw


def refusal(message: bytes) -> Rejection:
    """Why a message is refused."""
    found = Decoder().decode(message)
    assert isinstance(found, Rejection)
    return found


def without(field: str) -> bytes:
    """The small event without one field."""
    return json.dumps({k: v for k, v in event().items() if k != field}).encode()


CASES: list[Any] = [
    # message, reason, field, value, nearest
    pytest.param(b"", "not_json", "", "", "", id="empty"),
    pytest.param(b"hello", "not_json", "", "", "", id="no-json"),
    pytest.param(raw()[:-1], "not_json", "", "", "", id="cut-off"),
    pytest.param(raw() + b"{}", "not_json", "", "", "", id="two-objects"),
    pytest.param(b"\xef\xbb\xbf" + raw(), "not_json", "", "", "", id="byte-order-mark"),
    pytest.param(raw(comment="x").replace(b'"x"', b'"\xff"'), "bad_utf8", "", "", "", id="bad-utf8"),
    pytest.param(raw(comment="x").replace(b'"x"', b'"\\ud800"'), "bad_utf8", "comment", "", "", id="half-a-character"),
    pytest.param(raw(comment="x" * MAX_BYTES), "too_large", "", "", "", id="too-large"),
    pytest.param(raw(unknown=[[[[[[[[1]]]]]]]]), "too_deep", "", "", "", id="nine-levels"),
    pytest.param(b'{"a":' * 5_000, "too_deep", "", "", "", id="deep-and-cut-off"),
    pytest.param(raw()[:-1] + b',"score":5}', "repeated_key", "score", "", "", id="repeated-key"),
    pytest.param(
        raw(attributes={"a": 1}).replace(b'"a":1', b'"a":1,"a":1'), "repeated_key", "a", "", "", id="repeated-below"
    ),
    pytest.param(b"[" + raw() + b"]", "not_an_object", "", "", "", id="array"),
    pytest.param(b"4", "not_an_object", "", "", "", id="number"),
    pytest.param(b"null", "not_an_object", "", "", "", id="null"),
    pytest.param(without("event_id"), "missing_field", "event_id", "", "", id="no-id"),
    pytest.param(without("kind"), "missing_field", "kind", "", "", id="no-kind"),
    pytest.param(without("score"), "missing_field", "score", "", "", id="no-score"),
    pytest.param(raw(kind="rating", aspect="price"), "missing_field", "experience", "", "", id="rating-without-any"),
    pytest.param(raw(kind="trust"), "missing_field", "integrity", "", "", id="trust-without-any"),
    pytest.param(raw(kind="emotion"), "missing_field", "valence", "", "", id="emotion-without-any"),
    pytest.param(raw(kind="interaction"), "missing_field", "wait_s", "", "", id="interaction-without-any"),
    pytest.param(raw(event_id=""), "empty_value", "event_id", '""', "", id="empty-id"),
    pytest.param(raw(channel="  "), "empty_value", "channel", '"  "', "", id="blank-channel"),
    pytest.param(raw(touchpoint=""), "empty_value", "touchpoint", '""', "", id="empty-touchpoint"),
    pytest.param(raw(question={"id": ""}), "empty_value", "question.id", '""', "", id="empty-question"),
    pytest.param(raw(kind=""), "empty_value", "kind", '""', "", id="empty-kind"),
    pytest.param(raw(score=""), "empty_value", "score", '""', "", id="empty-score"),
    pytest.param(raw(score="4"), "wrong_type", "score", '"4"', "", id="score-as-text"),
    pytest.param(raw(score=4.0), "wrong_type", "score", "4.0", "", id="score-with-point"),
    pytest.param(raw(score=True), "wrong_type", "score", "true", "", id="score-as-truth"),
    pytest.param(raw(score=None), "wrong_type", "score", "null", "", id="score-null"),
    pytest.param(raw(score=2**64), "wrong_type", "score", "1.8446744073709552e+19", "", id="score-enormous"),
    pytest.param(raw(occurred_at=1795336205), "wrong_type", "occurred_at", "1795336205", "", id="time-as-number"),
    pytest.param(raw(test="yes"), "wrong_type", "test", '"yes"', "", id="test-as-text"),
    pytest.param(raw(kind=["csat"]), "wrong_type", "kind", '["csat"]', "", id="kind-as-list"),
    pytest.param(raw(attributes=[]), "wrong_type", "attributes", "[]", "", id="attributes-as-list"),
    pytest.param(raw(kind="csta"), "unknown_kind", "kind", '"csta"', "csat", id="misspelt-kind"),
    pytest.param(raw(kind="heartbeat"), "unknown_kind", "kind", '"heartbeat"', "", id="foreign-kind"),
    pytest.param(raw(scale="1-6"), "unknown_scale", "scale", '"1-6"', "", id="undeclared-scale"),
    pytest.param(
        raw(kind="ces", score=3, scale="1-7", direction="effort"),
        "unknown_scale",
        "scale",
        '"1-7"',
        "",
        id="effort-on-seven",
    ),
    pytest.param(
        raw(kind="ces", score=3, scale="1-5", direction="up"),
        "unknown_scale",
        "direction",
        '"up"',
        "",
        id="undeclared-direction",
    ),
    pytest.param(raw(score=6), "off_scale", "score", "6", "", id="six-of-five"),
    pytest.param(raw(score=0), "off_scale", "score", "0", "", id="zero-of-five"),
    pytest.param(raw(kind="nps", score=11), "off_scale", "score", "11", "", id="eleven-of-ten"),
    pytest.param(raw(kind="emotion", valence=1.01), "off_scale", "valence", "1.01", "", id="valence-beyond-one"),
    pytest.param(raw(kind="complaint", severity=4), "off_scale", "severity", "4", "", id="severity-four"),
    pytest.param(
        raw(occurred_at="2026-11-22T09:30:05"), "no_time_zone", "occurred_at", '"2026-11-22T09:30:05"', "", id="no-zone"
    ),
    pytest.param(raw(occurred_at="today"), "bad_time", "occurred_at", '"today"', "", id="no-time"),
    pytest.param(
        raw(sent_at="2026-02-29T00:00:00Z"), "bad_time", "sent_at", '"2026-02-29T00:00:00Z"', "", id="no-such-day"
    ),
    pytest.param(raw(weight=7).replace(b":7", b":1e400"), "not_finite", "weight", "", "", id="beyond-numbers"),
    pytest.param(raw(score=4).replace(b":4", b":NaN"), "not_finite", "score", "", "", id="nan"),
    pytest.param(
        raw(attributes={"a": 7}).replace(b":7", b":-Infinity"),
        "not_finite",
        "attributes.a",
        "",
        "",
        id="infinity-below",
    ),
    pytest.param(raw(event_id="x" * 129), "too_long", "event_id", '"' + "x" * 129 + '"', "", id="long-id"),
    pytest.param(
        raw(attributes={f"a{i}": i for i in range(21)}), "too_long", "attributes", None, "", id="too-many-attributes"
    ),
    pytest.param(raw(channel="aap"), "unknown_name", "channel", '"aap"', "app", id="misspelt-channel"),
    pytest.param(raw(channel="zzzz"), "unknown_name", "channel", '"zzzz"', "", id="foreign-channel"),
    pytest.param(raw(stage="purchas"), "unknown_name", "stage", '"purchas"', "purchase", id="misspelt-stage"),
    pytest.param(raw(producer="a:b"), "bad_value", "producer", '"a:b"', "", id="colon-in-producer"),
    pytest.param(raw(touchpoint="a|b"), "bad_value", "touchpoint", '"a|b"', "", id="bar-in-name"),
    pytest.param(raw(touchpoint="a\n"), "bad_value", "touchpoint", '"a\\n"', "", id="line-end-in-name"),
    pytest.param(raw(event_id="a b"), "bad_value", "event_id", '"a b"', "", id="blank-in-id"),
    pytest.param(raw(weight=0), "bad_value", "weight", "0", "", id="weightless"),
    pytest.param(raw(schema_version=2), "bad_value", "schema_version", "2", "", id="version-of-the-future"),
    pytest.param(raw(schema_version=0), "bad_value", "schema_version", "0", "", id="version-before-the-first"),
    pytest.param(
        raw(kind="emotion", valence=0, feeling="calm"), "bad_value", "feeling", '"calm"', "", id="valence-and-feeling"
    ),
    pytest.param(raw(kind="purchase", currency="euro"), "bad_value", "currency", '"euro"', "", id="no-currency"),
]


@pytest.mark.parametrize(("message", "reason", "field", "value", "nearest"), CASES)
def test_a_refusal_names_reason_field_and_value(
    message: bytes, reason: str, field: str, value: str | None, nearest: str
) -> None:
    """A producer mends an event from these four, without asking anybody."""
    found = refusal(message)
    assert (found.reason, found.field, found.nearest) == (reason, field, nearest)
    assert value is None or found.value == value
    assert not nearest or nearest in found.message
    assert field.split(".")[0] in found.message
    assert found.message.endswith((".", "?"))
    assert "\n" not in found.message


@pytest.mark.parametrize(
    ("fields", "name", "largest", "too_large"),
    [
        ({}, "event_id", "x" * 128, "x" * 129),
        ({}, "producer", "x" * 64, "x" * 65),
        ({}, "touchpoint", "店" * 128, "店" * 129),
        ({}, "location", "x" * 128, "x" * 129),
        ({}, "segment", "x" * 128, "x" * 129),
        ({}, "customer", "x" * 128, "x" * 129),
        ({}, "comment", "店" * 4_000, "x" * 4_001),
        ({}, "weight", 1_000, 1_000.001),
        ({}, "question", {"id": "x" * 128}, {"id": "x" * 129}),
        ({}, "question", {"id": "q", "version": 2**31 - 1}, {"id": "q", "version": 2**31}),
        ({}, "attributes", {"x" * 64: 1}, {"x" * 65: 1}),
        ({}, "attributes", {"a": "x" * 256}, {"a": "x" * 257}),
        ({}, "attributes", {str(i): i for i in range(20)}, {str(i): i for i in range(21)}),
        ({"kind": "emotion", "valence": 0}, "need", "x" * 200, "x" * 201),
        ({"kind": "complaint", "severity": 1}, "topic", "x" * 128, "x" * 129),
        ({"kind": "case", "state": "open"}, "case_id", "x" * 128, "x" * 129),
        ({"kind": "interaction"}, "wait_s", 31 * 86_400, 31 * 86_400 + 0.1),
        ({"kind": "signal", "signal": "refund"}, "unit", "x" * 64, "x" * 65),
        ({"kind": "purchase"}, "amount", 1e12, 1.1e12),
    ],
)
def test_a_field_may_be_this_large_and_no_larger(
    fields: dict[str, Any], name: str, largest: object, too_large: object
) -> None:
    """Producers size their own columns by these limits; they may be raised, never lowered."""
    assert isinstance(Decoder().decode(raw(**fields, **{name: largest})), Event)
    found = refusal(raw(**fields, **{name: too_large}))
    assert found.field.startswith(name)
    assert found.reason in ("too_long", "bad_value")


def test_every_reason_has_a_case() -> None:
    """A code that cannot be reached is a promise nobody keeps."""
    assert {case.values[1] for case in CASES} == set(Reason) - {Reason.FAR_FUTURE, Reason.NOT_ALLOWED}


def test_a_refusal_says_what_to_do() -> None:
    """Words a person can act on, not a parser's."""
    assert refusal(raw(score=6)).message == "score is off its scale: send a whole number from 1 to 5."
    assert refusal(raw(channel="aap")).message == "channel is no built-in channel: did you mean 'app'?"
    assert refusal(raw(score=None)).message == "score is null: this kind of event needs a value here."
    assert refusal(b"").message == "The message is empty: send one JSON object per message."
    assert refusal(raw(attributes={"a": []})).message == (
        "attributes.a has the wrong type: send text, a number, or true or false."
    )
    assert "also wrong: scale" in refusal(raw(score="4", scale="1-6")).message


def test_the_producer_is_named_even_when_the_bytes_are_broken() -> None:
    """The team that sent them must be found."""
    assert refusal(raw(score=6)).producer == "till"
    assert refusal(raw()[:-1]).producer == "till"
    assert refusal(raw(comment="x" * MAX_BYTES)).producer == "till"
    assert refusal(b"\xff").producer == ""
    assert len(refusal(raw(producer="p" * 500)).producer) <= 64


def test_a_record_without_a_value_is_refused() -> None:
    """Kafka calls it a tombstone; here it is an event that is empty."""
    found = Decoder().decode(None)
    assert isinstance(found, Rejection)
    assert found == refusal(b"")


def test_a_long_value_is_cut() -> None:
    """A refusal must stay small, whatever was sent."""
    found = refusal(raw(touchpoint="x" * 5_000))
    assert len(found.value) == MAX_VALUE_CHARS
    assert found.value.endswith("…")


@pytest.mark.parametrize(
    "piece", [b'\\"', b'"', b"\\", b'":', b"[", b'{"":', b'"\\u0000":', b"1e5,", b'"a":1,', b"\xc3\xa9"], ids=repr
)
def test_no_bytes_make_a_refusal_slow(piece: bytes) -> None:
    """Some patterns take the square of the length; 64 KiB would then hold up a partition for minutes."""
    began_s = time.perf_counter()
    message = b'{"a":"' + piece * ((MAX_BYTES - 10) // len(piece))
    for text in (message, message + b'"}', b'{"b":1,' + message[1:], message[:-1] + b"\\"):
        refusal(text)
    assert time.perf_counter() - began_s < 10  # a tenth of a second where the time grows with the length
