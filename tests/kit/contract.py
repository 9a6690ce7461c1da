"""Events for tests of the contract: valid ones of every kind, and the many ways to spoil one.

What a valid event may hold is written out here by hand, not taken from the models: a generator made
from the models would agree with their mistakes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from schemas.answers import answers_of
from schemas.events import TOUCHPOINT
from schemas.explain import Names
from schemas.screen import load

BASE: dict[str, Any] = {
    "kind": "csat",
    "event_id": "e-1",
    "occurred_at": "2026-11-22T09:30:05.250+01:00",
    "producer": "till",
    "channel": "store",
    "score": 4,
    "scale": "1-5",
}
"""A small valid event."""


def event(**fields: Any) -> dict[str, Any]:
    """BASE with other fields; a kind other than csat brings its own."""
    kept = BASE if fields.get("kind", "csat") == "csat" else {k: BASE[k] for k in list(BASE)[1:5]}
    return {**kept, **fields}


def raw(**fields: Any) -> bytes:
    """`event(...)` as the bytes a producer would send."""
    return json.dumps(event(**fields), ensure_ascii=False, separators=(",", ":")).encode()


_names = st.one_of(
    st.sampled_from(["checkout", "store-berlin-mitte", "loyal", "网上商店", "Größe 3", "a:b"]),
    st.text(alphabet="abcXYZ019-_ .äß店", min_size=1, max_size=20).map(str.strip).filter(bool),
)
_ids = st.one_of(
    st.uuids().map(str), st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
)
_ten = st.integers(1, 10)
_amounts = st.one_of(st.integers(0, 10**6), st.floats(0, 1e9, allow_nan=False))
_aspects = st.sampled_from(["product", "service", "relationship", "price", "convenience", "brand"])


@st.composite
def times(draw: st.DrawFn) -> str:
    """RFC 3339 in its many forms."""
    moment = draw(st.datetimes(datetime(1971, 1, 1), datetime(2099, 12, 31)))
    digits = draw(st.text("0123456789", max_size=9))
    zone = draw(st.sampled_from(["Z", "z", "+00:00", "-00:00", "+01:00", "-07:30", "+23:59"]))
    separator = draw(st.sampled_from("TTTt"))
    return f"{moment:%Y-%m-%d}{separator}{moment:%H:%M:%S}{'.' if digits else ''}{digits}{zone}"


def _own_fields(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Fields that belong to one kind alone."""
    some = st.fixed_dictionaries
    match kind:
        case "csat":
            return st.sampled_from([("1-5", 5), ("1-7", 7), ("1-10", 10)]).flatmap(
                lambda s: some({"scale": st.just(s[0]), "score": st.integers(1, s[1])})
            )
        case "ces":
            scales = [("1-5", 5, "effort"), ("1-7", 7, "agreement"), ("1-5", 5, "ease")]
            return st.sampled_from(scales).flatmap(
                lambda s: some({"scale": st.just(s[0]), "score": st.integers(1, s[1]), "direction": st.just(s[2])})
            )
        case "nps":
            return some({"score": st.integers(0, 10)})
        case "rating":
            sources = ["word_of_mouth", "promotion", "values", "situation", "experience_with_us"]
            return some(
                {"aspect": _aspects, "experience": _ten},
                optional={
                    "expectation": _ten,
                    "importance": _ten,
                    "expectation_from": st.sampled_from([*sources, "experience_with_others"]),
                },
            )
        case "trust":
            return some({"ability": _ten}, optional={"integrity": _ten, "affinity": _ten, "consistency": _ten})
        case "emotion":
            how = st.one_of(
                some({"valence": st.one_of(st.sampled_from([-1, 0, 1, -0.0]), st.floats(-1, 1))}),
                some({"feeling": st.sampled_from(["delighted", "calm", "furious"])}),
            )
            extra = some({}, optional={"action": _names, "need": _names})
            return st.tuples(how, extra).map(lambda pair: {**pair[0], **pair[1]})
        case "complaint":
            return some({"severity": st.integers(1, 3)}, optional={"topic": _names})
        case "case":
            return some(
                {"case_id": _ids, "state": st.sampled_from(["open", "answered", "mended", "checked", "closed"])},
                optional={
                    "about_event_id": _ids,
                    "about_producer": st.just("till"),
                    "outcome": st.sampled_from(["kept", "at_risk", "lost"]),
                },
            )
        case "interaction":
            seconds = st.one_of(st.integers(0, 100_000), st.floats(0, 86_400))
            return some(
                {"wait_s": seconds},
                optional={"duration_s": seconds, "first_contact": st.booleans(), "self_service": st.booleans()},
            )
        case "signal":
            return some({"signal": _names}, optional={"size": _amounts, "unit": st.just("EUR")})
        case "visit":
            return some({}, optional={"reason": _aspects})
        case "purchase":
            return some({}, optional={"reason": _aspects, "amount": _amounts, "currency": st.just("EUR")})
        case "invitation":
            return some({}, optional={"survey": _names})
    raise AssertionError(kind)


