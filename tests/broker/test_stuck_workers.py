"""A worker that stands still is found and ended, whatever it is that stands; one that only waits is left alone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from faust.types import TP

from streams.apps.base import consumer_of
from streams.apps.transport import Batch, BatchApp, BatchConsumer
from streams.edges.local_kafka import LocalKafka
from streams.edges.vitals import AWAY, Exit
from streams.edges.watchdog import Watchdog
from tests.kit.batches import Gathering, Handle, committed, running, send, settings_for
from tests.kit.kafka import Broker, MakeTopic, create_topic

LIMIT_S = 1.5
ROOT = Path(__file__).parents[2]


class Left:
    """Takes the place of the process' end."""

    def __init__(self) -> None:
        self.code: Exit | None = None
        self.said = ""
        self.details: dict[str, Any] = {}

    def __call__(self, code: Exit, said: str, **details: Any) -> None:
        if self.code is None:
            self.code, self.said, self.details = code, said, details

    async def wait(self) -> None:
        while self.code is None:
            await asyncio.sleep(0.02)


@asynccontextmanager
async def watched(broker: Broker, topic: str, handle: Handle, **more: Any) -> AsyncIterator[tuple[BatchApp, Left]]:
    """A running app under a watch of little patience; what it does within a minute."""
    left = Left()
    async with asyncio.timeout(60), running(broker, topic, handle, f"watched-{topic}", **more) as app:
        watchdog = Watchdog(app, settings_for(broker, watchdog_s=LIMIT_S), leave=left)
        watchdog.start()
        try:
            yield app, left
        finally:
            watchdog.stop()
            await asyncio.to_thread(watchdog.join)


async def nothing(batch: Batch) -> None:
    """Handles nothing, at once."""


async def test_a_handler_that_blocks_the_event_loop_is_found(broker: Broker, make_topic: MakeTopic) -> None:
    """No task of the loop could find it: the watch has a thread of its own, and says where the loop hangs."""
    topic = await make_topic(partitions=1)
    await send(broker, topic, range(10))

    async def block(batch: Batch) -> None:
        time.sleep(2 * LIMIT_S)  # noqa: ASYNC251

    async with watched(broker, topic, block) as (_, left):
        await left.wait()
    assert left.code == Exit.STALLED
    assert left.details["stuck"] == "event loop"
    assert "block" in left.details["where"][-1]


async def test_a_handler_that_waits_for_ever_is_found(broker: Broker, make_topic: MakeTopic) -> None:
    topic = await make_topic(partitions=1)
    await send(broker, topic, range(10))

    async def wait_for_ever(batch: Batch) -> None:
        await asyncio.Event().wait()

    async with watched(broker, topic, wait_for_ever) as (_, left):
        await left.wait()
    assert (left.code, left.details["topic"], left.details["partition"]) == (Exit.STALLED, topic, 0)
    assert (left.details["offset"], left.details["log_end"]) == (0, 10)
    assert left.details["still_s"] >= LIMIT_S


