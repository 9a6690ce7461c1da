"""Alert records: what one says, in plain words. First form: a bad answer, a worsening channel.

An alert's id says what it is about, so that a repeat after a crash is the same alert.
"""

from __future__ import annotations

import json

from schemas.scales import SCALES
from streams.pure.cells import AlertMessage
from streams.pure.counting import BadAnswer
from streams.pure.negative import Alarm

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


def worsening_alert(channel: str, metric: str, scale: str, alarm: Alarm) -> AlertMessage:
    """Record of a channel whose bad share rose beyond chance."""
    now_pct, before_pct = 100 * alarm.bad / alarm.n, 100 * alarm.baseline
    return AlertMessage(
        alert_id=f"worse|{channel}|{metric}|{scale}|{alarm.began_ms}",
        rule="bad-share-rising",
        kind="worsening",
        severity="warning",
        state="firing",
        at_ms=alarm.at_ms,
        channel=channel,
        touchpoint="",
        location="",
        segment="",
        metric=metric,
        scale=scale,
        value=now_pct,
        baseline=before_pct,
        n=alarm.n,
        reason=f"{channel}: bad {METRIC_NAMES.get(metric, metric)} answers rose from {before_pct:.0f} % to "
        f"{now_pct:.0f} % ({alarm.bad} of {alarm.n} answers); more than chance explains",
        detail=json.dumps({"began_ms": alarm.began_ms, "evidence": round(alarm.evidence, 3)}),
        version=alarm.at_ms,
    )
