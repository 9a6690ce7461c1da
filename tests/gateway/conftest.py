"""Gateways for the tests of this folder."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.edges.memory_broker import MemoryBroker
from streams.edges.settings import Settings
from tests.kit.gateway import SECRET, Running, gateway

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def shared_broker() -> Iterator[MemoryBroker]:
    """An in-memory broker for the quick tests of a module."""
    with MemoryBroker() as broker:
        yield broker


@pytest.fixture(scope="module")
def settings(shared_broker: MemoryBroker, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Topics and a keys file of the module's own."""
    prefix = f"g{os.getpid()}-{next(_numbers)}."
    folder = tmp_path_factory.mktemp("gateway")
    settings = Settings(
        kafka_brokers=shared_broker.bootstrap,
        topic_prefix=prefix,
        keys_path=folder / "keys.yaml",
        gateway_secret=SECRET,
        cors_origins=("https://shop.example.org",),
    )
    for name in ("touchpoints", "rejected"):
        shared_broker.create_topic(settings.topic(name), partitions=4)
    return settings


@pytest.fixture(scope="module")
def running(settings: Settings) -> Iterator[Running]:
    """The real server, in a thread."""
    with gateway(settings) as found:
        yield found


@pytest.fixture
def keys_path(tmp_path: Path) -> Path:
    """Where a keys file may be made."""
    return tmp_path / "keys.yaml"
