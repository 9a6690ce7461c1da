"""What the in-memory broker and a real Kafka must do alike: one body, both brokers."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.edges.memory_broker import MemoryBroker
from tests.kit.kafka import Broker, MakeTopic

PATIENCE_S = 30


async def send(broker: Broker, topic: str, count: int, *, partition: int = 0) -> None:
    """Send `count` numbered records, each with a key and a header, as our own producers do."""
    producer = AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap,
        enable_idempotence=True,
        acks="all",
        compression_type="lz4",
        linger_ms=5,
    )
    async with producer:
        for number in range(count):
            text = str(number).encode()
            await producer.send(topic, text, key=b"key-" + text, headers=[("number", text)], partition=partition)


async def read(consumer: AIOKafkaConsumer, count: int) -> list[bytes]:
    """The values of the next `count` records, in the order in which they came."""
    values: list[bytes] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(values) < count:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                values += [record.value for record in records]
    return values


def in_group(broker: Broker, topic: str) -> AIOKafkaConsumer:
    """A consumer of a group that commits only when told."""
    # When a member leaves, the in-memory broker waits this long, less a second, for nobody.
    session_ms = 2_000 if isinstance(broker, MemoryBroker) else 10_000
    return AIOKafkaConsumer(
        topic,
        bootstrap_servers=broker.bootstrap,
        group_id=f"group-of-{topic}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=500,
    )


async def test_a_partition_keeps_order_keys_and_headers(broker: Broker, make_topic: MakeTopic) -> None:
    """What an idempotent, compressing producer sent comes back whole, at offsets without a gap."""
    topic = await make_topic(partitions=1)
    await send(broker, topic, 500)
    async with AIOKafkaConsumer(topic, bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest") as consumer:
        records = [await asyncio.wait_for(consumer.getone(), PATIENCE_S) for _ in range(500)]
    assert [record.offset for record in records] == list(range(500))
    assert [record.value for record in records] == [str(number).encode() for number in range(500)]
    assert records[7].key == b"key-7"
    assert records[7].headers == (("number", b"7"),)


async def test_a_topic_has_the_partitions_it_was_made_with(broker: Broker, make_topic: MakeTopic) -> None:
    """One partition must stay one: alerts are put in order by it."""
    topics = {count: await make_topic(partitions=count) for count in (1, 3)}
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as producer:
        for count, topic in topics.items():
            assert await producer.partitions_for(topic) == set(range(count))


async def test_a_group_goes_on_where_it_committed(broker: Broker, make_topic: MakeTopic) -> None:
    """After a consumer has left, the next one starts at the committed offset, not at the last one read."""
    topic = await make_topic(partitions=1)
    await send(broker, topic, 100)
    partition = TopicPartition(topic, 0)
    async with in_group(broker, topic) as first:
        assert len(await read(first, 100)) == 100
        await first.commit({partition: 40})
    async with in_group(broker, topic) as second:
        assert await second.committed(partition) == 40
        assert (await read(second, 60))[0] == b"40"


async def test_one_member_reads_all_partitions_of_its_group(broker: Broker, make_topic: MakeTopic) -> None:
    """A single worker owns everything."""
    topic = await make_topic(partitions=4)
    for partition in range(4):
        await send(broker, topic, 10, partition=partition)
    async with in_group(broker, topic) as only:
        assert len(await read(only, 40)) == 40
        assert only.assignment() == {TopicPartition(topic, partition) for partition in range(4)}


async def test_a_consumer_can_rewind_to_any_offset(broker: Broker, make_topic: MakeTopic) -> None:
    """Counting a block again after a crash rests on this, and on knowing where the log begins and ends."""
    topic = await make_topic(partitions=1)
    await send(broker, topic, 100)
    partition = TopicPartition(topic, 0)
    async with AIOKafkaConsumer(bootstrap_servers=broker.bootstrap) as consumer:
        consumer.assign([partition])
        assert await consumer.beginning_offsets([partition]) == {partition: 0}
        assert await consumer.end_offsets([partition]) == {partition: 100}
        await consumer.seek_to_end(partition)
        assert await consumer.position(partition) == 100
        consumer.seek(partition, 30)
        assert (await read(consumer, 70))[0] == b"30"
        await consumer.seek_to_beginning(partition)
        assert (await read(consumer, 100))[0] == b"0"
