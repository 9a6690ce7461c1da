"""The link from a page to the board that shows what it speaks of, with time and filters set."""

from __future__ import annotations

from urllib.parse import urlencode

from dashboards import parts
from dashboards.feed import SPANS
from dashboards.sql import LABELS
from streams.pure.alerting.page import Page

AROUND_MS = 1_800_000
"""Shown before and after what the page is about: a drop is seen only beside what was before it."""
FOR_EVER = "12y"


def board_link(page: Page, base: str | None, *, local: bool, now_ms: int) -> str:
    """Address of a board; '' without a base.

    Args:
        base: address of Grafana, or of the local board.
        local: which of the two it is. The local board always shows time up to now.
    """
    if not base:
        return ""
    uid, filters = _board(page)
    from_ms, to_ms = (page.since_ms or page.at_ms) - AROUND_MS, max(page.until_ms, page.at_ms) + AROUND_MS
    if local:
        long_s = (now_ms - from_ms) / 1000
        shown = next((name for name, _, span_s in SPANS if span_s >= long_s), FOR_EVER)
        return f"{base}/{uid.removeprefix('touchpulse-')}?{urlencode({**filters, 'shown': shown})}"
    variables = {f"var-{name}": value for name, value in filters.items()}
    return f"{base}/d/{uid}?{urlencode({'from': from_ms, 'to': to_ms, **variables})}"


def _board(page: Page) -> tuple[str, dict[str, str]]:
    """Uid, and the variables of that board that the page decides."""
    scale = {"scale": page.scale} if page.scale in LABELS else {}
    channel, producer = page.scope.get("channel", ""), page.scope.get("producer", "")
    if page.kind in ("late", "heartbeat"):
        return parts.PIPELINE, {}
    # A scope of several names is one series, and no name that a board knows.
    if producer:
        return parts.PRODUCERS, {"producer": producer} if ", " not in producer else {}
    if channel and ", " not in channel:
        return parts.CHANNEL, {"channel": channel, **scale}
    return parts.OVERVIEW, scale
