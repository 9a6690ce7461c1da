"""The gateway judges by the rules that hold at the moment, as they are written down beside the log."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from schemas.catalogue import Catalogue
from schemas.decode import Event, Rejection
from streams.edges.gateway.contract import AROUND_MS, Contract
from streams.edges.local_kafka import LocalKafka
from streams.edges.memory_broker import MemoryBroker
from streams.edges.rulebook import Book, PolicyEntry, announce, first_entry
from streams.edges.settings import Settings
from streams.edges.topics import declared
from streams.edges.topics_live import apply
from tests.kit.gateway import Running, event, gateway

CHANGE_MS = 1_800_000_000_000


def names(*touchpoints: str) -> str:
    """A catalogue of these touchpoints, as it is written down."""
    return Catalogue.model_validate({"touchpoints": {name: {"stage": "purchase"} for name in touchpoints}}).deciding()


def book(*entries: PolicyEntry) -> Book:
    found = Book()
    found.policies.extend(entries)
    return found


def two_policies(first: str, second: str, **changes: int) -> Book:
    """Other names, and other limits, from CHANGE_MS on."""
    policy = first_entry(Settings()).policy
    later = replace(policy, number=2, from_ms=CHANGE_MS, **changes)
    return book(PolicyEntry(policy, first), PolicyEntry(later, second))


def verdict(contract: Contract, now_ms: int, touchpoint: str) -> Event | Rejection:
    fields = event("e", touchpoint=touchpoint, producer="till", occurred_at="2027-01-15T07:00:00Z")
    return contract.at(now_ms).decode(orjson.dumps(fields))


def accepted(contract: Contract, now_ms: int) -> list[str]:
    """Which of three names are taken."""
    return [name for name in ("old", "kept", "new") if isinstance(verdict(contract, now_ms, name), Event)]


@pytest.fixture
def contract() -> Contract:
    """Two sets of names, one after the other."""
    found = Contract(Settings(), None)
    found.take(two_policies(names("old", "kept"), names("kept", "new"), max_skew_ms=5_000))
    return found


@pytest.mark.parametrize(
    ("after_ms", "taken", "skew_ms", "number"),
    [
        pytest.param(-AROUND_MS - 1, ["old", "kept"], 10_000, 1, id="before"),
        pytest.param(-1, ["kept"], 5_000, 1, id="just-before"),
        pytest.param(AROUND_MS - 1, ["kept"], 5_000, 2, id="just-after"),
        pytest.param(AROUND_MS, ["kept", "new"], 5_000, 2, id="after"),
    ],
)
def test_close_to_a_change_an_event_must_be_right_by_both_rules(
    contract: Contract, after_ms: int, taken: list[str], skew_ms: int, number: int
) -> None:
    """Kafka's time of the record decides, and it is given later, by another clock: accepted here must count."""
    now_ms = CHANGE_MS + after_ms
    assert accepted(contract, now_ms) == taken
    assert contract.at(now_ms).max_skew_ms == skew_ms
    assert contract.number(now_ms) == number


def test_a_name_that_is_no_longer_known_is_refused_with_the_nearest_one(contract: Contract) -> None:
    found = verdict(contract, CHANGE_MS + AROUND_MS, "keptt")
    assert isinstance(found, Rejection)
    assert (found.reason, found.nearest) == ("unknown_name", "kept")


def test_until_the_rules_are_read_those_of_the_start_hold(caplog: pytest.LogCaptureFixture) -> None:
    """Said once, not every second."""
    contract = Contract(Settings(), Catalogue.from_deciding(names("old")))

    async def absent(topic: str) -> bool:
        return False

    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            asyncio.run(contract.refresh(absent))
    assert accepted(contract, CHANGE_MS) == ["old"]
    assert contract.number(CHANGE_MS) == 0
    (said,) = caplog.messages
    assert "the names and limits this program was started with" in said
    assert "topics apply" in said


