"""A producer invents 50,000 names: memory and messages stay bounded, other channels are unharmed, and it is told."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from streams.edges.local_kafka import LocalKafka
from streams.pure.cells import ScoreMessage, decode
from tests.kit.logs import event
from tests.kit.pipeline import Installation, installation, read_log, send_events

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

NAMES = 50_000
MOST_BYTES = 262_144
MOST_MB = {"roll": 300.0, "notify": 200.0, "score": 400.0}
PATIENCE_S = 120


def flood(now_ms: int) -> list[dict[str, Any]]:
    """Order numbers as locations in one channel; between them a little of another channel's ordinary day."""
    events = []
    for number in range(NAMES):
        events.append(event(f"f{number}", now_ms, score=1 + number % 5, channel="web", location=f"order-{number}"))
        if number % 100 == 0:
            events.append(event(f"a{number}", now_ms, score=5, channel="app", location=f"store-{number % 300 // 100}"))
    return events


def memory_mb(pid: int) -> float:
    """Most memory a process had so far; 0 where the system has no /proc to ask."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    (peak,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return int(peak.split()[1]) / 1_000


async def told(running: Installation, wanted: dict[str, int]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Last rows of the hour's window by (dimension, channel, member), once the channels have these answers."""
    consumer = AIOKafkaConsumer(
        running.settings.topic("scores"), bootstrap_servers=running.settings.brokers(), auto_offset_reset="earliest"
    )
    await consumer.start()
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    try:
        async with asyncio.timeout(PATIENCE_S):
            while any(rows.get(("channel", channel, ""), {}).get("n") != n for channel, n in wanted.items()) or (
                rows.get(("all", "", ""), {}).get("n") != sum(wanted.values())
            ):
                running.check()
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        message = decode(record.value or b"")
                        assert isinstance(message, ScoreMessage)
                        if message.window_s == 3_600:
                            for row in message.rows:
                                place = (str(row["dimension"]), str(row["channel"]), str(row["member"]))
                                rows[place] = {**row, "others": message.others}
    finally:
        await consumer.stop()
    return rows


@pytest.mark.deep
async def test_a_flood_of_names_stays_bounded_and_harms_nobody_else(
    kafka: LocalKafka, clickhouse_url: str, tmp_path: Path
) -> None:
    async with installation(kafka.bootstrap, clickhouse_url, tmp_path) as running:
        workers = dict(zip(MOST_MB, running.start(*MOST_MB), strict=True))
        sent = await send_events(running.settings, "touchpoints", flood(time.time_ns() // 1_000_000))
        rows = await told(running, {"web": NAMES, "app": sent - NAMES})
        parts = {member: row["n"] for (dimension, channel, member), row in rows.items() if channel == "web"
                 and dimension == "location"}  # fmt: skip
        assert len(parts) <= 1.25 * running.settings.max_members + 1
        assert rows[("channel", "web", "")]["others"]["location"] > NAMES / 2
        stores = {
            row["n"] for (dimension, channel, _), row in rows.items() if (dimension, channel) == ("location", "app")
        }
        assert sum(1 for place in rows if place[:2] == ("location", "app")) == 3
        assert stores <= {166, 167}, "each store of the other channel has all of its answers"
        peak_mb = {role: memory_mb(worker.pid) for role, worker in workers.items()}
        assert {role: mb for role, mb in peak_mb.items() if mb > MOST_MB[role]} == {}
        for topic in ("panes", "panes.coarse", "scores", "signals"):
            largest = max(len(record.value or b"") for record in await read_log(running.settings, topic))
            assert largest < MOST_BYTES, f"{topic} holds a message of {largest} bytes"
