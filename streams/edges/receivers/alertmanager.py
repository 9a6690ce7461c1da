"""Alerts for Prometheus' Alertmanager: POST /api/v2/alerts.

Alertmanager knows an alert by its labels, so none of ours changes while an alert lives; numbers and words are
annotations. Severity is needed to route by, and may rise from ticket to page: these are two alerts there, the second
ends the first, and the end of an alert ends both. An alert that nobody sends again would end after five minutes: ours
says itself until when it is open.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from streams.edges.receivers.http import Poster
from streams.edges.receivers.note import Note
from streams.edges.receivers.spec import Alertmanager
from streams.pure.alerting.page import Page

SEVERITIES = ("page", "ticket")
DIMENSIONS = ("channel", "stage", "touchpoint", "location", "segment", "producer")


class ToAlertmanager:
    """One Alertmanager."""

    for_people = False
    hears_beats = True

    def __init__(self, spec: Alertmanager) -> None:
        self.name, self.timeout_s = spec.name, spec.timeout_s
        self._open_ms = round(spec.open_h * 3_600_000)
        self._beat_open_ms = 1_000 * spec.beat_open_s
        password, token = spec.password.get_secret_value(), spec.token.get_secret_value()
        self._poster = Poster(
            f"{spec.url}/api/v2/alerts",
            secrets=[password, token],
            timeout_s=spec.timeout_s,
            auth=(spec.user, password) if spec.user else token,
        )

    async def hand_over(self, note: Note) -> str:
        """Raises NotTaken, Refused."""
        return await self._poster.post(orjson.dumps(alerts(note, self._open_ms, self._beat_open_ms)))

    async def close(self) -> None:
        """Closes the connections."""
        await self._poster.close()


def alerts(note: Note, open_ms: int, beat_open_ms: int) -> list[dict[str, Any]]:
    """The body: one alert for each severity that begins or ends with this sending.

    Args:
        open_ms, beat_open_ms: how long an alert, or a sign of life, is open if nothing more is heard of it.
    """
    page = note.page
    if page.kind == "heartbeat":
        return [_alert(note, "none", page.at_ms + beat_open_ms)]
    if page.send == "resolve":
        return [_alert(note, severity, page.at_ms) for severity in SEVERITIES]
    severity = "ticket" if page.send == "ticket" else "page"
    now = _alert(note, severity, max(note.now_ms, page.at_ms) + open_ms)
    # The first sending of an alert follows no ticket.
    if severity == "page" and not page.id.endswith("-1"):
        return [now, _alert(note, "ticket", page.at_ms)]
    return [now]


def _alert(note: Note, severity: str, ends_ms: int) -> dict[str, Any]:
    page = note.page
    annotations = {
        "headline": note.headline, "body": note.body, "runbook": page.runbook, "board": note.board_url,
        "answer": note.answer_url,
    }  # fmt: skip
    alert = {
        "labels": labels(page, severity),
        "annotations": {name: text for name, text in annotations.items() if text},
        # An end before its begin would be refused.
        "startsAt": _time(min(page.since_ms or page.at_ms, page.at_ms, ends_ms)),
        "endsAt": _time(ends_ms),
    }
    return alert | ({"generatorURL": note.board_url} if note.board_url else {})


def labels(page: Page, severity: str) -> dict[str, str]:
    """What an alert is known by: the same for all sendings of one alert."""
    kind = page.kind.title().replace("_", "")
    found = {
        "alertname": f"Touchpulse{kind}", "rule": page.rule, "severity": severity,
        "metric": page.metric, "scale": page.scale,
        # All signs of life are one alert.
        "alert_id": "" if page.kind == "heartbeat" else page.alert_id,
    }  # fmt: skip
    found |= {name: page.scope.get(name, "") for name in DIMENSIONS}
    return {name: text for name, text in found.items() if text}


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
