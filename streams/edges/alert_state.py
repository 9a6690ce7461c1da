"""The alert engine's memory in Kafka: the compacted topic `alerting`.

A snapshot is cut into chunks, written under one of two generations in turn, and counts only once its head is there:
so one that was broken off leaves the one before whole. It says how far `signals` is in it; whoever takes over reads on
from there, and comes to the same alerts with the same ids.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from hashlib import blake2b

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.edges.errors import Unavailable, UserError
from streams.edges.kafka_wire import wire
from streams.edges.settings import Settings
from streams.pure.alerting.engine import State
from streams.pure.alerting.merging import Merging

TOPIC = "alerting"
CHUNK_BYTES = 400_000
READ_S = 60.0
Keyed = tuple[bytes, bytes]


class Snapshot(msgspec.Struct):
    """All the engine knows.

    Attributes:
        upto: offset of `signals` behind the last message that is in it.
        rules: the rules it was made by, as JSON.
        generation: number of the snapshot.
    """

    upto: int
    rules: str
    state: State
    merging: Merging
    generation: int = 0
    v: int = 1


class Head(msgspec.Struct):
    """What makes chunks a snapshot."""

    generation: int
    chunks: int
    digest: str
    v: int = 1


def keyed(snapshot: Snapshot) -> list[Keyed]:
    """Keys and values of a snapshot's records, in the order they must be written in; the head comes last."""
    whole = msgspec.msgpack.encode(snapshot)
    chunks = [whole[at : at + CHUNK_BYTES] for at in range(0, len(whole), CHUNK_BYTES)]
    side = snapshot.generation % 2
    head = Head(snapshot.generation, len(chunks), blake2b(whole, digest_size=16).hexdigest())
    return [*((f"{side}|{number}".encode(), chunk) for number, chunk in enumerate(chunks)),
            (b"head", msgspec.json.encode(head))]  # fmt: skip


def latest(records: Iterable[Keyed]) -> Snapshot | None:
    """The last whole snapshot among records in the order of the log; None if there is none.

    Raises:
        UserError: it was written by a newer version.
    """
    chunks: dict[bytes, bytes] = {}
    found: bytes | None = None
    for key, value in records:
        if key != b"head":
            chunks[key] = value
            continue
        head = msgspec.json.decode(value, type=Head)
        whole = b"".join(chunks.get(f"{head.generation % 2}|{number}".encode(), b"") for number in range(head.chunks))
        if blake2b(whole, digest_size=16).hexdigest() == head.digest:
            found = whole
    if found is None:
        return None
    try:
        return msgspec.msgpack.decode(found, type=Snapshot)
    except msgspec.ValidationError:
        raise UserError(f"the topic {TOPIC} holds a newer version's state: upgrade this worker first") from None


async def read(settings: Settings) -> Snapshot | None:
    """The engine's memory as it was last written.

    Raises:
        Unavailable: no broker answers in time.
        UserError: it was written by a newer version.
    """
    tp = TopicPartition(settings.topic(TOPIC), 0)
    consumer = AIOKafkaConsumer(
        **wire(settings), auto_offset_reset="earliest", max_partition_fetch_bytes=8 * CHUNK_BYTES
    )
    records: list[Keyed] = []
    try:
        async with asyncio.timeout(READ_S):
            await consumer.start()
            consumer.assign([tp])
            await consumer.seek_to_beginning(tp)
            end = (await consumer.end_offsets([tp]))[tp]
            while await consumer.position(tp) < end:
                for batch in (await consumer.getmany(timeout_ms=500)).values():
                    records += [(record.key or b"", record.value or b"") for record in batch]
    except (KafkaError, TimeoutError, OSError) as error:
        raise Unavailable(f"the alert engine's state cannot be read: {error!r}") from None
    finally:
        await consumer.stop()
    return latest(records)
