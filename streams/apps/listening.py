"""What a consumer overhears: the end of each log, the brokers' clocks, and its own standing in the group.

All three pass through aiokafka and are lost there: which offset a fetch answer named as the end and when it was
asked for, and that a heartbeat was refused because another process took this one's place.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from aiokafka.errors import UnknownMemberIdError
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import HeartbeatRequest, SyncGroupRequest
from faust.types import TP

from streams.apps.whole_fetches import WholeFetches
from streams.edges import metrics
from streams.edges.vitals import Exit, leave
from streams.pure.broker_clock import BrokerClock
from streams.pure.counting import Record

APPEND_TIME = 1
"""Kafka's timestamp type of record times that the broker set."""
FENCED_INSTANCE_ID = 82
CLOCK = BrokerClock()
"""What this process knows of the brokers' clocks; its producer and its consumer both learn."""


def stopwatch_ms() -> int:
    """Milliseconds that never go back."""
    return time.monotonic_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a fetch answer said of a partition.

    Attributes:
        end: offset behind its last record.
        asked_ms: stopwatch when it was asked for: all that was appended before lies below `end`.
        broker: node that answered.
    """

    end: int
    asked_ms: int
    broker: int


class Listening:
    """Hooks into one aiokafka consumer; its answers by partition."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.answers: dict[TP, Answer] = {}

    def attach(self, kafka: Any) -> None:
        """Begins to listen. Runs in the consumer's thread, before it joins its group."""
        client, coordinator = kafka._client, kafka._coordinator
        kafka._fetcher._records = WholeFetches()
        send, ask_group = client.send, getattr(coordinator, "_send_req", None)

        async def heard(node_id: int, request: Any, **options: Any) -> Any:
            asked_ms = stopwatch_ms()
            answer = await send(node_id, request, **options)
            if isinstance(request, FetchRequest):
                self._note(answer, asked_ms, node_id)
            return answer

        client.send = heard
        if ask_group is not None and self._app.conf.consumer_group_instance_id:
            beaten_s = 0.0

            async def asked(request: Any) -> Any:
                nonlocal beaten_s
                answer = await ask_group(request)
                if isinstance(request, HeartbeatRequest):
                    self._judge(answer.error_code, time.monotonic() - beaten_s)
                if isinstance(request, HeartbeatRequest | SyncGroupRequest) and not answer.error_code:
                    beaten_s = time.monotonic()
                return answer

            coordinator._send_req = asked

    def _note(self, answer: Any, asked_ms: int, node_id: int) -> None:
        for topic, partitions in answer.topics:
            fetched = 0
            for partition, error_code, end, *_, records in partitions:
                if not error_code:
                    self.answers[TP(topic, partition)] = Answer(end, asked_ms, node_id)
                    fetched += len(records or b"")
            metrics.FETCHED.labels(topic).inc(fetched)

    def _judge(self, error_code: int, since_beat_s: float) -> None:
        """A member with a name of its own that is suddenly unknown, though it was alive, was replaced.

        aiokafka would join again and push the other one out, which would do the same, for ever.
        """
        replaced = error_code == UnknownMemberIdError.errno and since_beat_s < self._app.conf.broker_session_timeout
        if replaced or error_code == FENCED_INSTANCE_ID:
            name = self._app.conf.consumer_group_instance_id
            leave(
                Exit.FENCED,
                f"another process joined the group as {name}: give each worker a TOUCHPULSE_WORKER_ID of its own",
                instance=name,
            )

    def learn(self, tp: TP, record: Record) -> None:
        """A record came: if the broker stamped it, its clock had reached that time."""
        answer = self.answers.get(tp)
        if answer is not None and getattr(record, "timestamp_type", None) == APPEND_TIME:
            CLOCK.learn(answer.broker, record.timestamp, stopwatch_ms())

    def broker_ms(self, answer: Answer) -> int | None:
        """What the broker's clock showed at least when the answer was asked for; None while nothing is known."""
        if self._app.trusts_own_clock:
            return time.time_ns() // 1_000_000 - (stopwatch_ms() - answer.asked_ms)
        return CLOCK.at_least(answer.broker, answer.asked_ms)
