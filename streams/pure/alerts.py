"""What becomes of one clearly bad answer: its record, and what the alert engine hears of it.

An alert's id says what it is about, so that a repeat after a crash is the same alert.
"""

from __future__ import annotations

import json

from schemas.scales import SCALES
from streams.pure.alerting.inputs import Row, Single
from streams.pure.cells import AlertMessage
from streams.pure.counting import BadAnswer

MAX_WORDS = 200
"""Words of a comment that rules may look for."""
METRIC_NAMES = {"csat": "CSAT", "ces": "CES", "nps": "NPS"}


def bad_answer_alert(bad: BadAnswer, *, log: str, partition: int) -> AlertMessage:
    """Record of one clearly bad answer. No personal data: the comment stays with the answer."""
    event, scale = bad.event, SCALES[bad.scale]
    channel, _, touchpoint, location, segment, _ = event.series
    where = " / ".join(part for part in (channel, touchpoint, location) if part)
    return AlertMessage(
        alert_id=f"bad|{log}|{partition}|{bad.offset}|{bad.metric}",
        rule="clearly-bad-answer",
        kind="bad_answer",
        severity="info",
        state="noted",
        at_ms=event.occurred_ms,
        channel=channel,
        touchpoint=touchpoint,
        location=location,
        segment=segment,
        metric=bad.metric,
        scale=bad.scale,
        value=float(bad.bin),
        baseline=None,
        n=1,
        reason=f"{METRIC_NAMES.get(bad.metric, bad.metric)} {bad.bin} on {scale.low}-{scale.high} at {where}",
        detail=json.dumps({"producer": event.producer, "event_id": event.event_id}),
        version=1,
    )


def bad_answer_input(bad: BadAnswer) -> Single:
    """What the alert engine hears of it: rules may ask for words of its comment, nothing else of it travels on."""
    event = bad.event
    channel, stage, touchpoint, location, segment, _ = event.series
    words = list(dict.fromkeys((event.comment or "").casefold().split()))[:MAX_WORDS]
    row = Row(
        channel, stage, touchpoint, location, segment, event.producer, bad.metric, bad.scale, [(bad.bin, 1)]
    )  # fmt: skip
    return Single(f"{event.producer}:{event.event_id}", event.occurred_ms, row, words)
