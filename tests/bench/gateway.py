"""How much the gateway takes, and how quickly: against a real broker on this machine.

`python -m tests.bench.gateway`. Broker, gateway (one process) and the load share the machine's cores, so the
figures are the least a gateway with cores of its own would do. Latency is counted from the moment a request
should have been sent, so a stall shows in every request it delays.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson
import uvloop

from streams.edges.local_kafka import LocalKafka
from streams.edges.settings import Settings
from streams.edges.topics import declared
from streams.edges.topics_live import apply
from tests.kit.gateway import event, gateway_process


def measure(
    *, batch: int = 100, seconds: float = 10.0, connections: int = 8, singles_per_s: int = 500, bootstrap: str = ""
) -> dict[str, Any]:
    """The two promised figures.

    Args:
        batch: events in a request of the first part.
        seconds: length of each part.
        connections: requests under way at once in the first part.
        singles_per_s: requests of one event a second in the second part, sent on time whatever is under way.
        bootstrap: a running broker; '' starts one.
    Returns:
        events_per_s, batch_p99_ms, gateway_cpu (cores used meanwhile); p50_ms, p99_ms and max_ms of single
        events, singles_per_s as reached; errors (answers other than 200), which must be 0.
    """
    with ExitStack() as undo:
        folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="bench-gateway-")))
        if not bootstrap:
            (folder / "kafka").mkdir()
            bootstrap = undo.enter_context(LocalKafka(folder / "kafka", throughput=True)).bootstrap
        settings = Settings(
            kafka_brokers=bootstrap, topic_prefix=f"b{uuid.uuid4().hex[:8]}.", keys_path=folder / "keys.yaml"
        )
        asyncio.run(apply(settings, declared(settings, partitions=12)))
        running = undo.enter_context(gateway_process(settings, folder / "gateway.log"))
        assert running.process is not None
        host, port = running.url.removeprefix("http://").split(":")
        load = _Load(host, int(port), running.key)
        uvloop.run(load.flood(batch, 2.0, connections))  # the broker's and the gateway's first steps
        load.reset()
        before = _cpu_s(running.process.pid)
        begun = time.perf_counter()
        events = uvloop.run(load.flood(batch, seconds, connections))
        took = time.perf_counter() - begun
        result: dict[str, Any] = {
            "events_per_s": round(events / took),
            "batch_p99_ms": round(load.percentile(99), 1),
            "gateway_cpu": round((_cpu_s(running.process.pid) - before) / took, 2),
        }
        errors = load.errors
        load.reset()
        sent = uvloop.run(load.drip(singles_per_s, seconds))
        result |= {
            "singles_per_s": round(sent / seconds),
            "p50_ms": round(load.percentile(50), 1),
            "p99_ms": round(load.percentile(99), 1),
            "max_ms": round(load.percentile(100), 1),
            "errors": errors + load.errors,
        }
        return result


class _Load:
    """A client that costs little: requests are made ahead as bytes, answers are only looked at for their status."""

    def __init__(self, host: str, port: int, key: str) -> None:
        self._host, self._port = host, port
        self._head = f"POST /v1/touchpoints HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n"
        self._numbers = iter(range(10**12))
        self.reset()

    def reset(self) -> None:
        """Forget what was measured."""
        self._times_ms: list[float] = []
        self.errors = 0

    def percentile(self, share: float) -> float:
        """Of the times, in ms."""
        times = sorted(self._times_ms)
        return times[min(len(times) - 1, int(len(times) * share / 100))]

    async def flood(self, batch: int, seconds: float, connections: int) -> int:
        """Batches, one after the other on each connection; how many events were accepted."""
        until = time.perf_counter() + seconds
        return sum(await asyncio.gather(*[self._batches(batch, until) for _ in range(connections)]))

    async def _batches(self, batch: int, until: float) -> int:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        taken = 0
        while time.perf_counter() < until:
            body = orjson.dumps(self._events(batch))
            begun = time.perf_counter()
            if await self._ask(reader, writer, body):
                taken += batch
            self._times_ms.append((time.perf_counter() - begun) * 1000)
        writer.close()
        return taken

    async def drip(self, per_s: int, seconds: float) -> int:
        """Single events on time, over as many connections as are needed; how many were accepted."""
        free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

        async def one(due: float) -> bool:
            reader, writer = free.pop() if free else await asyncio.open_connection(self._host, self._port)
            good = await self._ask(reader, writer, orjson.dumps(self._events(1)[0]))
            self._times_ms.append((time.perf_counter() - due) * 1000)
            free.append((reader, writer))
            return good

        begun = time.perf_counter()
        tasks = []
        for number in range(int(per_s * seconds)):
            due = begun + number / per_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(one(due)))
        done = await asyncio.gather(*tasks)
        for _, writer in free:
            writer.close()
        return sum(done)

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> bool:
        writer.write(
            f"{self._head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(size)
        good = head.startswith(b"HTTP/1.1 200")
        self.errors += not good
        return good

    def _events(self, count: int) -> list[dict[str, Any]]:
        """Events of this moment, each with an id of its own."""
        alike = event(
            "",
            touchpoint="checkout",
            location="store-berlin-mitte",
            segment="loyal",
            customer="cust-k1-0123456789abcdef01234567",
        )
        return [{**alike, "event_id": f"{os.getpid()}-{next(self._numbers)}"} for _ in range(count)]


def _cpu_s(pid: int) -> float:
    """Processor time a process has used; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--bootstrap", default="")
    given = parser.parse_args()
    # Ended politely, it must leave no broker and no gateway behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    figures = measure(
        batch=given.batch, seconds=given.seconds, connections=given.connections, bootstrap=given.bootstrap
    )
    sys.stdout.write(orjson.dumps(figures).decode() + "\n")


if __name__ == "__main__":
    main()
