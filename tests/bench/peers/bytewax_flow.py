"""Bytewax with its own Kafka source and its own windows: counts by key in tumbling windows of event time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import bytewax.operators as op
import bytewax.operators.windowing as win
import orjson
from bytewax.connectors.kafka import KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main
from work import Stopwatch, task

asked, watch = task(), Stopwatch()
counts: dict[tuple[int, str, str, int], int] = {}
START = datetime(2020, 1, 1, tzinfo=UTC)
LENGTH = timedelta(seconds=10)
BATCH = 10_000  # ten times the default: a little faster here


def keyed(message):
    watch.start()
    event = orjson.loads(message.value)
    return f"{event['channel']}|{event['kind']}|{event['score']}", datetime.fromisoformat(event["occurred_at"])


class Kept(StatelessSinkPartition):
    """Takes closed windows: (key, (number of the window since START, events))."""

    def write_batch(self, items):
        for key, (window, n) in items:
            channel, metric, score = key.split("|")
            counts[int(START.timestamp()) + 10 * window, channel, metric, int(score)] = n


class Sink(DynamicSink):
    def build(self, step_id, worker_index, worker_count):
        return Kept()


flow = Dataflow("peer")
source = KafkaSource(asked["brokers"].split(","), [asked["topic"]], tail=False, batch_size=BATCH)
events = op.map("keyed", op.input("source", flow, source), keyed)
counted = win.count_window(
    "count",
    events,
    # Partitions run ahead of each other by some seconds of event time when a log is read back.
    win.EventClock(lambda item: item[1], wait_for_system_duration=timedelta(seconds=60)),
    win.TumblingWindower(length=LENGTH, align_to=START),
    lambda item: item[0],
)
op.output("sink", counted.down, Sink())
run_main(flow)
watch.tell(sum(counts.values()), counts)
