"""Thousands of idle connections at the bound a gateway really has, not at one made small for a test."""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from streams.edges.memory_broker import MemoryBroker
from streams.edges.settings import Settings
from tests.kit.gateway import Running, event, gateway_process

BOUND = Settings().gateway_max_connections
STRANGERS = 3 * BOUND


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`touchpulse gateway` with its default bounds, as a process of its own: its memory can be looked at."""
    folder = tmp_path_factory.mktemp("many")
    with MemoryBroker() as broker:
        settings = Settings(kafka_brokers=broker.bootstrap, keys_path=folder / "keys.yaml")
        for name in ("touchpoints", "rejected"):
            broker.create_topic(settings.topic(name), partitions=2)
        with gateway_process(settings, folder / "gateway.log") as found:
            yield found


@pytest.fixture
def room() -> Iterator[None]:
    """Open files for all of them in this process too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard not in (-1, resource.RLIM_INFINITY) and hard < STRANGERS + 500:
        pytest.skip(f"this system lets a process open {hard} files: too few for {STRANGERS} connections")
    resource.setrlimit(resource.RLIMIT_NOFILE, (STRANGERS + 500, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def memory_mb(running: Running) -> float:
    """Memory the process holds."""
    assert running.process is not None
    try:
        status = Path(f"/proc/{running.process.pid}/status").read_text()
    except OSError:
        pytest.skip("this system does not tell the memory of a process")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def gauge(text: str, name: str) -> float:
    """One value of /metrics."""
    return float(next(line for line in text.splitlines() if line.startswith(f"touchpulse_gateway_{name} ")).split()[1])


def ended(text: str) -> float:
    """Connections the gateway ended itself."""
    return gauge(text, "connections_evicted") + gauge(text, "connections_too_slow")


@pytest.mark.deep
@pytest.mark.parametrize(
    "first",
    [
        pytest.param(b"", id="silent"),
        pytest.param(b"POST /v1/touchpoints HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 20_000, id="half-of-long-headers"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n", id="idle-after-a-request"),
    ],
)
def test_thousands_of_strangers_cost_bounded_memory_and_keep_nobody_out(
    running: Running, room: None, first: bytes
) -> None:
    """Three times as many as there is room for, all held open by their side; an honest client is served meanwhile."""
    host, port = running.url.removeprefix("http://").split(":")
    before_mb, longest_s = memory_mb(running), 0.0
    with ExitStack() as undo, running.client() as honest:
        ended_before = ended(honest.get("/metrics").text)
        for number in range(STRANGERS):
            stranger = undo.enter_context(socket.create_connection((host, int(port)), timeout=10))
            try:
                stranger.sendall(first)
            except OSError:
                continue  # it had to make room already
            if number % 200 == 0:
                begun = time.monotonic()
                assert honest.post("/v1/touchpoints", json=event(f"many-{len(first)}-{number}")).status_code == 200
                longest_s = max(longest_s, time.monotonic() - begun)
        open_now = gone = -1.0
        deadline = time.monotonic() + 20
        while gone < STRANGERS - BOUND and time.monotonic() < deadline:  # some may still wait to be let in
            metrics = honest.get("/metrics").text
            open_now = gauge(metrics, "connections")
            gone = ended(metrics) - ended_before
            time.sleep(0.02)
        # A connection at its bound holds 32 kB of headers at most, and Python's objects around them.
        assert memory_mb(running) - before_mb < BOUND * 64 / 1024
    assert open_now <= BOUND
    assert gone >= STRANGERS - BOUND
    assert longest_s < 1.0
