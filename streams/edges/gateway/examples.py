"""Examples for the OpenAPI document: one event of every kind, and what is answered. A test sends each of them."""

from __future__ import annotations

from typing import Any

_COMMON = {"occurred_at": "2026-11-22T10:41:20+01:00", "channel": "app", "touchpoint": "checkout"}
_OWN: dict[str, dict[str, Any]] = {
    "csat": {"score": 4, "scale": "1-5", "question": {"id": "checkout-csat", "version": 2}, "comment": "quick"},
    "ces": {"score": 6, "scale": "1-7", "direction": "agreement"},
    "nps": {"score": 9, "segment": "loyal"},
    "rating": {"aspect": "service", "experience": 8, "expectation": 7, "importance": 9},
    "trust": {"integrity": 8, "consistency": 7},
    "emotion": {"feeling": "relieved", "action": "paying", "need": "to be sure that it worked"},
    "complaint": {"severity": 2, "topic": "late delivery"},
    "case": {"case_id": "case-1042", "about_event_id": "7f0c-complaint", "state": "answered"},
    "interaction": {"wait_s": 42.5, "duration_s": 180, "first_contact": True},
    "signal": {"signal": "failed_checkout", "size": 1, "unit": "attempts"},
    "visit": {"reason": "price"},
    "purchase": {"reason": "convenience", "amount": 59.9, "currency": "EUR"},
    "invitation": {"survey": "checkout"},
}

EVENTS: dict[str, dict[str, Any]] = {
    kind: {"summary": kind, "value": {"kind": kind, "event_id": f"7f0c-{kind}", **_COMMON, **own}}
    for kind, own in _OWN.items()
}
"""One event of each kind, as OpenAPI wants examples."""

CLOUD_EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "41",
    "source": "/shop/app",
    "type": "org.example.touchpulse.csat",
    "time": "2026-11-22T10:41:20+01:00",
    "datacontenttype": "application/json",
    "data": {"channel": "app", "touchpoint": "checkout", "score": 4, "scale": "1-5"},
}

HOOK: dict[str, Any] = {"id": "1001", "answered_at": "2026-11-22T10:41:20+01:00", "channel": "app", "nps": 9}
"""A row for the mapping `generic`."""

_TAKEN = {"status": "accepted", "event_id": "7f0c-41"}
_REFUSED = {
    "status": "rejected",
    "event_id": "7f0c-42",
    "reason": "unknown_name",
    "field": "channel",
    "value": '"ap"',
    "nearest": "app",
    "message": "channel is no built-in channel: did you mean 'app'?",
}


def _answer(*verdicts: dict[str, Any]) -> dict[str, Any]:
    counts = {status: sum(v["status"] == status for v in verdicts) for status in ("accepted", "rejected")}
    return {"value": {**counts, "unavailable": 0, "events": list(verdicts)}}


VERDICTS = {
    "accepted": _answer(_TAKEN, {**_TAKEN, "event_id": "7f0c-43", "duplicate": True}),
    "mixed": _answer(_TAKEN, _REFUSED),
    "rejected": _answer(_REFUSED),
}
"""Answers by what became of the events."""
