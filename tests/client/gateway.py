"""A stand-in for the gateway, which does as it is told; what it answers is held to the real one elsewhere."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import httpx

Fate = Callable[[list[dict[str, Any]]], httpx.Response]


class Gateway:
    """Answers by a list of fates, then accepts everything."""

    def __init__(self, *fates: Fate) -> None:
        self.fates = list(fates)
        self.batches: list[list[dict[str, Any]]] = []
        """Events of each request, in the order of arrival."""
        self.taken: list[str] = []
        """Ids that were accepted."""
        self.keys: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """One request; a sync handler for either transport."""
        body = request.content
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        assert request.url.path == "/v1/touchpoints"
        self.keys.add(request.headers["authorization"])
        events = [json.loads(line) for line in body.splitlines()]
        self.batches.append(events)
        answer = self.fates.pop(0)(events) if self.fates else verdicts()(events)
        if answer.headers.get("content-type", "").endswith("json"):
            told = answer.json().get("events", [])
            self.taken += [verdict["event_id"] for verdict in told if verdict["status"] == "accepted"]
        return answer

    @property
    def transport(self) -> httpx.MockTransport:
        """For either client."""
        return httpx.MockTransport(self)


def verdicts(**other: str) -> Fate:
    """Accept all events but those named: `verdicts(e2="rejected")`."""

    def fate(events: list[dict[str, Any]]) -> httpx.Response:
        told = [{"status": other.get(event["event_id"], "accepted"), "event_id": event["event_id"]} for event in events]
        for verdict in told:
            if verdict["status"] == "rejected":
                verdict |= {"reason": "unknown_name", "field": "channel", "message": "channel is not a known name."}
        accepted = sum(verdict["status"] == "accepted" for verdict in told)
        status = 200 if accepted == len(told) else 207 if accepted else 503
        return httpx.Response(status, json={"accepted": accepted, "rejected": 0, "unavailable": 0, "events": told})

    return fate


def refused(status: int, title: str = "away", *, retry_after: str | None = None) -> Fate:
    """Refuse the whole request."""
    headers = {"retry-after": retry_after} if retry_after else {}
    return lambda events: httpx.Response(
        status, json={"title": title, "status": status, "detail": "x"}, headers=headers
    )


def too_many(most: int) -> Fate:
    """Refuse a batch of more events than this."""
    return lambda events: refused(413, "too_large")(events) if len(events) > most else verdicts()(events)


def log_in_page(events: list[dict[str, Any]]) -> httpx.Response:
    """What a hotel's network answers."""
    return httpx.Response(200, text="<html>Welcome, please log in</html>", headers={"content-type": "text/html"})


def no_network(events: list[dict[str, Any]]) -> httpx.Response:
    """Nobody answers."""
    raise httpx.ConnectError("no network")
