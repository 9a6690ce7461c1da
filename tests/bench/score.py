"""How many events a second one `score` process counts, from its start to its last commit, broker beside it.

A topic is filled first, then the worker is started as in production; time and CPU are read between its first and
its last commit, so that imports and joining do not count.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from schemas.decode import event_key
from schemas.times import epoch_ms
from streams.edges.local_kafka import LocalKafka
from streams.edges.processes import end, spawn
from streams.edges.progress import Progress
from streams.edges.settings import Settings
from streams.edges.topics import declared
from streams.edges.topics_live import apply
from tests.kit.logs import rfc3339

CHANNELS = ("app", "web", "store", "chat", "email")
TOUCHPOINTS = ("checkout", "search", "delivery", "returns", "support")
assert epoch_ms(rfc3339(0)) == 0


def body(rnd: random.Random, now_ms: int) -> dict[str, Any]:
    """An answer of some 250 bytes."""
    return {
        "kind": "csat", "event_id": f"{rnd.getrandbits(64):016x}",
        "occurred_at": rfc3339(now_ms - rnd.randrange(2_000)),
        "sent_at": rfc3339(now_ms), "producer": "shop-app", "channel": rnd.choice(CHANNELS),
        "touchpoint": rnd.choice(TOUCHPOINTS), "location": f"store-{rnd.randrange(20)}",
        "customer": f"c-{rnd.randrange(10**6)}", "score": rnd.choice((3, 4, 4, 5, 5, 5, 2, 1)), "scale": "1-5",
    }  # fmt: skip


def cpu_s(pid: int) -> float:
    """CPU a process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def fill(settings: Settings, events: int) -> None:
    """Puts the events into the log, keyed as producers must."""
    rnd = random.Random(1)
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.brokers(), compression_type="lz4", linger_ms=20, max_batch_size=262_144
    )
    await producer.start()
    try:
        for first in range(0, events, 10_000):
            now_ms = time.time_ns() // 1_000_000
            bodies = [body(rnd, now_ms) for _ in range(min(10_000, events - first))]
            pending = [
                await producer.send(
                    settings.topic("touchpoints"), orjson.dumps(one), key=event_key(one["producer"], one["event_id"])
                )
                for one in bodies
            ]
            await asyncio.gather(*pending)
    finally:
        await producer.stop()


async def run(settings: Settings, events: int) -> dict[str, Any]:
    """One worker from the log's start to its end."""
    await apply(settings, declared(settings, partitions=4))
    await fill(settings, events)
    async with Progress(settings, None) as progress:  # type: ignore[arg-type]  # no store is asked here
        ends = await progress.ends([settings.topic("touchpoints")])
        total = sum(ends.values())
        started_s = time.monotonic()
        process = spawn(settings, "worker", "score")
        try:
            first: tuple[float, float, int] | None = None
            while True:
                done = sum((await progress.committed("score", ends)).values())
                now = (time.monotonic(), cpu_s(process.pid), done)
                if first is None and done > 0:
                    first = now
                if done >= total - len(ends):
                    break
                if process.poll() is not None:
                    raise RuntimeError(f"the worker ended with {process.returncode}")
                await asyncio.sleep(0.05)
        finally:
            end([process])
        assert first is not None
        counted = now[2] - first[2]
        return {
            "events": counted,
            "events_per_s": round(counted / (now[0] - first[0])),
            "events_per_cpu_s": round(counted / (now[1] - first[1])),
            "from_process_start_per_s": round(total / (now[0] - started_s)),
        }


def measure(*, events: int = 1_200_000) -> dict[str, Any]:
    """events_per_s by the clock and by the process's CPU, between its first and last commit."""
    with tempfile.TemporaryDirectory(prefix="bench-score-") as folder:
        (Path(folder) / "kafka").mkdir()
        with LocalKafka(Path(folder) / "kafka", throughput=True) as kafka:
            # All was appended within a minute: without a long horizon nothing is late, as in a log read live.
            settings = Settings(kafka_brokers=kafka.bootstrap, topic_prefix=f"b{uuid.uuid4().hex[:8]}.")
            return asyncio.run(run(settings, events))
