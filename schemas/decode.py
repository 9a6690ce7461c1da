"""From the bytes of one Kafka record to an event that can be counted, or to the reason it can not.

Why two decoders: the contract is pydantic's, and every reason comes from it; but it takes several
times as long. So an event is first read into a struct (`schemas.wire`), with the same checks. Only
what that refuses is shown to pydantic, which says why. A property test holds the two together.
"""

from __future__ import annotations

import orjson
from msgspec import MsgspecError, convert

from schemas.answers import SCORED, answers_of
from schemas.catalogue import Catalogue, check_builtin_channel
from schemas.explain import explain
from schemas.fields import (
    check_attributes,
    check_currency,
    check_id,
    check_name,
    check_producer,
    check_short_name,
    check_text,
)
from schemas.reasons import FieldError, Reason, Rejection
from schemas.screen import load
from schemas.times import epoch_ms
from schemas.wire import ONE_MICRO, STRUCTS, Event, detail

__all__ = ["Decoder", "Event", "Reason", "Rejection", "detail", "event_key"]

_MAX_CACHED = 20_000
_CHECKS = {
    "topic": check_name,
    "case_id": check_id,
    "about_event_id": check_id,
    "about_producer": check_producer,
    "signal": check_name,
    "unit": check_short_name,
    "currency": check_currency,
    "survey": check_name,
    "action": check_text,
    "need": check_text,
}


def event_key(producer: str, event_id: str) -> bytes:
    """Key of the event's Kafka record, so that a retry meets its twin in one partition."""
    return f"{producer}:{event_id}".encode()
