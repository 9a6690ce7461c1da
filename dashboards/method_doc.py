"""Where each panel's number is explained: a heading of deploy/docs/method.md.

Why a plain path in Grafana: it leads there in every checkout and image, without a setting. A link would need to know
where an installation keeps the file, and a wrong one is worse than a path. The local page serves the file itself, so
there it is a link.
"""

from __future__ import annotations

from dashboards import parts
from dashboards.panel import Board, Panel
from dashboards.said import fixed

PLACE = "deploy/docs/method.md"
HEADINGS: dict[str, dict[int, str]] = {
    parts.OVERVIEW: {1: "scores-now", 2: "freshness", 3: "scores-now", 4: "scores-now", 5: "alerts"},
    parts.CHANNEL: {
        1: "scores-now", 2: "scores-now", 3: "scores-by-period", 4: "net-experience", 5: "locations", 6: "bad-answers",
    },
    parts.MATRIX: {1: "net-experience", 2: "net-experience", 3: "service"},
    parts.JOURNEY: {1: "emotion-curve", 2: "emotion-curve"},
    parts.KEY_EXPERIENCE: {
        1: "key-experience", 2: "satisfaction", 3: "behind-the-key-experience", 4: "inside-out-gap",
        5: "sources-of-expectation", 6: "satisfaction", 7: "satisfaction",
    },
    parts.COST: dict.fromkeys((1, 2, 3, 4), "cost-of-negative-experience"),
    parts.TRUST: {1: "trust", 2: "trust", 3: "trust"},
    parts.LOYALTY: {1: "return-rate", 2: "customer-value"},
    parts.CONSISTENCY: {1: "omni-channel-consistency", 2: "consistency"},
    parts.DRIVERS: dict.fromkeys((1, 2), "key-drivers"),
    parts.LOCATIONS: dict.fromkeys((1, 2, 3, 4), "locations"),
    parts.SEGMENTS: dict.fromkeys((1, 2, 3), "segments"),
    parts.SERVICE: dict.fromkeys((1, 2, 3, 4), "service"),
    parts.VOICES: {1: "voices", 2: "unknown-and-hidden", 3: "unknown-and-hidden", 4: "net-experience"},
    parts.ACTIONS: {1: "actions-and-their-return", 2: "net-experience", 3: "actions-and-their-return"},
    parts.ALERTS: {
        **dict.fromkeys((1, 2, 3, 4, 5, 8, 9, 10, 11), "alerts"), 6: "page-budget", 7: "usefulness",
    },
    parts.PRODUCERS: dict.fromkeys((1, 2, 3, 4), "producers"),
    parts.PIPELINE: {
        **dict.fromkeys((1, 3, 4, 5, 6, 7), "account-of-the-log"), 2: "freshness", 8: "revisions",
    },
}  # fmt: skip
"""Anchors by board and panel."""


def heading(uid: str, panel_id: int) -> str:
    """Anchor of what a panel shows; '' where nothing is written of it."""
    return HEADINGS.get(uid, {}).get(panel_id, "")


def described(board: Board, panel: Panel) -> str:
    """A panel's question, and where its numbers are explained."""
    anchor = heading(board.uid, panel.id)
    if not anchor:
        return panel.question
    return f"{panel.question}\n\n{fixed('How computed', board.language)}: {PLACE}#{anchor}"
