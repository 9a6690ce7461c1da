"""A run's own topics: made as operators make them, read whole, taken away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.edges.settings import Settings
from streams.edges.topic_id import topic_id
from streams.edges.topics import Topic, declared
from streams.edges.topics_live import apply
from tests.chaos.oracle import Log
from tests.chaos.plan import Plan, Rules

COMPACTED_SOON = {
    "segment.ms": "400",
    "min.cleanable.dirty.ratio": "0.001",
    "min.compaction.lag.ms": "0",
    "max.compaction.lag.ms": "400",
}
"""An open segment is never compacted, so segments are short; what is dirty is cleaned at once."""
LOGS = ("touchpoints", "touchpoints.import")


def wanted(plan: Plan, settings: Settings) -> list[Topic]:
    """The run's topics."""
    logs = {settings.topic(name) for name in LOGS}
    return [
        replace(topic, partitions=plan.partitions) if topic.name in logs else topic
        for topic in declared(settings, partitions=plan.inner_partitions)
    ]


async def make(admin: AIOKafkaAdminClient, plan: Plan, settings: Settings) -> None:
    """Makes the topics that are not there, as `touchpulse topics apply` does."""
    topics = wanted(plan, settings)
    if plan.compacted:
        present = set(await admin.list_topics())
        panes = [t for t in topics if t.name.startswith(settings.topic("panes")) and t.name not in present]
        await admin.create_topics(
            [NewTopic(t.name, t.partitions, 1, topic_configs=t.configs(1) | COMPACTED_SOON) for t in panes]
        )
    await apply(settings, topics)


async def take_away(admin: AIOKafkaAdminClient, settings: Settings, names: Sequence[str] | None = None) -> None:
    """Deletes the run's topics, or those of these names."""
    present = set(await admin.list_topics())
    ours = [topic.name for topic in declared(settings)] if names is None else [settings.topic(name) for name in names]
    await admin.delete_topics([name for name in ours if name in present])


async def read_log(settings: Settings, name: str, *, successor: bool = False) -> Log:
    """One of the logs of events, whole."""
    topic = settings.topic(name)
    log_id = await topic_id(settings, topic)
    records = await read_topic(settings, topic)
    return Log(topic, log_id, imported=name == "touchpoints.import", successor=successor, records=records)


async def read_policies(settings: Settings) -> list[tuple[int, Rules]]:
    """(record time from which they hold, rules) of every policy that was announced in time; the first of a number."""
    records = await read_topic(settings, settings.topic("counting"))
    found: list[tuple[int, Rules]] = []
    for record in records[0]:
        entry = json.loads(record.value)
        if entry["t"] == "policy" and entry["policy"]["number"] == len(found) + 1:
            if found and record.timestamp > entry["policy"]["from_ms"] - entry["heard_ms"]:
                continue
            said = entry["policy"] | {"max_series_per_block": entry["policy"]["max_series"]}
            rules = Rules(**{each.name: said[each.name] for each in fields(Rules)})
            found.append((said["from_ms"], rules))
    return found


async def read_topic(settings: Settings, topic: str) -> dict[int, list[Any]]:
    """All records a topic holds, by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.brokers(), fetch_max_wait_ms=50)
    await consumer.start()
    try:
        found = await consumer._client.fetch_all_metadata()
        partitions = [TopicPartition(topic, number) for number in sorted(found.partitions_for_topic(topic) or ())]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        starts = await consumer.beginning_offsets(partitions)
        for partition in partitions:
            consumer.seek(partition, starts[partition])
        records: dict[int, list[Any]] = {partition.partition: [] for partition in partitions}
        missing = {partition for partition in partitions if ends[partition] > starts[partition]}
        while missing:
            for partition, fetched in (await consumer.getmany(timeout_ms=200)).items():
                records[partition.partition] += [each for each in fetched if each.offset < ends[partition]]
            # Compaction takes records away, never the last one.
            missing = {each for each in missing if await consumer.position(each) < ends[each]}
        return records
    finally:
        await consumer.stop()
