"""Kafka away and back, and the gateway killed: what was answered `accepted` is in the log, always."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from streams.edges.local_kafka import LocalKafka
from streams.edges.rulebook import announce
from streams.edges.settings import Settings
from streams.edges.topics import declared
from streams.edges.topics_live import apply
from tests.kit.gateway import event, gateway_process, make_key, records

pytestmark = pytest.mark.kafka


@pytest.fixture
async def settings_of_own(own_kafka: LocalKafka, tmp_path: Path) -> Settings:
    """A broker of the test's own with our topics."""
    # Rules are read so often that an outage meets a reading.
    settings = Settings(kafka_brokers=own_kafka.bootstrap, keys_path=tmp_path / "keys.yaml", rules_refresh_s=0.2)
    await apply(settings, declared(settings, partitions=4))
    return settings


@pytest.fixture
async def settings_shared(kafka: LocalKafka, tmp_path: Path) -> Settings:
    """The shared broker with topics of the test's own."""
    settings = Settings(
        kafka_brokers=kafka.bootstrap, topic_prefix=f"{tmp_path.name}.", keys_path=tmp_path / "keys.yaml"
    )
    await apply(settings, declared(settings, partitions=4))
    return settings


def test_without_kafka_the_answer_is_503_within_a_second_and_with_it_accepted_again(
    own_kafka: LocalKafka, settings_of_own: Settings, tmp_path: Path
) -> None:
    """From the very first request on, and for a batch as for one event; nothing was taken that was not said."""
    accepted: list[str] = []
    with gateway_process(settings_of_own, tmp_path / "gateway.log") as running, running.client() as client:
        assert client.post("/v1/touchpoints", json=event("before")).status_code == 200
        accepted.append("before")
        own_kafka.stop()
        for number in range(30):
            ids = [f"away-{number}-{place}" for place in range(50)]
            begun = time.monotonic()
            answer = client.post("/v1/touchpoints", json=[event(id_) for id_ in ids])
            took_s = time.monotonic() - begun
            assert answer.status_code == 503
            assert took_s < 1.0
            assert int(answer.headers["retry-after"]) >= 1
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200
        own_kafka.start()
        deadline = time.monotonic() + 20
        while (answer := client.post("/v1/touchpoints", json=event("after"))).status_code != 200:
            assert answer.status_code == 503
            assert time.monotonic() < deadline
            time.sleep(0.05)
        accepted.append("after")
        _announce_and_wait(settings_of_own, client)
        said = (tmp_path / "gateway.log").read_text()
    stored = {record.key.decode().partition(":")[2] for record in records(settings_of_own, "touchpoints")}
    assert set(accepted) <= stored
    assert said.count("Kafka is away") == said.count("Kafka is back") == 1
    assert len(said.splitlines()) <= 5, said


def _announce_and_wait(settings: Settings, client: httpx.Client) -> None:
    """The rules are followed after an outage as before it."""
    now_ms = time.time_ns() // 1_000_000
    asyncio.run(announce(settings, from_ms=now_ms + 2_500, now_ms=now_ms, max_age_ms=5_000_000))
    deadline = time.monotonic() + 20
    while "touchpulse_gateway_policy 2.0" not in client.get("/metrics").text:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_frozen_broker_is_answered_with_503_within_a_second(
    own_kafka: LocalKafka, settings_of_own: Settings, tmp_path: Path
) -> None:
    """A broker that hangs closes no connection: only the time tells."""
    import os
    import signal

    with gateway_process(settings_of_own, tmp_path / "gateway.log") as running, running.client() as client:
        assert client.post("/v1/touchpoints", json=event("before")).status_code == 200
        assert own_kafka.pid is not None
        os.kill(own_kafka.pid, signal.SIGSTOP)
        try:
            begun = time.monotonic()
            answer = client.post("/v1/touchpoints", json=[event("f-1"), event("f-2", score=9)])
            assert answer.status_code == 503
            assert time.monotonic() - begun < 1.0
            assert {verdict["status"] for verdict in answer.json()["events"]} == {"unavailable"}
        finally:
            os.kill(own_kafka.pid, signal.SIGCONT)
        deadline = time.monotonic() + 20
        while client.post("/v1/touchpoints", json=event("f-1")).status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_every_event_answered_accepted_survives_a_kill_of_the_gateway(
    settings_shared: Settings, tmp_path: Path
) -> None:
    """kill -9 amid requests: an acknowledgement is given only for what Kafka has."""
    accepted: list[str] = []
    with gateway_process(settings_shared, tmp_path / "gateway.log") as running:
        process = running.process
        assert process is not None

        def send(name: int) -> None:
            with running.client() as client:
                for number in range(10_000):
                    ids = [f"{name}-{number}-{place}" for place in range(20)]
                    try:
                        answer = client.post("/v1/touchpoints", json=[event(id_) for id_ in ids])
                    except httpx.TransportError:
                        return
                    accepted.extend(v["event_id"] for v in answer.json()["events"] if v["status"] == "accepted")

        senders = [threading.Thread(target=send, args=(name,)) for name in range(4)]
        for sender in senders:
            sender.start()
        while len(accepted) < 2_000:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
        for sender in senders:
            sender.join()
    stored = {record.key.decode().partition(":")[2] for record in records(settings_shared, "touchpoints")}
    assert len(accepted) >= 2_000
    assert set(accepted) <= stored


def test_stopping_answers_what_is_under_way(settings_shared: Settings, tmp_path: Path) -> None:
    """A rolling update loses no request: SIGTERM lets those under way finish."""
    with gateway_process(settings_shared, tmp_path / "gateway.log") as running:
        assert running.process is not None
        with running.client() as client:
            client.get("/healthz")

            def slow_body() -> Iterator[bytes]:
                import orjson

                raw = orjson.dumps(event("late"))
                yield raw[:20]
                running.process.terminate()  # type: ignore[union-attr]  # asserted above
                time.sleep(0.5)
                yield raw[20:]

            answer = client.post("/v1/touchpoints", content=slow_body(), headers={"content-type": "application/json"})
        assert answer.status_code == 200
        assert running.process.wait(10) == 0


def test_changed_keys_are_taken_over_by_a_running_gateway(settings_shared: Settings, tmp_path: Path) -> None:
    """A revoked key is closed within a second or two; a broken file closes nothing."""
    assert settings_shared.keys_path is not None
    with gateway_process(settings_shared, tmp_path / "gateway.log") as running:
        new = make_key(settings_shared.keys_path, "late-comer")
        with running.client(new) as client:
            deadline = time.monotonic() + 10
            while client.post("/v1/touchpoints", json=event("k")).status_code != 200:
                assert time.monotonic() < deadline
                time.sleep(0.05)
