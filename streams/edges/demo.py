"""The whole of Touchpulse on one machine, nothing to install: what `./run demo` starts.

Kafka is librdkafka's in-memory broker, ClickHouse its own engine in this process; the workers are the same
processes, with the same settings, as in production. Everything lives in memory and one temporary folder,
and is gone when it stops.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from itertools import islice, takewhile
from pathlib import Path

import orjson
from aiokafka import AIOKafkaProducer
from pydantic import SecretStr

from schemas.catalogue import Catalogue
from schemas.decode import event_key
from streams.edges.annotations import Annotation, tell
from streams.edges.embedded import start_embedded
from streams.edges.errors import UserError
from streams.edges.gateway import keybook
from streams.edges.importer.found import Found
from streams.edges.importer.send import TOPIC as IMPORT_TOPIC
from streams.edges.importer.send import send
from streams.edges.importer.survey import Survey
from streams.edges.kafka_wire import wire
from streams.edges.memory_broker import MemoryBroker
from streams.edges.migrate import migrate
from streams.edges.processes import Process, end, spawn
from streams.edges.progress import Progress
from streams.edges.settings import Settings
from streams.edges.simulator import COMPANIES, RETAILER, Company, Sent, busy, past, simulate, simulate_batch
from streams.edges.simulator.clock import DAY_MS
from streams.edges.simulator.past import done_at_ms
from streams.edges.store import Store
from streams.edges.targets import store_targets
from streams.edges.topics import declared

PARTITIONS = 4
CATALOGUES = Path(str(resources.files("deploy"))) / "catalogue"
ROLES = ("score", "roll", "notify", "archive")
MAX_AGE_MS = 15 * 60_000
"""In the demo an answer is late after a quarter of an hour, so that late ones are there to be seen."""
IN_FLIGHT_RECORDS = 8_000
"""The in-memory broker drops what lies more than 5 MB behind a partition's head: feed no further ahead."""


@dataclass(slots=True)
class Stack:
    """The running demo.

    Attributes:
        settings: as the workers have them.
        store: a client of the embedded store.
        company: whose customers come.
        board_url: where the live page is; '' without one.
        door_url: where events can be sent; '' without a gateway.
        key: opens it.
    """

    settings: Settings
    store: Store
    company: Company = RETAILER
    board_url: str = ""
    door_url: str = ""
    key: str = ""
    processes: dict[str, Process] = field(default_factory=dict)

    def check(self) -> None:
        """Raises UserError if a worker has died: waiting on would be in vain."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise UserError(f"the {name} process ended unexpectedly (exit code {process.returncode}); see above")


@contextmanager
def stack(
    *, board_port: int | None, door_port: int | None = None, company: Company = RETAILER, all_names: bool = False
) -> Iterator[Stack]:
    """Broker, store and, if wanted, the live page and the gateway; workers are started by `start_workers`.

    Args:
        board_port: where the live page is served; None for none.
        door_port: where the gateway listens; None for none.
        company: whose customers come, and whose catalogue the workers know.
        all_names: no catalogue: any name is taken.
    """
    catalogue = None if all_names else CATALOGUES / company.catalogue
    with contextlib.ExitStack() as undo:
        folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="touchpulse-demo-")))
        topics = {topic.name: topic.partitions for topic in declared(Settings(), partitions=PARTITIONS)}
        broker = undo.enter_context(MemoryBroker(topics))
        embedded = start_embedded(folder / "store")
        undo.callback(embedded.stop)
        settings = Settings(
            kafka_brokers=broker.bootstrap,
            memory_broker=True,
            clickhouse_url=embedded.url,
            max_age_ms=MAX_AGE_MS,
            catalogue_path=catalogue,
            kafka_session_timeout_ms=6_000,
        )
        store = Store.connect(settings)
        undo.callback(store.close)
        migrate(store)
        if catalogue is not None:
            named = Catalogue.load(catalogue)
            store_targets(store, named.targets, named.locations)
        running = Stack(settings, store, company)
        undo.callback(lambda: end(running.processes.values()))
        if board_port is not None:
            running.processes["board"] = spawn(settings, "board", "--port", str(board_port))
            running.board_url = f"http://127.0.0.1:{board_port}"
        if door_port is not None:
            keys = folder / "keys.yaml"
            _, running.key = keybook.make(keys, datetime.now(UTC), producer="you")
            secret = SecretStr(secrets.token_hex(32))
            opened = settings.model_copy(update={"keys_path": keys, "gateway_secret": secret})
            running.processes["gateway"] = spawn(opened, "gateway", "--port", str(door_port))
            running.door_url = f"http://127.0.0.1:{door_port}"
        yield running


def start_workers(running: Stack) -> None:
    """Starts one process of each role."""
    for role in ROLES:
        running.processes[role] = spawn(running.settings, "worker", role)


@asynccontextmanager
async def producer(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    """A producer as a shop's own would be."""
    kafka = AIOKafkaProducer(**wire(settings), acks="all", enable_idempotence=True, compression_type="lz4", linger_ms=5)
    await kafka.start()
    try:
        yield kafka
    finally:
        await kafka.stop()


