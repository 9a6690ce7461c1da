"""Events into Kafka: acknowledged by all replicas in sync, or not taken; never "probably".

Why librdkafka and not aiokafka, which the workers use: it gives each record up after a time that is set
(aiokafka's idempotent producer tries for ever, and memory would grow while Kafka is away), and a record costs a
quarter of the processor time (measured: 3 to 8 microseconds against 18). Its partitioner must be set: its own
default is not the one Java clients have, and a retry over another way would not meet its twin.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from streams.edges.errors import Unavailable
from streams.edges.kafka_knock import refusal
from streams.edges.kafka_wire import librdkafka
from streams.edges.settings import Settings
from streams.edges.traces import Traces, traces_of

log = logging.getLogger("touchpulse")

Message = tuple[str, bytes, bytes]
"""(full topic name, key, value)."""

_PROBE_S = 2.0
_PROBE_AWAY_S = 0.25
_PROBE_TIMEOUT_S = 0.7


class EventLog:
    """Kafka as the gateway sees it: there or away.

    Args:
        settings: where the brokers are.
        topics: full names of the topics written to; they must exist.
        timeout_s: how long a record may stay unacknowledged.
        max_bytes: what may wait for Kafka.
    """

    def __init__(self, settings: Settings, topics: Sequence[str], *, timeout_s: float, max_bytes: int) -> None:
        self._settings = settings
        self._traces = traces_of(settings, "gateway")
        self._topics = topics
        self._timeout_s = timeout_s
        self._config: dict[str, Any] = {
            **librdkafka(settings),
            "client.id": "touchpulse-gateway",
            "acks": "all",
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "compression.type": "lz4",
            "linger.ms": 2,
            # What is not acknowledged by then is given up, so that it cannot pile up: its sender sends it again.
            "message.timeout.ms": int(timeout_s * 1000),
            "queue.buffering.max.kbytes": max_bytes // 1024 * 2,
            "queue.buffering.max.messages": 1_000_000,
            "socket.timeout.ms": 5_000,
            "socket.connection.setup.timeout.ms": 2_000,
            "reconnect.backoff.ms": 50,
            "reconnect.backoff.max.ms": 300,
            "log_level": 0,  # one sentence of ours when Kafka goes and one when it comes back
        }
        self._producer: Producer | None = None
        self._stopping = threading.Event()
        self._poller: threading.Thread | None = None
        self._prober: asyncio.Task[None] | None = None
        self._doubt = asyncio.Event()
        self._went_away = False
        self._refusal = ""
        self.there = False
        """Whether Kafka answered when last asked, and has all our topics."""
        self.why_away = "not asked yet"

    async def start(self) -> None:
        """Connects, and finds out whether Kafka is there; it need not be."""
        self._producer = Producer(self._config)
        self._poller = threading.Thread(target=self._poll, args=(self._producer,), name="kafka", daemon=True)
        self._poller.start()
        await self._probe()
        self._prober = asyncio.create_task(self._keep_probing())

    async def stop(self) -> None:
        """Waits for what is under way, as long as a record may take, and disconnects."""
        if self._producer is None:
            return
        if self._prober is not None:
            self._prober.cancel()
        await asyncio.to_thread(self._producer.flush, self._timeout_s)
        self._stopping.set()
        if self._poller is not None:
            await asyncio.to_thread(self._poller.join)
        if self._traces:
            await asyncio.to_thread(self._traces.close)
        self._producer = None

    @property
    def depth(self) -> int:
        """Records handed over and not yet acknowledged or given up."""
        return len(self._producer) if self._producer is not None else 0

    async def send(self, messages: Sequence[Message]) -> bytes:
        """Sends all and waits for each, as long as a record may take.

        Returns:
            For each message 1 if Kafka has it, 0 if that is not known by now: it may still arrive.
        """
        producer = self._producer
        if producer is None or not self.there:
            return bytes(len(messages))
        sending = _Sending(len(messages), self._traces)
        handed = 0
        for topic, key, value in messages:
            try:
                producer.produce(topic, value, key, on_delivery=partial(sending.told, handed))
            except BufferError:
                break
            except KafkaException as error:  # this record, not Kafka: too large
                log.error("Kafka refuses a record of %d bytes for %s: %s", len(value), topic, error)
                sending.told(handed, error, None)
            handed += 1
        sending.handed(handed)
        try:
            async with asyncio.timeout(self._timeout_s):
                await sending.done
        except TimeoutError:
            pass
        taken = bytes(sending.taken)
        if not all(taken):
            self._doubt.set()
        return taken

    async def exists(self, topic: str) -> bool:
        """Whether Kafka has a topic of that full name.

        Raises:
            Unavailable: it does not answer.
        """
        if self._producer is None or not self.there:
            raise Unavailable(f"Kafka is away: {self.why_away}")
        try:
            # All names, since asking for one could make it.
            found = await asyncio.to_thread(self._producer.list_topics, timeout=_PROBE_TIMEOUT_S)
        except KafkaException as error:
            raise Unavailable(f"Kafka does not answer: {error}") from None
        return topic in found.topics

    def _poll(self, producer: Producer) -> None:
        """Runs the callbacks of acknowledged records, in a thread of its own: it may wait for them."""
        while not self._stopping.is_set():
            producer.poll(0.2)

    async def _keep_probing(self) -> None:
        while True:
            self._doubt.clear()
            try:
                async with asyncio.timeout(_PROBE_S if self.there else _PROBE_AWAY_S):
                    await self._doubt.wait()
            except TimeoutError:
                pass
            await self._probe()

    async def _probe(self) -> None:
        """Asks for the topics' leaders: the answer decides whether requests are taken at all."""
        assert self._producer is not None
        why = await asyncio.to_thread(_trouble, self._producer, self._topics)
        news = bool(why) != self._went_away
        self._went_away = bool(why)
        self.there, self.why_away = not why, why and (self._refusal or why)
        if news and why:
            # librdkafka says that a connection failed, and not why a broker does not let us in.
            self._refusal = await refusal(self._settings, knock_s=_PROBE_TIMEOUT_S)
            self.why_away = self._refusal or why
            log.error("Kafka is away, requests are refused with 503: %s", self.why_away)
        elif news:
            self._refusal = ""
            log.warning("Kafka is back, requests are taken again")


