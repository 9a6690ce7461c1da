"""The JSON Schema is current, and no change of it may break a producer who relies on it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from schemas.compat import BASELINE, CURRENT, breaking_changes, dump, schema

Change = Callable[[dict[str, Any]], object]
"""Changes a schema in place."""

NOW = schema()


def defs(document: dict[str, Any], kind: str) -> dict[str, Any]:
    """One definition of a schema."""
    found: dict[str, Any] = document["$defs"][kind]
    return found


def field(document: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    """One field; of an optional one the part that is not null."""
    found: dict[str, Any] = defs(document, kind)["properties"][name]
    return found["anyOf"][0] if "anyOf" in found else found


def test_the_committed_schema_is_current() -> None:
    """Producers take the file. If this fails: `touchpulse schema --write`, and look at what changed."""
    assert CURRENT.read_text(encoding="utf-8") == dump(schema())


def test_the_models_break_no_producer_who_relies_on_the_baseline() -> None:
    """If this fails, a change of the models refuses events that were accepted. Take it back."""
    assert breaking_changes(json.loads(BASELINE.read_text(encoding="utf-8")), schema()) == []


def test_the_schema_names_every_field_with_its_meaning() -> None:
    """A producer reads the schema, not our code."""
    for kind, definition in NOW["$defs"].items():
        assert definition["description"], kind
        for name, part in definition["properties"].items():
            assert part.get("description") or "const" in part or part.get("enum"), f"{kind}.{name}"


BREAKS: list[Any] = [
    pytest.param(
        lambda s: s["discriminator"]["mapping"].pop("visit"), "visit: this kind is no longer known", id="kind-removed"
    ),
    pytest.param(
        lambda s: defs(s, "Csat")["required"].append("comment"), "csat.comment: is now required", id="field-required"
    ),
    pytest.param(
        lambda s: defs(s, "Common")["required"].append("location"),
        "nps.location: is now required",
        id="common-required",
    ),
    pytest.param(
        lambda s: defs(s, "Purchase")["properties"].pop("amount"),
        "purchase.amount: is no longer read",
        id="field-removed",
    ),
    pytest.param(
        lambda s: field(s, "Csat", "scale")["enum"].remove("1-7"),
        "csat.scale: no longer takes '1-7'",
        id="word-removed",
    ),
    pytest.param(
        lambda s: field(s, "Common", "stage")["enum"].remove("use"),
        "ces.stage: no longer takes 'use'",
        id="common-word-removed",
    ),
    pytest.param(
        lambda s: field(s, "Signal", "signal").update(enum=["refund"]),
        "signal.signal: now only takes 'refund'",
        id="text-to-words",
    ),
    pytest.param(
        lambda s: field(s, "Interaction", "wait_s").update(type="integer"),
        "interaction.wait_s: no longer takes number, only integer",
        id="type-narrowed",
    ),
    pytest.param(
        lambda s: field(s, "Nps", "score").update(type="string"),
        "nps.score: no longer takes integer",
        id="type-changed",
    ),
    pytest.param(
        lambda s: field(s, "Nps", "score").update(maximum=9),
        "nps.score: maximum changed from 10 to 9",
        id="maximum-lowered",
    ),
    pytest.param(
        lambda s: field(s, "Nps", "score").update(minimum=1),
        "nps.score: minimum changed from 0 to 1",
        id="minimum-raised",
    ),
    pytest.param(
        lambda s: field(s, "Nps", "score").update(exclusiveMaximum=10), "nps.score: exclusiveMaximum", id="bound-added"
    ),
    pytest.param(
        lambda s: field(s, "Common", "event_id").update(maxLength=64),
        "csat.event_id: maxLength changed from 128 to 64",
        id="shorter",
    ),
    pytest.param(
        lambda s: field(s, "Common", "comment").update(minLength=1),
        "csat.comment: minLength changed from none to 1",
        id="no-longer-empty",
    ),
    pytest.param(
        lambda s: field(s, "Common", "event_id").update(pattern="^[a-z]+$"),
        "the rule 'pattern' is new or changed",
        id="pattern-changed",
    ),
    pytest.param(
        lambda s: field(s, "Common", "comment").update(pattern="x"),
        "the rule 'pattern' is new or changed",
        id="pattern-added",
    ),
    pytest.param(
        lambda s: field(s, "Common", "occurred_at").update(format="time"),
        "the rule 'format' is new or changed",
        id="format-changed",
    ),
    pytest.param(
        lambda s: defs(s, "Common")["properties"]["weight"].update(default=2),
        "changed from None to 2",
        id="default-changed",
    ),
    pytest.param(
        lambda s: defs(s, "Common")["properties"]["weight"]["anyOf"].pop(),
        "csat.weight: no longer takes null",
        id="null-refused",
    ),
    pytest.param(
        lambda s: field(s, "Common", "attributes").update(maxProperties=5),
        "maxProperties changed from 20 to 5",
        id="fewer-attributes",
    ),
    pytest.param(
        lambda s: field(s, "Common", "attributes")["additionalProperties"]["type"].remove("boolean"),
        "csat.attributes.additionalProperties: no longer takes boolean",
        id="attribute-type-removed",
    ),
    pytest.param(
        lambda s: field(s, "Common", "attributes")["propertyNames"].update(maxLength=8),
        "propertyNames: maxLength",
        id="attribute-name-shorter",
    ),
    pytest.param(
        lambda s: defs(s, "Visit").update(additionalProperties=False),
        "visit.additionalProperties",
        id="unknown-refused",
    ),
    pytest.param(
        lambda s: defs(s, "Question")["required"].append("version"),
        "csat.question.version: is now required",
        id="nested-required",
    ),
    pytest.param(
        lambda s: defs(s, "Question")["properties"]["version"]["anyOf"].pop(1),
        "csat.question.version: no longer takes integer",
        id="union-member-removed",
    ),
    pytest.param(
        lambda s: defs(s, "Rating")["anyOf"].pop(),
        "rating (anyOf): what met alternative 3 may now meet none",
        id="alternative-removed",
    ),
    pytest.param(
        lambda s: defs(s, "Csat")["anyOf"][2]["properties"]["score"].update(maximum=9),
        "csat (anyOf): what met alternative 3 may now meet none",
        id="score-of-a-scale-narrowed",
    ),
    pytest.param(
        lambda s: defs(s, "Visit").update(anyOf=[{"required": ["reason"]}]),
        "a rule over several fields is new",
        id="rule-added",
    ),
    pytest.param(
        lambda s: field(s, "Common", "attributes").update(uniqueItems=True), "the rule 'uniqueItems'", id="unknown-rule"
    ),
]


@pytest.mark.parametrize(("change", "expected"), BREAKS)
def test_a_break_is_found_and_named(change: Change, expected: str) -> None:
    """A judge that finds nothing proves nothing."""
    changed = copy.deepcopy(NOW)
    change(changed)
    assert any(expected in found for found in breaking_changes(NOW, changed)), breaking_changes(NOW, changed)


@pytest.mark.parametrize("rule", [{"maxProperties": 9}, {"not": {"required": ["comment"]}}], ids=["bound", "other"])
def test_a_rule_added_to_the_shared_part_is_a_break_of_every_kind(rule: dict[str, Any]) -> None:
    """The common fields are written once; a break there is a break for all."""
    changed = copy.deepcopy(NOW)
    defs(changed, "Common").update(rule)
    places = {found.partition(":")[0] for found in breaking_changes(NOW, changed)}
    assert places == set(NOW["discriminator"]["mapping"])


HARMLESS: list[Any] = [
    pytest.param(lambda s: defs(s, "Visit")["properties"].update(mood={"type": "string"}), id="optional-field-added"),
    pytest.param(lambda s: field(s, "Csat", "scale")["enum"].append("1-11"), id="word-added"),
    pytest.param(lambda s: field(s, "Nps", "score").update(type="number"), id="whole-number-to-number"),
    pytest.param(lambda s: field(s, "Nps", "score").update(maximum=100), id="maximum-raised"),
    pytest.param(lambda s: field(s, "Nps", "score").pop("minimum"), id="minimum-dropped"),
    pytest.param(lambda s: field(s, "Common", "event_id").pop("pattern"), id="pattern-dropped"),
    pytest.param(lambda s: defs(s, "Common")["required"].remove("channel"), id="no-longer-required"),
    pytest.param(lambda s: defs(s, "Common").update(description="new words"), id="other-words"),
    pytest.param(lambda s: defs(s, "Rating")["anyOf"].append({"required": ["aspect"]}), id="alternative-added"),
    pytest.param(lambda s: defs(s, "Rating").pop("anyOf"), id="rule-dropped"),
    pytest.param(
        lambda s: (
            s["$defs"].update(Survey=copy.deepcopy(defs(s, "Visit"))),
            s["discriminator"]["mapping"].update(survey="#/$defs/Survey"),
        ),
        id="kind-added",
    ),
]


@pytest.mark.parametrize("change", HARMLESS)
def test_what_widens_the_contract_is_no_break(change: Change) -> None:
    """A judge that cries at everything is soon switched off."""
    changed = copy.deepcopy(NOW)
    change(changed)
    assert changed != NOW
    assert breaking_changes(NOW, changed) == []
