"""From a body to the bytes of each event in it.

Why bytes and not values: each event is then screened and judged on its own, and one that is wrong is kept as
it came. The events of a JSON array are cut out without being parsed.
"""

from __future__ import annotations

from typing import Any

import msgspec

from schemas.events import MODELS
from schemas.reasons import FieldError, Reason, cut
from streams.edges.gateway.answers import Refused
from streams.edges.gateway.limits import Limits
from streams.edges.importer.cells import as_id

JSON = ("application/json", "text/plain")
"""text/plain is what a page can send to another site without asking first (sendBeacon)."""
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-lines")
CLOUD = "application/cloudevents+json"
CLOUD_BATCH = "application/cloudevents-batch+json"

_array = msgspec.json.Decoder(list[msgspec.Raw])
_value = msgspec.json.Decoder(msgspec.Raw)


def media_type(header: str) -> str:
    """The content type without its parameters; JSON where none is given.

    Raises:
        Refused: 415, it is none of ours.
    """
    kind = header.partition(";")[0].strip().lower() or JSON[0]
    if kind not in (*JSON, *LINES, CLOUD, CLOUD_BATCH):
        own = " (curl's own, when told none)" if kind == "application/x-www-form-urlencoded" else ""
        hint = f"Content-Type {kind[:60]!r}{own} is unknown: send application/json or application/x-ndjson."
        raise Refused(415, "unknown_type", hint)
    return kind


def split(body: bytes, kind: str, limits: Limits) -> list[bytes]:
    """The events of a body, each as bytes that may still be anything.

    Args:
        body: unpacked.
        kind: one of our media types.
    Raises:
        Refused: 400 nothing can be told apart or nothing is there; 413 too many.
    """
    if kind in LINES:
        events = [line for line in body.split(b"\n") if line and not line.isspace()]
    elif kind == CLOUD_BATCH or (kind != CLOUD and body.lstrip(b" \t\r\n")[:1] == b"["):
        events = [bytes(raw) for raw in _read(_array, body)]
    else:
        _read(_value, body)
        events = [body]
    if not events:
        raise Refused(400, "no_event", "The body holds no event: send one JSON object, an array of them, or lines.")
    if len(events) > limits.max_events:
        detail = f"The body holds {len(events):,} events: send at most {limits.max_events:,} at once."
        raise Refused(413, "too_many_events", detail)
    return events


def _read(decoder: Any, body: bytes) -> Any:
    try:
        return decoder.decode(body)
    except RecursionError:
        raise Refused(400, "too_deep", "The body nests too deep: send flat events.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        detail = f"The body is not JSON ({error}): send one object, an array of objects, or application/x-ndjson."
        raise Refused(400, "not_json", detail) from None


def unwrap(envelope: dict[str, Any]) -> dict[str, Any]:
    """The event in a CloudEvent (structured mode, CloudEvents 1.0).

    Its `data` is the event. What is left out there comes from the envelope: event_id from source and id, which
    together tell CloudEvents apart; occurred_at from time; kind from the last word of type.

    Raises:
        FieldError: it is no CloudEvent with an event in it.
    """
    version = envelope.get("specversion")
    if not isinstance(version, str) or not version.startswith("1."):
        raise FieldError(Reason.BAD_VALUE, "is not a version we know: send '1.0'", field="specversion")
    for name in ("id", "source", "type"):
        if not isinstance(envelope.get(name), str) or not envelope[name]:
            raise FieldError(Reason.MISSING_FIELD, "is missing: each CloudEvent needs it", field=name)
    data = envelope.get("data")
    if not isinstance(data, dict):
        raise FieldError(Reason.WRONG_TYPE, f"is {cut(data)}: send the event as a JSON object", field="data")
    event = dict(data)
    event.setdefault("event_id", as_id(f"{envelope['source']}#{envelope['id']}"))
    if isinstance(envelope.get("time"), str):
        event.setdefault("occurred_at", envelope["time"])
    word = envelope["type"].rpartition(".")[2]
    if word in MODELS:
        event.setdefault("kind", word)
    return event
