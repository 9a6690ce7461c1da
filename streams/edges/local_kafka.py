"""A real Kafka broker as a child process, for tests, bench and chaos.

One KRaft node that is broker and controller, on loopback ports of its own, with the topic defaults
this product asks for: record times by LogAppendTime, and no topic that appears by itself. It can be
stopped, killed and started again with the same port and the same data, because what a broker restart
does to us is one of the things to prove.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import os
import random
import signal
import socket
import struct
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.edges.errors import Unavailable
from streams.edges.kafka_jars import fetch_jars

DEFAULTS: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",
    "log.message.timestamp.type": "LogAppendTime",
    "num.partitions": "4",
    # One node: nothing can be replicated, and a group need not wait for members that never come.
    "default.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    # After a kill the controller refuses the new broker until the old one's session is over (9 s by default).
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}
"""The broker's settings; the constructor's `settings` go on top."""

# Below the range from which systems pick ports for outgoing connections (Linux 32768, macOS 49152):
# a client that keeps knocking while the broker is down could otherwise be given the broker's own port.
_PORTS = range(20_000, 30_000)
_API_VERSIONS = 18
_QUICK_JVM = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


class LocalKafka:
    """One broker; a context manager that starts it and stops it.

    Args:
        folder: an existing folder for its data, its settings and `broker.log`.
        jars: the folder from `fetch_jars`; None fetches them where needed.
        heap_mb: the JVM's largest heap.
        throughput: let the JVM optimise fully, for measuring; without it the broker starts sooner.
        settings: broker settings on top of `DEFAULTS`.
        listeners: further listeners by name, each with its security protocol; what else they need is in `settings`.
        jvm: further options of the JVM.
    """

    def __init__(
        self,
        folder: Path,
        *,
        jars: Path | None = None,
        heap_mb: int = 512,
        throughput: bool = False,
        settings: Mapping[str, str] | None = None,
        listeners: Mapping[str, str] | None = None,
        jvm: Sequence[str] = (),
    ) -> None:
        self._folder = folder
        self._jars = jars
        self._jvm = (f"-Xmx{heap_mb}m", *(() if throughput else _QUICK_JVM), *jvm)
        self._listeners = dict(listeners or {})
        self._ports: dict[str, int] = {}
        self._settings = {**DEFAULTS, **(settings or {})}
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """host:port for clients, the same after each restart; empty before the first start."""
        return f"127.0.0.1:{self._port}" if self._port else ""

    def at(self, listener: str) -> str:
        """host:port of a further listener, the same after each restart."""
        return f"127.0.0.1:{self._ports[listener]}"

    @property
    def pid(self) -> int | None:
        """Process id, None while it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self, *, timeout_s: float = 90) -> str:
        """Start the broker and wait until it answers the Kafka protocol.

        Returns:
            The address for clients, 127.0.0.1:port.
        Raises:
            UserError: Java or Maven is missing.
            Unavailable: it ended or did not answer in time; with the end of its log.
        """
        if self.pid:
            return self.bootstrap
        deadline = time.monotonic() + timeout_s
        if not self._port:
            self._jars = self._jars or fetch_jars()
            self._port = self._format()
        with (self._folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._java("kafka.Kafka", str(self._properties)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in a terminal must reach the clients first
            )
        atexit.register(self.kill)  # a test run that breaks off leaves no broker behind
        while not _answers(self._port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                ended = self._process.poll() is not None
                self.kill()
                raise Unavailable(
                    f"Kafka {'ended at once' if ended else f'did not answer within {timeout_s:.0f} s'};"
                    f" its log ends:\n{self.log_tail()}"
                )
            time.sleep(0.05)
        return self.bootstrap

    def stop(self, *, timeout_s: float = 30) -> None:
        """Ask it to end and wait; kill it when it has not by then. Stopping twice is harmless."""
        if self._process and self.pid:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout_s)
        self.kill()

    def kill(self) -> None:
        """End it at once, as a power cut would (SIGKILL)."""
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                if self.pid:
                    os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            atexit.unregister(self.kill)

    def restart(self, *, timeout_s: float = 90) -> str:
        """Stop it if it runs, and start it on the same port with the same data."""
        self.stop()
        return self.start(timeout_s=timeout_s)

    def log_tail(self, lines: int = 15) -> str:
        """The end of the broker's own log."""
        text = (self._folder / "broker.log").read_text(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _properties(self) -> Path:
        return self._folder / "server.properties"

    def _java(self, main: str, *arguments: str) -> list[str]:
        return [
            *("java", *self._jvm, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
            *("-Dorg.slf4j.simpleLogger.showDateTime=true", "-cp", f"{self._jars}/*", main, *arguments),
        ]

    def _format(self) -> int:
        """Write the settings, lay out the data folder, return the port for clients."""
        port, controller, *further = _free_ports(2 + len(self._listeners))
        self._ports = dict(zip(self._listeners, further, strict=True))
        places = {"PLAINTEXT": port, "CONTROLLER": controller, **self._ports}
        listeners = ",".join(f"{name}://127.0.0.1:{place}" for name, place in places.items())
        protocols = {"PLAINTEXT": "PLAINTEXT", "CONTROLLER": "PLAINTEXT", **self._listeners}
        settings = {
            **self._settings,
            "listeners": listeners,
            "advertised.listeners": listeners,
            "listener.security.protocol.map": ",".join(f"{name}:{kind}" for name, kind in protocols.items()),
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}",
            "log.dirs": str(self._folder / "data"),
        }
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        # "A" keeps the id from starting with a dash, which the tool would take for an option.
        cluster = "A" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
        tool = (
            "kafka.tools.StorageTool",
            "format",
            "--standalone",
            "-t",
            cluster,
            "-c",
            str(self._properties),
        )
        done = subprocess.run(self._java(*tool), capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise Unavailable(f"Kafka's data folder could not be made: {(done.stdout + done.stderr).strip()}")
        return port


def _free_ports(count: int) -> list[int]:
    """Loopback ports nobody listens on now."""
    with contextlib.ExitStack() as held:
        ports: list[int] = []
        while len(ports) < count:
            port = random.SystemRandom().choice(_PORTS)
            listener = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                listener.bind(("127.0.0.1", port))
                ports.append(port)
        return ports


def _answers(port: int) -> bool:
    """Whether a Kafka broker serves clients on this port: it must answer ApiVersions."""
    request = struct.pack(">ihhih", 10, _API_VERSIONS, 0, 1, -1)  # size, key, version, correlation id, no client id
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(request)
            answer = connection.recv(10, socket.MSG_WAITALL)
    except OSError:
        return False
    return len(answer) == 10 and answer[8:] == b"\0\0"  # size, correlation id, error code
