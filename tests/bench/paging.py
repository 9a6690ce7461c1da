"""How long from a bad answer in Kafka to its page at a receiver, past ten rules on ten thousand series.

Everything runs as in production but the store, which no page waits for: a real broker, one process of each role, and a
receiver that answers over HTTP. The rules watch every pair of store and touchpoint in every channel; the page that is
timed asks for one bad answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from streams.edges.local_kafka import LocalKafka
from streams.edges.processes import end, spawn
from streams.edges.settings import Settings
from streams.edges.topics import declared
from streams.edges.topics_live import apply
from tests.bench.feeder import BAD, now_ms
from tests.bench.latency import PATIENCE_S, READY_S, WARM_S, feed, quantile
from tests.bench.results import RATE, Result, at_most, told

NAME = "paging"
GOAL_S = 5.0
RULES, STORES, PER_S = 10, 400, 1_000
ROLES = ("score", "roll", "notify", "deliver")


def rules() -> dict[str, object]:
    """Ten rules on every series, and the one whose pages are timed."""
    each = {"channel": "each", "touchpoint": "each", "location": "each"}
    answers = {"metric": "csat", "scale": "csat-1-5"}
    low = {"kind": "level", **answers, "scope": each, "window_h": 1.0}
    worse = {"kind": "worsening", **answers, "scope": each}
    watching: list[dict[str, object]] = []
    for number in range(RULES // 2):
        watching.append({"name": f"low-{number}", **low, "below": 10.0 + number})
        watching.append({"name": f"worse-{number}", **worse, "odds": 1.5 + number / 5})
    timed = {"name": "one-bad", "kind": "bad_answer", **answers, "scope": {"channel": BAD, "location": "each"}}
    return {"version": 1, "rules": [*watching, {**timed, "wakes": True}]}


class Receiver:
    """Takes pages over HTTP, and notes when that of each probe came."""

    def __init__(self) -> None:
        self.arrived: dict[int, int] = {}
        arrived = self.arrived

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                at_ms = now_ms()
                place = json.dumps(json.loads(body)).partition("sent-")[2]
                digits = place[: len(place) - len(place.lstrip("0123456789"))]
                if digits:
                    arrived.setdefault(int(digits), at_ms)
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """No page is taken any more."""
        self._server.shutdown()
        self._server.server_close()


async def run(settings: Settings, receiver: Receiver, folder: Path, seconds: float) -> tuple[list[float], int]:
    """Seconds of each probe's page, and how many never came."""
    await apply(settings, declared(settings, partitions=4))
    with contextlib.ExitStack() as logs:
        log = logs.enter_context((folder / "workers.log").open("wb"))
        processes = [spawn(settings, "worker", role, log=log) for role in ROLES]
        try:
            fed = await feed(settings, 100, 0.5, STORES)
            try:
                async with asyncio.timeout(READY_S):
                    while not receiver.arrived:
                        await asyncio.sleep(0.2)
            except TimeoutError:
                said = (folder / "workers.log").read_text()[-500:]
                raise RuntimeError(f"no page within {READY_S} s; the workers said: {said or 'nothing'}") from None
            fed = await feed(settings, PER_S, WARM_S + seconds, STORES)
            probes = [at for at in fed["probes"] if at >= fed["probes"][0] + 1_000 * WARM_S]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    while probes[-1] not in receiver.arrived:
                        await asyncio.sleep(0.2)
        finally:
            end(processes)
    last_ms = probes[-1] + round(1_000 * PATIENCE_S)
    waits = [(receiver.arrived.get(at, last_ms) - at) / 1_000 for at in probes]
    return waits, sum(at not in receiver.arrived for at in probes)


def bench(quick: bool, tell: Callable[[str], None]) -> Iterator[Result]:
    """The bench as `./run bench paging` runs it."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    receiver = Receiver()
    try:
        with tempfile.TemporaryDirectory(prefix="bench-paging-") as name:
            folder = Path(name)
            (folder / "kafka").mkdir()
            (folder / "rules.yaml").write_text(yaml.safe_dump(rules()))
            hook = {"name": "hook", "kind": "webhook", "url": receiver.url, "secret": uuid.uuid4().hex}
            (folder / "receivers.yaml").write_text(
                yaml.safe_dump({"version": 1, "default": ["hook"], "receivers": [hook]})
            )
            with LocalKafka(folder / "kafka", throughput=True) as kafka:
                settings = Settings(
                    kafka_brokers=kafka.bootstrap,
                    topic_prefix=f"p{uuid.uuid4().hex[:8]}.",
                    rules_path=folder / "rules.yaml",
                    receivers_path=folder / "receivers.yaml",
                )
                tell("paging: from a bad answer to its page")
                waits, missing = asyncio.run(run(settings, receiver, folder, 10.0 if quick else 60.0))
    finally:
        receiver.stop()
    where = f"from a bad answer to its page handed over, {RULES} rules on {25 * STORES:,} series, {PER_S:,} {RATE}"
    note = f"{len(waits)} probes" + (f", {missing} never arrived" if missing else "")
    yield told(NAME, f"p50 {where}", quantile(waits, 0.50), "s")
    yield at_most(NAME, f"p95 {where}", quantile(waits, 0.95), "s", GOAL_S, note)
    yield told(NAME, f"p99 {where}", quantile(waits, 0.99), "s")
