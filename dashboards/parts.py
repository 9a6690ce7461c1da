"""Choices, columns and links that several boards share, so that one filter row means the same everywhere."""

from __future__ import annotations

from dashboards import sql
from dashboards.panel import EVERY, Column, Link, Step, Tone, Unit, Variable

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

STAGE_NAMES = {
    "pre_purchase": "Before purchase",
    "purchase": "Purchase",
    "use": "Use",
    "after_sale": "After sale",
}
STAGES = Variable(
    "stage", "Stages", choices=tuple((text, stage) for stage, text in STAGE_NAMES.items()), several=True, open=True
)


def _named(dimension: str, label: str) -> Variable:
    """Names that were ever heard in a dimension."""
    names = f"SELECT name FROM names FINAL WHERE dimension = '{dimension}' ORDER BY name"
    return Variable(dimension, label, sql=names, several=True, open=True)


LOCATIONS_OF, SEGMENTS_OF = _named("location", "Locations"), _named("segment", "Segments")
TOUCHPOINTS_OF = _named("touchpoint", "Touchpoints")
SLICES = (STAGES, LOCATIONS_OF, SEGMENTS_OF)
FILTERS = (CHANNELS, *SLICES)
"""The filter row."""


def within(*variables: Variable) -> str:
    """Condition on events, or on their counts: of what was chosen."""
    chosen = [(one, f"{one.name} IN (${{{one.name}:sqlstring}})") for one in variables]
    return " AND ".join(f"({everything(one)} OR {names})" if one.open else names for one, names in chosen)


def everything(*variables: Variable) -> str:
    """Condition: nothing is left out by these."""
    return " AND ".join(f"'{EVERY}' IN (${{{one.name}:sqlstring}})" for one in variables)


ALL_OF_IT = f"({everything(*SLICES)})"
"""Whether nothing narrower than a channel is chosen."""
CHOSEN = within(*FILTERS)
"""What the filter row leaves; in the tables of events and of panes alike."""
KEPT = tuple(one.name for one in FILTERS)

TO_CHANNEL = Link(
    CHANNEL, "Look into this channel", (("channel", "channel"),), (*(one.name for one in SLICES), "window", "scale")
)


def to_answers(*set_from: tuple[str, str], keep: tuple[str, ...] = KEPT) -> Link:
    """To the answers behind a row.

    Args:
        set_from: pairs of (dimension, column of the row that names it).
        keep: choices handed on; those that `set_from` sets are not.
    """
    named = {dimension for dimension, _ in set_from}
    return Link(VOICES, "The answers behind", set_from, tuple(name for name in keep if name not in named))


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
