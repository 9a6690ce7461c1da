"""The OpenAPI document: made from the routes, with the contract, the answers and an example of every kind of event.

The event's schema is the one that is published for producers, put in as it is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
import orjson
from fastapi import FastAPI

from schemas.json_schema import schema as event_schema
from streams.edges.gateway.answers import Answer, Problem
from streams.edges.gateway.examples import CLOUD_EVENT, EVENTS, HOOK, VERDICTS
from streams.edges.gateway.split import CLOUD, CLOUD_BATCH, LINES
from streams.edges.gateway.tokens import Made, Wish

_REF = "#/components/schemas/{name}"
_EVENT = {"$ref": _REF.format(name="Event")}
_TAG = {
    "touchpoints": "Events",
    "tokens": "Keys for browsers and apps",
    "running": "Running it",
    "survey": "Survey page",
}

ABOUT: dict[str, Any] = {
    "title": "Touchpulse gateway",
    "version": "1",
    "description": (
        "Send customer-experience events and get an exact answer for each. *Accepted* means that Kafka has it on all"
        " replicas in sync. Sending an event again with the same event_id is harmless, however late: it counts once."
        " Bodies may be packed with gzip or zstd (Content-Encoding)."
    ),
}


def _json(name: str, description: str, **more: Any) -> dict[str, Any]:
    content = {"schema": {"$ref": _REF.format(name=name)}, **more}
    return {"description": description, "content": {"application/json": content}}


def _problems(**descriptions: str) -> dict[int | str, dict[str, Any]]:
    found: dict[int | str, dict[str, Any]] = {}
    for code, description in descriptions.items():
        status = int(code.removeprefix("s"))
        content = {"application/problem+json": {"schema": {"$ref": _REF.format(name="Problem")}}}
        found[status] = {"description": description, "content": content}
        if status in (429, 503):
            found[status]["headers"] = {
                "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}
            }
    return found


_AUTH = _problems(s401="No valid key or token.", s403="The key is revoked or expired, or does not allow this.")
_BODY = _problems(
    s400="The body cannot be read; nothing was taken.",
    s408="The body came too slowly.",
    s413="Too many bytes or events.",
    s415="Content-Type or Content-Encoding is unknown.",
    s429="More events than this key may send.",
    s503="Kafka is away or the gateway is full; nothing was taken, or nothing was acknowledged (then with verdicts).",
)
_BODY[503]["content"]["application/json"] = {"schema": {"$ref": _REF.format(name="Answer")}}
_JUDGED: dict[int | str, dict[str, Any]] = {
    200: _json("Answer", "All events are accepted.", examples={"accepted": VERDICTS["accepted"]}),
    207: _json("Answer", "Some events are accepted; each verdict says.", examples={"mixed": VERDICTS["mixed"]}),
    422: _json("Answer", "No event is accepted.", examples={"rejected": VERDICTS["rejected"]}),
}
_KEYED: list[dict[str, list[str]]] = [{"key": []}, {"basic": []}, {"token": []}]
_MANY = {"oneOf": [_EVENT, {"type": "array", "items": _EVENT, "minItems": 1, "maxItems": 1000}]}
_LINES = {"schema": {"type": "string"}, "example": "one JSON object a line"}

TOUCHPOINTS: dict[str, Any] = {
    "summary": "Send events",
    "description": (
        "One event, a JSON array, one event a line (NDJSON), a CloudEvent or a batch of them (structured mode)."
        " The answer has one verdict for each event, in the order sent. `producer` is that of the key, whatever the"
        " event says. With `sent_at` a wrong clock is corrected. From sendBeacon: send text/plain and put the token"
        " into the URL."
    ),
    "tags": [_TAG["touchpoints"]],
    "responses": {**_JUDGED, **_AUTH, **_BODY},
    "openapi_extra": {
        "security": _KEYED,
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _MANY, "examples": EVENTS},
                "text/plain": {"schema": {"type": "string"}, "example": '{"kind": "visit", "event_id": "..."}'},
                LINES[0]: _LINES,
                CLOUD: {"schema": {"type": "object"}, "example": CLOUD_EVENT},
                CLOUD_BATCH: {"schema": {"type": "array", "items": {"type": "object"}}, "example": [CLOUD_EVENT]},
            },
        },
    },
}
HOOKS: dict[str, Any] = {
    "summary": "A survey tool's webhook",
    "description": "Applies an import mapping to a flat JSON object, or an array of them: each is one row.",
    "tags": [_TAG["touchpoints"]],
    "responses": {**_JUDGED, **_AUTH, **_BODY, **_problems(s404="There is no such mapping.")},
    "openapi_extra": {
        "security": _KEYED,
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"oneOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]},
                    "example": HOOK,
                },
                LINES[0]: _LINES,
            },
        },
    },
}
TOKENS: dict[str, Any] = {
    "summary": "Make a short-lived key",
    "description": "For a browser or an app; it allows what is asked for, never more than the key it is made with.",
    "tags": [_TAG["tokens"]],
    "status_code": 201,
    "responses": {201: _json("Made", "The token, shown once."), **_AUTH, **_BODY},
    "openapi_extra": {
        "security": [{"key": []}],
        "requestBody": {
            "content": {
                "application/json": {
                    "schema": {"$ref": _REF.format(name="Wish")},
                    "example": {"minutes": 15, "channels": ["web"], "kinds": ["csat", "signal"], "rate": 1},
                }
            }
        },
    },
}
_PLAIN = {"type": "object", "properties": {"status": {"type": "string"}}, "required": ["status"]}
_OK = {"description": "Yes.", "content": {"application/json": {"schema": _PLAIN}}}
HEALTHZ: dict[str, Any] = {"summary": "Is the process alive?", "tags": [_TAG["running"]], "responses": {200: _OK}}
READYZ: dict[str, Any] = {
    "summary": "Is Kafka there?",
    "tags": [_TAG["running"]],
    "responses": {200: _OK, **_problems(s503="Kafka is away.")},
}
DOCUMENT: dict[str, Any] = {
    "summary": "This document",
    "tags": [_TAG["running"]],
    "responses": {
        200: {"description": "OpenAPI 3.1.", "content": {"application/json": {"schema": {"type": "object"}}}}
    },
}
_PAGE = {"text/html": {"schema": {"type": "string"}}}
SURVEY: dict[str, Any] = {
    "summary": "The survey page",
    "description": "One question, reached by a signed link or its QR code (`touchpulse qr`).",
    "tags": [_TAG["survey"]],
    "responses": {
        200: {"description": "The page, or thanks.", "content": _PAGE},
        403: {"description": "We did not make this link.", "content": _PAGE},
        410: {"description": "The survey is over.", "content": _PAGE},
        422: {"description": "The page again: something is missing, or it was open for too long.", "content": _PAGE},
        **_problems(s400="No form.", s408="Too slow.", s413="Too large.", s415="Unknown packing."),
        429: {"description": "The page again: that was too quick.", "content": _PAGE},
        503: {"description": "The page again: Kafka is away, or the gateway is full.", "content": _PAGE},
    },
}
METRICS: dict[str, Any] = {
    "summary": "Metrics for Prometheus",
    "description": "Needs a key, except from this machine itself and not through a proxy.",
    "tags": [_TAG["running"]],
    "responses": {
        200: {"description": "Metrics.", "content": {"text/plain": {"schema": {"type": "string"}}}},
        **_AUTH,
    },
}


@lru_cache(maxsize=4)
def document(app: FastAPI) -> bytes:
    """The document of all routes, with the schemas and the ways to authenticate.

    Made once: it takes a while, and anyone may ask for it.
    """
    made = app.openapi()
    made.setdefault("components", {}).update(_components())
    for path in made["paths"].values():
        for operation in path.values():
            # FastAPI adds an answer of its own for parameters that cannot be read; ours always can.
            operation["responses"] = {
                code: answer
                for code, answer in operation["responses"].items()
                if "HTTPValidationError" not in str(answer)
            }
    return orjson.dumps(made)


def _components() -> dict[str, Any]:
    event = event_schema()
    kinds = event.pop("$defs")
    event.pop("$schema")
    _, ours = msgspec.json.schema_components((Answer, Problem, Wish, Made), ref_template=_REF)
    return {
        "schemas": _moved({"Event": event, **kinds, **ours}),
        "securitySchemes": {
            "key": {"type": "http", "scheme": "bearer", "description": "A key (tpk_...) or a token (tpt_...)."},
            "basic": {"type": "http", "scheme": "basic", "description": "The key as password, any user name."},
            "token": {"type": "apiKey", "in": "query", "name": "token", "description": "A token, never a key."},
        },
    }


def _moved(node: Any) -> Any:
    """References of the event's schema, to where OpenAPI keeps schemas."""
    if isinstance(node, dict):
        return {key: _moved(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_moved(item) for item in node]
    return node.replace("#/$defs/", "#/components/schemas/") if isinstance(node, str) else node
