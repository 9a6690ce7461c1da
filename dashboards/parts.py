"""Choices, columns and links that several boards share, so that one filter row means the same everywhere."""

from __future__ import annotations

from dashboards import sql
from dashboards.panel import Column, Link, Step, Tone, Unit, Variable

OVERVIEW, CHANNEL, PRODUCERS = "touchpulse-overview", "touchpulse-channel", "touchpulse-producers"
PIPELINE = "touchpulse-pipeline"
KEY_EXPERIENCE, COST, MATRIX = "touchpulse-key-experience", "touchpulse-cost", "touchpulse-matrix"
TRUST, LOYALTY, CONSISTENCY = "touchpulse-trust", "touchpulse-loyalty", "touchpulse-consistency"
JOURNEY, ALERTS = "touchpulse-journey", "touchpulse-alerts"
ACTIONS, VOICES, WALL = "touchpulse-actions", "touchpulse-voices", "touchpulse-wall"
LOCATIONS, SEGMENTS = "touchpulse-locations", "touchpulse-segments"
SERVICE, DRIVERS = "touchpulse-service", "touchpulse-drivers"
"""Uids of the boards: links are kept by people, so these never change."""

NET_STEPS = (Step(None, Tone.BAD), Step(sql.NET_FAIR, Tone.FAIR), Step(sql.NET_GOOD, Tone.GOOD))
CELL_TONES = (("▲", Tone.GOOD), ("●", Tone.FAIR), ("▼", Tone.BAD), ("○", Tone.QUIET))
EVIDENCE_TONES = (
    ("no answers", Tone.QUIET),
    ("few answers", Tone.QUIET),
    ("catching up", Tone.FAIR),
)
ALERT_STEPS = (Step(None, Tone.PLAIN), Step(1, Tone.BAD))

WINDOW = Variable(
    "window",
    "Window",
    choices=(("5 minutes", "300"), ("1 hour", "3600"), ("24 hours", "86400")),
    default="300",
)
SCALE = Variable("scale", "Graphs show", choices=tuple((text, scale) for scale, text in sql.LABELS.items()))

_CHANNELS = "SELECT name FROM names FINAL WHERE dimension = 'channel' ORDER BY name"
CHANNELS = Variable("channel", "Channels", sql=_CHANNELS, several=True)
ONE_CHANNEL = Variable("channel", "Channel", sql=_CHANNELS)

TO_CHANNEL = Link(CHANNEL, "Look into this channel", set_from=(("channel", "channel"),), keep=("window", "scale"))


def score_columns(*, one_channel: bool = False) -> tuple[Column, ...]:
    """Columns of a table of scores: what the reader sees first, then what it rests on."""
    hidden = (
        "metric", "scale", "value", "lower", "upper", "net_lower", "net_upper", "top", "neutral", "bad",
        "change", "change_lower", "change_upper", "as_of",
    )  # fmt: skip
    return (
        Column("channel", "Channel", link=TO_CHANNEL, hidden=one_channel, width_px=140),
        Column("question", "Question", width_px=150),
        Column("score", "Score", width_px=100),
        Column("interval", "95 % interval", width_px=150),
        Column("n", "Answers", Unit.COUNT, width_px=90),
        Column("trend", "Change", tones=(("▲", Tone.GOOD), ("▼", Tone.BAD)), width_px=100),
        Column("net", "Net experience", Unit.POINTS, digits=0, steps=NET_STEPS, width_px=120),
        Column("evidence", "Evidence", tones=EVIDENCE_TONES, whole_row=True, width_px=150),
        Column("worsening", "Worsening", Unit.COUNT, steps=ALERT_STEPS, width_px=100),
        Column("bad_alerts", "Bad answers", Unit.COUNT, width_px=100),
        Column("complete_until", "Complete until", Unit.CLOCK_MS, width_px=120),
        *(Column(name, hidden=True) for name in hidden),
    )