KINDS = (
    "csat", "ces", "nps", "rating", "trust", "emotion", "complaint", "case", "interaction", "signal", "visit",
    "purchase", "invitation",
)  # fmt: skip


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """A valid event of any kind, its fields in any order."""
    kind = draw(st.sampled_from(KINDS))
    attribute = st.one_of(_names, st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False))
    common = draw(
        st.fixed_dictionaries(
            {
                "event_id": _ids,
                "occurred_at": times(),
                "producer": st.sampled_from(["till", "shop-app", "Kasse 7", "收银台"]),
                "channel": st.sampled_from(["store", "app", "web", "other"]),
            },
            optional={
                "sent_at": times(),
                "touchpoint": _names,
                "stage": st.sampled_from(["pre_purchase", "purchase", "use", "after_sale"]),
                "location": _names,
                "customer": _names,
                "segment": _names,
                "weight": st.one_of(st.integers(1, 1_000), st.floats(1e-6, 1e3)),
                "respondent": st.sampled_from(["customer", "employee", "manager", "partner"]),
                "question": st.fixed_dictionaries(
                    {"id": _names}, optional={"version": st.one_of(_names, st.integers(0, 99), st.none())}
                ),
                "element": st.sampled_from(["perception", "emotion", "cognition", "behaviour"]),
                "comment": st.one_of(st.just("slow: 9 min"), st.text(alphabet='abc "\\:{}[]\n店', max_size=30)),
                "attributes": st.dictionaries(_names, st.one_of(attribute, st.booleans()), max_size=4),
                "test": st.booleans(),
                "schema_version": st.just(1),
                "clock_offset_ms": st.sampled_from([0, -3_600_000, 86_400_000]),
            },
        )
    )
    fields = {"kind": kind, **common, **draw(_own_fields(kind))}
    order = list(fields.items())
    return dict(order[::-1] if draw(st.booleans()) else order)