Told = Callable[[str], None]
DROP_AFTER_S = 60
BACKFILL_S = 20 * 60
"""History fed before the live stream begins, so that charts and baselines are there at once."""
PORTION = 1_000


def company_of(scenario: str) -> Company:
    """The company of a scenario.

    Raises:
        UserError: no such scenario; lists them.
    """
    if scenario not in COMPANIES:
        raise UserError(f"--scenario is one of {', '.join(COMPANIES)}, not {scenario!r}")
    return COMPANIES[scenario]


def history(company: Company, seed: int, events: int) -> list[Sent]:
    """A finished hour of simulated events, ending now."""
    return simulate_batch(company, seed, _now_ms(), minutes=60, events=events)


def tell_past(store: Store, company: Company, now_ms: int) -> None:
    """Tells the boards what the company did in its past, and what else happened."""
    done = company.past.done
    tell(store, Annotation("action", done.what, done_at_ms(company, now_ms), "", done.touchpoint, done.cost))
    for one in company.past.happened:
        tell(store, Annotation(one.kind, one.what, now_ms - one.days_ago * DAY_MS, one.channel))


async def feed_past(running: Stack, kafka: AIOKafkaProducer, seed: int, now_ms: int) -> int:
    """Sends the company's past as imports, and tells its actions; returns how many events it is."""
    await asyncio.to_thread(tell_past, running.store, running.company, now_ms)
    topic, events = running.settings.topic(IMPORT_TOPIC), past(running.company, seed, now_ms)
    await asyncio.gather(*[await _put(kafka, topic, Sent(now_ms, event)) for event in events])
    return len(events)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


async def feed(running: Stack, progress: Progress, sendings: Iterable[Sent], told: Told) -> int:
    """Sends simulated events with the record times they would have had; returns how many were sent."""
    topic, sent = running.settings.topic("touchpoints"), 0
    told("feeding")
    async with producer(running.settings) as kafka:
        waiting = iter(sendings)
        while portion := list(islice(waiting, PORTION)):
            await asyncio.gather(*[await _put(kafka, topic, one) for one in portion])
            sent += len(portion)
            await progress.wait_in_flight(topic, "score", IN_FLIGHT_RECORDS)
            await progress.wait_in_flight(topic, "archive", IN_FLIGHT_RECORDS)
    return sent


async def _put(kafka: AIOKafkaProducer, topic: str, one: Sent) -> asyncio.Future[object]:
    key = event_key(str(one.event.get("producer", "")), str(one.event.get("event_id", "")))
    sent: asyncio.Future[object] = await kafka.send(topic, orjson.dumps(one.event), key=key, timestamp_ms=one.send_ms)
    return sent


async def feed_file(running: Stack, progress: Progress, file: Path, mapping: Path, told: Told) -> int:
    """Imports a survey file; returns how many events were sent."""
    survey = Survey.open(file, mapping)
    topic, found = running.settings.topic(IMPORT_TOPIC), Found()
    told("importing")

    async def wait(_: int) -> None:
        await progress.wait_in_flight(topic, "archive", IN_FLIGHT_RECORDS)

    async with producer(running.settings) as kafka:
        sent = await send(survey.events(found), kafka, topic, wait=wait)
    unread = found.bad_answers + found.bad_rows + found.misshapen_rows
    if unread:
        told(f"{unread:,} cells or rows could not be read; `touchpulse import --dry-run` shows them")
    return sent


async def live(running: Stack, seed: int, rate_per_s: float, *, with_past: bool = True) -> None:
    """Feeds the company's past and some minutes of history, then events as they happen, until cancelled."""
    topic, company = running.settings.topic("touchpoints"), running.company
    begin_ms = _now_ms()
    drop_ms = begin_ms + 1000 * DROP_AFTER_S
    stream = simulate(
        company,
        seed,
        begin_ms - 1000 * BACKFILL_S,
        rate_per_s=rate_per_s / busy(company, begin_ms),
        drop_at_ms=drop_ms,
    )
    async with producer(running.settings) as kafka:
        if with_past:
            await feed_past(running, kafka, seed, begin_ms)
        # The history goes in before the workers start, so that they count it in the order it happened.
        before = list(takewhile(lambda one: one.send_ms < begin_ms, stream))
        for first in range(0, len(before), PORTION):
            await asyncio.gather(*[await _put(kafka, topic, one) for one in before[first : first + PORTION]])
        if "score" not in running.processes:
            start_workers(running)
        told = False
        for one in stream:
            await asyncio.sleep(max(0.0, (one.send_ms - _now_ms()) / 1000))
            await _put(kafka, topic, one)
            if one.send_ms >= drop_ms and not told:
                release = Annotation("release", company.drop.told, drop_ms, company.drop.channel)
                await asyncio.to_thread(tell, running.store, release)
                told = True
            running.check()
