"""Secrets stay secret: every one of them is a marker, everything fails, and no output and no process table shows it."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from pydantic import SecretStr
from typer.testing import CliRunner

from streams.apps.run import ROLES
from streams.cli import app
from streams.edges.memory_broker import MemoryBroker
from streams.edges.migrate import migrate
from streams.edges.processes import end, environment
from streams.edges.rulebook import found
from streams.edges.settings import PREFIX, Settings
from streams.edges.store import Store
from streams.edges.topics import declared
from tests.kit.clickhouse import PROGRAM, ServerProcess
from tests.kit.gateway import make_key

MARK = "nobody-may-see-this"
SECRETS = [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr]
KAFKA = [name for name in SECRETS if name.startswith("kafka_")]
NOWHERE = {"KAFKA_BROKERS": "127.0.0.1:1", "CLICKHOUSE_URL": "http://127.0.0.1:1"}
WAYS = {
    "password": {"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_SASL_MECHANISM": "PLAIN", "KAFKA_USER": "me"},
    "token": {"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_SASL_MECHANISM": "OAUTHBEARER",
              "KAFKA_TOKEN_URL": "http://127.0.0.1:1/token", "KAFKA_TOKEN_CLIENT_ID": "me"},
}  # fmt: skip
_BROKEN = """
from streams.apps.transport import BatchConsumer
def broken(self, batch): raise RuntimeError("on purpose")
BatchConsumer.handled = broken
from streams.cli import main; main()
"""


def marked(name: str) -> str:
    """A secret that would be noticed, in the form its setting wants."""
    secret = f"{MARK}-{name}-{'x' * 32}"
    return f"k1:{secret}" if name == "privacy_keys" else secret


def secrets(*left_out: str) -> dict[str, str]:
    return {PREFIX + name.upper(): marked(name) for name in SECRETS if name not in left_out}


def given(way: str) -> dict[str, str]:
    """All secrets that fit together in one way to Kafka."""
    other = [name for name in KAFKA if ("token" in name) != (way == "token")]
    return secrets(*other) | {PREFIX + name: value for name, value in (NOWHERE | WAYS[way]).items()}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "arguments",
    [
        *(["config", *rest] for rest in (["show"], ["show", "--json"], ["check"], ["check", "--json"])),
        *(["topics", "check"], ["migrate"], ["reconcile"], ["tail"], ["worker", "score"], ["worker", "archive"]),
    ],
    ids=" ".join,
)
def test_a_command_that_fails_shows_no_secret(arguments: list[str], way: str, caplog: pytest.LogCaptureFixture) -> None:
    done = CliRunner().invoke(app, arguments, env=given(way))
    shown = done.output + caplog.text + "".join(traceback.format_exception(done.exception) if done.exception else ())
    assert done.exit_code == (0 if "show" in arguments else 1)
    assert shown
    assert MARK not in shown


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_of_a_wrong_form_is_not_repeated(name: str, tmp_path: Path) -> None:
    """Too short, misspelt, in a file: what is said is about the setting."""
    for env in (
        {f"{PREFIX}{name.upper()}": MARK},
        {f"{PREFIX}{name.upper()}X": MARK},
        {f"{PREFIX}{name.upper()}_FILE": str(tmp_path / "absent")},
    ):
        shown = CliRunner().invoke(app, ["config", "show"], env=env)
        assert MARK not in shown.output + str(shown.exception)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A broker and a store that let us in by the marked password; topics and tables are made."""
    folder = tmp_path_factory.mktemp("secrets")
    env = {f"{PREFIX}CLICKHOUSE_USER": "touchpulse", **secrets(*KAFKA)}
    topics = {topic.name: topic.partitions for topic in declared(Settings(), partitions=1)}
    keys = folder / "keys.yaml"
    make_key(keys)
    receivers = folder / "receivers.yaml"
    hook = f"{{name: nobody, kind: webhook, url: 'http://127.0.0.1:1/', secret: {marked('hook')}}}"
    receivers.write_text(f"version: 1\nreceivers:\n  - {hook}\n")
    with MemoryBroker(topics) as broker, ServerProcess(folder / "store", env=env) as server:
        values: dict[str, Any] = {name: marked(name) for name in SECRETS if name not in KAFKA}
        settings = Settings(
            **values,
            kafka_brokers=broker.bootstrap,
            memory_broker=True,
            clickhouse_url=server.url,
            clickhouse_user="touchpulse",
            keys_path=keys,
            receivers_path=receivers,
        )
        with Store.connect(settings) as store:
            migrate(store)
        asyncio.run(found(settings, {"touchpoints": ("touchpoints", 1)}))
        yield settings


async def send_something(settings: Settings, topic: str) -> None:
    """One record that is nothing of ours: whoever reads it passes it over, and goes on."""
    async with AIOKafkaProducer(bootstrap_servers=settings.brokers()) as producer:
        await producer.send_and_wait(topic, b"nothing of ours", partition=0)


@pytest.mark.parametrize(
    "role", [pytest.param(role, marks=() if role == "score" else pytest.mark.deep) for role in ROLES]
)
def test_a_process_that_crashes_within_an_agent_shows_no_secret(running: Settings, role: str, tmp_path: Path) -> None:
    """Its log has the traceback; its secrets are in neither that nor the table of processes."""
    reads = {
        "score": "touchpoints",
        "roll": "panes",
        "notify": "signals",
        "archive": "touchpoints",
        "deliver": "alerts",
    }
    process = started(running, tmp_path / "log", _BROKEN, "worker", role, "--verbose")
    try:
        asyncio.run(send_something(running, reads[role]))
        code = process.wait(120)
    finally:
        end([process])
    said = (tmp_path / "log").read_text()
    assert code != 0, said
    assert "on purpose" in said, said
    assert "Traceback" in said
    assert MARK not in said


def started(settings: Settings, log: Path, program: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A process with these settings; what `ps` shows of it is looked at."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            env={"PATH": "/usr/bin:/bin", **environment(settings)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    shown = Path(f"/proc/{process.pid}/cmdline")
    assert not shown.exists() or MARK.encode() not in shown.read_bytes()
    return process


def test_a_gateway_that_refuses_shows_no_secret(running: Settings, tmp_path: Path) -> None:
    log = tmp_path / "log"
    gateway = started(running, log, PROGRAM, "gateway", "--port", "0", "--verbose")
    try:
        deadline = time.monotonic() + 120
        while not (at := re.search(r"http://\S+", log.read_text())):
            assert gateway.poll() is None, log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for headers in ({}, {"authorization": "Bearer wrong"}):
            answer = httpx.post(f"{at.group()}/v1/touchpoints", content=b"{", headers=headers)
            assert answer.status_code == 401
            assert MARK not in answer.text + str(answer.headers)
    finally:
        end([gateway])
    assert MARK not in log.read_text()
