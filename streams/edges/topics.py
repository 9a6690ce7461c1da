"""The topics this product lives on, and what about them would break counting.

Pure: the declared table, and the comparison of a live topic with it, in sentences an operator can act on.
Whoever asks the brokers is `streams.edges.topics_live`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from streams.edges.settings import PREFIX, Settings

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
PARTITIONS = 12
"""Partitions of topics that are shared between workers: how many of a role can share the work."""
REPLICAS = 3
"""Copies of each partition, where there are as many brokers."""
FOR_EVER = -1

_LOG = "delete"
_LATEST = "compact,delete"
_KEPT = "compact"


@dataclass(frozen=True, slots=True)
class Topic:
    """One declared topic."""

    name: str
    """Full name, with the installation's prefix."""
    partitions: int
    cleanup: str
    """Kafka's cleanup.policy: `delete` is a log, `compact,delete` keeps the last of each key."""
    retention_ms: int
    """How long a newly made topic keeps records."""
    least_retention_ms: int = 0
    """Below this, counting breaks. 0: any retention will do."""
    counted: bool = False
    """Whether answers are counted from it: then its record times and its offsets must be beyond doubt."""
    rebuilt: bool = False
    """Whether workers rebuild their state from it."""

    def configs(self, brokers: int) -> dict[str, str]:
        """Settings of a newly made topic on a cluster of so many brokers."""
        for_ever = self.retention_ms == FOR_EVER
        configs = {
            "cleanup.policy": self.cleanup,
            "retention.ms": str(FOR_EVER if for_ever else max(self.retention_ms, self.least_retention_ms)),
            "retention.bytes": str(FOR_EVER),
            # One clock, the broker's: a worker or a till with a wrong one must not decide what is old.
            "message.timestamp.type": "LogAppendTime",
            "min.insync.replicas": str(least_in_sync(brokers)),
            # A leader that misses acknowledged records would give their offsets to others.
            "unclean.leader.election.enable": "false",
        }
        if self.rebuilt:
            # The open segment is never compacted, and a starting worker reads all of it.
            configs["segment.ms"] = str(HOUR_MS)
        return configs


