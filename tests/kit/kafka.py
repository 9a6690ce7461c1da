"""Fixtures: a real Kafka broker, the in-memory one, and tests that run on both.

The fake is kept honest by the same test as the real thing: a test that takes `broker` runs on each.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.edges.errors import Unavailable
from streams.edges.kafka_jars import fetch_jars
from streams.edges.local_kafka import LocalKafka
from streams.edges.memory_broker import MemoryBroker
from tests.kit.needs import required

_numbers = itertools.count(1)


class Broker(Protocol):
    """What a test needs of either broker."""

    @property
    def bootstrap(self) -> str:
        """host:port for clients."""


MakeTopic = Callable[..., Awaitable[str]]
"""await make_topic(partitions=4, config=None) -> its name, new for each call."""


@pytest.fixture(scope="session")
def kafka_jars() -> Path:
    """The real broker's jars; offline and not yet fetched counts as missing."""
    try:
        return fetch_jars()
    except Unavailable as error:
        if "kafka" in required(os.environ):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def kafka(kafka_jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """One real broker for the whole run. Leave it running: a test that kills takes `own_kafka`."""
    with LocalKafka(tmp_path_factory.mktemp("kafka"), jars=kafka_jars) as broker:
        yield broker


@pytest.fixture
def own_kafka(kafka_jars: Path, tmp_path: Path) -> Iterator[LocalKafka]:
    """A real broker of the test's own, to be stopped, killed and restarted."""
    folder = tmp_path / "kafka"
    folder.mkdir()
    with LocalKafka(folder, jars=kafka_jars) as broker:
        yield broker


@pytest.fixture
def memory_broker() -> Iterator[MemoryBroker]:
    """An in-memory broker of the test's own: it starts in milliseconds."""
    with MemoryBroker() as broker:
        yield broker


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.kafka)])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Each broker in turn."""
    name = "kafka" if request.param == "kafka" else "memory_broker"
    found: Broker = request.getfixturevalue(name)
    return found


async def create_topic(broker: Broker, name: str, *, partitions: int, config: Mapping[str, str] | None = None) -> None:
    """Make a topic on either broker.

    Raises:
        ValueError: the in-memory broker has no topic configuration.
    """
    if isinstance(broker, MemoryBroker):
        if config:
            raise ValueError(f"the in-memory broker knows no topic configuration such as {', '.join(config)}")
        broker.create_topic(name, partitions=partitions)
        return
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    try:
        topic = NewTopic(name, partitions, 1, topic_configs=dict(config or {}))
        answer = await admin.create_topics([topic])
        if failed := [error for error in answer.topic_errors if error[1]]:
            raise ValueError(f"topic {name} was not made: {failed}")
    finally:
        await admin.close()


@pytest.fixture
async def make_topic(broker: Broker) -> MakeTopic:
    """Make topics on `broker`, each with a new name."""

    async def make(*, partitions: int = 4, config: Mapping[str, str] | None = None) -> str:
        name = f"topic-{os.getpid()}-{next(_numbers)}"
        await create_topic(broker, name, partitions=partitions, config=config)
        return name

    return make
