"""From a till to the store through everything that goes wrong on the way: each event is there exactly once."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from streams.edges.local_kafka import LocalKafka
from streams.edges.progress import Progress
from tests.kit.gateway import SECRET, gateway_process, make_key
from tests.kit.pipeline import installation

sys.path.insert(0, str(Path(__file__).parents[2] / "deploy" / "client"))

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.deep]

EVENTS = 10_000
EVENT: dict[str, Any] = {"kind": "csat", "score": 4, "scale": "1-5", "channel": "store", "touchpoint": "checkout"}


async def test_ten_thousand_events_survive_a_broker_restart_and_a_killed_gateway(
    own_kafka: LocalKafka, clickhouse_url: str, tmp_path: Path
) -> None:
    """Sent by the client in portions; the broker and the gateway are killed in between, without a goodbye."""
    from touchpulse_client import Client

    changes = {"keys_path": tmp_path / "keys.yaml", "gateway_secret": SECRET}
    async with installation(own_kafka.bootstrap, clickhouse_url, tmp_path, **changes) as running:
        settings, spool = running.settings, tmp_path / "spool"
        key = make_key(tmp_path / "keys.yaml")
        running.start("archive")
        await running.wait_shared("archive", 1)
        ids: list[str] = []

        def portion(client: Client, count: int) -> None:
            for _ in range(count // 100):
                ids.extend(client.send_many([EVENT] * 100))

        def first_half() -> None:
            with gateway_process(settings, tmp_path / "first.log") as door:
                client = Client(door.url, key, spool=spool)
                portion(client, 3_000)
                while client.waiting > 1_000:
                    client.flush(0.01)
                own_kafka.kill()
                portion(client, 2_000)  # nobody takes them now
                own_kafka.restart()
                portion(client, 2_000)
                while client.waiting > 2_000:
                    client.flush(0.01)
                assert door.process is not None
                door.process.kill()
                portion(client, 3_000)
                assert client.close(timeout_s=0.2) >= 3_000

        def second_half() -> None:
            with (
                gateway_process(settings, tmp_path / "second.log") as door,
                Client(door.url, key, spool=spool) as client,
            ):
                assert client.flush(60) == 0

        await asyncio.to_thread(first_half)
        await asyncio.to_thread(second_half)
        assert len(set(ids)) == EVENTS
        async with Progress(settings, running.store, running.check) as progress:
            sent = sum((await progress.ends([settings.topic("touchpoints")])).values())
        assert sent >= EVENTS
        await running.wait_committed("touchpoints", "archive", sent)
        stored = running.store.rows("SELECT event_id, count() FROM touchpoints FINAL GROUP BY event_id")
        assert {event_id for event_id, _ in stored} == set(ids)
        assert {count for _, count in stored} == {1}
