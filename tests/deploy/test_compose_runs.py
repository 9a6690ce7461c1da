"""Our services as the compose file gives them, run as plain processes: command, environment and health check.

No Docker engine is at hand where this is built. So names, folders and ports of containers become those of this machine,
and nothing else changes: against a real Kafka with the broker settings of the compose file, and the tests' ClickHouse
with the writer's password.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from streams.edges.local_kafka import LocalKafka
from streams.edges.settings import Settings
from streams.edges.store import Store
from tests.deploy.files import DEPLOY, ROOT, compose, env_example, filled, ours
from tests.kit.clickhouse import PROGRAM, ServerProcess
from tests.kit.gateway import event

pytestmark = [pytest.mark.kafka, pytest.mark.deep]

SECRET = "k1:" + "0123456789abcdef" * 3
GIVEN = {name: value or SECRET for name, value in env_example().items()}
SERVICES: dict[str, Any] = filled(compose()["services"], GIVEN)
OURS = ours(SERVICES)
LASTING = [name for name in OURS if "healthcheck" in OURS[name]]
NOT_HERE = ("cluster.id", "heap.opts")
"""Read by the image's own scripts, not by the broker."""
WHERE = (
    *("node.id", "process.roles", "log.dirs", "listeners", "advertised.listeners", "controller.quorum.voters"),
    *("controller.listener.names", "listener.security.protocol.map", "inter.broker.listener.name"),
)
"""Settings of Kafka that say where it is: here it is elsewhere."""


def kafka_settings() -> dict[str, str]:
    """The broker's settings as the image takes them from its variables: KAFKA_A_B is a.b."""
    given = SERVICES["kafka"]["environment"]
    return {name.removeprefix("KAFKA_").lower().replace("_", "."): value for name, value in given.items()}


def free_port() -> int:
    """A port nobody listens on, below those that systems give out."""
    while True:
        port = random.SystemRandom().choice(range(20_000, 30_000))
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


class Machine:
    """This machine in the place of the containers."""

    def __init__(self, folder: Path, bootstrap: str, clickhouse: str) -> None:
        self.folder = folder
        self._addresses = {"kafka:9092": bootstrap, "http://clickhouse:8123": clickhouse}
        # The tests' ClickHouse has one user; tests/store/test_users.py holds what each may do.
        self._addresses["touchpulse_migrator"] = "touchpulse"
        self._ports: dict[tuple[str, str], str] = {}

    def here(self, name: str, text: str) -> str:
        """A word of a service, with what is only true inside its container replaced."""
        for inside, outside in self._addresses.items():
            text = text.replace(inside, outside)
        for volume in OURS[name].get("volumes", ()):
            source, _, target = volume.removesuffix(":ro").rpartition(":")
            if text == target or text.startswith(target + "/"):
                text = text.replace(target, str(self._place(name, source)), 1)
        for port in ("8081", "8090", "8091"):
            if text == port or f"127.0.0.1:{port}/" in text:
                text = text.replace(port, self.port(name, port))
        return text

    def port(self, name: str, inside: str) -> str:
        """The port that stands for one of a container's."""
        return self._ports.setdefault((name, inside), str(free_port()))

    def _place(self, name: str, source: str) -> Path:
        if source.startswith("."):
            return DEPLOY / source
        folder = self.folder / (source or f"{name}-own")  # a volume with a name is shared, one without is not
        folder.mkdir(exist_ok=True)
        return folder

    def start(self, name: str, *more: str) -> subprocess.Popen[bytes]:
        """Starts a service's process; `more` stands in the place of its command, as with `compose run`."""
        service = OURS[name]
        words = [*service.get("entrypoint", ["touchpulse"])[1:], *(more or service["command"])]
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", PROGRAM, *(self.here(name, word) for word in words)],
                cwd=ROOT,
                env=self.environment(name),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def environment(self, name: str) -> dict[str, str]:
        """What the compose file says, and what any process needs."""
        given = {key: self.here(name, value) for key, value in OURS[name].get("environment", {}).items()}
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), **given}

    def healthy(self, name: str) -> bool:
        """One run of the service's own health check."""
        kind, program, *words = OURS[name]["healthcheck"]["test"]
        assert (kind, program) == ("CMD", "python")
        asked = [sys.executable, *(self.here(name, word) for word in words)]
        return subprocess.run(asked, capture_output=True, env={"PATH": os.environ["PATH"]}).returncode == 0

    def said(self, name: str) -> str:
        """The end of a service's log."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-3_000:]


@pytest.fixture(scope="module")
def kafka(kafka_jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """A broker with the settings of the compose file, but where it is."""
    taken = {name: value for name, value in kafka_settings().items() if name not in (*WHERE, *NOT_HERE)}
    with LocalKafka(tmp_path_factory.mktemp("kafka"), jars=kafka_jars, settings=taken) as broker:
        yield broker


@pytest.fixture(scope="module")
def machine(kafka: LocalKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Kafka and ClickHouse stand; nothing of ours runs yet."""
    writer = {name: OURS["archive"]["environment"][f"TOUCHPULSE_CLICKHOUSE_{name}"] for name in ("USER", "PASSWORD")}
    env = {f"TOUCHPULSE_CLICKHOUSE_{name}": value for name, value in writer.items()}
    with ServerProcess(tmp_path_factory.mktemp("clickhouse"), env=env) as store:
        yield Machine(tmp_path_factory.mktemp("compose"), kafka.bootstrap, store.url)