class _Sending:
    """The fate of one request's records.

    Told by the polling thread alone, read by the event loop: `told` counts up, `handed` says how many to expect.
    """

    def __init__(self, count: int, traces: Traces | None) -> None:
        self._traces, self._began_ns = traces, time.time_ns()
        self.taken = bytearray(count)
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self._loop.create_future()
        self._told = 0
        self._expected = -1
        self._lock = threading.Lock()

    def told(self, index: int, error: object, message: Any) -> None:
        """One record's fate."""
        if error is None:
            self.taken[index] = 1
            if self._traces and self._traces.traces(message.offset()):
                where = message.topic(), message.partition(), message.offset()
                self._traces.span(*where, self._began_ns, time.time_ns())
        with self._lock:
            self._told += 1
            last = self._told == self._expected
        if last:
            self._loop.call_soon_threadsafe(self._finish)

    def handed(self, count: int) -> None:
        """How many records were handed over."""
        with self._lock:
            self._expected = count
            last = self._told == count
        if last:
            self._finish()

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)


def _trouble(producer: Producer, topics: Sequence[str]) -> str:
    """Why events cannot be written now; '' if they can."""
    try:
        for topic in topics:
            found = producer.list_topics(topic, timeout=_PROBE_TIMEOUT_S).topics[topic]
            if found.error is not None and found.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                return f"there is no topic {topic}: run `touchpulse topics apply`"
            if found.error is not None:
                return f"topic {topic}: {found.error.str()}"
            if any(partition.leader < 0 for partition in found.partitions.values()):
                return f"topic {topic} has a partition without a leader"
    except KafkaException as error:
        return str(error.args[0].str() if error.args else error)
    return ""
