"""The broker's own id of a topic, which becomes the log id of everything counted from it.

Offsets start again when a topic is deleted and made anew under the same name; were the name the log id,
the new history would hide behind the old one. Brokers since 2.8 give each topic an id of its own.
aiokafka 0.14 asks for metadata in version 5 at most, where it is not told; so this module adds the
one version that tells it, on aiokafka's own base classes for requests.
"""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64encode
from io import BytesIO
from time import monotonic

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import IncompatibleBrokerVersion, KafkaError
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from streams.edges.errors import Unavailable, UserError
from streams.edges.kafka_knock import why_not
from streams.edges.kafka_wire import wire
from streams.edges.settings import Settings

_NONE = bytes(16)
_UNKNOWN_TOPIC = 3
_NEWS_TRAVELS_S = 3.0
"""A topic made a moment ago: how long a broker may take to hear of it from its controller."""


class _Uuid(AbstractType[bytes]):  # type: ignore[misc]  # aiokafka ships no types, here and below
    """Sixteen bytes; all zero means none."""

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        value = data.read(16)
        if len(value) != 16:
            raise ValueError("the broker's answer ends within a topic id")
        return value


# Kafka protocol, Metadata (key 3), version 10: https://kafka.apache.org/protocol.html#The_Messages_Metadata
class _MetadataResponse_v10(Response):  # type: ignore[misc]  # noqa: N801  # named as aiokafka names its own
    API_KEY = 3
    API_VERSION = 10
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString()),
                ("port", Int32),
                ("rack", CompactString()),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString()),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("topic", CompactString()),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("topic_authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_authorized_operations", Int32),
        ("tags", TaggedFields),
    )


class _MetadataRequest_v10(RequestStruct):  # type: ignore[misc]  # noqa: N801  # named as aiokafka names its own
    API_KEY = 3
    API_VERSION = 10
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _MetadataResponse_v10
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("name", CompactString()), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _TopicIdRequest(Request[_MetadataRequest_v10]):  # type: ignore[misc]
    """Asks about one topic by name, without making it."""

    API_KEY = 3

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def build(self, request_struct_class: type[_MetadataRequest_v10]) -> _MetadataRequest_v10:
        return request_struct_class([(_NONE, self._topic, {})], False, False, False, {})


async def topic_id(settings: Settings, topic: str, *, timeout_s: float = 30) -> str:
    """The id the broker gave a topic when it was made.

    Args:
        settings: where the brokers are, and how they are spoken to.
        topic: full name, with the installation's prefix.
    Returns:
        22 characters, as Kafka's own tools print it. A broker that gives no ids (before 2.8, or the
        in-memory one) leaves only the topic's name, and a topic made anew can then not be told apart.
    Raises:
        UserError: there is no such topic.
        Unavailable: no broker answers.
    """
    client = AIOKafkaClient(**wire(settings), request_timeout_ms=int(timeout_s * 1_000))
    try:
        await client.bootstrap()
        deadline = monotonic() + _NEWS_TRAVELS_S
        while True:
            response = await client.send(client.get_random_node(), _TopicIdRequest(topic))
            (found,) = response.to_object()["topics"]
            if not found["error_code"] or monotonic() > deadline:
                break
            await asyncio.sleep(0.1)
    except (IncompatibleBrokerVersion, NotImplementedError):  # how aiokafka says: not that version
        return topic
    except (KafkaError, OSError) as error:
        raise Unavailable(str(await why_not(settings))) from error
    finally:
        await client.close()
    if found["error_code"] == _UNKNOWN_TOPIC:
        at = settings.brokers()
        raise UserError(f"the topic {topic} does not exist at {at}: make it with `touchpulse topics apply`")
    if found["error_code"]:
        raise Unavailable(f"the broker does not tell about topic {topic} now (error {found['error_code']})")
    if found["topic_id"] == _NONE:
        return topic
    return urlsafe_b64encode(found["topic_id"]).rstrip(b"=").decode()