async def test_kafka_knows_every_setting_it_is_given(kafka: LocalKafka) -> None:
    """It would take a misspelt one without a word."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.BROKER, "1")])
    finally:
        await admin.close()
    ((_, _, _, _, entries),) = answer.resources
    has = {entry[0]: entry[1] for entry in entries}
    asked = {name: value for name, value in kafka_settings().items() if name not in NOT_HERE}
    assert asked.keys() <= has.keys()
    differs = {name: has[name] for name, value in asked.items() if name not in WHERE and has[name] != value}
    assert differs == {}


def test_all_of_ours_come_up_healthy_carry_an_event_to_the_store_and_stop_in_order(machine: Machine) -> None:
    for once in ("topics", "tables", "topics", "tables"):  # twice: an upgrade runs them again
        assert machine.start(once).wait(120) == 0, machine.said(once)
    assert machine.start("keys", "make", "shop-app").wait(60) == 0, machine.said("keys")
    (key,) = [word for word in machine.said("keys").split() if word.startswith("tpk_")]
    with ExitStack() as running:
        processes = {name: machine.start(name) for name in LASTING}
        for process in processes.values():
            running.callback(process.kill)
        for name in LASTING:
            wait(lambda name=name: machine.healthy(name), name, processes, machine)  # type: ignore[misc]
        url = f"http://127.0.0.1:{machine.port('gateway', '8090')}"
        answer = httpx.post(
            f"{url}/v1/touchpoints", json=event("compose-1"), headers={"authorization": f"Bearer {key}"}
        )
        assert answer.status_code in (200, 202), answer.text
        settings = Settings.from_env(
            {name: value for name, value in machine.environment("archive").items() if name.startswith("TOUCHPULSE_")}
        )
        with Store.connect(settings) as store:
            sql = "SELECT count() FROM touchpoints WHERE event_id = 'compose-1' AND class = 'accepted'"
            wait(lambda: store.rows(sql)[0][0] == 1, "archive", processes, machine)
        told = httpx.get(f"http://127.0.0.1:{machine.port('score', '8081')}/metrics").text
        assert 'touchpulse_events_total{class="accepted"} 1.0' in told
        for process in processes.values():
            process.send_signal(signal.SIGTERM)
        # Compose kills what is still there after stop_grace_period.
        codes = {name: process.wait(30) for name, process in processes.items()}
        assert codes == dict.fromkeys(LASTING, 0)


def wait(
    holds: Callable[[], bool], name: str, processes: Mapping[str, subprocess.Popen[bytes]], machine: Machine
) -> None:
    """Returns once it holds.

    Raises:
        AssertionError: it does not within three minutes, or one of the processes has ended; with what it said.
    """
    deadline = time.monotonic() + 180
    while not holds():
        ended = {each: process.returncode for each, process in processes.items() if process.poll() is not None}
        assert not ended, f"{ended}: {machine.said(next(iter(ended)))}"
        assert time.monotonic() < deadline, f"{name}: {machine.said(name)}"
        time.sleep(0.3)