def _deep(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


ODD_VALUES: tuple[Any, ...] = (
    None, "", " ", "4", "x", 4.0, 4.5, -0.0, 0, 1, 5, 6, 11, -1, True, False, 2**31, 2**63, 2**64, 10**30, 1e300,
    [], {}, [4], {"id": "q"}, {"id": ""}, {"id": "q", "version": 1.0}, {"id": "q", "version": True}, {"id": "a|b"},
    {"id": "q", "version": "a|b"}, {"a": None}, {"a": 2**63}, {"a": 2**64 - 1}, {"a": 2**70}, {"a": -(2**63) - 1},
    {"a": "b" * 300}, {"a" * 65: 1}, {"a|b": 1}, {str(i): i for i in range(21)}, {"a": []}, "a|b", "a:b", "a b",
    " a", "a ", "a\n", "\x7f", "\x85", "\u2028", "\0", "ä", "a" * 64, "a" * 65, "a" * 128, "a" * 129, "a" * 201,
    "a" * 4001, "csat", "nps", "1-5", "1-7", "effort", "customer", "EUR", "EUR\n", "eur", "app", "webb",
    _deep(6), _deep(7), _deep(8), _deep(9), _deep(100),
    "2026-11-22", "2026-11-22T09:30Z", "2026-11-22T09:30:05", "2026-11-22T09:30:05,5Z", "2026-11-22 09:30:05Z",
    "2026-11-22T09:30:05z", "2026-11-22t09:30:05Z", "2026-11-22T24:00:00Z", "2026-11-22T09:30:60Z",
    "2026-11-22T09:60:00Z", "2026-02-29T00:00:00Z", "2028-02-29T00:00:00Z", "2026-11-31T00:00:00Z",
    "2026-11-22T09:30:05+25:00", "2026-11-22T09:30:05+01", "2026-11-22T09:30:05+0100", "2026-11-22T09:30:05.Z",
    "2026-11-22T09:30:05.1234567890Z", "2026-11-22T09:30:05.123456789Z", "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00+00:01", "2101-01-01T00:00:00Z", "2100-12-31T23:59:59Z", "2100-12-31T23:59:59-00:01",
    "0000-01-01T00:00:00Z", "２026-11-22T09:30:05Z", "2026-11-22T09:30:05Z\n", " 2026-11-22T09:30:05Z",
    "2026-W47-7T09:30:05Z", 1795363205123,
)  # fmt: skip
"""Values that some decoder somewhere takes for something else."""

FIELDS = (
    *BASE, "sent_at", "touchpoint", "stage", "location", "customer", "segment", "weight", "respondent", "question",
    "element", "comment", "attributes", "test", "schema_version", "direction", "aspect", "experience",
    "importance", "expectation_from", "ability", "valence", "feeling", "action", "severity", "topic", "case_id",
    "about_event_id", "about_producer", "state", "outcome", "wait_s", "duration_s", "first_contact", "signal",
    "size", "unit", "reason", "amount", "currency", "survey", "unknown", "(answers)", "(series)", "occurred_ms",
    "clock_offset_ms", "answers", "series", "respondent_sent", "weight_micro",
)  # fmt: skip

RAW_VALUES = (
    b"1e400", b"-1e400", b"NaN", b"Infinity", b"-Infinity", b"1e2", b"4e0", b"0.4E+1", b"01", b"+4", b".5", b"5.",
    b"-", b"0x4", b"1_0", b"\"\\ud800\"", b"\"\\ud83d\\ude00\"", b"\"\xff\"", b"\"\xed\xa0\x80\"", b"\"\xc0\xaf\"",
    b"\"\t\"", b"\"\\u0000\"", b"\"\\u0061pp\"", b"\"\\/\"", b"\"\\x\"", b"'a'", b"nul", b"undefined", b"",
    b"\"2026-11-22T09\\u003a30:05Z\"", b"\"2026-11-22T09:30:05\\u005a\"", b"{\"id\":\"q\",\"id\":\"r\"}",
    b"{\"a\":{\"b\":1,\"b\":1}}", b"{\"a\":1,\"\\u0061\":2}", b"[" * 2000, b"[" * 500 + b"]" * 500, b"9" * 400,
    b"0." + b"1" * 400, b"1" + b"0" * 310, b"\"" + b"x" * 70_000 + b"\"", b"4 ", b"4/**/", b"4,",
)  # fmt: skip
"""Values no JSON writer would write, as bytes."""


def spoil_fields(draw: st.DrawFn, fields: dict[str, Any]) -> dict[str, Any]:
    """Take fields away or put odd values in."""
    fields = dict(fields)
    for _ in range(draw(st.integers(1, 2))):
        name = draw(st.sampled_from([*FIELDS, *fields]))
        if draw(st.booleans()):
            fields[name] = draw(st.sampled_from(ODD_VALUES))
        else:
            fields.pop(name, None)
    return fields


def _spoil_bytes(draw: st.DrawFn, fields: dict[str, Any], text: bytes) -> bytes:
    """Do to the bytes what no JSON writer does."""
    how = draw(st.sampled_from(["value", "repeat", "escape", "wrap", "byte", "space"]))
    at = draw(st.integers(0, len(text) - 1))
    name = draw(st.sampled_from([*FIELDS, *fields])).encode()
    match how:
        case "value":
            cut = text.rstrip()[:-1]
            odd = draw(st.sampled_from(RAW_VALUES))
            return cut + b',"' + name + b'":' + odd + b"}"
        case "repeat":
            key, value = draw(st.sampled_from(list(fields.items())))
            pair = json.dumps({key: value}).encode()[1:-1]
            return text.rstrip()[:-1] + b"," + draw(st.sampled_from([pair, pair.replace(b": ", b" :", 1)])) + b"}"
        case "escape":
            return text.replace(name[:1], b"\\u%04x" % name[0], 1)
        case "wrap":
            before, after = draw(
                st.sampled_from(
                    [(b"\xef\xbb\xbf", b""), (b"", b"x"), (b"[", b"]"), (b" \n", b"\t "), (b"", b"{}"), (b'"', b'"')]
                )
            )
            return before + text + after
        case "byte":
            byte = draw(st.sampled_from(b'"\\:,{}[] \x00\x7f\xff\xc3aA0-.eE+'))
            return text[:at] + bytes([byte]) + text[at + draw(st.integers(0, 1)) :]
    return text.replace(b":", b" : ").replace(b",", b" ,\n")


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """Bytes a broker may hold: valid events, spoiled events, and worse."""
    fields = draw(events())
    how = draw(st.sampled_from(["leave", "fields", "bytes", "both"]))
    if how in ("fields", "both"):
        fields = spoil_fields(draw, fields)
    write: Callable[..., str] = draw(
        st.sampled_from(
            [
                lambda f: json.dumps(f, ensure_ascii=False, separators=(",", ":")),
                lambda f: json.dumps(f, ensure_ascii=False),
                lambda f: json.dumps(f, indent=2),
            ]
        )
    )
    text = write(fields).encode()
    return _spoil_bytes(draw, fields, text) if fields and how in ("bytes", "both") else text


def as_the_contract_reads_it(raw: bytes, names: Names) -> dict[str, Any]:
    """The pydantic way from bytes to settled values; raises ValueError where it refuses."""
    model: Any = TOUCHPOINT.validate_python(load(raw))
    stage, element = names.resolve(model.channel, model.touchpoint or "", model.location or "")
    given = model.model_dump()
    settled = {
        "kind": model.kind,
        "event_id": model.event_id,
        "producer": model.producer,
        "channel": model.channel,
        "occurred_ms": _ms(model.occurred_at),
        "sent_ms": None if model.sent_at is None else _ms(model.sent_at),
        "stage": model.stage or stage,
        "element": model.element or element,
        "respondent": model.respondent or "customer",
        "weight_micro": round((1 if model.weight is None else model.weight) * 1_000_000),
        "question_id": model.question.id if model.question else "",
        "question_version": "" if not model.question or model.question.version is None else str(model.question.version),
        "attributes": model.attributes or {},
        "test": bool(model.test),
        "answers": answers_of(model),
    }
    for name in ("touchpoint", "location", "segment", "customer", "comment"):
        settled[name] = given[name] or ""
    common = {*settled, "occurred_at", "sent_at", "weight", "question", "schema_version"}
    settled["detail"] = {k: v for k, v in given.items() if k not in common and v is not None}
    return settled


def _ms(text: str) -> int:
    """Milliseconds by the standard library, as a second opinion."""
    moment = datetime.fromisoformat(text.upper())
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