async def test_a_fetch_that_is_never_delivered_is_found(
    broker: Broker, make_topic: MakeTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The consumer believes there is nothing more; the broker, asked by the watch itself, knows better."""
    topic = await make_topic(partitions=1)
    await send(broker, topic, range(10))
    gathering = Gathering(10)
    async with watched(broker, topic, gathering) as (app, left):
        await gathering.enough.wait()
        hanging = asyncio.Event()

        async def never(*_: Any, **__: Any) -> Any:
            await hanging.wait()
            return {}

        monkeypatch.setattr(consumer_of(app)._thread, "getmany", never)
        await asyncio.sleep(1.1)  # the fetch under way ends after a second at the latest
        await send(broker, topic, range(10, 15))
        await left.wait()
        hanging.set()
    assert (left.code, left.details["topic"], left.details["offset"]) == (Exit.STALLED, topic, 10)
    assert left.details["log_end"] == 15


async def test_a_publication_that_never_ends_is_found(broker: Broker, make_topic: MakeTopic) -> None:
    """Batches are handled meanwhile, so no partition stands still."""
    topic = await make_topic(partitions=1)

    async def never() -> None:
        await asyncio.Event().wait()

    async with watched(broker, topic, nothing, job=never) as (_, left):
        await left.wait()
    assert (left.code, left.details["stuck"]) == (Exit.STALLED, "job")


async def test_positions_that_are_never_found_end_the_worker(
    broker: Broker, make_topic: MakeTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recovery that hangs for ever is an old illness of Faust; asking again and again is no progress."""
    monkeypatch.setattr("streams.apps.transport.LOOK_UP_S", 0.4)
    topic = await make_topic(partitions=1)

    class Lost:
        async def positions(self, consumer: BatchConsumer, committed: Mapping[TP, int | None]) -> Mapping[TP, int]:
            await asyncio.Event().wait()
            return {}

    async with watched(broker, topic, nothing, positions=Lost()) as (_, left):
        await left.wait()
    assert left.code == Exit.STALLED
    assert left.details["stuck"] == "finding positions"


async def test_lost_positions_are_asked_for_again(
    broker: Broker, make_topic: MakeTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One answer that never comes costs its time limit, and nothing is read from elsewhere meanwhile."""
    monkeypatch.setattr("streams.apps.transport.LOOK_UP_S", 0.5)
    topic = await make_topic(partitions=1)
    await send(broker, topic, range(100))
    asked = 0

    class Forgetful:
        async def positions(self, consumer: BatchConsumer, committed: Mapping[TP, int | None]) -> Mapping[TP, int]:
            nonlocal asked
            asked += 1
            if asked == 1:
                await asyncio.Event().wait()
            return dict.fromkeys(committed, 60)

    gathering = Gathering(40)
    async with asyncio.timeout(60), running(broker, topic, gathering, f"again-{topic}", Forgetful()):
        await gathering.enough.wait()
    assert gathering.numbers() == list(range(60, 100))


async def test_waiting_for_the_store_is_no_reason_to_end(broker: Broker, make_topic: MakeTopic) -> None:
    topic = await make_topic(partitions=1)
    await send(broker, topic, range(10))
    back = asyncio.Event()

    async def wait_for_store(batch: Batch) -> None:
        await back.wait()

    AWAY.gone("store")
    try:
        async with watched(broker, topic, wait_for_store) as (_, left):
            await asyncio.sleep(2 * LIMIT_S)
            assert left.code is None
            AWAY.back("store")
            await left.wait()  # the store is there, and still nothing moves
            back.set()
    finally:
        AWAY.back("store")


@pytest.mark.kafka
@pytest.mark.deep  # three runs of chaos have the like
async def test_a_worker_outlives_its_broker(own_kafka: LocalKafka) -> None:
    """Away for longer than the session timeout and the watch's patience; then everything comes, exactly once."""
    await create_topic(own_kafka, "outlives", partitions=1)
    gathering = Gathering(200)
    await send(own_kafka, "outlives", range(100))
    async with watched(own_kafka, "outlives", gathering) as (app, left):
        while gathering.values < 100:
            await asyncio.sleep(0.02)
        consumer_of(app).durable(TP("outlives", 0), 100)
        await consumer_of(app).commit()
        await asyncio.to_thread(own_kafka.stop)
        await asyncio.sleep(8)
        await asyncio.to_thread(own_kafka.start)
        await send(own_kafka, "outlives", range(100, 200))
        await gathering.enough.wait()
        assert left.code is None, left.said
    assert gathering.numbers() == list(range(200))


# -- as processes ------------------------------------------------------------------------------------

PROGRAM = """
import asyncio, sys, time
from streams.apps.base import consume, consumer_of, every, make_app
from streams.apps.run import set_up_logs, work
from streams.edges.settings import Settings

import os
settings, topic, how = Settings.from_env(os.environ), sys.argv[1], sys.argv[2]
set_up_logs("test")
app = make_app("proc-" + topic, settings)

async def handle(batch):
    for record in batch.records:
        print(record.value.decode(), flush=True)
    if how == "block":
        time.sleep(60)
    if how == "hang":
        raise ValueError("broken")
    consumer_of(app).durable(batch.tp, batch.next_offset)

consume(app, [topic], handle, "test")
if how == "hang":
    from streams.apps import run

    run.STOP_S, app.stop = 1.0, asyncio.Event().wait
work(app, settings)
"""


class Worker:
    """A process that prints what it is given; its log beside it."""

    def __init__(self, broker: Broker, topic: str, how: str, **changes: Any) -> None:
        settings = settings_for(broker, **changes)
        given = settings.model_dump(exclude_unset=True)
        env = {f"TOUCHPULSE_{name.upper()}": str(value) for name, value in given.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, topic, how],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    async def numbers(self, count: int) -> list[int]:
        assert self.process.stdout is not None
        return [int(await asyncio.to_thread(self.process.stdout.readline)) for _ in range(count)]

    async def ended(self) -> tuple[int, list[int], list[dict[str, Any]]]:
        """Exit code, what it still handled, its log."""
        out, err = await asyncio.to_thread(self.process.communicate, None, 60)
        log = [json.loads(line) for line in err.decode().splitlines() if line.startswith("{")]
        return self.process.returncode, [int(line) for line in out.split()], log

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


@pytest.mark.kafka
async def test_a_stuck_process_ends_with_a_code_and_one_line_of_its_own(kafka: LocalKafka) -> None:
    await create_topic(kafka, "stuck-process", partitions=1)
    await send(kafka, "stuck-process", range(3))
    with Worker(kafka, "stuck-process", "block", watchdog_s=2) as worker:
        code, _, log = await worker.ended()
    assert code == Exit.STALLED
    (line,) = [line for line in log if line["level"] == "critical"]
    assert line["stuck"] == "event loop"
    assert line["still_s"] >= 2
    assert line["exit"] == 75


@pytest.mark.kafka
@pytest.mark.deep  # three runs of chaos have the like
async def test_a_process_that_was_frozen_too_long_counts_nothing_more(kafka: LocalKafka) -> None:
    """Its partitions are another's by then; on waking it must neither handle, nor commit, nor go on."""
    topic = "frozen-process"
    await create_topic(kafka, topic, partitions=1)
    await send(kafka, topic, range(5))
    with Worker(kafka, topic, "go on") as frozen:
        assert await frozen.numbers(5) == list(range(5))
        while await committed(kafka, topic, f"proc-{topic}") < 5:
            await asyncio.sleep(0.1)
        frozen.process.send_signal(signal.SIGSTOP)
        with Worker(kafka, topic, "go on") as heir:
            await send(kafka, topic, range(5, 50))
            assert await heir.numbers(45) == list(range(5, 50))
            frozen.process.send_signal(signal.SIGCONT)
            await send(kafka, topic, range(50, 60))
            code, more, log = await frozen.ended()
            assert (code, more) == (Exit.FROZEN, [])
            assert [line["stopped_s"] >= 4.2 for line in log if line["level"] == "critical"] == [True]
            assert await heir.numbers(10) == list(range(50, 60))


@pytest.mark.kafka
@pytest.mark.slow
async def test_a_worker_that_failed_and_cannot_stop_ends_itself(kafka: LocalKafka) -> None:
    """Faust's stop waits for its consumer's thread; if that died, nobody would ever start the worker again."""
    topic = "cannot-stop"
    await create_topic(kafka, topic, partitions=1)
    await send(kafka, topic, range(3))
    with Worker(kafka, topic, "hang") as stuck:
        code, _, log = await stuck.ended()
    assert code == Exit.STALLED
    assert "stopping took longer than 1 s" in next(line["event"] for line in log if line["level"] == "critical")


@pytest.mark.kafka
@pytest.mark.slow
async def test_a_restart_keeps_its_partitions_and_a_double_is_fenced(kafka: LocalKafka) -> None:
    """With a worker id the new process goes on at once; the old one, should it still live, ends."""
    topic = "static-member"
    await create_topic(kafka, topic, partitions=1)
    await send(kafka, topic, range(5))
    patient = {"kafka_session_timeout_ms": 30_000, "worker_id": "one"}
    with Worker(kafka, topic, "go on", **patient) as first:
        assert await first.numbers(5) == list(range(5))
        while await committed(kafka, topic, f"proc-{topic}") < 5:
            await asyncio.sleep(0.1)
        first.process.kill()
        first.process.wait()
    began = time.monotonic()
    await send(kafka, topic, range(5, 10))
    with Worker(kafka, topic, "go on", **patient) as second:
        assert await second.numbers(5) == list(range(5, 10))
        assert time.monotonic() - began < 15, "the dead member's session of 30 s was waited for"
        with Worker(kafka, topic, "go on", **patient) as third:
            code, _, log = await second.ended()
            assert code == Exit.FENCED
            assert "TOUCHPULSE_WORKER_ID" in next(line["event"] for line in log if line["level"] == "critical")
            await send(kafka, topic, range(10, 15))
            seen: list[int] = []
            while seen[-1:] != [14]:
                seen += await third.numbers(1)


@pytest.mark.kafka
async def test_a_process_is_ready_once_it_has_read_back_and_says_how_far_it_is(kafka: LocalKafka) -> None:
    topic = "ready-process"
    await create_topic(kafka, topic, partitions=1)
    await send(kafka, topic, range(5))
    with socket.create_server(("", 0)) as free:
        port = free.getsockname()[1]
    with Worker(kafka, topic, "go on", health_port=port, watchdog_s=4) as worker:
        assert await worker.numbers(5) == list(range(5))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client, asyncio.timeout(30):
            while (await client.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.05)
            assert (await client.get("/healthz")).text == "ok\n"
            told = ""
            while f'lag_records{{partition="0",topic="{topic}"}} 0.0' not in told:
                await asyncio.sleep(0.1)
                told = (await client.get("/metrics")).text
            assert f'touchpulse_records_total{{topic="{topic}"}} 5.0' in told
            assert "touchpulse_ready 1.0" in told
            heard = float(told.split(f'heard_until_seconds{{partition="0",topic="{topic}"}} ')[1].split()[0])
            assert time.time() - 30 < heard <= time.time()
            worker.process.send_signal(signal.SIGTERM)
            assert (await worker.ended())[0] == 0
