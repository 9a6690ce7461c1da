"""Events that producers have sent for ever: each must stay accepted, and must count for the same.

A schema cannot say everything. The lines of `contract_v1.ndjson` were accepted once, and hold beside each event
what it was read as. Lines are only ever added; a line that fails means a producer that is broken.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.common import Common
from schemas.decode import Decoder, Event, detail, event_key
from schemas.events import MODELS

CORPUS = [
    json.loads(line) for line in Path(__file__).with_name("contract_v1.ndjson").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("line", CORPUS, ids=[f"{n}-{line['event']['kind']}" for n, line in enumerate(CORPUS, 1)])
def test_what_was_accepted_once_is_accepted_and_counted_alike(line: dict[str, dict[str, object]]) -> None:
    """Neither a refusal nor another meaning may reach a producer unasked."""
    found = Decoder().decode(json.dumps(line["event"], ensure_ascii=False).encode())
    assert isinstance(found, Event), found
    read_as = {
        "key": event_key(found.producer, found.event_id).decode(),
        "occurred_ms": found.occurred_ms,
        "sent_ms": found.sent_ms,
        "series": found.series,
        "element": found.element,
        "customer": found.customer,
        "weight_micro": found.weight_micro,
        "question": [found.question_id, found.question_version],
        "test": found.test,
        "answers": found.answers,
        "detail": detail(found),
    }
    assert json.loads(json.dumps(read_as)) == line["read_as"]


def test_the_corpus_has_every_kind_and_every_field() -> None:
    """What is not in it is not guarded."""
    sent = {(line["event"]["kind"], name) for line in CORPUS for name in line["event"]}
    assert {kind for kind, _ in sent} == set(MODELS)
    for kind, model in MODELS.items():
        own = set(model.model_fields) - set(Common.model_fields)
        assert own - {"kind"} <= {name for k, name in sent if k == kind}, kind
