"""A real Alertmanager takes what we send: one alert an alert of ours, told once, ended when it ends."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from streams.edges.receivers.alertmanager import ToAlertmanager
from streams.edges.receivers.note import Links, Note, Notes
from streams.edges.receivers.outcome import Refused
from streams.edges.receivers.spec import Alertmanager, ReceiverFile
from tests.kit.fetched import alertmanager
from tests.kit.sendings import sending
from tests.kit.takers import Taker, taker

PATIENCE_S = 30
pytestmark = [pytest.mark.deep, pytest.mark.timeout(2_000)]
CONFIG = """\
route: {{receiver: us, group_by: ["..."], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}}
receivers:
  - name: us
    webhook_configs: [{{url: "{url}", send_resolved: true}}]
"""


@pytest.fixture
def told() -> Iterator[Taker]:
    with taker() as server:
        yield server


@pytest.fixture
def url(told: Taker, tmp_path: Path) -> Iterator[str]:
    """An Alertmanager that tells `told`."""
    program = alertmanager()
    config = tmp_path / "alertmanager.yml"
    config.write_text(CONFIG.format(url=told.url))
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    process = subprocess.Popen(
        [
            program, f"--config.file={config}", f"--storage.path={tmp_path / 'data'}",
            f"--web.listen-address={address}", "--cluster.listen-address=",
        ],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline_s = time.monotonic() + PATIENCE_S
        while not ready(f"http://{address}/-/ready"):
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait()


def ready(address: str) -> bool:
    try:
        return httpx.get(address, trust_env=False).is_success
    except httpx.HTTPError:
        return False


async def wait_until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.05)


def standing(url: str) -> dict[str, str]:
    """Severity by alert of those that are open."""
    found = httpx.get(f"{url}/api/v2/alerts", trust_env=False).json()
    return {one["labels"].get("alert_id", "beat"): one["labels"]["severity"] for one in found}


def note(alert: str, send: str, step: int, **more: Any) -> Note:
    now_ms = time.time_ns() // 1_000_000
    file = ReceiverFile.model_validate(
        {
            "version": 1, "board_url": "https://grafana.example.org",
            "receivers": [{"name": "am", "kind": "alertmanager", "url": "http://localhost"}],
        }
    )  # fmt: skip
    one = sending(alert, send, step, at_ms=now_ms, since_ms=now_ms - 60_000, until_ms=now_ms, **more)
    return Notes(file, Links(), None, 5).note(one, -1, now_ms)


async def test_an_alert_is_told_once_follows_its_severity_and_ends(url: str, told: Taker) -> None:
    receiver = ToAlertmanager(Alertmanager.model_validate({"name": "am", "kind": "alertmanager", "url": url}))
    page = note("a", "page", 1)
    for one in (
        page,
        page,
        note("a", "repeat", 2, value=30.0),
        note("t", "ticket", 1),
        note("b", "page", 1, kind="heartbeat"),
    ):
        assert await receiver.hand_over(one) == "answered 200"
    assert standing(url) == {"a": "page", "t": "ticket", "beat": "none"}
    await wait_until(lambda: told_of(told, "firing") == ["a", "beat", "t"])
    await receiver.hand_over(note("t", "page", 2))
    assert standing(url) == {"a": "page", "t": "page", "beat": "none"}
    for one in (note("a", "resolve", 3), note("t", "resolve", 3)):
        await receiver.hand_over(one)
    assert standing(url) == {"beat": "none"}
    await wait_until(lambda: told_of(told, "resolved") == ["a", "t", "t"])
    await asyncio.sleep(3)  # what was told twice would be there by now
    assert told_of(told, "firing") == ["a", "beat", "t", "t"]
    assert told_of(told, "resolved") == ["a", "t", "t"], "the ticket, and the page it became"
    first = told.got[0].json["alerts"][0]
    assert first["generatorURL"].startswith("https://grafana.example.org/d/touchpulse-")
    with pytest.raises(Refused, match="answered 400"):
        await receiver._poster.post(b'[{"labels": {}}]')
    await receiver.close()


def told_of(told: Taker, status: str) -> list[str]:
    """Alerts that were told to begin or to end."""
    alerts = [alert for request in told.got for alert in request.json["alerts"]]
    return sorted(alert["labels"].get("alert_id", "beat") for alert in alerts if alert["status"] == status)
