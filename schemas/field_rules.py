"""Rules over several fields of an event: each as a check of the model, and as the JSON Schema that says the same.

Why side by side: a rule that a schema does not tell is a refusal no producer can foresee.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel

from schemas.answers import POINTS
from schemas.reasons import FieldError, Reason

Model = TypeVar("Model", bound=BaseModel)


def check_score(event: Model) -> Model:
    """Refuse a score that is not on the scale the event names."""
    fields: Any = event
    direction = getattr(event, "direction", "")
    points = POINTS.get((fields.kind, fields.scale, direction))
    if points is None:
        known = ", ".join(f"{d} {s}" for k, s, d in POINTS if k == fields.kind)
        problem = f"is not a scale of direction {direction!r}: send one of {known}"
        raise FieldError(Reason.UNKNOWN_SCALE, problem, field="scale")
    if not points[0] <= fields.score <= points[1]:
        problem = f"is off its scale: send a whole number from {points[0]} to {points[1]}"
        raise FieldError(Reason.OFF_SCALE, problem, field="score")
    return event


def scored_schema(kind: str) -> dict[str, Any]:
    """JSON Schema of `check_score`: the scales of a kind with their scores."""
    rules = []
    for (of_kind, scale, direction), (low, high) in POINTS.items():
        if of_kind == kind:
            fields: dict[str, Any] = {"scale": {"const": scale}}
            if direction:
                fields["direction"] = {"const": direction}
            rules.append({"properties": {**fields, "score": {"minimum": low, "maximum": high}}})
    return {"anyOf": rules}


def need_one(event: Model, *fields: str) -> Model:
    """Refuse an event that gives none of these fields."""
    if all(getattr(event, field) is None for field in fields):
        problem = f"is missing: send at least one of {', '.join(fields)}"
        raise FieldError(Reason.MISSING_FIELD, problem, field=fields[0])
    return event


def at_least_one(*fields: str) -> dict[str, Any]:
    """JSON Schema of `need_one`."""
    return {"anyOf": [{"required": [field], "properties": {field: {"not": {"type": "null"}}}} for field in fields]}
