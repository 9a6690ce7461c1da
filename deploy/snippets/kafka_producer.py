"""One event straight into Kafka with confluent-kafka, for systems that have Kafka anyway.

What matters: the key is `producer:event_id` and the partitioner murmur2, so that a retry meets its twin in one
partition; acks=all and idempotence, so that acknowledged means kept. librdkafka's own default partitioner is
another one: it must be set.
"""

import json
import os
import uuid
from datetime import UTC, datetime

from confluent_kafka import KafkaError, Message, Producer

producer = Producer(
    {
        "bootstrap.servers": os.environ["KAFKA_BROKERS"],
        "partitioner": "murmur2_random",
        "acks": "all",
        "enable.idempotence": True,
        "compression.type": "lz4",
        "linger.ms": 20,
    }
)
failed: list[KafkaError] = []


def told(error: KafkaError | None, message: Message) -> None:
    """Only now is the event safe, or not."""
    if error is not None:
        failed.append(error)


now = datetime.now(UTC).isoformat(timespec="milliseconds")
event = {
    "kind": "csat",
    "event_id": str(uuid.uuid4()),
    "occurred_at": now,
    "sent_at": now,
    "producer": "till-server",
    "channel": "store",
    "touchpoint": "checkout",
    "score": 4,
    "scale": "1-5",
}
key = f"{event['producer']}:{event['event_id']}"
producer.produce("touchpoints", key=key, value=json.dumps(event), on_delivery=told)
producer.flush(30)
if failed:
    raise SystemExit(f"not delivered, keep it and send it again with the same event_id: {failed[0]}")