@dataclass(frozen=True, slots=True)
class Live:
    """One topic as the brokers have it."""

    partitions: int
    replicas: int
    configs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that would break counting."""

    sentence: str
    command: str = ""
    """What mends it; '' where no single command does."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """How much of its log one partition keeps."""

    partition: int
    first_offset: int
    next_offset: int
    half_offset: int
    """First offset of the younger half of the retention; `next_offset` if nothing came since, `first_offset`
    if records are kept for ever."""


def replicas(brokers: int) -> int:
    """Copies of each partition on a cluster of so many brokers."""
    return min(REPLICAS, max(1, brokers))


def least_in_sync(brokers: int) -> int:
    """Copies that must have a record before it counts as written: two, where one can be down meanwhile."""
    return 2 if brokers >= REPLICAS else 1


def declared(settings: Settings, *, partitions: int = PARTITIONS) -> tuple[Topic, ...]:
    """The table of all topics.

    Args:
        partitions: of those shared between workers; `touchpoints` first of all.
    """
    longest_window_ms = 1_000 * max(settings.windows_s)
    # A twin older than L is late whatever the log still holds; the day is for workers that were away.
    events_ms = settings.max_age_ms + DAY_MS
    panes_ms = longest_window_ms + HOUR_MS
    name = settings.topic
    return (
        Topic(name("touchpoints"), partitions, _LOG, 7 * DAY_MS, events_ms, counted=True),
        Topic(name("touchpoints.import"), partitions, _LOG, 7 * DAY_MS, DAY_MS, counted=True),
        Topic(name("panes"), partitions, _LATEST, 7 * DAY_MS, panes_ms, rebuilt=True),
        Topic(name("panes.coarse"), partitions, _LATEST, 7 * DAY_MS, panes_ms, rebuilt=True),
        Topic(name("ledger"), partitions, _LATEST, 30 * DAY_MS, panes_ms, rebuilt=True),
        Topic(name("scores"), partitions, _LOG, DAY_MS),
        # What crosses channels is one worker's work, in one order: one partition.
        Topic(name("signals"), 1, _LATEST, 2 * DAY_MS, rebuilt=True),
        Topic(name("alerts"), 1, _LOG, 30 * DAY_MS),
        # The alert engine's memory, and what became of each page: read back by whoever takes over.
        Topic(name("alerting"), 1, _KEPT, FOR_EVER, rebuilt=True),
        Topic(name("deliveries"), 1, _LATEST, 30 * DAY_MS, DAY_MS, rebuilt=True),
        Topic(name("rejected"), 3, _LOG, 14 * DAY_MS),
        # The rules of counting: few entries, each needed for as long as anything is counted.
        Topic(name("counting"), 1, _KEPT, FOR_EVER, rebuilt=True),
    )


def problems(topic: Topic, live: Live | None, *, brokers: int, bootstrap: str) -> list[Problem]:
    """What about a live topic would break counting.

    Args:
        live: None if it does not exist.
        brokers: number of brokers in the cluster.
        bootstrap: their addresses, for the commands.
    Returns:
        One sentence and one command each; empty if all is well.
    """
    if live is None:
        return [Problem(f"{topic.name} does not exist.", "touchpulse topics apply")]
    wanted = topic.configs(brokers)
    alter = f"kafka-configs.sh --bootstrap-server {bootstrap} --alter --topic {topic.name}"
    found = []
    for config, why in _wrong_settings(topic, live.configs):
        # Commas inside a value need brackets, or the tool takes them for the next setting.
        value = f"[{wanted[config]}]" if "," in wanted[config] else wanted[config]
        sentence = f"{topic.name} has {config}={live.configs.get(config, '?')}, not {wanted[config]}: {why}."
        found.append(Problem(sentence, f"{alter} --add-config {config}={value}"))
    in_sync = int(live.configs.get("min.insync.replicas", "1"))
    enough = least_in_sync(brokers)
    if live.replicas < replicas(brokers):
        found.append(
            Problem(
                f"{topic.name} is kept {live.replicas} times, not {replicas(brokers)}, on {brokers} brokers:"
                " events already acknowledged are lost with a disk.",
                f"kafka-reassign-partitions.sh --bootstrap-server {bootstrap} (with a plan of"
                f" {replicas(brokers)} replicas a partition)",
            )
        )
    elif in_sync < enough:
        found.append(
            Problem(
                f"{topic.name} has min.insync.replicas={in_sync}, not {enough}: an event may be acknowledged"
                " that only one broker has.",
                f"{alter} --add-config min.insync.replicas={enough}",
            )
        )
    if in_sync > live.replicas:
        found.append(
            Problem(
                f"{topic.name} has min.insync.replicas={in_sync} but only {live.replicas} copies:"
                " nothing can be written to it.",
                f"{alter} --add-config min.insync.replicas={enough}",
            )
        )
    return found


def outliving_blocks(topic: Topic, traffic: Traffic, *, block_size: int) -> Problem | None:
    """Whether an open block of a partition may last longer than the records it is counted from.

    After a crash a block is counted again from its first record; were that record deleted by then, the
    counts would come out too small. That happens where little traffic meets a large block.
    """
    block_start = traffic.next_offset - traffic.next_offset % block_size
    where = f"{topic.name}, partition {traffic.partition}"
    cure = (
        f" Raise the topic's retention.ms, or make the topic anew with fewer partitions or a lower {PREFIX}BLOCK_SIZE."
    )
    if traffic.first_offset > block_start:
        return Problem(
            f"{where}: the open block of {block_size:,} records began at offset {block_start:,}, but the log"
            f" now begins at {traffic.first_offset:,}: a worker that crashes cannot count the block again." + cure
        )
    young = traffic.next_offset - traffic.half_offset
    # Only a log older than half its retention tells how much comes in that time.
    if traffic.half_offset > traffic.first_offset and young < block_size:
        return Problem(
            f"{where}: only {young:,} records came in half the retention, so a block of"
            f" {block_size:,} would outlive its first records, and a worker that crashes then could not count"
            " it again." + cure
        )
    return None


def _wrong_settings(topic: Topic, configs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(setting, why it matters) for each one that breaks counting."""
    if topic.counted and configs.get("message.timestamp.type") != "LogAppendTime":
        yield "message.timestamp.type", "the senders' clocks would decide which answers are late"
    if topic.counted or topic.rebuilt:
        policies = {part.strip() for part in configs.get("cleanup.policy", "").split(",")}
        if policies != set(topic.cleanup.split(",")):
            yield "cleanup.policy", _CLEANUP_WHY[topic.cleanup]
        if configs.get("retention.bytes", str(FOR_EVER)) != str(FOR_EVER):
            yield "retention.bytes", "a burst would push out records that are still needed"
        if configs.get("unclean.leader.election.enable") == "true":
            why = "after a failover, offsets that were counted could hold other events"
            yield "unclean.leader.election.enable", why
    retention_ms = int(configs.get("retention.ms", FOR_EVER))
    if retention_ms != FOR_EVER and retention_ms < topic.least_retention_ms:
        least_h, has_h = topic.least_retention_ms / HOUR_MS, retention_ms / HOUR_MS
        yield "retention.ms", f"it keeps records for {has_h:g} h, and counting needs them for {least_h:g} h"


_CLEANUP_WHY = {
    _LOG: "compaction would take away records whose offsets are counted by",
    _LATEST: "a starting worker would read every repeat, or read for ever",
    _KEPT: "rules that are still in force would be deleted",
}
