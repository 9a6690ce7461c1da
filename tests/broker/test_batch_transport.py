"""What we replaced of Faust, on both brokers: whole fetches, offsets that move only when told, positions of our own.

These tests use the private names that streams/apps/transport.py uses: they fail if a new version of Faust or
aiokafka gives them another meaning.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import pytest
from aiokafka import AIOKafkaProducer
from faust.types import TP

from streams.apps import listening
from streams.apps.base import consumer_of
from streams.apps.transport import Batch, BatchConsumer
from streams.pure.broker_clock import BrokerClock
from tests.kit.batches import Gathering, committed, running, send
from tests.kit.kafka import Broker, MakeTopic, create_topic


async def test_an_agent_gets_whole_fetches_in_the_order_of_the_log(broker: Broker, make_topic: MakeTopic) -> None:
    topic = await make_topic(partitions=1)
    await send(broker, topic, range(5_000))
    gathering = Gathering(5_000)
    async with running(broker, topic, gathering, f"whole-{topic}"), asyncio.timeout(60):
        await gathering.enough.wait()
    assert gathering.numbers() == list(range(5_000))
    assert len(gathering.batches) < 500, "a batch is a fetch, not an event"


async def test_only_what_is_durable_is_committed(broker: Broker, make_topic: MakeTopic) -> None:
    """Being handed over, and even being done with, moves nothing."""
    topic = await make_topic(partitions=1)
    await send(broker, topic, range(1_000))
    gathering = Gathering(1_000)
    group = f"durable-{topic}"
    async with running(broker, topic, gathering, group) as app, asyncio.timeout(60):
        await gathering.enough.wait()
        consumer = consumer_of(app)
        await consumer.commit()
        assert await committed(broker, topic, group) == 0
        consumer.durable(TP(topic, 0), 640)
        await consumer.commit()
        assert await committed(broker, topic, group) == 640
        consumer.durable(TP(topic, 0), 320)
        await consumer.commit()
        assert await committed(broker, topic, group) == 640, "an offset never moves back"


async def test_a_failed_batch_is_never_committed_past(broker: Broker, make_topic: MakeTopic) -> None:
    """Faust restarts a failed agent behind the failed batch; the next owner must still read that batch."""
    topic = await make_topic(partitions=1)
    group = f"failed-{topic}"
    await send(broker, topic, range(100))
    failed = asyncio.Event()

    async def fail(batch: Batch) -> None:
        failed.set()
        raise ValueError("on purpose")

    async with running(broker, topic, fail, group) as app, asyncio.timeout(60):
        await failed.wait()
        while not app.crashed:  # the worker ends, so that its supervisor starts it again
            await asyncio.sleep(0.01)
    assert await committed(broker, topic, group) == 0
    gathering = Gathering(100)
    async with running(broker, topic, gathering, group), asyncio.timeout(60):
        await gathering.enough.wait()
    assert gathering.numbers() == list(range(100))


async def test_the_owner_of_the_state_says_where_to_read_from(broker: Broker, make_topic: MakeTopic) -> None:
    """`score` goes back to the start of a block, whatever was committed."""
    topic = await make_topic(partitions=1)
    group = f"rewind-{topic}"
    await send(broker, topic, range(100))
    first = Gathering(100)
    async with running(broker, topic, first, group) as app, asyncio.timeout(60):
        await first.enough.wait()
        consumer_of(app).durable(TP(topic, 0), 90)
        await consumer_of(app).commit()

    class Rewind:
        async def positions(self, consumer: BatchConsumer, committed: Mapping[TP, int | None]) -> Mapping[TP, int]:
            assert committed == {TP(topic, 0): 90}
            return {TP(topic, 0): 64}

    again = Gathering(36)
    async with running(broker, topic, again, group, Rewind()), asyncio.timeout(60):
        await again.enough.wait()
    assert again.numbers() == list(range(64, 100))


async def test_a_quiet_partition_is_heard_up_to_now(broker: Broker, make_topic: MakeTopic) -> None:
    """Completeness needs to know that nothing came, not only what came last."""
    topic = await make_topic(partitions=1)
    await send(broker, topic, range(10))
    gathering = Gathering(10)
    async with running(broker, topic, gathering, f"quiet-{topic}") as app, asyncio.timeout(60):
        await gathering.enough.wait()
        heard = consumer_of(app).heard_at(TP(topic, 0))
        assert heard is not None
        assert heard[0] == 10
        later = heard
        while later[1] <= heard[1]:  # each empty answer of the broker moves it on
            await asyncio.sleep(0.02)
            later = consumer_of(app).heard_at(TP(topic, 0)) or heard
        assert later[0] == 10


@pytest.mark.kafka
async def test_offsets_can_be_asked_by_time(kafka: Broker) -> None:
    """The in-memory broker cannot; `roll` then reads from the start."""
    topic = "batches-by-time"
    await create_topic(kafka, topic, partitions=1)
    await send(kafka, topic, range(10))
    gathering = Gathering(10)
    async with running(kafka, topic, gathering, topic) as app, asyncio.timeout(60):
        await gathering.enough.wait()
        consumer = consumer_of(app)
        record = gathering.batches[0].records[0]
        assert (await consumer.offsets_since([TP(topic, 0)], record.timestamp))[TP(topic, 0)] == 0
        assert (await consumer.offsets_since([TP(topic, 0)], record.timestamp + 3_600_000))[TP(topic, 0)] is None
        assert await consumer.log_starts([TP(topic, 0)]) == {TP(topic, 0): 0}
        assert await consumer.log_ends([TP(topic, 0)]) == {TP(topic, 0): 10}
        assert consumer.partitions_of(topic) == 1


@pytest.mark.kafka
async def test_a_worker_left_without_partitions_gives_up_its_state(kafka: Broker) -> None:
    """More workers than partitions: who had one before must not go on telling what it once knew."""
    topic, group = "one-for-two", "one-for-two"
    await create_topic(kafka, topic, partitions=1)

    class Owner:
        owned: Mapping[TP, int | None] | None = None

        async def positions(self, consumer: BatchConsumer, committed: Mapping[TP, int | None]) -> Mapping[TP, int]:
            self.owned = committed
            return await consumer.log_starts(committed)

    owners = [Owner(), Owner()]
    async with asyncio.timeout(60), running(kafka, topic, Gathering(1), group, owners[0]):
        while not owners[0].owned:
            await asyncio.sleep(0.02)
        async with running(kafka, topic, Gathering(1), group, owners[1]):
            while owners[1].owned is None or sorted(len(owner.owned or ()) for owner in owners) != [0, 1]:
                await asyncio.sleep(0.02)
            assert {} in [owner.owned for owner in owners]


@pytest.mark.kafka
async def test_the_marks_of_transactions_are_no_records_to_wait_for(kafka: Broker) -> None:
    """Behind the last record lies the mark of its transaction: the log's end is beyond what anybody can read."""
    topic = "batches-in-transactions"
    await create_topic(kafka, topic, partitions=1)
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id=topic)
    await producer.start()
    for _ in range(2):
        async with producer.transaction():
            for number in range(5):
                await producer.send(topic, str(number).encode(), partition=0)
    await producer.stop()
    tp, gathering = TP(topic, 0), Gathering(10)
    async with running(kafka, topic, gathering, topic) as app, asyncio.timeout(60):
        await gathering.enough.wait()
        consumer = consumer_of(app)
        done = gathering.batches[-1].next_offset
        assert done == 11
        assert await consumer.log_ends([tp]) == {tp: 12}
        while (heard := consumer.heard_at(tp)) is None or heard[0] > done:
            await asyncio.sleep(0.02)
        assert consumer.reached(tp) == 12


