"""How soon a new `roll` worker tells scores, and how much memory it takes: a process of its own on a real broker.

`python -m tests.bench.roll_process [--rate N] [--partitions N]`: fills the panes topics with what `score` would
have left there after compaction, a day of coarse slices and 80 minutes of fine ones, and starts a worker.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from rich.console import Console
from rich.progress import Progress

from streams.apps.outbox import partition_of
from streams.edges.local_kafka import LocalKafka
from streams.edges.processes import Process, end, spawn
from streams.edges.settings import Settings
from streams.edges.topics import declared
from streams.edges.topics_live import apply
from streams.pure.cells import ScoreMessage, decode
from streams.pure.counting import COARSE_MS, SLICE_MS
from tests.bench.panes import Message, Sources, retailer

GOALS = {"cold_start_s": 10.0, "rss_mb": 300.0}
PANES_PARTITIONS = 12


def memory_mb(process: Process) -> tuple[float, float]:
    """(now, most so far) of a process."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    found = {line.split(":")[0]: line.split()[1] for line in status.splitlines() if line.startswith(("VmRSS", "VmHWM"))}
    return int(found["VmRSS"]) / 1e3, int(found["VmHWM"]) / 1e3


def cpu_s(process: Process) -> float:
    """Processor seconds a process used so far: on a shared machine they say more than the clock."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def history(sources: Sources, first_ms: int, last_ms: int, width_ms: int, rate_per_s: int) -> Iterator[Message]:
    """Each cell of each slice once, as compaction leaves them."""
    for start_ms in range(first_ms - first_ms % width_ms, last_ms, width_ms):
        yield from sources.answers(min(start_ms + width_ms - 1, last_ms), rate_per_s * width_ms // 1000)
        sources.forget(start_ms)


async def fill(settings: Settings, topic: str, messages: Iterator[Message]) -> tuple[int, int]:
    """Sends cells to their channel's partition, marks to all; (records, bytes)."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.brokers(), compression_type="lz4", linger_ms=20, max_batch_size=262_144
    )
    await producer.start()
    records = size = 0
    marks: dict[bytes, bytes] = {}
    try:
        for channel, key, value in messages:
            if not channel:
                marks[key] = value  # compaction leaves the last
                continue
            await producer.send(
                settings.topic(topic), value, key=key, partition=partition_of(channel, PANES_PARTITIONS)
            )
            records, size = records + 1, size + len(value)
            if records % 200 == 0:
                await asyncio.sleep(0)
        await producer.flush()
        for key, value in marks.items():
            for partition in range(PANES_PARTITIONS):
                await producer.send(settings.topic(topic), value, key=key, partition=partition)
        await producer.flush()
    finally:
        await producer.stop()
    return records, size


async def first_scores(settings: Settings, process: Process, wanted: set[int], began: float) -> dict[int, float]:
    """Seconds until the first score of each window was told."""
    consumer = AIOKafkaConsumer(
        settings.topic("scores"), bootstrap_servers=settings.brokers(), auto_offset_reset="earliest"
    )
    await consumer.start()
    found: dict[int, float] = {}
    try:
        while wanted - found.keys():
            if process.poll() is not None or time.monotonic() - began > 300:
                raise RuntimeError(f"no scores of {sorted(wanted - found.keys())}")
            for records in (await consumer.getmany(timeout_ms=100)).values():
                for record in records:
                    message = decode(record.value or b"")
                    if isinstance(message, ScoreMessage):
                        found.setdefault(message.window_s, time.monotonic() - began)
    finally:
        await consumer.stop()
    return found


async def run(kafka: LocalKafka, folder: Path, *, series: int, rate_per_s: int, partitions: int) -> dict[str, Any]:
    """Fills, starts, waits, looks."""
    settings = Settings(kafka_brokers=kafka.bootstrap, topic_prefix=f"cold{rate_per_s}.{partitions}.")
    await apply(settings, declared(settings, partitions=PANES_PARTITIONS))
    names, now_ms = retailer(series), time.time_ns() // 1_000_000
    fine = history(Sources(names, partitions, SLICE_MS, 1), now_ms - 4_800_000, now_ms, SLICE_MS, rate_per_s)
    coarse = history(Sources(names, partitions, COARSE_MS, 2), now_ms - 86_400_000, now_ms, COARSE_MS, rate_per_s)
    filled = [await fill(settings, "panes", fine), await fill(settings, "panes.coarse", coarse)]
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a worker that compiles its modules first starts seconds later
    began = time.monotonic()
    with (folder / "roll.log").open("wb") as log:
        process = spawn(settings, "worker", "roll", log=log)
    try:
        found = await first_scores(settings, process, set(settings.windows_s), began)
        used_s = cpu_s(process)
        await asyncio.sleep(20)
        now_mb, most_mb = memory_mb(process)
    finally:
        end([process])
    return {
        "series": len(names),
        "rate_per_s": rate_per_s,
        "partitions": partitions,
        "cells": [records for records, _ in filled],
        "mb": [round(size / 1e6) for _, size in filled],
        "first_score_s": {window_s: round(found[window_s], 1) for window_s in sorted(found)},
        "cpu_s": round(used_s, 1),
        "load": [round(load, 1) for load in os.getloadavg()],
        "rss_mb": round(now_mb),
        "rss_peak_mb": round(most_mb),
        "log": (folder / "roll.log").read_text()[-500:],
    }


def measure(*, series: int = 10_100, rate_per_s: int = 50, partitions: int = 12) -> dict[str, Any]:
    """Cold start and memory of one worker that owns all partitions.

    Args:
        series: names that get answers.
        rate_per_s: answers a second, over all, during the whole day before.
        partitions: of touchpoints.
    """
    with tempfile.TemporaryDirectory() as folder, Progress(console=Console(stderr=True), transient=True) as progress:
        progress.add_task("filling the topics, then starting a worker", total=None)
        (Path(folder) / "kafka").mkdir()
        with LocalKafka(Path(folder) / "kafka") as kafka:
            return asyncio.run(run(kafka, Path(folder), series=series, rate_per_s=rate_per_s, partitions=partitions))


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=10_100)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--partitions", type=int, default=12)
    asked = parser.parse_args()
    json.dump(measure(series=asked.series, rate_per_s=asked.rate, partitions=asked.partitions), sys.stdout)
    print()


if __name__ == "__main__":
    main()