def test_an_error_nobody_thought_of_does_not_end_the_following(caplog: pytest.LogCaptureFixture) -> None:
    """Else the gateway would judge by yesterday's names for ever, and nobody would know."""
    asked = 0

    async def broken(topic: str) -> bool:
        nonlocal asked
        asked += 1
        raise RuntimeError("strange")

    async def follow() -> None:
        following = asyncio.create_task(Contract(Settings(rules_refresh_s=0.001), None).follow(broken))
        async with asyncio.timeout(10):
            while asked < 3:
                await asyncio.sleep(0.001)
        following.cancel()

    asyncio.run(follow())
    assert "cannot be read" in caplog.text


def test_a_setting_that_says_otherwise_is_told_and_does_not_hold(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A catalogue of this gateway's own, which nobody announced."""
    path = tmp_path / "catalogue.yaml"
    path.write_text("touchpoints:\n  old: {stage: use}\n")
    settings = Settings(catalogue_path=path)
    contract = Contract(settings, Catalogue.load(path))
    contract.take(book(PolicyEntry(first_entry(Settings()).policy, names("new"))))
    assert accepted(contract, CHANGE_MS) == ["new"]
    assert any("catalogue.yaml" in said and "policy 1 says otherwise" in said for said in caplog.messages)


def test_without_the_topic_a_gateway_still_takes_events(running: Running) -> None:
    """The brokers of this folder have none."""
    with running.client() as client:
        assert client.post("/v1/touchpoints", json=event("no-rules")).status_code == 200
        assert "touchpulse_gateway_policy 0.0" in client.get("/metrics").text


def test_looking_for_the_topic_does_not_make_it(shared_broker: MemoryBroker, settings: Settings) -> None:
    """Made by a reader it would have none of its settings."""
    from confluent_kafka.admin import AdminClient

    with gateway(settings.model_copy(update={"rules_refresh_s": 0.05})):
        time.sleep(0.3)  # some rounds of looking
    found = AdminClient({"bootstrap.servers": shared_broker.bootstrap}).list_topics(timeout=5).topics
    assert settings.topic("counting") not in found


@pytest.mark.kafka
def test_a_running_gateway_follows_what_is_announced(kafka: LocalKafka, tmp_path: Path) -> None:
    """Names of the topic from the first request on, and new ones when they hold: never restarted."""
    catalogue = tmp_path / "catalogue.yaml"
    catalogue.write_text("touchpoints:\n  old: {stage: purchase}\n  kept: {stage: purchase}\n")
    settings = Settings(
        kafka_brokers=kafka.bootstrap, topic_prefix=f"{tmp_path.name}.", keys_path=tmp_path / "keys.yaml",
        rules_refresh_s=0.05,
    )  # fmt: skip
    written = settings.model_copy(update={"catalogue_path": catalogue})
    asyncio.run(apply(written, declared(written, partitions=2)))
    with gateway(settings) as running, running.client() as client:  # with no catalogue of its own

        def taken() -> list[str]:
            events = [event(name, touchpoint=name) for name in ("old", "kept", "new")]
            found = client.post("/v1/touchpoints", json=events).json()["events"]
            return [verdict["event_id"] for verdict in found if verdict["status"] == "accepted"]

        assert taken() == ["old", "kept"]
        now_ms = time.time_ns() // 1_000_000
        asyncio.run(announce(settings, from_ms=now_ms + 700, now_ms=now_ms, catalogue=names("kept", "new")))
        deadline = time.monotonic() + 20
        while taken() != ["kept", "new"]:
            assert time.monotonic() < deadline, client.get("/metrics").text
            time.sleep(0.05)
        assert "touchpulse_gateway_policy 2.0" in client.get("/metrics").text


def test_questions_of_the_survey_page_follow_their_file(tmp_path: Path) -> None:
    """They are in no rule that is counted by, so no announcement brings them; a broken file changes nothing."""
    from streams.edges.gateway.catalogue import CatalogueFile

    path = tmp_path / "catalogue.yaml"
    text = "touchpoints:\n  pickup: {stage: purchase, survey: {question: %s}}\n"
    path.write_text(text % json.dumps({"en": "How was it?"}))
    found = CatalogueFile(Settings(catalogue_path=path))
    for said in ("How is it now?", "{"):
        path.write_text(text % (said if said == "{" else json.dumps({"en": said})))
        found.refresh()
    survey = found.survey("pickup")
    assert survey is not None
    assert survey.question == {"en": "How is it now?"}
    assert found.survey("elsewhere") is None
