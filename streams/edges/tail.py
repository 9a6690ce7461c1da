"""What is coming in right now, event by event, each with its verdict: for producers who try things out.

It reads beside everybody else: no consumer group, no commits. It sees what a worker sees, so a refusal reads the
same here; what only the counting can know (a twin from yesterday, the line of lateness) is told as far as it
shows.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer

from schemas.decode import Event, Rejection, detail
from streams.edges.errors import Unavailable
from streams.edges.gateway.contract import Contract
from streams.edges.kafka_knock import OUT_OF_REACH, why_not
from streams.edges.kafka_wire import wire
from streams.edges.settings import Settings
from streams.pure.cells import RejectedMessage, decode
from streams.pure.counting import far_future
from streams.pure.privacy import Privacy

REMEMBERED = 100_000
"""Ids kept for telling a repeat."""
OWN_BYTES = ("touchpoints", "touchpoints.import")
"""Topics whose refused records are seen there themselves; their records in `rejected` say it again."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One event on its way."""

    at_ms: int
    """Record time in Kafka."""
    producer: str
    event_id: str
    verdict: str
    """accepted, test, import, late, duplicate or rejected."""
    what: str
    """What it says, in short: kind, answer, place. Never the comment or the customer."""
    mend: str
    """What to mend; '' if nothing."""
    reason: str = ""
    """Code of a rejection."""
    field: str = ""
    clock_ms: int | None = None
    """How far the sender's clock (`sent_at`) is behind the broker's; includes the way. None: not told."""

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)


class Tail:
    """Turns records into what a producer wants to know. Knows no Kafka."""

    def __init__(self, settings: Settings, contract: Contract, privacy: Privacy, producer: str = "") -> None:
        """How to look.

        Args:
            contract: the rules in force; `follow` keeps them fresh.
            producer: whose events; '' is everybody's, and those of whom nobody knows whose they are.
        """
        self.contract, self._privacy, self._producer = contract, privacy, producer
        self._import, self._rejected = settings.topic("touchpoints.import"), settings.topic("rejected")
        self._own = frozenset(settings.topic(name) for name in OWN_BYTES)
        self._ids: dict[tuple[str, str], None] = {}

    def see(self, topic: str, value: bytes | None, time_ms: int) -> Seen | None:
        """One record; None if it is not this producer's, or was told already."""
        seen = self._refused(value) if topic == self._rejected else self._event(topic, value, time_ms)
        return seen if seen is not None and self._producer in ("", seen.producer) else None

    def _event(self, topic: str, value: bytes | None, time_ms: int) -> Seen:
        terms = self.contract.on(time_ms)
        event = terms.decode(value or b"")
        if not isinstance(event, Rejection) and event.occurred_ms > time_ms + terms.max_skew_ms:
            event = far_future(event, time_ms, terms.max_skew_ms)
        if isinstance(event, Rejection):
            mend = self._privacy.scrubbed(event.message)
            return Seen(time_ms, event.producer, "", "rejected", "", mend, event.reason, event.field)
        clock_ms = None if event.sent_ms is None else time_ms - event.sent_ms
        verdict, mend = self._verdict(topic, event, time_ms, terms.max_age_ms)
        return Seen(time_ms, event.producer, event.event_id, verdict, _what(event), mend, clock_ms=clock_ms)

    def _verdict(self, topic: str, event: Event, time_ms: int, max_age_ms: int) -> tuple[str, str]:
        key = (event.producer, event.event_id)
        if key in self._ids:
            return "duplicate", "this event_id came before: a retry is welcome, another answer needs another id"
        if len(self._ids) >= REMEMBERED:
            del self._ids[next(iter(self._ids))]
        self._ids[key] = None
        if event.test:
            return "test", ""
        if topic == self._import:
            return "import", ""
        if event.occurred_ms < time_ms - max_age_ms:
            hours = (time_ms - event.occurred_ms) / 3_600_000
            return "late", f"it occurred {hours:.0f} h ago: it counts in history, not in live scores and alerts"
        return "accepted", ""

    def _refused(self, value: bytes | None) -> Seen | None:
        message = decode(value or b"")
        if not isinstance(message, RejectedMessage) or message.topic in self._own:
            return None
        mend = self._privacy.scrubbed(message.message)
        return Seen(message.time_ms, message.producer, "", "rejected", "", mend, message.reason, message.field)


async def follow(settings: Settings, tail: Tail, *, back: int = 0) -> AsyncGenerator[Seen, None]:
    """Events as they come, without end.

    Args:
        back: how many records of each partition to begin with.
    Raises:
        SettingsError: no brokers are set.
        Unavailable: none of them answers, or a topic is missing.
    """
    names = [settings.topic(name) for name in (*OWN_BYTES, "rejected")]
    consumer = AIOKafkaConsumer(*names, **wire(settings), enable_auto_commit=False, group_id=None)
    try:
        await consumer.start()
    except OUT_OF_REACH:
        await consumer.stop()
        raise Unavailable(str(await why_not(settings))) from None
    following: asyncio.Task[None] | None = None

    async def exists(topic: str) -> bool:
        return topic in await consumer.topics()

    try:
        await asyncio.sleep(0)  # a task of aiokafka's that has not begun yet cannot be stopped
        places = sorted(consumer.assignment())
        if not any(place.topic == names[0] for place in places):
            raise Unavailable(f"there is no topic {names[0]}; is TOUCHPULSE_TOPIC_PREFIX right?")
        await tail.contract.refresh(exists)
        following = asyncio.create_task(tail.contract.follow(exists))
        first, end = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        for place in places:
            consumer.seek(place, max(first[place], end[place] - back))
        async for record in consumer:
            seen = tail.see(record.topic, record.value, record.timestamp)
            if seen is not None:
                yield seen
    finally:
        if following is not None:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            await tail.contract.stop()
        await consumer.stop()


def _what(event: Event) -> str:
    """Kind, values, place."""
    given = {name: value for name, value in detail(event).items() if name not in ("action", "need", "topic")}
    values = " ".join(f"{name}={value}" for name, value in given.items())
    place = "/".join(name for name in (event.channel, event.touchpoint, event.location) if name)
    return " ".join(part for part in (event.kind, values, place) if part)
