"""How long from an answer to the score that holds it, and from a bad answer to its alert record.

Everything runs as in production: a real broker, a store over HTTP, and one process of each role. A score is there
when a query shows it: the store is asked five times a second, so each time is up to 0.2 s too long. An alert is there
when a consumer of its topic has it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer

from streams.edges.local_kafka import LocalKafka
from streams.edges.migrate import migrate
from streams.edges.processes import end, environment, spawn
from streams.edges.settings import Settings
from streams.edges.store import Store
from streams.edges.topics import declared
from streams.edges.topics_live import apply
from streams.pure.cells import AlertMessage, decode
from tests.bench.feeder import BAD, GOOD, PROBE_EVERY_S, now_ms
from tests.bench.results import RATE, Result, at_most, told
from tests.kit.clickhouse import ROOT, ServerProcess

NAME = "latency"
RATES = (1_000, 5_000, 20_000)
SCORE_GOAL_S, ALERT_GOAL_S = 2.0, 1.0
POLL_S = 0.2
WARM_S = 6.0
"""Probes sent before this are not told: workers join and Python warms up."""
PATIENCE_S = 30.0
"""What has not arrived so long after the last probe counts as this late: an upper bound would be a guess."""
READY_S = 120
ROLES = ("score", "roll", "notify", "archive")
SEEN = f"SELECT max(n) FROM scores WHERE window_s = 3600 AND dimension = 'channel' AND channel = '{GOOD}'"


class Waits(NamedTuple):
    """What one rate gave.

    Attributes:
        scores_s, alerts_s: one for each probe, in the order sent.
        missing: probes that never arrived.
        behind_s: how far the feeder fell behind at worst; beyond some tenths the rate was not held.
    """

    per_s: int
    scores_s: list[float]
    alerts_s: list[float]
    missing: int
    behind_s: float


class Arrivals:
    """When probes became visible."""

    def __init__(self) -> None:
        self.scores: list[int] = []
        """Time in ms at which the n-th good probe was seen."""
        self.alerts: dict[int, int] = {}
        """Arrival by when the bad probe was sent."""

    def saw(self, n: int, at_ms: int) -> None:
        """A score holds n answers."""
        self.scores += [at_ms] * (n - len(self.scores))

    def alert(self, value: bytes, at_ms: int) -> None:
        """A record of the alerts' topic."""
        message = decode(value)
        if isinstance(message, AlertMessage) and message.channel == BAD and message.location.startswith("sent-"):
            self.alerts.setdefault(int(message.location.removeprefix("sent-")), at_ms)

    def waits(self, per_s: int, probes: Sequence[int], before: int, behind_s: float) -> Waits:
        """Held against what was sent.

        Args:
            probes: when each was sent, in order.
            before: good probes that were visible before the first of these was sent.
        """
        last_ms = probes[-1] + 1_000 * PATIENCE_S
        seen = self.scores[before : before + len(probes)]
        seen += [int(last_ms)] * (len(probes) - len(seen))
        missing = sum(at >= last_ms for at in seen) + sum(probe not in self.alerts for probe in probes)
        kept = [place for place, at in enumerate(probes) if at >= probes[0] + 1_000 * WARM_S]
        scores_s = [(seen[place] - probes[place]) / 1_000 for place in kept]
        alerts_s = [(self.alerts.get(probes[place], last_ms) - probes[place]) / 1_000 for place in kept]
        return Waits(per_s, scores_s, alerts_s, missing, behind_s)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that so many are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 100) * len(ordered) // 100) - 1))]


async def _poll(store: Store, arrivals: Arrivals) -> None:
    while True:
        rows = await asyncio.to_thread(store.rows, SEEN)
        arrivals.saw(int(rows[0][0] or 0), now_ms())
        await asyncio.sleep(POLL_S)


