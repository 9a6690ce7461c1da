"""How fast `roll` is, and how much it holds: `python -m tests.bench.roll [--series N] [--rate N] ...`.

Runs the role's own code on what `score` would have published, with a stand-in for Kafka: windows of 5 minutes
and 1 hour in slices of 10 s, and of 24 hours in slices of 5 minutes, all of one worker. Times are the processor's:
on a shared machine the clock would measure the others too. `tests.bench.roll_process` is the same on a real broker.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faust.types import TP
from rich.console import Console
from rich.progress import Progress

from streams.apps.outbox import Sending
from streams.apps.roll import TICK_S, Rolling
from streams.apps.transport import Batch
from streams.edges.settings import Settings
from streams.pure.counting import COARSE_MS, SLICE_MS
from tests.bench.panes import Sources, retailer
from tests.kit.logs import Stored

FINE, COARSE = TP("panes", 0), TP("panes.coarse", 0)
GOALS = {"tick_max_ms": 200.0, "rss_mb": 300.0}
NOW_MS = 1_790_000_100_000
ROOT = Path(__file__).parents[2]


def rss_mb() -> float:
    """Memory of this process as it stands."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


class NoBroker:
    """Takes what is sent, and answers as a broker whose topics are empty."""

    def __init__(self) -> None:
        self.messages = self.bytes = self.largest = 0
        self.rows: dict[str, int] = {}

    async def send(self, sendings: Iterable[Sending]) -> None:
        for topic, _, _, value in sendings:
            self.messages += 1
            self.bytes += len(value)
            self.largest = max(self.largest, len(value))
            self.rows[topic] = self.rows.get(topic, 0) + 1

    epoch = 1

    def partitions_of(self, topic: str) -> int:
        return 1

    def durable(self, tp: TP, next_offset: int) -> None:
        """Nobody takes over."""

    async def log_starts(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        return dict.fromkeys(tps, 0)

    async def log_ends(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        return dict.fromkeys(tps, 0)

    async def offsets_since(self, tps: Iterable[TP], since_ms: int) -> Mapping[TP, int | None]:
        return dict.fromkeys(tps, 0)


@dataclass
class Worker:
    """One `roll` with its clock in our hands."""

    rolling: Rolling
    outbox: NoBroker
    now_ms: int
    handled_s: float = 0.0

    @classmethod
    async def start(cls, now_ms: int, windows_s: tuple[int, ...]) -> Worker:
        outbox = NoBroker()
        worker = cls(None, outbox, now_ms)  # type: ignore[arg-type]
        worker.rolling = Rolling(Settings(windows_s=windows_s), outbox, lambda: worker.now_ms)  # type: ignore[arg-type]
        tps = dict.fromkeys([TP(topic, 0) for topic in worker.rolling.topics])
        await worker.rolling.positions(outbox, tps)  # type: ignore[arg-type]
        return worker

    async def feed(self, tp: TP, messages: Iterable[tuple[str, bytes, bytes]]) -> None:
        records = [Stored(0, self.now_ms, key, value) for _, key, value in messages]
        began = time.thread_time()
        await self.rolling.handle(Batch(tp, records, 1))
        self.handled_s += time.thread_time() - began

    async def tick(self) -> float:
        began = time.thread_time()
        await self.rolling.tick()
        return time.thread_time() - began


async def run(
    *, series: int, rate_per_s: int, partitions: int, windows_s: tuple[int, ...], live_s: int, progress: Progress
) -> dict[str, Any]:
    """Fills all windows, then lives on for a while; times of ticks, memory, work for each answer."""
    before_mb = rss_mb()
    names = retailer(series)
    worker = await Worker.start(NOW_MS, windows_s)
    fine, coarse = Sources(names, partitions, SLICE_MS, 1), Sources(names, partitions, COARSE_MS, 2)
    task = progress.add_task("history", total=86_400 // 300 + 3_600 // 10)
    for sources, tp, width_ms, length_ms in (
        (coarse, COARSE, COARSE_MS, 86_400_000), (fine, FINE, SLICE_MS, 3_600_000)
    ):  # fmt: skip
        if tp.topic not in worker.rolling.topics:
            continue
        for start_ms in range(NOW_MS - length_ms, NOW_MS, width_ms):
            await worker.feed(tp, sources.answers(start_ms, rate_per_s * width_ms // 1000))
            sources.forget(start_ms)
            progress.advance(task)
    history_s, worker.handled_s = worker.handled_s, 0.0
    gc.collect()
    first_ticks = [await worker.tick() for _ in range(10)]
    gc.collect()
    ticks: list[float] = []
    answers = 0
    task = progress.add_task("live", total=live_s)
    step_ms = int(1000 * TICK_S)
    for step in range(int(live_s / TICK_S)):
        worker.now_ms += step_ms
        count = max(1, int(rate_per_s * TICK_S))
        answers += count
        await worker.feed(FINE, fine.answers(worker.now_ms, count))
        if COARSE.topic in worker.rolling.topics:
            batch = list(coarse.answers(worker.now_ms, count))
            if step % 4 == 3:  # coarse cells go out with every eighth publication
                await worker.feed(COARSE, batch)
        ticks.append(await worker.tick())
        if worker.now_ms % SLICE_MS == 0:
            fine.forget(worker.now_ms - 20_000)
        progress.advance(task, TICK_S)
    gc.collect()
    ours_mb = rss_mb()
    del fine, coarse
    gc.collect()
    ticks_ms = [1000 * tick for tick in ticks]
    return {
        "series": len(names),
        "rate_per_s": rate_per_s,
        "windows_s": list(windows_s),
        "history_s": round(history_s, 2),
        "first_ticks_ms": [round(1000 * tick) for tick in first_ticks],
        "tick_p50_ms": round(statistics.median(ticks_ms), 1),
        "tick_p95_ms": round(sorted(ticks_ms)[int(0.95 * len(ticks_ms))], 1),
        "tick_max_ms": round(max(ticks_ms), 1),
        "us_per_answer": round(1e6 * (worker.handled_s + sum(ticks)) / answers, 1),
        "handle_us_per_answer": round(1e6 * worker.handled_s / answers, 1),
        "rss_before_mb": round(before_mb),
        "rss_with_feeder_mb": round(ours_mb),
        "rss_mb": round(rss_mb()),
        "load": round(os.getloadavg()[0], 1),
        "messages": worker.outbox.messages,
        "largest_message": worker.outbox.largest,
        "bytes_per_s": round(worker.outbox.bytes / live_s),
    }


def measure(
    *,
    series: int = 10_100,
    rate_per_s: int = 50,
    partitions: int = 12,
    windows_s: tuple[int, ...] = (300, 3_600, 86_400),
    live_s: int = 60,
    quiet: bool = True,
) -> dict[str, Any]:
    """Ticks, memory and work of one worker.

    Args:
        series: names that get answers.
        rate_per_s: answers a second, over all.
        partitions: of touchpoints.
        windows_s: lengths of the windows.
        live_s: simulated seconds after the windows are full.
        quiet: show no progress.
    """
    with Progress(console=Console(stderr=True), disable=quiet) as progress:
        return asyncio.run(
            run(
                series=series, rate_per_s=rate_per_s, partitions=partitions, windows_s=windows_s, live_s=live_s,
                progress=progress,
            )
        )  # fmt: skip


def apart(
    *, series: int = 10_100, windows_s: tuple[int, ...] = (300, 3_600, 86_400), live_s: int = 60
) -> dict[str, Any]:
    """The same in a process of its own: memory is told whole, and other benches leave theirs behind."""
    windows = ",".join(map(str, windows_s))
    asked = ("--series", str(series), "--windows", windows, "--live", str(live_s))
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.roll", *asked], stdout=subprocess.PIPE, cwd=ROOT, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=10_100)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--partitions", type=int, default=12)
    parser.add_argument("--live", type=int, default=60)
    parser.add_argument("--windows", default="300,3600,86400")
    asked = parser.parse_args()
    windows_s = tuple(int(part) for part in asked.windows.split(","))
    found = measure(
        series=asked.series, rate_per_s=asked.rate, partitions=asked.partitions, windows_s=windows_s,
        live_s=asked.live, quiet=not sys.stderr.isatty(),
    )  # fmt: skip
    print(json.dumps(found))


if __name__ == "__main__":
    main()
