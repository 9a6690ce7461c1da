"""Quix Streams: grouped by channel, metric and score, counted in its tumbling windows with their changelog."""

from __future__ import annotations

import logging
import tempfile

from quixstreams import Application, message_context
from work import Cell, Stopwatch, cell, task

asked, watch = task(), Stopwatch()
ends = asked["ends"]
total = sum(ends.values())
counts: dict[Cell, int] = {}
events = 0
logging.disable(logging.WARNING)
app = Application(
    broker_address=asked["brokers"],
    consumer_group=asked["group"],
    auto_offset_reset="earliest",
    state_dir=tempfile.mkdtemp(prefix="bench-quix-"),
    producer_extra_config={"compression.type": "lz4", "linger.ms": 10},
    loglevel=None,
)


def occurred_ms(value, key, timestamp, headers):
    return 1000 * cell(value)[0]


def wanted(value):
    watch.start()
    context = message_context()
    return context.offset < ends[context.partition]


def told(value, key, timestamp, headers):
    global events
    channel, metric, score = (key.decode() if isinstance(key, bytes) else key).split("|")
    counts[value["start"] // 1000, channel, metric, int(score)] = value["value"]
    events += 1
    if events == total:
        app.stop()


def place(event):
    return f"{event['channel']}|{event['kind']}|{event['score']}"


topic = app.topic(asked["topic"], value_deserializer="json", key_deserializer="bytes")
rows = app.dataframe(topic).filter(wanted)
rows = rows.group_by(place, name="cell", key_serializer="str", key_deserializer="str")
rows = rows.set_timestamp(occurred_ms)  # the broker stamps what it is sent, so the event's own time is set again
rows = rows.tumbling_window(duration_ms=10_000, grace_ms=3_600_000).count().current()
rows.update(told, metadata=True)
app.run()
watch.tell(events, counts)
