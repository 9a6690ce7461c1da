"""What is away comes back: nothing is lost meanwhile, nobody is restarted, and memory stays flat."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from streams.edges.local_kafka import LocalKafka
from streams.edges.processes import end, spawn
from streams.edges.progress import Progress
from tests.e2e.test_on_real_kafka import simulated
from tests.kit.clickhouse import ServerProcess
from tests.kit.feed import Feed
from tests.kit.pipeline import Installation, installation, one_pass_truth, read_log, send_events

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.deep]

AWAY_S = 20
PER_S = 2_000
HEALTH_PORT = 18_437
MAX_GROWTH = 120_000_000


async def told(port: int) -> dict[str, float]:
    """Metrics of a worker without labels, or by their first label."""
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    return {
        sample.name + "".join(f"/{value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def end_of(running: Installation, topic: str) -> int:
    async with Progress(running.settings, running.store) as progress:
        return sum((await progress.ends([running.settings.topic(topic)])).values())


async def test_scores_go_on_while_the_store_is_away_and_it_catches_up_by_itself(
    kafka: LocalKafka, tmp_path: Path
) -> None:
    """Kafka is the buffer: what the archiver holds in memory does not grow with the outage."""
    server = ServerProcess(tmp_path / "store")
    port = int(server.url.rpartition(":")[2])
    try:
        async with installation(kafka.bootstrap, server.url, tmp_path) as running:
            running.start("score", "roll", "notify")
            observed = running.settings.model_copy(update={"health_port": HEALTH_PORT})
            with (tmp_path / "archive.log").open("wb") as log:
                archive = spawn(observed, "worker", "archive", log=log)
            running.processes.append(("archive", archive))
            await running.wait_shared("archive", 1)
            with Feed(running.settings, PER_S) as feed:
                await running.wait_committed("touchpoints", "archive", 3 * PER_S)
                before = await told(HEALTH_PORT)
                server.kill()
                scores, peak = await end_of(running, "scores"), 0.0
                until = time.monotonic() + AWAY_S
                while time.monotonic() < until:
                    await asyncio.sleep(0.5)
                    now = await told(HEALTH_PORT)
                    peak = max(peak, now["touchpulse_memory_bytes"])
                assert now["touchpulse_away_seconds/store"] > AWAY_S / 2
                assert await end_of(running, "scores") > scores + AWAY_S / 2, "scores wait for nobody's store"
                server = ServerProcess(tmp_path / "store", port=port)
            await running.wait_stored(60)
            assert archive.poll() is None
            report = await asyncio.to_thread(running.report, feed.sent)
            assert (report["accepted"], report["duplicate"], report["late"], report["rejected"]) == (feed.sent, 0, 0, 0)
            assert peak - before["touchpulse_memory_bytes"] < MAX_GROWTH
            assert (await told(HEALTH_PORT))["touchpulse_away_seconds/store"] == 0
            end([archive])
            running.killed.append(archive)
    finally:
        server.kill()


async def test_every_role_waits_for_its_broker_and_goes_on_by_itself(
    own_kafka: LocalKafka, clickhouse_url: str, tmp_path: Path
) -> None:
    """Away for longer than the session timeout: no process ends, and every event is counted once."""
    events = simulated(4_000)
    async with installation(own_kafka.bootstrap, clickhouse_url, tmp_path) as running:
        running.start("score", "roll", "notify", "archive")
        await running.wait_shared("score", 1)
        sent = await send_events(running.settings, "touchpoints", events[:2_000])
        await running.wait_committed("touchpoints", "score", 2_000)
        await asyncio.to_thread(own_kafka.stop)
        await asyncio.sleep(10)
        running.check()
        await asyncio.to_thread(own_kafka.start)
        sent += await send_events(running.settings, "touchpoints", events[2_000:])
        await running.wait_stored()
        running.check()
        classes, _ = one_pass_truth(await read_log(running.settings, "touchpoints"), running.settings)
        report = await asyncio.to_thread(running.report, sent)
        assert {name: report[name] for name in classes} == classes
        assert sum(classes.values()) == sent
