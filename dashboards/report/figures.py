"""Which numbers each picture of a report shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.panel import Tone
from dashboards.report.numbers import FORMS, told
from dashboards.report.pictures import Axis, Key, Line, Mark, dots
from dashboards.report.read import ChannelScore, Report
from dashboards.report.words import Words
from schemas.scales import SCALES
from streams.pure.method.delta import Delta
from streams.pure.method.evidence import Estimate, exactly
from streams.pure.method.reasons import Reason

_SCALE = SCALES["rating-1-10"]
RATED = Axis(_SCALE.low, _SCALE.high, tuple(range(_SCALE.low, _SCALE.high + 1)))
WIDEST = _SCALE.high * (_SCALE.high - _SCALE.low)
"""As far as weighted satisfaction can be from 0."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture; `name` is the end of its file's name."""

    name: str
    title: str
    svg: str


def reasons(known: Sequence[Reason], w: Words) -> Figure:
    """Share of each reason, in percent."""
    lines = [Line(w(one.aspect), (Mark(_percent(one.part)),)) for one in known]
    axis = Axis(0, 100, (0, 20, 40, 60, 80, 100), " %")
    return Figure("1-reasons", w("step_1"), dots(w("step_1"), lines, axis))


def today(known: Sequence[Delta], w: Words) -> Figure:
    """Experience beside what was expected, and how much it matters."""
    lines = [
        Line(
            w(one.aspect),
            (
                Mark(one.importance, "diamond", Tone.FAIR),
                Mark(one.expectation, "ring", Tone.GOOD),
                Mark(one.experience, "dot", Tone.GOOD),
            ),
            told(w, one.experience, FORMS["experience"]),
        )
        for one in known
    ]
    keys = (
        Key("dot", Tone.GOOD, w("experience")),
        Key("ring", Tone.GOOD, w("expectation")),
        Key("diamond", Tone.FAIR, w("importance")),
    )
    return Figure("2-today", w("step_2"), dots(w("step_2"), lines, RATED, keys))


def weighted(ordered: Sequence[Delta], w: Words) -> Figure:
    """Weighted satisfaction, from 0 to both sides."""
    ends = [end for one in ordered for end in (one.weighted.value, one.weighted.lower, one.weighted.upper) if end]
    reach = next((reach for reach in (10, 20, 40) if all(abs(end) <= reach for end in ends)), WIDEST)
    lines = [
        Line(w(one.aspect), (Mark(one.weighted, tone=_sign(one.weighted)),), told(w, one.weighted, FORMS["weighted"]))
        for one in ordered
    ]
    axis = Axis(-reach, reach, (-reach, -reach / 2, 0, reach / 2, reach), zero=0)
    return Figure("3-weighted", w("weighted"), dots(w("weighted"), lines, axis))


def ideal(report: Report, w: Words) -> Figure:
    """Experience beside the ideal, where one was decided."""
    lines = [
        Line(
            w(gap.aspect),
            (Mark(exactly(gap.ideal), "ring", Tone.FAIR), Mark(one.experience)),
            told(w, one.experience, FORMS["experience"]),
        )
        for gap, one in zip(report.steps.ideal, report.steps.today, strict=True)
        if gap.aspect in report.ideals
    ]
    keys = (Key("dot", Tone.GOOD, w("experience")), Key("ring", Tone.FAIR, w("ideal")))
    return Figure("4-ideal", w("step_4"), dots(w("step_4"), lines, RATED, keys))


def touchpoints(shown: Sequence[tuple[str, Estimate]], title: str) -> Figure:
    """Experience at each touchpoint, the worst on top."""
    return Figure("5-touchpoints", title, dots(title, [Line(name, (Mark(one),)) for name, one in shown], RATED))


def scores(found: Sequence[ChannelScore], w: Words) -> tuple[Figure, ...]:
    """One picture a scale: scales never share an axis."""
    keys = (Key("dot", Tone.GOOD, w("now")), Key("ring", Tone.FAIR, w("before")))
    figures = []
    for scale in dict.fromkeys(one.scale for one in found):
        lines = [
            Line(one.channel, (Mark(one.before, "ring", Tone.FAIR), Mark(one.now)), told(w, one.now, FORMS[one.metric]))
            for one in found
            if one.scale == scale
        ]
        figures.append(Figure(f"8-{scale}", w(scale), dots(w(scale), lines, _axis(scale), keys)))
    return tuple(figures)


def _axis(scale: str) -> Axis:
    metric = scale.partition("-")[0]
    if metric == "nps":
        return Axis(-100, 100, (-100, -50, 0, 50, 100), zero=0)
    if metric == "csat":
        return Axis(0, 100, (0, 20, 40, 60, 80, 100), " %")
    low, high = SCALES[scale].low, SCALES[scale].high
    return Axis(low, high, tuple(range(low, high + 1)))


def _percent(part: Estimate) -> Estimate:
    value, lower, upper = (None if x is None else 100 * x for x in (part.value, part.lower, part.upper))
    return Estimate(value, lower, upper, part.n)


def _sign(number: Estimate) -> Tone:
    """Surely short, surely more, or neither."""
    if number.upper is not None and number.upper < 0:
        return Tone.BAD
    return Tone.GOOD if number.lower is not None and number.lower > 0 else Tone.FAIR
