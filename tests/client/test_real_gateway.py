"""The client at the real gateway: what the stand-in answers is what it answers, and a killed gateway loses nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from touchpulse_client import AsyncClient, Client, Rejected
from touchpulse_client import delivery as delivery_module

from streams.edges.memory_broker import MemoryBroker
from streams.edges.settings import Settings
from tests.kit.gateway import SECRET, gateway, gateway_process, make_key, records

EVENT: dict[str, Any] = {"kind": "csat", "score": 4, "scale": "1-5", "channel": "store"}


@pytest.fixture
def settings(memory_broker: MemoryBroker, tmp_path: Path) -> Settings:
    """Topics and a keys file of the test's own."""
    for name in ("touchpoints", "rejected"):
        memory_broker.create_topic(name, partitions=4)
    return Settings(kafka_brokers=memory_broker.bootstrap, keys_path=tmp_path / "keys.yaml", gateway_secret=SECRET)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery_module, "LEAST_WAIT_S", 0.05)


def arrived(settings: Settings) -> Counter[str]:
    return Counter(orjson.loads(record.value)["event_id"] for record in records(settings, "touchpoints"))


def test_each_event_arrives_and_what_is_rejected_is_told(settings: Settings) -> None:
    """An unknown channel is what a schema cannot know."""
    told: list[Rejected] = []
    with gateway(settings) as door:
        with Client(door.url, door.key, on_rejected=told.append) as client:
            ids = client.send_many([EVENT] * 1_200)
            wrong = client.send({**EVENT, "channel": "stoer"})
            assert client.flush(30) == 0
            assert client.problem == ""
        assert arrived(settings) == Counter(ids)
    assert [(each.event_id, each.field) for each in told] == [(wrong, "channel")]
    assert "store" in told[0].message


async def test_the_asynchronous_client_arrives_too(settings: Settings) -> None:
    """The same, on a loop."""
    with gateway(settings) as door:
        async with AsyncClient(door.url, door.key) as client:
            ids = await client.send_many([EVENT] * 600)
            assert await client.flush(30) == 0
        assert arrived(settings) == Counter(ids)


def test_a_wrong_key_keeps_the_events_until_it_is_mended(settings: Settings, tmp_path: Path) -> None:
    """A revoked key is an operator's matter; the answers must not be lost over it."""
    spool = tmp_path / "spool"
    with gateway(settings) as door:
        client = Client(door.url, "tp_wrong", spool=spool)
        event_id = client.send(EVENT)
        assert client.close(timeout_s=0.5) == 1
        assert "401" in client.problem
        with Client(door.url, door.key, spool=spool) as client:
            assert client.flush(10) == 0
        assert arrived(settings) == Counter([event_id])


def test_nothing_is_lost_when_the_gateway_is_killed_outright(settings: Settings, tmp_path: Path) -> None:
    """An acknowledgement that never came means sending again: then an id may arrive twice, and counts once."""
    assert settings.keys_path is not None
    key = make_key(settings.keys_path)
    ids: list[str] = []
    with gateway_process(settings, tmp_path / "first.log") as door:
        client = Client(door.url, key, spool=tmp_path / "spool")
        ids += client.send_many([EVENT] * 2_000)
        while client.waiting > 1_500:
            client.flush(0.01)
        assert door.process is not None
        door.process.kill()
        ids += client.send_many([EVENT] * 500)
        left = client.close(timeout_s=0.2)
    assert left >= 500
    with (
        gateway_process(settings, tmp_path / "second.log") as door,
        Client(door.url, key, spool=tmp_path / "spool") as client,
    ):
        assert client.flush(30) == 0
    found = arrived(settings)
    assert set(found) == set(ids)
