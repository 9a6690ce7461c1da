"""The role `deliver` as a process: pages from Kafka to a receiver, through a kill -9, and an answer back into Kafka."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pydantic import SecretStr

from streams.edges.memory_broker import MemoryBroker
from streams.edges.processes import Process, end, spawn
from streams.edges.settings import Settings
from streams.pure.alerting.inputs import Act
from streams.pure.cells import decode, encode
from tests.kit.delivering import SECRET
from tests.kit.sendings import sending
from tests.kit.takers import Taker, taker

PATIENCE_S = 60
pytestmark = pytest.mark.deep


async def emit(settings: Settings, *alerts: str) -> None:
    """What the alert engine says."""
    async with AIOKafkaProducer(bootstrap_servers=settings.brokers(), enable_idempotence=True) as producer:
        for alert in alerts:
            one = sending(alert, at_ms=now_ms())
            await producer.send_and_wait("alerts", encode(one), key=one.page.id.encode(), partition=0)


def now_ms() -> int:
    import time

    return time.time_ns() // 1_000_000


async def wait_for(server: Taker, requests: int, process: Process) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while len(server.got) < requests:
            assert process.poll() is None, "the worker ended"
            await asyncio.sleep(0.05)


async def test_a_page_survives_kill_9_and_its_answer_reaches_the_engine(
    memory_broker: MemoryBroker, tmp_path: Path
) -> None:
    for topic in ("alerts", "deliveries", "signals"):
        memory_broker.create_topic(topic, partitions=1)
    with socket.create_server(("", 0)) as free:
        port = free.getsockname()[1]
    receivers = tmp_path / "receivers.yaml"
    with taker() as server:
        receivers.write_text(
            f"version: 1\ndefault: [hook]\nreceivers:\n"
            f"  - {{name: hook, kind: webhook, url: '{server.url}/pages', secret: {SECRET}}}\n"
        )
        settings = Settings(
            kafka_brokers=memory_broker.bootstrap, memory_broker=True, kafka_session_timeout_ms=6_000,
            receivers_path=receivers, links_port=port, links_url=f"http://localhost:{port}",
            links_secret=SecretStr(SECRET),
        )  # fmt: skip
        with (tmp_path / "log").open("wb") as log:
            first = spawn(settings, "worker", "deliver", log=log)
            second = None
            try:
                await emit(settings, "a", "b")
                await wait_for(server, 2, first)
                server.hangs = threading.Event()
                await emit(settings, "c")
                await wait_for(server, 3, first)
                first.kill()
                first.wait()
                server.hangs.set()
                second = spawn(settings, "worker", "deliver", log=log)
                await wait_for(server, 4, second)
                await emit(settings, "d")
                await wait_for(server, 5, second)
                await answer(server.got[4].json["answer_url"])
                acts = await signals(settings)
            finally:
                end([process for process in (first, second) if process is not None])
    keys = [request.headers["Idempotency-Key"] for request in server.got]
    assert keys == ["a-1", "b-1", "c-1", "c-1", "d-1"], "only what was under way comes twice"
    repeated = [request.json["page"]["possibly_repeated"] for request in server.got]
    assert repeated == [False, False, False, True, False]
    assert [(act.what, act.alert_id, act.who) for act in acts] == [("acknowledge", "d", "Kim")]
    assert SECRET not in (tmp_path / "log").read_text()


async def answer(url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as browser:
        page = await browser.get(url)
        assert "bad CSAT answers rose" in page.text, "read back from the log"
        ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
        assert ticket
        done = await browser.post(url, data={"who": "Kim", "what": "acknowledge", "ticket": ticket[1]})
        assert done.status_code == 200


async def signals(settings: Settings) -> list[Act]:
    async with AIOKafkaConsumer(
        "signals", bootstrap_servers=settings.brokers(), auto_offset_reset="earliest"
    ) as consumer:
        record = await asyncio.wait_for(consumer.getone(), PATIENCE_S)
    act = decode(record.value)
    assert isinstance(act, Act)
    return [act]
