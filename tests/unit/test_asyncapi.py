"""The AsyncAPI document says what is true: current, whole, and in the words of the contract."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from jsonschema import Draft7Validator, Draft202012Validator
from typer.testing import CliRunner

from schemas.decode import Decoder, Rejection, event_key
from schemas.json_schema import dump
from streams.cli import app
from streams.edges.asyncapi import DOCUMENT, document
from streams.edges.settings import Settings
from streams.edges.topics import declared
from streams.pure.cells import AlertMessage, RejectedMessage, encode
from tests.kit.fetched import asyncapi_schemas


def _at(whole: Any, pointer: str) -> Any:
    for part in pointer.removeprefix("#/").split("/"):
        whole = whole[part]
    return whole


def _refs(node: Any) -> list[str]:
    if isinstance(node, dict):
        here = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return here + [ref for value in node.values() for ref in _refs(value)]
    return [ref for item in node for ref in _refs(item)] if isinstance(node, list) else []


def test_the_committed_document_is_what_the_code_makes() -> None:
    """Programs are generated from the file: mend it with `touchpulse schema --asyncapi --write`."""
    assert DOCUMENT.read_text(encoding="utf-8") == dump(document())
    printed = CliRunner().invoke(app, ["schema", "--asyncapi"])
    assert json.loads(printed.stdout) == document()


def test_the_document_is_what_asyncapi_says_a_document_is() -> None:
    """Held against the JSON Schema that the AsyncAPI project publishes, which finds mistakes in it."""
    published = json.loads((asyncapi_schemas() / f"{document()['asyncapi']}.json").read_text(encoding="utf-8"))
    valid = Draft7Validator(published)
    assert [f"{list(error.absolute_path)}: {error.message}" for error in valid.iter_errors(document())] == []
    spoilt = [document() for _ in range(4)]
    spoilt[0]["channels"]["touchpoints"]["adress"] = "touchpoints"
    spoilt[1]["operations"]["send-touchpoints"]["action"] = "publish"
    del spoilt[2]["info"]["version"]
    spoilt[3]["components"]["messages"]["touchpoint"]["examples"] = "none"
    assert [valid.is_valid(made) for made in spoilt] == [False] * 4


def test_every_reference_leads_somewhere() -> None:
    """Inside the document, and to the published JSON Schema beside it."""
    made = document()
    refs = _refs(made)
    assert len(refs) >= 12
    for ref in refs:
        if ref.startswith("#/"):
            assert _at(made, ref)
        else:
            assert (DOCUMENT.parent / ref).resolve().is_file()


def test_channels_are_declared_topics() -> None:
    """A renamed topic must not live on in the document."""
    addresses = {channel["address"] for channel in document()["channels"].values()}
    assert addresses <= {topic.name for topic in declared(Settings())}
    assert "touchpoints" in addresses


def test_the_example_is_accepted_and_its_key_fits() -> None:
    """It is the first thing anybody copies."""
    message = document()["components"]["messages"]["touchpoint"]
    (example,) = message["examples"]
    assert not isinstance(Decoder().decode(json.dumps(example["payload"]).encode()), Rejection)
    key = event_key(example["payload"]["producer"], example["payload"]["event_id"]).decode()
    assert Draft202012Validator(message["bindings"]["kafka"]["key"]).is_valid(key)
    assert not Draft202012Validator(message["bindings"]["kafka"]["key"]).is_valid("no key")


def test_messages_that_are_sent_are_valid_by_the_document() -> None:
    """What a program would generate its classes from."""
    rejected = RejectedMessage("l", "gateway", 0, 1, 2, "till", "off_scale", "score", "9", "", "score is off.", b"{}")
    alert = AlertMessage(
        "a", "r", "bad_answer", "info", "noted", 1, "app", "", "", "", "csat", "csat-1-5", None, None, 1, "why", "{}", 1
    )
    for name, message in (("rejected", rejected), ("alert", alert)):
        schema = document()["components"]["messages"][name]["payload"]["schema"]
        Draft202012Validator.check_schema(schema)
        Draft202012Validator(schema).validate(msgspec.json.decode(encode(message)))
        assert not Draft202012Validator(schema).is_valid({})
