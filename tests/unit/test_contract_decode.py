"""The decoder: what an accepted event looks like to the code that counts and stores it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas import decode
from schemas.catalogue import Catalogue
from schemas.decode import Decoder, Event, Rejection, detail, event_key
from schemas.wire import STRUCTS
from tests.kit.contract import KINDS, event, raw


def accepted(decoder: Decoder | None = None, **fields: Any) -> Event:
    """The decoded event."""
    found = (decoder or Decoder()).decode(raw(**fields))
    assert isinstance(found, Event), found
    return found


def test_absent_names_are_empty_texts() -> None:
    """Columns of the store have no NULL for names."""
    found = accepted()
    names = "touchpoint stage location segment customer element comment question_id question_version"
    assert {getattr(found, name) for name in names.split()} == {""}
    assert (found.respondent, found.weight_micro, found.sent_ms, found.test) == ("customer", 1_000_000, None, False)
    assert found.attributes == {}


def test_null_means_left_out() -> None:
    """Many JSON writers send null for what they do not know."""
    optional = [
        "touchpoint",
        "stage",
        "location",
        "segment",
        "customer",
        "element",
        "comment",
        "question",
        "weight",
        "respondent",
        "sent_at",
        "attributes",
        "test",
        "schema_version",
    ]
    nulls, left_out = accepted(**dict.fromkeys(optional)), accepted()
    read = ["respondent", *(f for f in left_out.__struct_fields__ if f != "respondent_sent")]
    assert [getattr(nulls, name) for name in read] == [getattr(left_out, name) for name in read]


def test_unknown_fields_are_ignored() -> None:
    """A producer may send a field before the readers know it."""
    assert accepted(mood="great", nested={"a": [1, {"b": None}]}) == accepted()


@pytest.mark.parametrize(
    ("weight", "micro"),
    [(1, 1_000_000), (2.5, 2_500_000), (0.000001, 1), (1_000, 10**9), (0.3333333, 333_333), (0.0000025, 2)],
)
def test_a_weight_is_kept_in_whole_millionths(weight: float, micro: int) -> None:
    """Sums of whole numbers do not depend on their order. Halves go to the even neighbour."""
    assert accepted(weight=weight).weight_micro == micro
    assert type(accepted(weight=weight).weight_micro) is int


def test_a_version_may_be_a_text_or_a_number() -> None:
    """Survey tools do either."""
    assert accepted(question={"id": "q", "version": 2}).question_version == "2"
    assert accepted(question={"id": "q", "version": "2"}).question_version == "2"
    assert accepted(question={"id": "q"}).question_version == ""


def test_the_catalogue_fills_in_stage_and_element() -> None:
    """What is known once need not be sent each time; what was sent wins."""
    catalogue = Catalogue.model_validate({"touchpoints": {"pay": {"stage": "purchase", "element": "behaviour"}}})
    decoder = Decoder(catalogue)
    filled = accepted(decoder, touchpoint="pay")
    assert (filled.stage, filled.element) == ("purchase", "behaviour")
    assert filled.series == ("store", "purchase", "pay", "", "", "customer")
    sent = accepted(decoder, touchpoint="pay", stage="use", element="emotion")
    assert (sent.stage, sent.element) == ("use", "emotion")


def test_series_of_equal_names_are_one_object() -> None:
    """The counting looks series up a hundred thousand times a second."""
    decoder = Decoder()
    first, second = accepted(decoder, score=1), accepted(decoder, score=5)
    assert first.series is second.series
    assert accepted(decoder, segment="loyal").series == ("store", "", "", "", "loyal", "customer")


def test_memory_for_names_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A producer that invents names must not fill the memory."""
    monkeypatch.setattr(decode, "_MAX_CACHED", 50)
    decoder = Decoder()
    for i in range(500):
        assert accepted(decoder, location=f"place-{i}").location == f"place-{i}"
    assert len(decoder._settled) <= 50


def test_an_event_is_known_by_producer_and_id() -> None:
    """The key decides the partition; a producer without ':' makes it unambiguous."""
    assert event_key("till", "a:1") == b"till:a:1"
    assert event_key("收银台", "1") == "收银台:1".encode()


def test_detail_holds_what_only_this_kind_has() -> None:
    """The store keeps it as JSON, so that no field of an event is lost."""
    assert detail(accepted(score=4)) == {"score": 4, "scale": "1-5"}
    assert detail(accepted(kind="visit")) == {}
    fields: dict[str, Any] = {"case_id": "c-1", "state": "closed", "about_event_id": "e-7", "outcome": "kept"}
    assert detail(accepted(kind="case", **fields, location="here")) == fields


def test_a_struct_exists_for_every_kind() -> None:
    """A kind of the contract that the decoder lacks would be refused for ever."""
    assert tuple(STRUCTS) == KINDS


@pytest.mark.parametrize("size", [65_536, 65_537])
def test_the_largest_event_is_64_kibibytes(size: int) -> None:
    """Exactly this many bytes pass, also where they are blanks or stand in fields that are ignored."""
    small = json.dumps(event(padding="")).encode()
    ignored = small.replace(b'"padding": ""', b'"padding": "' + b"x" * (size - len(small)) + b'"')
    for message in (ignored, raw().ljust(size), raw().rjust(size)):
        assert len(message) == size
        assert isinstance(Decoder().decode(message), Event) == (size == 65_536)


PARTS: dict[str, dict[str, Any]] = {
    "least": {},
    "utc": {"occurred_at": "2026-11-22T08:30:05Z"},
    "sent-with-offset": {"sent_at": "2026-11-22T09:30:05.1+01:00"},
    "sent-utc": {"sent_at": "2026-11-22T08:30:05Z"},
    "names": {"touchpoint": "pay", "stage": "use", "location": "here", "segment": "new", "element": "emotion"},
    "respondent": {"respondent": "customer"},
    "customer": {"customer": "c-1"},
    "weight": {"weight": 1},
    "comment": {"comment": "late: 9:30"},
    "attributes": {"attributes": {"release": "7.3.2", "taps": 3}},
    "question": {"question": {"id": "q"}},
    "question-version": {"question": {"id": "q", "version": 2}},
    "test": {"test": False},
    "nulls": dict.fromkeys(["touchpoint", "stage", "customer", "comment", "weight", "attributes"]),
    "ces": {"kind": "ces", "score": 3, "scale": "1-5", "direction": "effort"},
    "nps": {"kind": "nps", "score": 3},
    "rating": {"kind": "rating", "aspect": "price", "experience": 3, "importance": 9},
    "interaction": {"kind": "interaction", "wait_s": 3.5, "self_service": False},
}


@pytest.mark.parametrize("fields", PARTS.values(), ids=PARTS)
def test_usual_events_take_the_quick_way(fields: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The raw screen costs as much again; an event whose colons add up does not need it."""
    monkeypatch.setattr(decode, "load", None)
    accepted(**fields)


@pytest.mark.parametrize("fields", PARTS.values(), ids=PARTS)
def test_a_repeated_key_is_never_quick(fields: dict[str, Any]) -> None:
    """One colon too many in the reckoning would hide one repeated key."""
    message = raw(**fields)
    for key in json.loads(message):
        found = Decoder().decode(b'%b,"%b":1}' % (message[:-1], key.encode()))
        assert isinstance(found, Rejection)
        assert (found.reason, found.field) == ("repeated_key", key)
