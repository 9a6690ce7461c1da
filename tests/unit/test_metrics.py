"""What is told to Prometheus: every name declared once, with its meaning, and set by somebody."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from streams.edges import metrics
from streams.edges.errors import SettingsError
from streams.edges.health import HealthServer

ROOT = Path(__file__).parents[2]


def test_every_metric_is_declared_with_its_meaning() -> None:
    """An alert rule or a board can look up whatever it names."""
    names = [metric.name for metric in metrics.METRICS]
    assert len(names) == len(set(names)) == len(metrics.exported())
    for metric in metrics.METRICS:
        assert re.fullmatch(r"touchpulse_[a-z_]+", metric.name)
        assert metric.meaning.endswith(".")
        assert metric.name.endswith("_total") == (metric.kind == "counter")


def test_what_is_exported_is_what_is_declared() -> None:
    declared = {metric.name.removesuffix("_total") for metric in metrics.METRICS}
    families = {family.name for family in text_string_to_metric_families(metrics.exposition().decode())}
    assert families == declared


def test_every_metric_is_set_somewhere() -> None:
    """A metric nobody sets is 0 for ever, and reads as if all were well."""
    sources = "\n".join(
        path.read_text() for path in (ROOT / "streams").rglob("*.py") if path.name not in ("metrics.py",)
    )
    constants = {name: value for name, value in vars(metrics).items() if value in metrics.exported()}
    unset = [name for name in constants if not re.search(rf"metrics\.{name}\b", sources)]
    assert unset == ["MEMORY"], "set when it is asked for"


@pytest.fixture
def answers() -> dict[str, list[str]]:
    return {"dead": [], "not_ready": []}


@pytest.fixture
def server(answers: dict[str, list[str]]) -> Iterator[HealthServer]:
    server = HealthServer(0, dead=lambda: answers["dead"], not_ready=lambda: answers["not_ready"])
    yield server
    server.close()


def get(server: HealthServer, path: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{server.port}{path}")


def test_probes_are_answered_by_status_and_reason(server: HealthServer, answers: dict[str, list[str]]) -> None:
    assert get(server, "/healthz").status_code == get(server, "/readyz").status_code == 200
    answers["not_ready"] = ["reading back"]
    assert (get(server, "/readyz").status_code, get(server, "/readyz").text) == (503, "reading back\n")
    assert get(server, "/healthz").status_code == 200
    answers["dead"] = ["the event loop has not come round for 130 s"]
    assert get(server, "/healthz").status_code == 503
    assert get(server, "/").status_code == 404


def test_metrics_are_served_in_prometheus_form(server: HealthServer) -> None:
    metrics.LAG.labels("touchpoints", 3).set(17)
    answer = get(server, "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'touchpulse_lag_records{partition="3",topic="touchpoints"} 17.0' in answer.text
    metrics.forget_partitions()
    assert 'partition="3"' not in get(server, "/metrics").text


def test_a_port_that_is_taken_is_told_in_a_sentence() -> None:
    with socket.create_server(("", 0)) as other, pytest.raises(SettingsError, match="HEALTH_PORT"):
        HealthServer(other.getsockname()[1], dead=list, not_ready=list)


def test_resident_memory_is_believable() -> None:
    assert 10_000_000 < metrics.resident_bytes() < 10_000_000_000
