"""Asking the brokers about our topics, and making those that are missing.

Existing topics are never changed: a setting may be there for a reason, and adding partitions would part
retries from their twins. What is wrong is told, with the command that mends it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    IncompatibleBrokerVersion,
    KafkaConnectionError,
    KafkaError,
    RequestTimedOutError,
    for_code,
)

from streams.edges.errors import UserError
from streams.edges.kafka_knock import why_not
from streams.edges.kafka_wire import wire
from streams.edges.rulebook import TOPIC, found
from streams.edges.settings import Settings
from streams.edges.topic_id import topic_id
from streams.edges.topics import FOR_EVER, Live, Problem, Topic, Traffic, outliving_blocks, problems, replicas

_TIMEOUT_MS = 15_000
_ALREADY_EXISTS = 36


@dataclass(frozen=True, slots=True)
class Cluster:
    """What the brokers say."""

    brokers: int
    topics: dict[str, Live]
    """By full name; those asked for that exist."""


async def check(settings: Settings, topics: Sequence[Topic], *, now_ms: int) -> list[Problem]:
    """Everything about the topics that would break counting.

    Returns:
        Sentences with commands; empty if all is well.
    Raises:
        SettingsError: no broker answers.
        UserError: the broker does not tell its topics' settings.
    """
    async with _admin(settings) as admin:
        cluster = await look(admin, topics)
    found = []
    for topic in topics:
        live = cluster.topics.get(topic.name)
        found += problems(topic, live, brokers=cluster.brokers, bootstrap=settings.brokers())
    # Only the live log: an import is counted in the store, where a second reading changes nothing.
    events = next((topic for topic in topics if topic.name == settings.topic("touchpoints")), None)
    if events and (live := cluster.topics.get(events.name)):
        for traffic in await _traffic(settings, events, live, now_ms=now_ms):
            if problem := outliving_blocks(events, traffic, block_size=settings.block_size):
                found.append(problem)
                break  # one partition stands for the others
    return found


async def apply(settings: Settings, topics: Sequence[Topic]) -> list[str]:
    """Make the topics that are missing.

    Returns:
        One line about each topic made, and about each that has another number of partitions.
    Raises:
        SettingsError: no broker answers.
        UserError: the broker refuses; in its own words.
    """
    async with _admin(settings) as admin:
        cluster = await look(admin, topics)
        missing = [topic for topic in topics if topic.name not in cluster.topics]
        if missing:
            await _create(admin, missing, cluster.brokers)
    lines = [f"made {topic.name} with {topic.partitions} partitions" for topic in missing]
    for topic in topics:
        live = cluster.topics.get(topic.name)
        if live and live.partitions != topic.partitions:
            lines.append(
                f"left {topic.name} alone: it has {live.partitions} partitions, not {topic.partitions}."
                + (_REPARTITION.format(bootstrap=settings.brokers(), name=topic.name) if topic.counted else "")
            )
    made = {topic.name: topic.partitions for topic in topics}
    events = settings.topic("touchpoints")
    if events in made and settings.topic(TOPIC) in made:
        live = cluster.topics.get(events)
        log = await topic_id(settings, events)
        lines += await found(settings, {events: (log, live.partitions if live else made[events])})
    return lines


_REPARTITION = (
    " Adding partitions would part retries from their twins. To change the number: stop the producers, let"
    " the workers catch up and stop them, run"
    " `kafka-topics.sh --bootstrap-server {bootstrap} --delete --topic {name}` and"
    " `touchpulse topics apply --partitions N`, and start all again: it is a new log, beside the old one."
)


async def look(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> Cluster:
    """How the brokers have these topics."""
    try:
        # All topics, since asking for one by name would make it where topics appear by themselves.
        described = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics()}
        brokers = len((await admin.describe_cluster())["brokers"])
        wanted = [topic.name for topic in topics if topic.name in described]
        configs: dict[str, dict[str, str]] = {}
        if wanted:
            resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in wanted]
            for response in await admin.describe_configs(resources):
                for _, _, _, name, entries in response.resources:
                    configs[name] = {entry[0]: entry[1] for entry in entries}
    except (IncompatibleBrokerVersion, NotImplementedError):
        raise UserError("this broker does not tell the settings of its topics, so they cannot be checked") from None
    live = {
        name: Live(
            partitions=len(described[name]),
            replicas=min((len(partition["replicas"]) for partition in described[name]), default=0),
            configs=configs.get(name, {}),
        )
        for name in wanted
    }
    return Cluster(brokers, live)


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[Topic], brokers: int) -> None:
    new = [
        NewTopic(topic.name, topic.partitions, replicas(brokers), topic_configs=topic.configs(brokers))
        for topic in topics
    ]
    response = await admin.create_topics(new)
    for name, code, message in response.topic_errors:
        if code not in (0, _ALREADY_EXISTS):
            raise UserError(f"the broker did not make the topic {name}: {message or for_code(code).__name__}")


async def _traffic(settings: Settings, topic: Topic, live: Live, *, now_ms: int) -> list[Traffic]:
    """How much each partition keeps, and how much of it is young."""
    retention_ms = int(live.configs.get("retention.ms", FOR_EVER))
    partitions = [TopicPartition(topic.name, number) for number in range(live.partitions)]
    consumer = AIOKafkaConsumer(**wire(settings), request_timeout_ms=_TIMEOUT_MS)
    try:
        await consumer.start()
        starts = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
        if retention_ms == FOR_EVER:
            half = {tp: starts[tp] for tp in partitions}
        else:
            since_ms = now_ms - retention_ms // 2
            times = await consumer.offsets_for_times(dict.fromkeys(partitions, since_ms))
            half = {tp: times[tp].offset if times.get(tp) else ends[tp] for tp in partitions}
    finally:
        await consumer.stop()
    return [Traffic(tp.partition, starts[tp], ends[tp], half[tp]) for tp in partitions]


@asynccontextmanager
async def _admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**wire(settings), request_timeout_ms=_TIMEOUT_MS)
    try:
        await admin.start()
        yield admin
    except (KafkaConnectionError, RequestTimedOutError, OSError, ValueError):  # ValueError: not host:port
        raise await why_not(settings) from None
    except KafkaError as error:
        raise UserError(f"Kafka at {settings.brokers()!r} refuses: {error}") from None
    finally:
        await admin.close()
