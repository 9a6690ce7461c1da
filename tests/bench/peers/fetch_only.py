"""aiokafka that makes a ConsumerRecord of everything and looks at nothing: as fast as its consumer can be."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer
from work import Stopwatch, task


async def main() -> None:
    asked, watch, events = task(), Stopwatch(), 0
    left = dict(asked["ends"])
    consumer = AIOKafkaConsumer(
        asked["topic"], bootstrap_servers=asked["brokers"], group_id=asked["group"], auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        while left:
            for tp, records in (await consumer.getmany(timeout_ms=1_000)).items():
                watch.start()
                events += len(records)
                if records[-1].offset + 1 >= asked["ends"][tp.partition]:
                    left.pop(tp.partition, None)
        watch.tell(events, {})
    finally:
        await consumer.stop()


asyncio.run(main())