async def _listen(settings: Settings, arrivals: Arrivals) -> None:
    consumer = AIOKafkaConsumer(
        settings.topic("alerts"), bootstrap_servers=settings.brokers(), auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        async for record in consumer:
            arrivals.alert(record.value, now_ms())
    finally:
        await consumer.stop()


async def feed(settings: Settings, per_s: int, seconds: float, stores: int = 20) -> dict[str, Any]:
    """Runs a feeder; what it says."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("TOUCHPULSE_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.feeder", str(per_s), str(seconds), str(stores)),
        env={**others, **environment(settings)}, cwd=ROOT, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    found: dict[str, Any] = json.loads(said)
    return found


async def run(
    settings: Settings, folder: Path, rates: Sequence[int], seconds: float, tell: Callable[[str], None]
) -> list[Waits]:
    """All rates, one after the other, on the same installation."""
    await apply(settings, declared(settings, partitions=4))
    found: list[Waits] = []
    with Store.connect(settings) as store, Store.connect(settings) as asking, contextlib.ExitStack() as logs:
        migrate(store)
        log = logs.enter_context((folder / "workers.log").open("wb"))
        processes = [spawn(settings, "worker", role, log=log) for role in ROLES]
        arrivals = Arrivals()
        tasks = [asyncio.create_task(_poll(asking, arrivals)), asyncio.create_task(_listen(settings, arrivals))]
        try:
            try:
                await _ready(settings, arrivals, tasks)
            except TimeoutError:
                said = (folder / "workers.log").read_text()[-500:]
                raise RuntimeError(
                    f"no probe arrived within {READY_S} s; the workers said: {said or 'nothing'}"
                ) from None
            for per_s in rates:
                tell(f"latency at {per_s:,} events/s")
                before = len(arrivals.scores)
                fed = await feed(settings, per_s, WARM_S + seconds)
                until = asyncio.get_running_loop().time() + PATIENCE_S
                while len(arrivals.scores) < before + len(fed["probes"]) or fed["probes"][-1] not in arrivals.alerts:
                    await _alive(tasks)
                    if asyncio.get_running_loop().time() > until:
                        break
                found.append(arrivals.waits(per_s, fed["probes"], before, fed["behind_s"]))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            end(processes)
    return found


async def _ready(settings: Settings, arrivals: Arrivals, tasks: Sequence[asyncio.Task[None]]) -> None:
    """Returns once a first probe has come all the way."""
    await feed(settings, 100, PROBE_EVERY_S)
    async with asyncio.timeout(READY_S):
        while not arrivals.scores or not arrivals.alerts:
            await _alive(tasks)
    await asyncio.sleep(2)  # whatever else that first feeding sent is counted as well


async def _alive(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Waits a moment; an observer that failed fails the bench."""
    done, _ = await asyncio.wait(tasks, timeout=POLL_S)
    for task in done:
        task.result()


def measure(*, rates: Sequence[int], seconds: float, tell: Callable[[str], None]) -> list[Waits]:
    """Broker, store and workers as processes; waits at each rate."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="bench-latency-") as name:
        folder = Path(name)
        (folder / "kafka").mkdir()
        with LocalKafka(folder / "kafka", throughput=True) as kafka, ServerProcess(folder / "store") as server:
            one = f"l{uuid.uuid4().hex[:8]}"
            settings = Settings(
                kafka_brokers=kafka.bootstrap,
                topic_prefix=f"{one}.",
                clickhouse_url=server.url,
                clickhouse_database=one,
            )
            return asyncio.run(run(settings, folder, rates, seconds, tell))


def results(found: Sequence[Waits]) -> Iterator[Result]:
    """p50, p95 and p99, with the goal at p95."""
    for waits in found:
        note = f"{len(waits.scores_s)} probes"
        if waits.missing:
            note += f", {waits.missing} never arrived"
        if waits.behind_s > 0.5:
            note += f", the feeder fell {waits.behind_s} s behind"
        for what, values, goal in (
            ("from an answer to its score in the store", waits.scores_s, SCORE_GOAL_S),
            ("from a bad answer to its alert record", waits.alerts_s, ALERT_GOAL_S),
        ):
            where = f"{what} at {waits.per_s:,} {RATE}"
            yield told(NAME, f"p50 {where}", quantile(values, 0.50), "s")
            yield at_most(NAME, f"p95 {where}", quantile(values, 0.95), "s", goal, note)
            yield told(NAME, f"p99 {where}", quantile(values, 0.99), "s")


def bench(quick: bool, tell: Callable[[str], None]) -> Iterator[Result]:
    """The bench as `./run bench latency` runs it."""
    rates, seconds = (RATES[:2], 10.0) if quick else (RATES, 60.0)
    yield from results(measure(rates=rates, seconds=seconds, tell=tell))
