"""Sending imported events to Kafka: acknowledged by all replicas, in bounded portions.

Sending the same events again is harmless, since their ids are the same. So whatever goes wrong half-way,
the answer is: mend it and import again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.decode import event_key
from streams.edges.errors import Unavailable
from streams.edges.kafka_knock import OUT_OF_REACH, why_not
from streams.edges.kafka_wire import wire
from streams.edges.settings import Settings

TOPIC = "touchpoints.import"
PORTION = 2_000
"""Events in flight at once: bounds memory, and how far a slow broker lets us run ahead."""


@asynccontextmanager
async def running_producer(settings: Settings, *, stop_timeout_s: float = 5.0) -> AsyncIterator[AIOKafkaProducer]:
    """A started producer that is stopped in the end.

    Args:
        settings: where the brokers are.
        stop_timeout_s: how long it may take to stop; only a broker that went away needs that long.

    Raises:
        SettingsError: no brokers are set.
        Unavailable: none of them answers.
    """
    producer = AIOKafkaProducer(
        **wire(settings),
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        linger_ms=5,
        max_batch_size=256 * 1024,
    )
    try:
        try:
            await producer.start()
        except OUT_OF_REACH:
            raise Unavailable(str(await why_not(settings))) from None
        yield producer
    finally:
        try:
            async with asyncio.timeout(stop_timeout_s):
                await producer.stop()
        except TimeoutError:
            # It would wait for ever for a broker that is gone; nothing that we count on is left in it.
            await producer.client.close()


async def send(
    events: Iterable[dict[str, Any]],
    producer: AIOKafkaProducer,
    topic: str,
    *,
    wait: Callable[[int], Awaitable[None]] | None = None,
    ack_timeout_s: float = 30.0,
) -> int:
    """Send events, each keyed by producer and id so that a repeat meets its twin in one partition.

    Args:
        events: JSON-ready dicts of the contract.
        producer: a started producer with acks=all.
        topic: full name of the topic.
        wait: called with the number of events acknowledged so far, after each portion and at the end. It may
            take its time: nothing more is sent meanwhile.
        ack_timeout_s: how long a portion may stay unacknowledged. aiokafka itself would retry for ever.
    Returns:
        How many events were acknowledged.
    Raises:
        Unavailable: there is no such topic, or the broker went away; says how far it came.
    """
    try:
        async with asyncio.timeout(ack_timeout_s):
            await producer.partitions_for(topic)
    except (KafkaError, TimeoutError):
        raise Unavailable(f"Kafka does not tell of a topic {topic}; is TOUCHPULSE_TOPIC_PREFIX right?") from None
    sent = 0
    waiting = iter(events)
    while portion := list(islice(waiting, PORTION)):
        acknowledgements: list[asyncio.Future[Any]] = []
        try:
            async with asyncio.timeout(ack_timeout_s):
                for event in portion:
                    key = event_key(event["producer"], event["event_id"])
                    acknowledgements.append(await producer.send(topic, orjson.dumps(event), key=key))
                await asyncio.gather(*acknowledgements)
        except (KafkaError, TimeoutError) as error:
            for acknowledgement in acknowledgements:
                acknowledgement.cancel()  # else each failure would be reported once more at exit
            why = f"{type(error).__name__}: {error}" if str(error) else f"no answer for {ack_timeout_s:g} s"
            raise Unavailable(
                f"Kafka took {sent:,} events for {topic} and then failed ({why}); "
                "import the file again when it is back: no answer counts twice"
            ) from None
        sent += len(portion)
        if wait is not None:
            await wait(sent)
    return sent
