"""TLS and SASL on the real broker: each way of security, from making topics to a counted answer, and what is said of a
wrong password, an unknown CA or a refused token.

Passwords have signs in them that break what is not quoted. The broker is one for the whole module.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from streams.apps.base import consume, make_app
from streams.cli import app as program
from streams.edges.errors import SettingsError
from streams.edges.gateway.kafka import EventLog
from streams.edges.kafka_knock import why_not
from streams.edges.processes import end, environment, spawn
from streams.edges.settings import Settings
from streams.edges.topics import declared
from streams.edges.topics_live import check
from tests.kit.batches import Gathering
from tests.kit.certificates import Authority
from tests.kit.gateway import event
from tests.kit.pipeline import read_log
from tests.kit.secured_kafka import PASSWORD, WAYS, SecuredKafka, secured_kafka

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

ANSWERS = 50


@pytest.fixture(scope="module")
def kafka(kafka_jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    with secured_kafka(tmp_path_factory.mktemp("secured"), kafka_jars) as broker:
        yield broker


def topics_apply(settings: Settings) -> Any:
    return CliRunner().invoke(program, ["topics", "apply", "--partitions", "1"], env=environment(settings))


async def send(settings: Settings, bodies: list[bytes]) -> bytes:
    """Through librdkafka, as the gateway does."""
    topic = settings.topic("touchpoints")
    log = EventLog(settings, [topic], timeout_s=20, max_bytes=1 << 20)
    await log.start()
    try:
        async with asyncio.timeout(20):
            while not log.there:  # librdkafka fetches its first token beside us
                await asyncio.sleep(0.05)
        return await log.send([(topic, str(number).encode(), body) for number, body in enumerate(bodies)])
    finally:
        await log.stop()


@pytest.mark.parametrize(
    "way",
    [pytest.param(way, marks=pytest.mark.deep if way == "tls" else ()) for way in WAYS if way != "scram-512-tls"],
)
async def test_each_way_of_security_makes_topics_sends_and_reads(kafka: SecuredKafka, way: str) -> None:
    settings = kafka.settings(way, topic_prefix=f"{way}.")
    made = await asyncio.to_thread(topics_apply, settings)
    assert (made.exit_code, "made " in made.output) == (0, True), made.output
    assert await send(settings, [str(number).encode() for number in range(ANSWERS)]) == b"\1" * ANSWERS
    gathering = Gathering(ANSWERS)
    app = make_app("reader", settings)
    consume(app, [settings.topic("touchpoints")], gathering, "test")
    await app.start()
    try:
        async with asyncio.timeout(30):
            await gathering.enough.wait()
    finally:
        await app.stop()
    assert sorted(gathering.numbers()) == list(range(ANSWERS))


async def test_a_worker_counts_an_answer_over_tls_and_a_password(kafka: SecuredKafka, tmp_path: Path) -> None:
    settings = kafka.settings("scram-512-tls", topic_prefix="whole.")
    assert (await asyncio.to_thread(topics_apply, settings)).exit_code == 0
    assert await check(settings, declared(settings), now_ms=time.time_ns() // 1_000_000) == []
    log = tmp_path / "score.log"
    with log.open("wb") as out:
        worker = spawn(settings, "worker", "score", "--verbose", log=out)
    try:
        body = {"producer": "till", **event("one")}
        beside = settings.model_copy(update={"kafka_brokers": kafka.broker.bootstrap})  # read_log reads in the clear
        assert await send(settings, [json.dumps(body).encode()]) == b"\1"
        async with asyncio.timeout(40):
            while not (panes := await read_log(beside, "panes")):
                assert worker.poll() is None, log.read_text()
        assert b"app" in (panes[0].key or b"")
    finally:
        end([worker])
    assert PASSWORD not in log.read_text()


def wrong(kafka: SecuredKafka, tmp_path: Path) -> dict[str, tuple[Settings, str]]:
    """Settings that fail, and what must be said."""
    other = Authority(tmp_path, "other")
    stranger = other.sign("stranger")
    token = tmp_path / "token"
    token.write_text(kafka.tokens.token(aud="another-cluster"))
    unnamed = {f"kafka_token_{name}": None for name in ("client_id", "client_secret", "scope")}
    unsaid = dict.fromkeys(("kafka_sasl_mechanism", "kafka_user", "kafka_password"))
    plain = kafka.broker.bootstrap
    return {
        "unknown CA": (kafka.settings("tls", kafka_ca_path=other.certificate), "TOUCHPULSE_KAFKA_CA_PATH"),
        "another host's name": (
            kafka.settings("tls", kafka_brokers=kafka.broker.at("TLS").replace("127.0.0.1", "localhost")),
            "is not for that name",
        ),
        "no certificate of ours": (
            kafka.settings("own-certificate", kafka_cert_path=None, kafka_key_path=None),
            "TOUCHPULSE_KAFKA_CERT_PATH",
        ),
        "a stranger's certificate": (
            kafka.settings("own-certificate", kafka_cert_path=stranger.certificate, kafka_key_path=stranger.key),
            "TOUCHPULSE_KAFKA_CERT_PATH",
        ),
        "wrong password": (kafka.settings("scram-256", kafka_password="not-it"), "TOUCHPULSE_KAFKA_PASSWORD is wrong"),
        "wrong password, plain": (
            kafka.settings("plain-tls", kafka_password="not-it"),
            "TOUCHPULSE_KAFKA_PASSWORD is wrong",
        ),
        "a mechanism not offered": (
            kafka.settings("scram-256", kafka_sasl_mechanism="PLAIN"),
            "does not offer TOUCHPULSE_KAFKA_SASL_MECHANISM=PLAIN",
        ),
        "wrong client secret": (
            kafka.settings("token-tls", kafka_token_client_secret="not-it"),
            "TOUCHPULSE_KAFKA_TOKEN_CLIENT_SECRET",
        ),
        "a token for others": (
            kafka.settings("token-tls", kafka_token_url=f"file://{token}", **unnamed),
            "does not take the token",
        ),
        "no token server": (
            kafka.settings("token-tls", kafka_token_url="http://127.0.0.1:1/token"),
            "TOUCHPULSE_KAFKA_TOKEN_URL",
        ),
        "in the clear where TLS is asked": (
            kafka.settings("tls", kafka_security_protocol="PLAINTEXT", kafka_ca_path=None),
            "another protocol",
        ),
        "without a name where one is asked": (
            kafka.settings("scram-256", kafka_security_protocol="PLAINTEXT", **unsaid),
            "another protocol",
        ),
        "TLS where there is none": (kafka.settings("tls", kafka_brokers=plain), "another protocol"),
        "a name where none is asked": (kafka.settings("scram-256", kafka_brokers=plain), "does not offer"),
    }


async def test_each_refusal_is_a_sentence_that_says_what_to_mend(kafka: SecuredKafka, tmp_path: Path) -> None:
    for what, (settings, expected) in wrong(kafka, tmp_path).items():
        said = str(await why_not(settings))
        assert expected in said, f"{what}: {said}"
        assert "\n" not in said
        assert PASSWORD not in said
        assert "not-it" not in said


@pytest.mark.parametrize(
    "what",
    [
        "wrong password",
        pytest.param("unknown CA", marks=pytest.mark.deep),
        pytest.param("a token for others", marks=pytest.mark.deep),
    ],
)
def test_commands_say_just_that_sentence(kafka: SecuredKafka, tmp_path: Path, what: str) -> None:
    """Not a traceback, and not that no broker answers."""
    settings, expected = wrong(kafka, tmp_path)[what]
    for arguments in (
        ["topics", "apply"],
        ["policy", "announce", "--max-age-ms", "3600000", "--in-s", "600"],
        ["config", "check"],
    ):
        done = CliRunner().invoke(program, arguments, env=environment(settings))
        assert done.exit_code == 1
        said_in_one_sentence(done.output + str(done.exception or ""), expected)


@pytest.mark.deep
def test_a_worker_that_is_not_let_in_ends_with_that_sentence(kafka: SecuredKafka, tmp_path: Path) -> None:
    settings, expected = wrong(kafka, tmp_path)["wrong password"]
    with (tmp_path / "worker.log").open("wb") as log:
        worker = spawn(settings, "worker", "score", log=log)
    assert worker.wait(60) == 1
    text = (tmp_path / "worker.log").read_text()
    said_in_one_sentence(text, expected)
    assert len(text.splitlines()) == 1


def said_in_one_sentence(text: str, expected: str) -> None:
    assert expected in text
    assert "Traceback" not in text
    assert PASSWORD not in text
    assert "not-it" not in text


async def test_the_gateway_says_why_kafka_does_not_let_it_in(kafka: SecuredKafka) -> None:
    settings = kafka.settings("scram-256", kafka_password="not-it")
    log = EventLog(settings, ["touchpoints"], timeout_s=1, max_bytes=1 << 20)
    await log.start()
    try:
        assert not log.there
        assert "TOUCHPULSE_KAFKA_PASSWORD is wrong" in log.why_away
        assert "not-it" not in log.why_away
    finally:
        await log.stop()


def test_files_that_cannot_be_used_are_named_before_anything_connects(kafka: SecuredKafka, tmp_path: Path) -> None:
    from streams.edges.kafka_wire import librdkafka, wire

    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("no certificate")
    for changes, expected in (
        ({"kafka_ca_path": tmp_path / "absent.pem"}, r"KAFKA_CA_PATH: cannot read .*absent\.pem"),
        ({"kafka_ca_path": nonsense}, r"KAFKA_CA_PATH: .*nonsense\.pem' cannot be used"),
        ({"kafka_key_path": kafka.folder / "broker.key"}, "KAFKA_CERT_PATH and TOUCHPULSE_KAFKA_KEY_PATH: .*MISMATCH"),
    ):
        settings = kafka.settings("own-certificate", **changes)
        for made in (wire, librdkafka):
            with pytest.raises(SettingsError, match=expected):
                made(settings)


@pytest.mark.deep
async def test_a_reader_goes_on_over_the_end_of_its_tokens(kafka_jars: Path, tmp_path: Path) -> None:
    """The broker ends each connection with its token; whoever reads comes back with a new one and misses nothing."""
    with secured_kafka(tmp_path, kafka_jars, life_s=4, reauth_ms=60_000) as kafka:
        settings = kafka.settings("token-tls", topic_prefix="long.")
        assert (await asyncio.to_thread(topics_apply, settings)).exit_code == 0
        gathering = Gathering(12 * ANSWERS)
        app = make_app("reader", settings)
        consume(app, [settings.topic("touchpoints")], gathering, "test")
        await app.start()
        try:
            topic = settings.topic("touchpoints")
            log = EventLog(settings, [topic], timeout_s=20, max_bytes=1 << 20)
            await log.start()
            for number in range(12):
                bodies = [str(number * ANSWERS + each).encode() for each in range(ANSWERS)]
                async with asyncio.timeout(30):
                    while bodies:  # as a client of the gateway would: again, until it was taken
                        taken = await log.send([(topic, body, body) for body in bodies])
                        bodies = [body for body, there in zip(bodies, taken, strict=True) if not there]
                        await asyncio.sleep(1)
            await log.stop()
            async with asyncio.timeout(30):
                await gathering.enough.wait()
        finally:
            await app.stop()
        assert set(gathering.numbers()) == set(range(12 * ANSWERS))
        assert len(set(kafka.tokens.given)) > 3
