"""Sendings as the alert engine makes them."""

from __future__ import annotations

from typing import Any

from streams.pure.alerting.messages import PageMessage
from streams.pure.alerting.page import Page

AT_MS = 1_790_000_000_000


def sending(
    alert: str = "a",
    send: str = "page",
    step: int = 1,
    *,
    to: list[str] | None = None,
    language: str = "en",
    **more: Any,
) -> PageMessage:
    """The `step`-th sending of an alert; `more` are fields of its page."""
    given: dict[str, Any] = {
        "kind": "worsening", "rule": "channel-worsens", "at_ms": AT_MS, "scope": {"channel": "app"}, "metric": "csat",
        "scale": "csat-1-5", "unit": "%", "value": 21.0, "baseline": 10.0, "lower": 16.0, "upper": 27.0, "n": 180,
        "bad": 38, "since_ms": AT_MS - 1_800_000, "until_ms": AT_MS, "harm": 20.0, "harm_ahead": 40.0,
    }  # fmt: skip
    page = Page(id=f"{alert}-{step}", alert_id=alert, send=send, **{**given, **more})
    return PageMessage(page, to or [], language, "Europe/Berlin")