@pytest.mark.kafka
async def test_what_is_fetched_but_not_handled_is_not_heard(kafka: Broker) -> None:
    """The consumer's own position runs ahead of the handler: completeness must not."""
    topic = "batches-ahead"
    await create_topic(kafka, topic, partitions=1)
    await send(kafka, topic, range(10))
    hold, got = asyncio.Event(), asyncio.Event()

    async def wait(batch: Batch) -> None:
        got.set()
        await hold.wait()

    tp = TP(topic, 0)
    async with running(kafka, topic, wait, topic) as app, asyncio.timeout(60):
        consumer = consumer_of(app)
        await got.wait()
        for number in range(10, 30):
            await send(kafka, topic, range(number, number + 1))
            heard = consumer.heard_at(tp)
            assert heard is None or heard[0] >= 10, "what the handler still holds would count as heard"
            assert consumer.reached(tp) == 0
        hold.set()
        while consumer.reached(tp) != 30:
            await asyncio.sleep(0.02)


@pytest.mark.kafka
async def test_completeness_is_told_on_the_brokers_clock(kafka: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose clock runs an hour ahead must not claim an hour that has not come."""
    topic = "batches-clock"
    await create_topic(kafka, topic, partitions=1)
    await send(kafka, topic, range(10))
    gathering = Gathering(10)
    true_ns = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: true_ns() + 3_600_000_000_000)
    monkeypatch.setattr(listening, "CLOCK", BrokerClock())
    async with running(kafka, topic, gathering, topic) as app, asyncio.timeout(60):
        await gathering.enough.wait()
        first = consumer_of(app).heard_at(TP(topic, 0))
        assert first is not None
        assert abs(first[1] - true_ns() // 1_000_000) < 10_000
        assert first[1] <= true_ns() // 1_000_000
        while (heard := consumer_of(app).heard_at(TP(topic, 0))) is None or heard[1] < first[1] + 300:
            await asyncio.sleep(0.02)
        assert heard[1] <= true_ns() // 1_000_000
