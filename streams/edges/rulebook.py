"""What counting depends on beside the log itself, kept in Kafka beside it: the topic `counting`.

Two kinds of entries, never changed and never deleted. *Policies*: which rules hold from which record time
on. *Logs*: which topics' logs are counted, with how many partitions, and whether each follows an earlier
one. So all workers count by the same rules whatever their settings say, and a topic that was made anew or
got more partitions behind our back stops counting instead of spoiling it.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.catalogue import Catalogue, CatalogueError
from schemas.decode import Decoder
from streams.edges.errors import FileError, Unavailable, UserError
from streams.edges.kafka_knock import OUT_OF_REACH, why_not
from streams.edges.kafka_wire import wire
from streams.edges.settings import PREFIX, Settings
from streams.pure.policies import Decode, Policy, Rulebook

TOPIC = "counting"
RULES = ("block_size", "block_span_ms", "horizon", "max_age_ms", "max_skew_ms", "max_series_per_block")
"""Settings that become policy 1 when the topics are made; later ones are announced."""
ANNOUNCED_REFRESHES = 12
"""A change is announced so many refreshes ahead; whoever did not hear of one for half as long stops handling."""


class AnnouncedLate(UserError):
    """A policy arrived too late; nothing changed. Announce it again, for a later time."""


class PolicyEntry(msgspec.Struct, tag="policy", tag_field="t", frozen=True):
    """A policy and the names it allows.

    Attributes:
        catalogue: '' where any name is taken.
        heard_ms: how long before it holds Kafka must have it, for every worker to hear of it in time.
    """

    policy: Policy
    catalogue: str
    v: int = 1
    heard_ms: int = 0

    def came_late(self, time_ms: int) -> bool:
        """Whether Kafka took it, at this time, too late. Then it never holds: somebody may have counted without it."""
        return self.policy.number > 1 and time_ms > self.policy.from_ms - self.heard_ms


class LogEntry(msgspec.Struct, tag="log", tag_field="t", frozen=True):
    """A log that is counted. `successor`: the topic had another one before."""

    topic: str
    log: str
    partitions: int
    successor: bool
    v: int = 1


_decode = msgspec.json.Decoder(PolicyEntry | LogEntry).decode
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Book:
    """All entries, as far as read."""

    policies: list[PolicyEntry] = field(default_factory=list)
    logs: dict[str, LogEntry] = field(default_factory=dict)

    def take(self, raw: bytes, time_ms: int) -> bool:
        """Takes an entry in; the first of a number or log stays. Whether it was news.

        Args:
            time_ms: when Kafka took it.
        Raises:
            UserError: a newer version's entry.
        """
        try:
            entry = _decode(raw)
        except msgspec.MsgspecError:
            raise UserError(f"the topic {TOPIC} holds a newer version's entry: upgrade this program first") from None
        if isinstance(entry, LogEntry):
            return self.logs.setdefault(entry.log, entry) is entry
        if entry.policy.number == len(self.policies) + 1 and not entry.came_late(time_ms):
            self.policies.append(entry)
            return True
        return False

    def rulebook(self) -> Rulebook:
        """The policies with their contracts."""
        decoders: dict[int, Decode] = {}
        by_names: dict[str, Decode] = {}
        for entry in self.policies:
            if entry.catalogue not in by_names:
                catalogue = Catalogue.from_deciding(entry.catalogue) if entry.catalogue else None
                by_names[entry.catalogue] = Decoder(catalogue).decode
            decoders[entry.policy.number] = by_names[entry.catalogue]
        return Rulebook([entry.policy for entry in self.policies], lambda policy: decoders[policy.number])


def first_entry(settings: Settings) -> PolicyEntry:
    """Policy 1: the rules as set.

    Raises:
        FileError: the catalogue cannot be read.
    """
    rules = {name: getattr(settings, name) for name in RULES}
    rules["max_series"] = rules.pop("max_series_per_block")
    return PolicyEntry(Policy(number=1, **rules), _names(settings))


def _names(settings: Settings) -> str:
    try:
        return Catalogue.load(settings.catalogue_path).deciding() if settings.catalogue_path else ""
    except CatalogueError as error:
        raise FileError(str(error)) from None


def differences(settings: Settings, latest: PolicyEntry) -> list[str]:
    """Rules that were set for this process and are not those in force: silently doing nothing would be worse."""
    wanted = first_entry(settings)
    found = []
    for name in RULES:
        field_name = name.removesuffix("_per_block")
        if name in settings.model_fields_set and getattr(wanted.policy, field_name) != getattr(
            latest.policy, field_name
        ):
            found.append(f"{PREFIX}{name.upper()}={getattr(settings, name)}")
    if "catalogue_path" in settings.model_fields_set and wanted.catalogue != latest.catalogue:
        found.append(f"the names in {settings.catalogue_path}")
    return found


class Reader:
    """Reads the topic from its start and keeps up with it.

    Args:
        settings: where the brokers are.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._consumer: AIOKafkaConsumer | None = None
        self._tp = TopicPartition(settings.topic(TOPIC), 0)
        self.book = Book()

    async def refresh(self) -> bool:
        """Reads what was added; whether there was news.

        Raises:
            Unavailable: no broker answers in time.
            UserError: the topic is empty or missing.
        """
        try:
            async with asyncio.timeout(15):
                return await self._refresh()
        except (KafkaError, TimeoutError, OSError) as error:
            await self.stop()
            raise Unavailable(f"the rules of counting cannot be read: {error!r}") from None

    async def _refresh(self) -> bool:
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(**wire(self._settings), auto_offset_reset="earliest")
            await self._consumer.start()
            self._consumer.assign([self._tp])
            await self._consumer.seek_to_beginning(self._tp)
        end = (await self._consumer.end_offsets([self._tp]))[self._tp]
        news = False
        while await self._consumer.position(self._tp) < end:
            for records in (await self._consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    news |= self.book.take(record.value or b"", record.timestamp)
        return news

    async def stop(self) -> None:
        """Disconnects."""
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            try:
                await consumer.stop()
            except asyncio.CancelledError:
                # Stopped while a broker is away, the client hands on the cancellation of a task of its own.
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise


async def found(settings: Settings, logs: Mapping[str, tuple[str, int]]) -> list[str]:
    """Writes down what new logs are counted by: policy 1 where there is none, and each log not yet known.

    Args:
        logs: (log id, partitions) by full topic name.
    Returns:
        A line about each entry made.
    """
    async with _open(settings) as (book, send):
        lines = []
        if not book.policies:
            await send(first_entry(settings))
            lines.append("wrote down policy 1, the rules of counting as set")
        for topic, (log, partitions) in logs.items():
            if log not in book.logs:
                successor = any(entry.topic == topic for entry in book.logs.values())
                await send(LogEntry(topic, log, partitions, successor))
                if successor:
                    lines.append(f"{topic} is a new log beside its old one: what occurred before it began is late")
        return lines


async def announce(settings: Settings, *, from_ms: int, now_ms: int, **changes: Any) -> PolicyEntry:
    """Announces the next policy: the latest one with some rules changed.

    Args:
        from_ms: record time from which it holds, UTC.
        now_ms: the clock.
        changes: fields of Policy, and `catalogue` for its names.
    Raises:
        AnnouncedLate: Kafka took it too late for all workers to hear of it; it never holds.
        UserError: too soon for that from the start, nothing changes, or it would change the blocks.
    """
    async with _open(settings) as (book, send):
        if not book.policies:
            raise UserError("there is no policy yet: run `touchpulse topics apply` first")
        latest = book.policies[-1]
        least_ms = int(1000 * settings.rules_refresh_s * ANNOUNCED_REFRESHES)
        if from_ms < now_ms + least_ms:
            raise UserError(
                f"a policy must be announced {least_ms / 1000:g} s ahead, so that every worker hears of it in time"
            )
        if from_ms <= latest.policy.from_ms:
            raise UserError(f"policy {latest.policy.number} comes into force later than that; policies follow in order")
        names = changes.pop("catalogue", latest.catalogue)
        policy = replace(latest.policy, number=latest.policy.number + 1, from_ms=from_ms, **changes)
        # Nobody handles anything by rules older than half of the time ahead: one refresh more, and all have heard.
        heard_ms = least_ms // 2 + int(1000 * settings.rules_refresh_s)
        entry = PolicyEntry(policy, names, heard_ms=heard_ms)
        if not changes and names == latest.catalogue:
            raise UserError("nothing changes: name the rules that do")
        try:
            Rulebook([*(known.policy for known in book.policies), entry.policy], lambda _: Decoder().decode)
        except ValueError as error:
            raise UserError(str(error)) from None
        await send(entry)
        if book.policies[-1] == latest:
            raise AnnouncedLate("Kafka took the announcement too late for every worker to hear of it: announce again")
        if book.policies[-1] != entry:
            raise UserError("somebody else announced another policy just now: look at it and announce again")
        return entry


Send = Callable[[PolicyEntry | LogEntry], Awaitable[None]]


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[tuple[Book, Send]]:
    """The book as it is, and how to add to it; what was added is read back."""
    reader = Reader(settings)
    producer = AIOKafkaProducer(**wire(settings), acks="all", enable_idempotence=True)

    async def send(entry: PolicyEntry | LogEntry) -> None:
        # Of two that were announced at once the first holds: compaction must not leave the second alone.
        if isinstance(entry, PolicyEntry):
            key = f"policy|{entry.policy.number}|{uuid.uuid4().hex}"
        else:
            key = f"log|{entry.log}"
        await producer.send_and_wait(settings.topic(TOPIC), _encode(entry), key=key.encode(), partition=0)
        await reader.refresh()

    try:
        try:
            await producer.start()
        except OUT_OF_REACH:
            raise Unavailable(str(await why_not(settings))) from None
        await reader.refresh()
        yield reader.book, send
    except KafkaError as error:
        raise Unavailable(f"Kafka does not take the rules of counting: {error!r}") from error
    finally:
        await reader.stop()
        await producer.stop()
