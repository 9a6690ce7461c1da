"""The one table of which answers each kind of event yields.

Why one table: the stream, the store and the boards must agree on what is counted. An *answer* is
(metric, scale id, bin); one event yields none, one or several. Metric and scale travel together,
so numbers on different scales can never be added up.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from schemas.scales import SCALES, wait_bin

Answer = tuple[str, str, int]
"""(metric, scale id, bin)."""

FEELINGS: dict[str, float] = {
    "delighted": 1.0,
    "happy": 0.8,
    "grateful": 0.8,
    "excited": 0.7,
    "satisfied": 0.6,
    "confident": 0.6,
    "relieved": 0.5,
    "hopeful": 0.4,
    "curious": 0.3,
    "calm": 0.3,
    "surprised": 0.0,
    "neutral": 0.0,
    "bored": -0.3,
    "confused": -0.4,
    "uneasy": -0.4,
    "worried": -0.5,
    "disappointed": -0.6,
    "annoyed": -0.6,
    "sad": -0.7,
    "frustrated": -0.8,
    "angry": -0.9,
    "furious": -1.0,
}
"""Valence of each named feeling, -1..1. A convention of this product: who measured a valence sends the number."""


@dataclass(frozen=True, eq=False)  # compared by identity, so that a row can be a key
class AnswerRule:
    """One row of the table: this field of this kind becomes this answer."""

    kind: str
    field: str
    """Field that holds the answer; no answer if it was left out. '' = the event itself is counted."""
    metric: str
    """Metric; `{aspect}` is filled in from the event."""
    scale: str
    """Id in SCALES."""
    where: dict[str, str] = dataclasses.field(default_factory=dict)
    """Other fields the event must carry for this row to apply."""


RULES: tuple[AnswerRule, ...] = (
    AnswerRule("csat", "score", "csat", "csat-1-5", {"scale": "1-5"}),
    AnswerRule("csat", "score", "csat", "csat-1-7", {"scale": "1-7"}),
    AnswerRule("csat", "score", "csat", "csat-1-10", {"scale": "1-10"}),
    AnswerRule("ces", "score", "ces", "ces-effort-1-5", {"scale": "1-5", "direction": "effort"}),
    AnswerRule("ces", "score", "ces", "ces-agreement-1-7", {"scale": "1-7", "direction": "agreement"}),
    AnswerRule("ces", "score", "ces", "ces-ease-1-5", {"scale": "1-5", "direction": "ease"}),
    AnswerRule("nps", "score", "nps", "nps-0-10"),
    AnswerRule("rating", "experience", "experience.{aspect}", "rating-1-10"),
    AnswerRule("rating", "expectation", "expectation.{aspect}", "rating-1-10"),
    AnswerRule("rating", "importance", "importance.{aspect}", "rating-1-10"),
    AnswerRule("trust", "integrity", "trust.integrity", "trust-1-10"),
    AnswerRule("trust", "ability", "trust.ability", "trust-1-10"),
    AnswerRule("trust", "affinity", "trust.affinity", "trust-1-10"),
    AnswerRule("trust", "consistency", "trust.consistency", "trust-1-10"),
    AnswerRule("emotion", "valence", "emotion", "emotion-valence"),
    AnswerRule("emotion", "feeling", "emotion", "emotion-valence"),
    AnswerRule("complaint", "severity", "complaint", "severity-1-3"),
    AnswerRule("interaction", "wait_s", "wait", "wait-s"),
    AnswerRule("interaction", "first_contact", "first_contact", "yes-no"),
    AnswerRule("interaction", "self_service", "self_service", "yes-no"),
    AnswerRule("signal", "", "signal", "count"),
    AnswerRule("visit", "", "visit", "count"),
    AnswerRule("purchase", "", "purchase", "count"),
    AnswerRule("invitation", "", "invitation", "count"),
)
"""The table. A kind without a row (case) yields no answer: it is about one."""

RULES_BY_KIND: dict[str, tuple[AnswerRule, ...]] = {
    kind: tuple(rule for rule in RULES if rule.kind == kind) for kind in dict.fromkeys(r.kind for r in RULES)
}


def _bin(rule: AnswerRule, value: Any) -> int:
    """Position of a field's value on the scale of its rule."""
    if rule.field == "wait_s":
        return wait_bin(value)
    if rule.field == "valence":
        hundredths: int = round(value * 100)
        return hundredths
    if rule.field == "feeling":
        return round(FEELINGS[value] * 100)
    return int(value)


@cache  # Finitely many: metrics x scale points.
def _shared(metric: str, scale: str, bin: int) -> Answer:
    """One tuple per answer, so that a million equal answers are one object."""
    SCALES[scale].box(bin)  # raises when off the scale
    return metric, scale, bin


@lru_cache(maxsize=8_192)
def _answer(rule: AnswerRule, aspect: str, value: Any) -> Answer:
    """The answer a row of the table makes of a value."""
    return _shared(rule.metric.format(aspect=aspect), rule.scale, _bin(rule, value))


SCORED: dict[tuple[str, str, str, int], tuple[Answer, ...]] = {
    (rule.kind, rule.where.get("scale", ""), rule.where.get("direction", ""), score): (
        _shared(rule.metric, rule.scale, score),
    )
    for rule in RULES
    if rule.kind in ("csat", "ces", "nps")
    for score in range(SCALES[rule.scale].low, SCALES[rule.scale].high + 1)
}
"""(kind, scale, direction, score) -> ready answers: nine events in ten are one of these.

A missing key means the scale is not declared or the score is off it."""

POINTS: dict[tuple[str, str, str], tuple[int, int]] = {
    (rule.kind, rule.where.get("scale", ""), rule.where.get("direction", "")): (
        SCALES[rule.scale].low,
        SCALES[rule.scale].high,
    )
    for rule in RULES
    if rule.kind in ("csat", "ces", "nps")
}
"""(kind, scale, direction) -> lowest and highest score."""


def answers_of(event: Any) -> tuple[Answer, ...]:
    """The answers an event yields.

    Args:
        event: a valid event, as a pydantic model of `schemas.events` or a decoded struct.
    Returns:
        Answers in the order of the table; empty if the kind yields none. Equal answers share one tuple.
    Raises:
        KeyError: scale and direction of a csat or ces are not declared, or the score is off the scale.
        ValueError: another value is off its scale.
    """
    kind = event.kind
    if kind == "csat":
        return SCORED[kind, event.scale, "", event.score]
    if kind == "nps":
        return SCORED[kind, "", "", event.score]
    if kind == "ces":
        return SCORED[kind, event.scale, event.direction, event.score]
    aspect = event.aspect if kind == "rating" else ""
    found = []
    for rule in RULES_BY_KIND.get(kind, ()):
        value = getattr(event, rule.field) if rule.field else 1
        if value is not None:
            found.append(_answer(rule, aspect, value))
    return tuple(found)
