"""The snippets producers copy: each runs against the real thing; where its language is not here, its body is valid."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from aiokafka.partitioner import murmur2

from schemas.decode import Decoder, Rejection
from streams.edges.local_kafka import LocalKafka
from streams.edges.memory_broker import MemoryBroker
from streams.edges.settings import Settings
from tests.kit.fetched import kotlin_jars
from tests.kit.gateway import SECRET, Record, Running, gateway, records
from tests.kit.kafka import create_topic

SNIPPETS = Path(__file__).parents[2] / "deploy" / "snippets"
PARTITIONS = 4
WX = """
const waiting = {};
global.wx = {
  getStorageSync: (name) => waiting[name],
  setStorageSync: (name, value) => { waiting[name] = JSON.parse(JSON.stringify(value)); },
  request: (asked) => wx.online && fetch(asked.url, {
      method: asked.method, headers: asked.header, body: JSON.stringify(asked.data),
    })
    .then(async (answer) => asked.success({ statusCode: answer.status, data: await answer.json() }))
    .then(() => { if (waiting["touchpulse-waiting"].length) process.exit(1); }),
};
const { report } = require(process.argv[1]);
const event = { kind: "csat", channel: "mini_program", score: 4, scale: "1-5" };
report(process.env.TOUCHPULSE_URL, process.env.TOUCHPULSE_KEY, event);
wx.online = true;
report(process.env.TOUCHPULSE_URL, process.env.TOUCHPULSE_KEY, event);
"""


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Running]]:
    """A gateway, and where its events go."""
    with MemoryBroker() as broker:
        for name in ("touchpoints", "rejected"):
            broker.create_topic(name, partitions=PARTITIONS)
        keys = tmp_path_factory.mktemp("snippets") / "keys.yaml"
        settings = Settings(kafka_brokers=broker.bootstrap, keys_path=keys, gateway_secret=SECRET)
        with gateway(settings) as running:
            yield settings, running


def run(door: tuple[Settings, Running], *command: str, input: str | None = None) -> list[Record]:
    """Run a program with address and key in its environment; what it added to the topic."""
    settings, running = door
    program = shutil.which(command[0])
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    before = len(records(settings, "touchpoints"))
    env = {
        **os.environ, "TOUCHPULSE_URL": running.url, "TOUCHPULSE_KEY": running.key,
        "KAFKA_BROKERS": settings.brokers(), "GO111MODULE": "off",
    }  # fmt: skip
    done = subprocess.run(
        [program, *command[1:]], cwd=SNIPPETS, env=env, capture_output=True, text=True, timeout=120, input=input
    )
    assert done.returncode == 0, done.stdout + done.stderr
    added = records(settings, "touchpoints")
    assert len(added) > before, done.stdout + done.stderr
    check(added)
    return added


def check(added: list[Record]) -> None:
    """Valid, keyed, and where a retry would meet its twin."""
    assert added
    for record in added:
        assert not isinstance(Decoder().decode(record.value), Rejection)
        event = orjson.loads(record.value)
        assert record.key.decode() == f"{event['producer']}:{event['event_id']}"
        assert record.partition == (murmur2(record.key) & 0x7FFFFFFF) % PARTITIONS, "a retry must meet its twin"


@pytest.mark.parametrize(
    "command",
    [("sh", "curl.sh"), ("node", "javascript.mjs"), ("java", "TouchpulseHttp.java"), ("go", "run", "touchpulse.go"),
     (sys.executable, "kafka_producer.py")],
    ids=["curl", "javascript", "java", "go", "kafka-python"],
)  # fmt: skip
def test_a_snippet_brings_its_event_into_kafka(door: tuple[Settings, Running], command: tuple[str, ...]) -> None:
    """A newcomer's first minute must not end with a stack trace."""
    run(door, *command)


def test_the_mini_program_keeps_what_it_could_not_send(door: tuple[Settings, Running]) -> None:
    """Its API stands in for WeChat's: the first report goes nowhere, the second brings both."""
    before = len(records(door[0], "touchpoints"))
    after = run(door, "node", "-e", WX, str(SNIPPETS / "wechat-mini-program.js"))
    assert len(after) == before + 2


@pytest.mark.kafka
async def test_the_java_producer_brings_its_event_into_kafka(kafka: LocalKafka, kafka_jars: Path) -> None:
    """On a real broker: Java's client does not speak with the one in memory."""
    await create_topic(kafka, "touchpoints", partitions=PARTITIONS)
    program = ("java", "-cp", f"{kafka_jars}/*", "TouchpulseKafka.java")
    env = {**os.environ, "KAFKA_BROKERS": kafka.bootstrap}
    done = await asyncio.to_thread(
        subprocess.run, program, cwd=SNIPPETS, env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    check(records(Settings(kafka_brokers=kafka.bootstrap), "touchpoints"))


@pytest.mark.deep
@pytest.mark.slow
def test_the_kotlin_snippet_compiles_and_brings_its_event_into_kafka(
    door: tuple[Settings, Running], tmp_path: Path
) -> None:
    """With the real compiler, and its warnings as errors."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("java is not installed")
    jars = kotlin_jars()
    (library,) = jars.glob("kotlin-stdlib-[0-9]*.jar")
    compiler = (java, "-cp", f"{jars}/*", "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler")
    options = ("-no-stdlib", "-no-reflect", "-Werror", "-cp", str(library), "-d", str(tmp_path))
    done = subprocess.run(
        [*compiler, *options, str(SNIPPETS / "Touchpulse.kt")], capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    run(door, "java", "-cp", f"{tmp_path}{os.pathsep}{library}", "TouchpulseKt")


@pytest.mark.parametrize(
    ("name", "variables"),
    [("Touchpulse.kt", {"$id": "e-1", "$now": ""}), ("Touchpulse.swift", {r"\(id)": "e-1", r"\(now)": ""})],
)
def test_the_body_of_a_snippet_that_cannot_run_here_is_valid(name: str, variables: dict[str, str]) -> None:
    """No Swift compiler is to be had from a registry, and Kotlin's may be missing: what they send is checked anyway."""
    text = (SNIPPETS / name).read_text(encoding="utf-8")
    found = re.search(r'"""\n(\s*\{.*?\})\s*"""', text, re.DOTALL)
    assert found is not None
    body = found[1]
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    for variable, value in variables.items():
        assert variable in body
        body = body.replace(variable, value or now)
    fields = {**orjson.loads(body), "producer": "app"}
    assert not isinstance(Decoder().decode(orjson.dumps(fields)), Rejection)


def test_every_snippet_is_tested_here() -> None:
    """A new one must not slip in unread."""
    text = Path(__file__).read_text(encoding="utf-8")
    assert [path.name for path in SNIPPETS.iterdir() if path.is_file() and path.name not in text] == []
