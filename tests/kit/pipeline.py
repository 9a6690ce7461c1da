"""A whole installation for one test: topics of its own, a database of its own, workers as processes."""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from schemas.decode import Decoder, Rejection, event_key
from streams.edges.migrate import migrate
from streams.edges.processes import Process, end, spawn
from streams.edges.progress import Progress
from streams.edges.settings import Settings
from streams.edges.store import Store
from streams.edges.summary import report
from streams.edges.topics import declared
from streams.edges.topics_live import apply

ROLES = ("score", "roll", "notify", "archive")


@dataclass
class Installation:
    """One installation under test."""

    settings: Settings
    store: Store
    logs: Path
    processes: list[tuple[str, Process]] = field(default_factory=list)
    killed: list[Process] = field(default_factory=list)

    def start(self, *roles: str) -> list[Process]:
        """Starts a worker of each role named; a role named twice gets two."""
        started = []
        for role in roles:
            with (self.logs / f"{role}-{len(self.processes)}.log").open("wb") as log:
                started.append(spawn(self.settings, "worker", role, log=log))
            self.processes.append((role, started[-1]))
        return started

    def kill(self, process: Process) -> None:
        """kill -9: no goodbye to the group, nothing flushed."""
        self.killed.append(process)
        process.kill()
        process.wait()

    def check(self) -> None:
        """A worker that died uninvited fails the test at once, with what it said."""
        for role, process in self.processes:
            if process.poll() is not None and process not in self.killed:
                said = "\n".join(path.read_text()[-2000:] for path in sorted(self.logs.glob(f"{role}-*.log")))
                raise AssertionError(f"worker {role} ended with {process.returncode}: {said}")

    async def wait_shared(self, role: str, members: int) -> None:
        """Returns once a role's group has so many members, and each owns partitions."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.settings.brokers())
        await admin.start()
        try:
            async with asyncio.timeout(60):
                while await self._sharing(admin, role) != members:
                    self.check()
                    await asyncio.sleep(0.1)
        finally:
            await admin.close()

    async def _sharing(self, admin: AIOKafkaAdminClient, role: str) -> int:
        try:
            (answer,) = await admin.describe_consumer_groups([self.settings.topic(f"touchpulse-{role}")])
        except GroupCoordinatorNotAvailableError:  # the broker is still making its topic of groups
            return 0
        _, _, state, _, _, found = answer.groups[0][:6]
        return len([member for member in found if member[4]]) if state == "Stable" else 0

    async def wait_stored(self, deadline_s: float = 120.0) -> None:
        """Returns once all is counted and stored."""
        async with Progress(self.settings, self.store, self.check) as progress:
            await progress.wait_stored(deadline_s)

    async def wait_committed(self, topic: str, role: str, records: int) -> None:
        """Returns once a role has committed so many records of a topic."""
        async with Progress(self.settings, self.store, self.check) as progress:
            name = self.settings.topic(topic)
            while sum((await progress.committed(role, await progress.ends([name]))).values()) < records:
                self.check()
                await asyncio.sleep(0.05)

    def report(self, sent: int) -> dict[str, Any]:
        """Account and scores, read from the store."""
        return report(
            self.store,
            sent=sent,
            live_topic=self.settings.topic("touchpoints"),
            import_topic=self.settings.topic("touchpoints.import"),
        )


@asynccontextmanager
async def installation(bootstrap: str, clickhouse_url: str, logs: Path, **changes: Any) -> AsyncIterator[Installation]:
    """Topics and tables made, nothing running yet; all workers are ended at the end."""
    name = f"t{os.getpid()}_{uuid.uuid4().hex[:8]}"
    settings = Settings(
        kafka_brokers=bootstrap,
        topic_prefix=f"{name}.",
        clickhouse_url=clickhouse_url,
        clickhouse_database=name,
        kafka_session_timeout_ms=6_000,
        **changes,
    )
    await apply(settings, declared(settings, partitions=4))
    with Store.connect(settings) as store:
        migrate(store)
        running = Installation(settings, store, logs)
        try:
            yield running
        finally:
            end(process for _, process in running.processes)
            store.command(f"DROP DATABASE IF EXISTS {name}")


async def send_events(settings: Settings, topic: str, bodies: Iterable[dict[str, Any] | bytes]) -> int:
    """Sends events keyed as producers must; how many."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.brokers(), enable_idempotence=True, compression_type="lz4")
    await producer.start()
    try:
        pending = []
        for body in bodies:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            key = b"?"
            if isinstance(body, dict):
                key = event_key(str(body.get("producer", "")), str(body.get("event_id", "")))
            pending.append(await producer.send(settings.topic(topic), raw, key=key))
        await asyncio.gather(*pending)
    finally:
        await producer.stop()
    return len(pending)


async def read_log(settings: Settings, topic: str) -> list[Any]:
    """All records of a topic, partition by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.brokers(), auto_offset_reset="earliest")
    await consumer.start()
    try:
        name = settings.topic(topic)
        await consumer.topics()
        consumer.subscribe([name])
        await consumer.getmany(timeout_ms=1000)
        partitions = [TopicPartition(name, number) for number in range(len(consumer.partitions_for_topic(name) or ()))]
        consumer.unsubscribe()
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[Any] = []
        while len(found) < sum(ends.values()):
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                found += records
    finally:
        await consumer.stop()
    return sorted(found, key=lambda record: (record.partition, record.offset))


def one_pass_truth(records: Sequence[Any], settings: Settings) -> tuple[dict[str, int], Counter[Any]]:
    """Classes and histograms of a log of live events in one plain loop; shares only the contract with the product.

    Histograms: (channel, touchpoint, metric, scale, bin) of customers' distinct, non-test answers, late ones too:
    history counts them.
    """
    decode = Decoder().decode
    classes = {"accepted": 0, "duplicate": 0, "late": 0, "rejected": 0}
    histogram: Counter[Any] = Counter()
    seen: set[tuple[str, str]] = set()
    times = {(record.partition, record.offset): record.timestamp for record in records}
    for record in records:
        event = decode(record.value or b"")
        if isinstance(event, Rejection) or event.occurred_ms > record.timestamp + settings.max_skew_ms:
            classes["rejected"] += 1
            continue
        name = (event.producer, event.event_id)
        if name in seen:
            classes["duplicate"] += 1
            continue
        seen.add(name)
        tie_ms = times.get((record.partition, record.offset - settings.horizon), -(10**15)) + 2 * settings.max_skew_ms
        late = event.occurred_ms <= tie_ms or record.timestamp - event.occurred_ms > settings.max_age_ms
        classes["late" if late else "accepted"] += 1
        if not event.test and event.respondent == "customer":
            for metric, scale, point in event.answers:
                histogram[(event.channel, event.touchpoint, metric, scale, point)] += 1
    return classes, histogram


def stored_histogram(store: Store, table: str = "panes_10s") -> Counter[Any]:
    """What the store's panes add up to, in the same form."""
    rows = store.rows(
        f"SELECT channel, touchpoint, metric, scale, bin, sum(n) FROM {table} FINAL "
        "WHERE respondent = 'customer' GROUP BY channel, touchpoint, metric, scale, bin HAVING sum(n) > 0"
    )
    return Counter({tuple(row[:5]): int(row[5]) for row in rows})
