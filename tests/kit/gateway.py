"""A gateway for tests: the real server in a thread of this process, or as a process of its own that can be killed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from confluent_kafka import Consumer, TopicPartition

from streams.edges.gateway import keybook
from streams.edges.gateway.limits import Limits
from streams.edges.gateway.serve import Door, prepare
from streams.edges.processes import Process, end, spawn
from streams.edges.settings import Settings

SECRET = "0123456789abcdef0123456789abcdef"
START_S = 40


def event(event_id: str, **fields: Any) -> dict[str, Any]:
    """A valid event of this moment."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    common = {"kind": "csat", "event_id": event_id, "occurred_at": now, "channel": "app", "score": 4, "scale": "1-5"}
    return common | fields


def make_key(path: Path, producer: str = "shop-app", **fields: Any) -> str:
    """A new key in a keys file."""
    fields = {"rate": 1e6, "burst": 1_000_000} | fields
    return keybook.make(path, datetime.now(UTC), producer=producer, **fields)[1]


@dataclass
class Running:
    """A gateway that answers, and a key for it."""

    url: str
    key: str
    door: Door | None = None
    process: Process | None = None

    def client(self, key: str | None = None, **more: Any) -> httpx.Client:
        """A client that sends the key with each request; '' for none."""
        key = self.key if key is None else key
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.url, headers=headers | more.pop("headers", {}), timeout=30, **more)


@contextmanager
def gateway(settings: Settings, *, limits: Limits | None = None) -> Iterator[Running]:
    """The real server on a free port, in a thread. Its key may do anything."""
    assert settings.keys_path is not None
    key = make_key(settings.keys_path)
    ready = threading.Event()
    door = prepare(settings, host="127.0.0.1", port=0, limits=limits, ready=lambda url: ready.set())
    thread = threading.Thread(target=door.run, name="gateway", daemon=True)
    thread.start()
    try:
        assert ready.wait(START_S), "the gateway did not start"
        yield Running(door.url, key, door=door)
    finally:
        door.stop()
        thread.join(20)
        assert not thread.is_alive(), "the gateway did not stop"


@contextmanager
def gateway_process(settings: Settings, log: Path) -> Iterator[Running]:
    """`touchpulse gateway` as users start it; it may be killed."""
    assert settings.keys_path is not None
    key = make_key(settings.keys_path)
    with log.open("wb") as said:
        process = spawn(settings, "gateway", "--port", "0", log=said)
    try:
        deadline = time.monotonic() + START_S
        while "listening on" not in (text := log.read_text()):
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the gateway did not start: {text}")
            time.sleep(0.05)
        url = next(line.split()[-1] for line in text.splitlines() if "listening on" in line)
        yield Running(url, key, process=process)
    finally:
        end([process])


@dataclass(frozen=True)
class Record:
    """One record of a topic."""

    partition: int
    key: bytes
    value: bytes


def records(settings: Settings, name: str) -> list[Record]:
    """All records of one of our topics, now."""
    consumer = Consumer({"bootstrap.servers": settings.brokers(), "group.id": "test", "enable.auto.commit": False})
    try:
        topic = settings.topic(name)
        numbers = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        partitions = [TopicPartition(topic, number, 0) for number in numbers]
        missing = 0
        for partition in partitions:
            low, high = consumer.get_watermark_offsets(partition, timeout=10)
            missing += high - low
        consumer.assign(partitions)
        found: list[Record] = []
        while len(found) < missing:
            for message in consumer.consume(missing - len(found), timeout=5):
                assert message.error() is None, message.error()
                found.append(Record(message.partition(), message.key(), message.value()))
        return found
    finally:
        consumer.close()
