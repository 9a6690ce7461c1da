"""`touchpulse tail` on a broker: live, from the end or a little before, and without a trace."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from streams.edges.gateway.contract import Contract
from streams.edges.memory_broker import MemoryBroker
from streams.edges.settings import Settings
from streams.edges.tail import Tail, follow
from streams.pure.privacy import Privacy
from tests.kit.contract import event
from tests.kit.kafka import create_topic


async def test_events_are_told_as_they_come(memory_broker: MemoryBroker) -> None:
    """Those before are passed over, but for as many as asked for."""
    settings = Settings(kafka_brokers=memory_broker.bootstrap)
    for topic in ("touchpoints", "touchpoints.import", "rejected"):
        await create_topic(memory_broker, topic, partitions=1)
    async with AIOKafkaProducer(bootstrap_servers=memory_broker.bootstrap) as producer:
        for number in range(3):
            await producer.send_and_wait("touchpoints", orjson.dumps(event(event_id=f"old-{number}")))
        async with aclosing(follow(settings, _tail(), back=1)) as seen, asyncio.timeout(20):
            first = await anext(seen)
            await producer.send_and_wait("touchpoints", orjson.dumps(event(event_id="strange", producer="other")))
            await producer.send_and_wait("touchpoints", orjson.dumps(event(event_id="new", score=9)))
            await producer.send_and_wait("touchpoints.import", orjson.dumps(event(event_id="file")))
            rest: list[Any] = [await anext(seen), await anext(seen)]
    assert first.event_id == "old-2"
    assert {(each.event_id, each.verdict) for each in rest} == {("", "rejected"), ("file", "import")}


def _tail() -> Tail:
    return Tail(Settings(), Contract(Settings(), None), Privacy(), "till")
