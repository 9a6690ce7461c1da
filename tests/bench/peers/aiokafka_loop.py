"""A loop of one's own around aiokafka: whole fetches, orjson, counts in a dict, offsets committed every second."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import orjson
from aiokafka import AIOKafkaConsumer
from work import Cell, Stopwatch, cell, task


async def main() -> None:
    asked, watch, events = task(), Stopwatch(), 0
    ends, left = asked["ends"], dict(asked["ends"])
    counts: defaultdict[Cell, int] = defaultdict(int)
    consumer = AIOKafkaConsumer(
        asked["topic"],
        bootstrap_servers=asked["brokers"],
        group_id=asked["group"],
        auto_offset_reset="earliest",
        auto_commit_interval_ms=1_000,
    )
    await consumer.start()
    try:
        while left:
            for tp, records in (await consumer.getmany(timeout_ms=1_000)).items():
                watch.start()
                end = ends[tp.partition]
                for record in records:
                    if record.offset < end:
                        counts[cell(orjson.loads(record.value))] += 1
                        events += 1
                if records[-1].offset + 1 >= end:
                    left.pop(tp.partition, None)
        watch.tell(events, counts)
    finally:
        await consumer.stop()


asyncio.run(main())
