"""What the four apps share: how a Faust app of ours is made, and how a failure ends it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import msgspec

from schemas.scales import SCALES
from streams.apps.transport import Batch, BatchApp, BatchConsumer, NoTables, Whole, step
from streams.edges import metrics
from streams.edges.errors import UserError
from streams.edges.kafka_wire import faust_credentials
from streams.edges.settings import Settings
from streams.edges.vitals import PULSE
from streams.pure.cells import CellMessage, Message, decode
from streams.pure.counting import Record

log = logging.getLogger("touchpulse")
MAX_RECORDS = 10_000
"""Records handed over at once: some 0.1 s of counting."""


def make_app(role: str, settings: Settings) -> BatchApp:
    """A Faust app for one role: its own consumer group, no tables, no web server of Faust's."""
    app = BatchApp(
        settings.topic(f"touchpulse-{role}"),
        broker=[f"kafka://{broker.strip()}" for broker in settings.brokers().split(",")],
        broker_credentials=faust_credentials(settings),
        autodiscover=False,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        broker_session_timeout=settings.kafka_session_timeout_ms / 1000,
        broker_heartbeat_interval=settings.kafka_session_timeout_ms / 5000,
        broker_commit_interval=1.0,
        consumer_group_instance_id=f"{role}-{settings.worker_id}" if settings.worker_id else None,
        consumer_max_fetch_size=4 * 1024 * 1024,
        # 4 MB compressed can be 200,000 records: seconds in which neither heartbeats nor publications go out.
        broker_max_poll_records=MAX_RECORDS,
        # Batches, not events: a few fetches in hand are plenty, and memory stays flat when a sink is slow.
        stream_buffer_maxsize=16,
        stream_wait_empty=False,
        TableManager=NoTables,
    )

    async def assigned(_: Any, *arguments: Any, **__: Any) -> None:
        if arguments and not arguments[0]:
            await consumer_of(app).on_nothing_assigned()

    app.trusts_own_clock = settings.memory_broker
    app.on_partitions_assigned.connect(assigned)  # type: ignore[arg-type]  # mode's type wants a name we do not use
    return app


def consume(app: BatchApp, topics: list[str], handle: Callable[[Batch], Awaitable[None]], name: str) -> None:
    """An agent that gives each fresh batch of some topics to `handle`, in order.

    An exception ends the process: what the batch held is read again by whoever takes over. Nothing behind
    it can be committed, since only `durable` moves offsets.
    """
    channel = app.topic(*topics, schema=Whole())

    async def agent(stream: Any) -> None:
        async for event in stream.noack().events():
            batch: Batch = event.value
            consumer = consumer_of(app)
            PULSE.check()
            if batch.epoch == consumer.epoch:
                try:
                    await handle(batch)
                    consumer.handled(batch)
                    metrics.RECORDS.labels(batch.tp.topic).inc(len(batch.records))
                except asyncio.CancelledError:
                    raise
                except Exception as error:
                    await fail(app, error, f"{name}: {batch.tp.topic}[{batch.tp.partition}]")
                    return
            event.ack()

    app.agent(channel, name=name)(agent)


def messages(batch: Batch, *, keep_all: bool = False) -> Iterator[Message]:
    """Our own messages in a batch; see `numbered`."""
    for _, message in numbered(batch, keep_all=keep_all):
        yield message


def numbered(batch: Batch, *, keep_all: bool = False) -> Iterator[tuple[Record, Message]]:
    """Our own messages in a batch, with their records; one that cannot be read is told and passed over.

    A stranger's record must not stop a worker again and again. Nor must a newer version's message, but for who
    keeps everything: what it passes over would be missing for good.

    Args:
        keep_all: stop at messages of a newer version.
    Raises:
        UserError: there is one.
    """
    for record in batch.records:
        try:
            message = decode(record.value or b"")
            unknown = message.scales() - SCALES.keys() if isinstance(message, CellMessage) else set()
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            if keep_all and isinstance(error, msgspec.ValidationError):
                raise UserError(
                    f"{batch.tp.topic} holds a newer version's message: upgrade this worker first"
                ) from None
            log.error("not a message of ours, passed over: %s[%d] offset %d: %s", *batch.tp, record.offset, error)
            continue
        if unknown:
            if keep_all:
                raise UserError(f"{batch.tp.topic} holds unknown scales {sorted(unknown)}: upgrade this worker first")
            log.error("unknown scales %s, passed over: %s[%d] offset %d", sorted(unknown), *batch.tp, record.offset)
            continue
        yield record, message


def every(app: BatchApp, interval_s: float, job: Callable[[], Awaitable[None]], name: str) -> None:
    """Runs a job again and again, `interval_s` after its last end; an exception ends the process.

    Not while partitions are handed out anew, or their positions looked for: state and assignment would not agree.
    """

    async def task() -> None:
        while not app.should_stop:
            await app.sleep(interval_s)
            if app.should_stop or app.rebalancing or not consumer_of(app).settled:
                continue
            PULSE.check()
            try:
                with step(app, name):
                    await job()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                await fail(app, error, name)
                return

    app.task(task)


async def fail(app: BatchApp, error: Exception, where: str) -> None:
    """Says what happened and stops the worker; its supervisor starts it again."""
    log.error("worker stops: %s: %s: %s", where, type(error).__name__, error, exc_info=error)
    await app.crash(error)


def consumer_of(app: BatchApp) -> BatchConsumer:
    """The app's consumer, as the one it is."""
    consumer = app.consumer
    assert isinstance(consumer, BatchConsumer)
    return consumer
