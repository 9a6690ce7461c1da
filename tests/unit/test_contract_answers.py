"""Which answers each kind of event yields."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from schemas.answers import FEELINGS, RULES, RULES_BY_KIND, answers_of
from schemas.common import Feeling
from schemas.decode import Decoder, Event
from schemas.events import MODELS
from schemas.scales import SCALES
from tests.kit.contract import event, raw

CASES: list[tuple[dict[str, Any], list[tuple[str, str, int]]]] = [
    ({"kind": "csat", "score": 4, "scale": "1-5"}, [("csat", "csat-1-5", 4)]),
    ({"kind": "csat", "score": 7, "scale": "1-7"}, [("csat", "csat-1-7", 7)]),
    ({"kind": "csat", "score": 10, "scale": "1-10"}, [("csat", "csat-1-10", 10)]),
    ({"kind": "ces", "score": 1, "scale": "1-5", "direction": "effort"}, [("ces", "ces-effort-1-5", 1)]),
    ({"kind": "ces", "score": 7, "scale": "1-7", "direction": "agreement"}, [("ces", "ces-agreement-1-7", 7)]),
    ({"kind": "ces", "score": 5, "scale": "1-5", "direction": "ease"}, [("ces", "ces-ease-1-5", 5)]),
    ({"kind": "nps", "score": 0}, [("nps", "nps-0-10", 0)]),
    (
        {"kind": "rating", "aspect": "convenience", "experience": 5, "expectation": 7, "importance": 9},
        [
            ("experience.convenience", "rating-1-10", 5),
            ("expectation.convenience", "rating-1-10", 7),
            ("importance.convenience", "rating-1-10", 9),
        ],
    ),
    ({"kind": "rating", "aspect": "price", "importance": 1}, [("importance.price", "rating-1-10", 1)]),
    (
        {"kind": "trust", "integrity": 1, "consistency": 10},
        [("trust.integrity", "trust-1-10", 1), ("trust.consistency", "trust-1-10", 10)],
    ),
    ({"kind": "emotion", "valence": -0.57}, [("emotion", "emotion-valence", -57)]),
    ({"kind": "emotion", "valence": 1}, [("emotion", "emotion-valence", 100)]),
    ({"kind": "emotion", "feeling": "frustrated"}, [("emotion", "emotion-valence", -80)]),
    ({"kind": "complaint", "severity": 3}, [("complaint", "severity-1-3", 3)]),
    ({"kind": "case", "case_id": "c", "state": "open"}, []),
    (
        {"kind": "interaction", "wait_s": 61, "duration_s": 9, "first_contact": False, "self_service": True},
        [("wait", "wait-s", 4), ("first_contact", "yes-no", 0), ("self_service", "yes-no", 1)],
    ),
    ({"kind": "interaction", "duration_s": 9}, []),
    ({"kind": "signal", "signal": "refund", "size": 120.5}, [("signal", "count", 1)]),
    ({"kind": "visit"}, [("visit", "count", 1)]),
    ({"kind": "purchase", "amount": 9.5}, [("purchase", "count", 1)]),
    ({"kind": "invitation"}, [("invitation", "count", 1)]),
]


@pytest.mark.parametrize(("fields", "expected"), CASES, ids=lambda v: v.get("kind") if isinstance(v, dict) else "")
def test_an_event_yields_the_answers_of_the_table(fields: dict[str, Any], expected: list[tuple[str, str, int]]) -> None:
    """The model and the decoded struct are counted as the same."""
    model = MODELS[fields["kind"]].model_validate(event(**fields))
    decoded = Decoder().decode(raw(**fields))
    assert isinstance(decoded, Event)
    assert list(answers_of(model)) == expected
    assert list(answers_of(decoded)) == list(decoded.answers) == expected


def test_the_cases_above_leave_out_no_kind() -> None:
    """A kind nobody looked at may yield anything."""
    assert {fields["kind"] for fields, _ in CASES} == set(MODELS)


def test_every_row_of_the_table_names_what_exists() -> None:
    """A misspelt field would yield an error for each event; a misspelt scale likewise."""
    for rule in RULES:
        fields = MODELS[rule.kind].model_fields
        assert rule.scale in SCALES
        assert not rule.field or rule.field in fields
        assert set(rule.where) <= set(fields)
    assert set(MODELS) - set(RULES_BY_KIND) == {"case"}


def test_every_named_feeling_has_a_valence() -> None:
    """The words a producer may send and the table of valences are one list."""
    assert set(get_args(Feeling)) == set(FEELINGS)
    assert all(-1 <= valence <= 1 for valence in FEELINGS.values())


def test_equal_answers_are_one_object() -> None:
    """A million answers of 4 must not be a million tuples."""
    first, second = (Decoder().decode(raw(kind="rating", aspect="price", experience=7)) for _ in range(2))
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert first.answers[0] is second.answers[0]
