"""A client that cannot connect leaves nothing behind: whoever tries for an hour would pile up connections and noise."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable

import pytest
from aiokafka.errors import KafkaError

from streams.apps.outbox import Outbox
from streams.edges.errors import Unavailable
from streams.edges.gateway.contract import Contract
from streams.edges.log_read import LogReader
from streams.edges.rulebook import Reader
from streams.edges.settings import Settings
from streams.edges.tail import Tail, follow
from streams.pure.privacy import Privacy

NOWHERE = Settings(kafka_brokers="127.0.0.1:1")


async def _tail() -> None:
    async for _ in follow(NOWHERE, Tail(NOWHERE, Contract(NOWHERE, None), Privacy())):
        pass


@pytest.mark.parametrize(
    "connect",
    [
        lambda: LogReader(NOWHERE, "signals").read(0, 1),
        lambda: Reader(NOWHERE).refresh(),
        lambda: Outbox(NOWHERE).start(),
        _tail,
    ],
    ids=["log_read", "rulebook", "outbox", "tail"],
)
async def test_a_client_that_cannot_connect_is_closed(
    connect: Callable[[], Awaitable[object]], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises((Unavailable, KafkaError)):
        await connect()
    gc.collect()
    assert [record.message for record in caplog.records if "Unclosed" in record.message] == []
