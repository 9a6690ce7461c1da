"""One plausible row for every table of the store, and how to vary it."""

from __future__ import annotations

from typing import Any

NOW_MS = 1_790_000_000_123
"""A moment with milliseconds, so that losing them shows."""

_SERIES = {
    "slice": NOW_MS // 10_000 * 10_000,
    "channel": "store",
    "stage": "purchase",
    "touchpoint": "checkout",
    "location": "Zürich 12",
    "segment": "",
    "respondent": "customer",
    "metric": "csat",
    "scale": "csat-1-5",
    "bin": 4,
    "box": 1,
    "n": 3,
    "w_micro": 3_500_000,
    "w2_micro": 4_250_000,
    "lane": "live",
    "version": 7,
}
_CELL = {"log_id": "log-1", "partition": 2, "block": 11, "policy": 1}

ROWS: dict[str, dict[str, Any]] = {
    "touchpoints": {
        "class": "accepted",
        "rank": 1 << 63,
        "log_id": "log-1",
        "topic": "touchpoints",
        "partition": 3,
        "offset": 1 << 40,
        "appended_at": NOW_MS,
        "stored_at": NOW_MS + 5,
        "producer": "till",
        "event_id": "e-1",
        "kind": "csat",
        "occurred_at": NOW_MS - 1_001,
        "sent_at": None,
        "channel": "store",
        "touchpoint": "checkout",
        "stage": "purchase",
        "location": "Zürich 12",
        "segment": "",
        "customer": "c-9",
        "respondent": "customer",
        "weight_micro": 1_500_000,
        "question_id": "q1",
        "question_version": "2",
        "element": "perception",
        "comment": "第一次来,很好 🙂",
        "attributes": {"device": "android", "app_version": "3.1"},
        "metrics": ["csat", "experience.price"],
        "scales": ["csat-1-5", "rating-1-10"],
        "bins": [5, 9],
        "boxes": [1, -1],
        "detail": '{"score": 5}',
    },
    "panes_10s": {**_SERIES, **_CELL},
    "panes_1m": _SERIES,
    "panes_1h": _SERIES,
    "ledger": {
        "topic": "touchpoints",
        "log_id": "log-1",
        "partition": 3,
        "block": 11,
        "first_offset": 720_896,
        "next_offset": 721_000,
        "record_time": NOW_MS,
        "heard_until": NOW_MS - 1,
        "accepted": 100,
        "duplicate": 2,
        "late": 1,
        "rejected": 1,
        "test": 3,
        "policy": 1,
        "closed": 0,
        "writer": "score-1",
        "version": 9,
    },
    "scores": {
        "window_s": 300,
        "dimension": "channel",
        "channel": "store",
        "member": "",
        "metric": "nps",
        "scale": "nps-0-10",
        "as_of": NOW_MS // 1_000 * 1_000,
        "n": 10,
        "top": 4,
        "neutral": 3,
        "bad": 3,
        "value": 10.0,
        "mean": None,
        "lower": -41.25,
        "upper": 58.5,
        "weighted_value": 1 / 3,
        "weighted_lower": None,
        "weighted_upper": None,
        "n_eff": 9.5,
        "reason": "",
        "independence": 1,
        "complete_until": NOW_MS - 2_000,
        "complete": 1,
        "computed_ms": NOW_MS,
    },
    "alerts": {
        "alert_id": "a-1",
        "rule": "bad-answer",
        "kind": "bad_answer",
        "severity": "warning",
        "state": "open",
        "at": NOW_MS,
        "channel": "store",
        "touchpoint": "checkout",
        "location": "",
        "segment": "",
        "metric": "csat",
        "scale": "csat-1-5",
        "value": 1.0,
        "baseline": None,
        "n": 1,
        "reason": "1 of 5 at checkout",
        "detail": "{}",
        "version": 1,
    },
    "forgotten": {"customer": "cust-k1-0123456789abcdef01234567", "forgotten_at": NOW_MS},
    "rejected": {
        "topic": "touchpoints",
        "log_id": "log-1",
        "partition": 3,
        "offset": 12,
        "appended_at": NOW_MS,
        "producer": "",
        "reason": "bad_utf8",
        "field": "",
        "value": "",
        "nearest": "",
        "message": "not UTF-8 at byte 3",
        "raw": b'{"a\xff\xfe\x00}',
    },
    "revisions": {
        "slice": NOW_MS // 10_000 * 10_000,
        "width_s": 10,
        "channel": "store",
        "touchpoint": "checkout",
        "metric": "csat",
        "scale": "csat-1-5",
        "lane": "late",
        "why": "import",
        "n_before": 1,
        "top_before": 1,
        "bad_before": 0,
        "n": 3,
        "top": 2,
        "bad": 1,
        "base": 7,
        "version": 9,
        "revised_at": NOW_MS,
    },
    "names": {"dimension": "channel", "name": "store", "last_seen": NOW_MS},
}

DERIVED = ("late_answers", "late_names", "stored_offsets", "stored_offsets_begin", "ledger_minutes")
"""Tables that nobody inserts into but views and migrations."""
VIEWS = (
    "late_answers_from_touchpoints",
    "late_names_from_touchpoints",
    "stored_offsets_from_touchpoints",
    "stored_offsets_from_rejected",
    "ledger_minutes_from_ledger",
)

TIMES = frozenset(
    {
        *("appended_at", "stored_at", "occurred_at", "sent_at", "record_time", "heard_until"),
        *("as_of", "complete_until", "at", "last_seen", "slice", "forgotten_at", "revised_at"),
    }
)
"""Columns that are int ms on the way in."""


def columns(table: str, *changes: dict[str, Any]) -> dict[str, list[Any]]:
    """Columns of one row for each change of the plausible row."""
    rows = [{**ROWS[table], **change} for change in changes or ({},)]
    return {name: [row[name] for row in rows] for name in rows[0]}
