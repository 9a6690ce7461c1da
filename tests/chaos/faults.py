"""Carries out a plan's strikes at their times."""

from __future__ import annotations

import asyncio
import pickle
import random
import time
from signal import SIGKILL
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from streams.edges.errors import Unavailable, UserError
from streams.edges.rulebook import ANNOUNCED_REFRESHES, AnnouncedLate, announce
from tests.chaos.plan import Strike

if TYPE_CHECKING:
    from tests.chaos.run import Run

DELIVERY_S = 5.0
"""How long after the feed a late write may still come."""
COLD_AFTER_S = 1.5
"""What a cold reader must find compacted: a little more than the compactor needs."""


async def strike_all(run: Run) -> None:
    """Every strike of the run's plan; returns once the last one has struck."""
    plan = run.plan
    timed = [*plan.strikes, *plan.store_faults]
    async with asyncio.TaskGroup() as tasks:
        for strike in timed:
            tasks.create_task(_at(run, strike))
        tasks.create_task(_deliver(run))


async def _at(run: Run, strike: Strike) -> None:
    while (wait_s := strike.at_s - run.feed.elapsed_s()) > 0:
        await asyncio.sleep(wait_s)
    crew = run.crew
    worker = crew.of(strike.role, strike.worker)
    if strike.kind.startswith("ch_"):
        database, told = run.settings.clickhouse_database, lambda: crew.struck.append(strike.kind)
        run.world.faults.begin(database, strike.kind, strike.role, strike.seconds, told)
        return
    if strike.kind in ("kill9", "term", "freeze") and worker is None:
        return  # all of them are down as it is
    crew.struck.append(strike.kind)
    if strike.kind == "add_worker":
        crew.start(strike.role)
    elif strike.kind == "kill9" and worker:
        crew.kill(worker)
    elif strike.kind == "term" and worker:
        crew.terminate(worker)
    elif strike.kind == "freeze" and worker:
        crew.freeze(worker, strike.seconds)
    elif strike.kind == "cold_roll":
        many = sum(worker.role == "roll" and not worker.retired for worker in crew.workers)
        await crew.retire_all("roll", by=SIGKILL)
        await asyncio.sleep(COLD_AFTER_S)
        for _ in range(many):
            crew.start("roll")
    elif strike.kind == "policy":
        await _announce(run)
    elif strike.kind == "broker_restart":
        kafka = run.world.kafka
        await asyncio.to_thread(kafka.kill if strike.worker else kafka.stop)
        await asyncio.sleep(strike.seconds)
        await asyncio.to_thread(kafka.start)


async def _deliver(run: Run) -> None:
    """What dead writers left on its way arrives, in its order; returns once none can come any more."""
    waiting = any(point.kind == "late_write" for point in run.plan.points)
    while waiting and run.feed.elapsed_s() < run.plan.feed_s + DELIVERY_S:
        await asyncio.sleep(0.1)
        for late in [late for late in run.crew.late_writes if late[0] <= time.monotonic()]:
            run.crew.late_writes.remove(late)
            producer = await _connected(run.settings.brokers())
            try:
                for topic, partition, key, value in pickle.loads(late[1].read_bytes()):
                    await producer.send(run.settings.topic(topic), value, key=key, partition=partition)
            finally:
                await producer.stop()
            waiting = False


async def _connected(brokers: str) -> AIOKafkaProducer:
    """A producer, as soon as there is a broker."""
    while True:
        producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all")
        try:
            await producer.start()
            return producer
        except KafkaError:
            await producer.stop()
            await asyncio.sleep(0.2)


async def _announce(run: Run) -> None:
    """A change of the rules, as soon as one may come into force; again for as long as the broker is away."""
    rnd, old = random.Random(f"policy {run.plan.seed}"), run.plan.rules
    changes = {
        "horizon": max(50, int(old.horizon * rnd.choice([0.5, 0.7, 1.0, 1.5]))),
        "max_age_ms": int(old.max_age_ms * rnd.choice([0.3, 1.0, 2.0])),
        "max_skew_ms": int(old.max_skew_ms * rnd.choice([0.5, 1.0, 1.5])),
        "max_series": rnd.choice([5, 20, 6_000]),
    }
    while True:
        now_ms = time.time_ns() // 1_000_000
        from_ms = now_ms + int(1_000 * run.settings.rules_refresh_s * ANNOUNCED_REFRESHES) + 800
        try:
            await announce(run.settings, from_ms=from_ms, now_ms=now_ms, **changes)
            return
        except (Unavailable, AnnouncedLate):
            await asyncio.sleep(0.2)
        except UserError:  # the one before arrived after all
            return
