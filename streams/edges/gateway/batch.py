"""The events of one request, judged one by one.

Each yields exactly one Kafka record: itself, or its rejection with its bytes. So what was sent adds up, and a
verdict is given only for what Kafka has.
"""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass, field
from typing import Any

import orjson

from schemas.decode import Event, Rejection, event_key
from schemas.fields import MAX_ID
from schemas.reasons import FieldError, ScreenError, cut
from schemas.screen import load
from schemas.times import epoch_ms
from streams.edges.gateway.answers import UNAVAILABLE, Verdict
from streams.edges.gateway.clock import as_text, clock_error
from streams.edges.gateway.contract import Contract, Terms
from streams.edges.gateway.grants import Grant
from streams.edges.gateway.kafka import Message
from streams.edges.gateway.seen import Seen
from streams.edges.gateway.split import unwrap
from streams.edges.settings import Settings
from streams.pure.cells import RejectedMessage, encode
from streams.pure.counting import far_future
from streams.pure.privacy import Privacy

TOPIC = "gateway"
"""What stands as the topic of a rejection made here: its bytes were never in one."""
MAX_RAW = 65_536
"""Bytes of a rejected event that are kept: more no event may have."""


@dataclass
class Batch:
    """Verdicts and records of a request's events, in the order sent; each event has one of either."""

    verdicts: list[Verdict] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)


class Judge:
    """Judges events; knows the rules in force, and the ids of late.

    Args:
        settings: topics' prefix, tolerances.
        contract: the rules in force.
        seen: ids of late.
        privacy: takes personal data out, before anything is kept.
    """

    def __init__(self, settings: Settings, contract: Contract, seen: Seen, privacy: Privacy) -> None:
        self._contract = contract
        self._seen = seen
        self._privacy = privacy
        self._tolerance_ms = settings.clock_tolerance_ms
        self._topic = settings.topic("touchpoints")
        self._rejected = settings.topic("rejected")
        # Rejections are stored by (topic, log, partition, offset): a log of its own for each process, counted
        # from 0, keeps those of two gateways, and of one before and after its restart, apart.
        self._log = uuid.uuid4().hex
        self._offsets = itertools.count()

    def judge(self, raws: list[bytes], grant: Grant, arrived_ms: int, *, cloud: bool = False) -> Batch:
        """Verdicts, on condition that Kafka takes the records.

        Args:
            raws: the events as sent.
            grant: who sent them, and what they may send.
            arrived_ms: when the request began to arrive.
            cloud: they are wrapped as CloudEvents.
        """
        batch, terms = Batch(), self._contract.at(arrived_ms)
        for raw in raws:
            self._one(batch, raw, grant, arrived_ms, terms, cloud)
        return batch

    def judge_fields(self, events: list[dict[str, Any]], grant: Grant, arrived_ms: int) -> Batch:
        """The same for events that were made here, from a webhook or a form."""
        batch, terms = Batch(), self._contract.at(arrived_ms)
        for event in events:
            self._fields(batch, event, grant, arrived_ms, terms)
        return batch

    def refuse(self, batch: Batch, raw: bytes, why: Rejection, event_id: str, arrived_ms: int) -> None:
        """Add a rejection, to be kept with the bytes."""
        offset = next(self._offsets)
        message = RejectedMessage(
            self._log, TOPIC, 0, offset, arrived_ms, why.producer, why.reason, why.field, why.value, why.nearest,
            why.message, raw[:MAX_RAW],
        )  # fmt: skip
        value = encode(self._privacy.cleaned_rejection(message))
        batch.messages.append((self._rejected, f"{self._log}|0|{offset}".encode(), value))
        batch.verdicts.append(
            Verdict(
                "rejected",
                event_id=event_id,
                reason=why.reason,
                field=why.field,
                value=why.value,
                nearest=why.nearest,
                message=why.message,
            )
        )

    def settle(self, batch: Batch, taken: bytes) -> list[Verdict]:
        """The verdicts after Kafka had its say.

        Args:
            taken: for each record whether Kafka acknowledged it.
        """
        for index, has in enumerate(taken):
            if not has:
                verdict = batch.verdicts[index]
                if verdict.status == "accepted" and not verdict.duplicate:
                    self._seen.forget(batch.messages[index][1])
                batch.verdicts[index] = Verdict("unavailable", event_id=verdict.event_id, message=UNAVAILABLE)
        return batch.verdicts

    def _one(self, batch: Batch, raw: bytes, grant: Grant, arrived_ms: int, terms: Terms, cloud: bool) -> None:
        try:
            fields = load(raw)
            if cloud:
                fields = unwrap(fields)
        except ScreenError:
            found = terms.decode(raw)
            assert isinstance(found, Rejection)  # the same screen comes first there
            why = Rejection(found.reason, found.field, found.value, found.nearest, found.message, grant.producer)
            self.refuse(batch, raw, why, "", arrived_ms)
        except FieldError as error:
            message = f"{error.field} {error.problem}."
            why = Rejection(str(error.reason), error.field, cut(fields.get(error.field)), "", message, grant.producer)
            self.refuse(batch, raw, why, "", arrived_ms)
        else:
            self._fields(batch, fields, grant, arrived_ms, terms)

    def _fields(self, batch: Batch, fields: dict[str, Any], grant: Grant, arrived_ms: int, terms: Terms) -> None:
        fields["producer"] = grant.producer
        sent_id = fields.get("event_id")
        event_id = sent_id if isinstance(sent_id, str) else ""
        key = event_key(grant.producer, event_id)
        before = self._seen.recall(key)
        offset_ms = self._put_clock_right(fields, arrived_ms, before)
        raw = orjson.dumps(self._privacy.cleaned(fields))
        event = terms.decode(raw)
        why = event if isinstance(event, Rejection) else self._beyond(event, grant, arrived_ms, terms)
        if why is not None:
            self.refuse(batch, raw, why, event_id[:MAX_ID], arrived_ms)
            return
        if before is None:
            self._seen.remember(key, offset_ms)
        batch.messages.append((self._topic, key, raw))
        batch.verdicts.append(
            Verdict("accepted", event_id=event_id, duplicate=before is not None, clock_offset_ms=offset_ms)
        )

    def _beyond(self, event: Event, grant: Grant, arrived_ms: int, terms: Terms) -> Rejection | None:
        """What the contract cannot know: our clock, and what the key allows."""
        # A little less than the counting allows, for its clock is the broker's: what is accepted here must count.
        ahead_ms = terms.max_skew_ms * 9 // 10
        if event.occurred_ms > arrived_ms + ahead_ms:
            return far_future(event, arrived_ms, ahead_ms)
        return grant.refuses(event)

    def _put_clock_right(self, fields: dict[str, Any], arrived_ms: int, before_ms: int | None) -> int:
        """Correct `occurred_at` by the error of the sender's clock; returns it.

        A retry gets the correction its twin got: the way of a request differs each time, the moment does not.
        """
        fields.pop("clock_offset_ms", None)
        sent_at, occurred_at = fields.get("sent_at"), fields.get("occurred_at")
        if not isinstance(sent_at, str) or not isinstance(occurred_at, str):
            return 0
        try:
            sent_ms, occurred_ms = epoch_ms(sent_at), epoch_ms(occurred_at)
        except FieldError:
            return 0  # the contract will say what is wrong
        offset_ms = clock_error(sent_ms, arrived_ms, self._tolerance_ms) if before_ms is None else before_ms
        if offset_ms:
            fields["occurred_at"] = as_text(occurred_ms + offset_ms)
            fields["clock_offset_ms"] = offset_ms
        return offset_ms
