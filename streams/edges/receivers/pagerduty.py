"""Events for PagerDuty: an alert is one incident (dedup_key), its end resolves it; a repeat changes nothing there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from streams.edges.receivers.http import Poster
from streams.edges.receivers.note import Note
from streams.edges.receivers.outcome import Refused
from streams.edges.receivers.spec import Pagerduty

MOST_SUMMARY = 1_024


class ToPagerduty:
    """One service."""

    for_people = False
    hears_beats = False

    def __init__(self, spec: Pagerduty) -> None:
        self.name, self.timeout_s = spec.name, spec.timeout_s
        self._key = spec.routing_key.get_secret_value()
        self._poster = Poster(spec.url, secrets=[self._key], timeout_s=spec.timeout_s)

    async def hand_over(self, note: Note) -> str:
        """Raises NotTaken, Refused."""
        if note.page.kind == "heartbeat":
            raise Refused("a sign of life would be an incident here: send it to a watcher")
        return await self._poster.post(msgspec.json.encode({"routing_key": self._key, **event(note)}))

    async def close(self) -> None:
        """Closes the connections."""
        await self._poster.close()


def event(note: Note) -> dict[str, Any]:
    """The event, without the key."""
    page = note.page
    links = [
        {"href": url, "text": text} for url, text in ((note.board_url, "Board"), (note.answer_url, "Answer")) if url
    ]
    return {
        "event_action": "resolve" if page.send == "resolve" else "trigger",
        "dedup_key": page.alert_id,
        "links": links,
        "payload": {
            "summary": note.headline[:MOST_SUMMARY],
            "source": " / ".join(page.scope.values()) or "touchpulse",
            "severity": "warning" if page.send == "ticket" else "critical",
            "timestamp": datetime.fromtimestamp(page.at_ms / 1000, UTC).isoformat(),
            "class": page.rule,
            "custom_details": {"body": note.body, "page": page},
        },
    }
