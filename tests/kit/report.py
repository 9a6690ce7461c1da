"""The second opinion on a report: both periods counted from the events by plain loops, then the seven steps."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from dashboards.report.read import Span
from schemas.decode import Event
from streams.pure.method.evidence import Estimate, scored
from streams.pure.method.report import Period
from streams.pure.scores import Tally
from tests.kit.method import Scene, asked, tally


def inside(scene: Scene, span: Span, channel: str = "") -> list[Event]:
    """Customers' events of a period."""
    return [
        event
        for event in scene.events
        if span.from_ms <= event.occurred_ms < span.to_ms
        and event.respondent == "customer"
        and channel in ("", event.series[0])
    ]


def period(events: Iterable[Event], *, full: bool, hidden: Collection[tuple[str, str]] = ()) -> Period:
    """What was counted in one. `full`: also what only the period told has; hidden: (aspect, touchpoint) left out."""
    rated: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    at: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    sales: dict[str, float] = defaultdict(float)
    came: Counter[str] = Counter()
    for event in events:
        body: Any = event
        if event.kind in ("visit", "purchase"):
            came[body.reason or ""] += 1
        if event.kind == "purchase" and body.amount is not None and body.currency:
            sales[body.currency] += body.amount
        for metric, scale, point in event.answers:
            family, _, aspect = metric.partition(".")
            if scale == "rating-1-10":
                rated[family, aspect].append((scale, point))
                if family == "experience" and (aspect, event.series[2]) not in hidden:
                    at[aspect, event.series[2]].append((scale, point))
    experience_at = {key: tally(answers) for key, answers in at.items()} if full else {}
    ratings = {key: tally(answers) for key, answers in rated.items()}
    return Period(dict(came) if full else {}, ratings, None, experience_at, dict(sales))


def scores(events: Iterable[Event]) -> dict[tuple[str, str], Estimate]:
    """CSAT, CES and NPS by (channel, scale)."""
    found: dict[tuple[str, str, str], list[tuple[str, int]]] = defaultdict(list)
    for event in events:
        for answer in event.answers:
            if asked(answer):
                found[event.series[0], answer[0], answer[1]].append(answer[1:])
    counted: dict[tuple[str, str, str], Tally] = {key: tally(answers) for key, answers in found.items()}
    return {(channel, scale): scored(metric, scale, one) for (channel, metric, scale), one in counted.items()}
