"""A Kafka broker in this process's memory: for the demo and for quick tests.

librdkafka ships a mock broker that speaks the real protocol on a loopback port, so that our own
clients (aiokafka, Faust) run unchanged and nobody has to install Java. It is reached through
librdkafka's public C functions (rdkafka_mock.h), because confluent-kafka's configuration can neither
choose a topic's partitions nor shorten the three seconds that a new consumer group waits.

What it does not do, each measured and held by tests/broker/test_memory_broker.py:

- It keeps at most `MAX_PARTITION_BYTES` of batches (as sent, so after compression) and
  `MAX_PARTITION_BATCHES` batches a partition. Beyond that the **oldest batch is dropped without a
  word**: a consumer that lags so far jumps ahead. Whoever feeds it must wait for the consumers.
  librdkafka has no setting for either limit. A single batch beyond the limit can never be read.
- **A group has one member.** Of two that join together one is refused (InvalidRequest), because the
  leader's answer ends the joining before the others have asked. When the member leaves, the next one
  waits for the session timeout less a second.
- Record times are the producer's (CreateTime); there is no LogAppendTime and no look-up of offsets
  by time, and the time in a producer's receipt is made up. No compaction, no retention by time, no
  topic configuration, no admin requests.
- A topic nobody created appears when first asked about, with `DEFAULT_PARTITIONS` partitions.
- Nothing outlives the process.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from streams.edges.errors import UserError

DEFAULT_PARTITIONS = 4
"""Partitions of a topic that appeared by itself."""
MAX_PARTITION_BYTES = 5 * 1024 * 1024
"""Bytes of record batches a partition keeps."""
MAX_PARTITION_BATCHES = 100_000
"""Record batches a partition keeps."""

_PRODUCER = 0  # rd_kafka_type_t: the mock cluster needs some client to live in
_ERROR_BYTES = 512


def _librdkafka() -> ctypes.CDLL:
    """librdkafka, as bundled with confluent-kafka.

    Raises:
        UserError: confluent-kafka is not installed (it belongs to the extra `local`).
    """
    try:
        from confluent_kafka import cimpl
    except ImportError:
        raise UserError("the in-memory broker needs the package confluent-kafka: install touchpulse[local]") from None
    # Symbols are looked up in the extension module and in what it links to, so the file name of the
    # bundled library, which differs by platform, need not be known.
    library = ctypes.CDLL(cimpl.__file__)
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in (
        ("rd_kafka_conf_new", pointer, []),
        ("rd_kafka_conf_set", number, [pointer, text, text, text, ctypes.c_size_t]),
        ("rd_kafka_new", pointer, [number, pointer, text, ctypes.c_size_t]),
        ("rd_kafka_destroy", None, [pointer]),
        ("rd_kafka_mock_cluster_new", pointer, [pointer, number]),
        ("rd_kafka_mock_cluster_destroy", None, [pointer]),
        ("rd_kafka_mock_cluster_bootstraps", text, [pointer]),
        ("rd_kafka_mock_topic_create", number, [pointer, text, number, number]),
        ("rd_kafka_mock_group_initial_rebalance_delay_ms", None, [pointer, ctypes.c_int32]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class MemoryBroker:
    """One in-memory broker; a context manager that starts and stops it.

    Args:
        topics: partitions by topic name, made at start. Other topics appear by themselves.
        rebalance_delay_ms: how long a new consumer group waits for more members (Kafka: 3,000).
    """

    def __init__(self, topics: Mapping[str, int] | None = None, *, rebalance_delay_ms: int = 0) -> None:
        self._topics = dict(topics or {})
        self._rebalance_delay_ms = rebalance_delay_ms
        self._library: ctypes.CDLL | None = None
        self._client: int | None = None
        self._cluster: int | None = None
        self._bootstrap = ""

    @property
    def bootstrap(self) -> str:
        """host:port for clients; empty while stopped."""
        return self._bootstrap

    def start(self) -> str:
        """Listen on a free loopback port.

        Returns:
            The address for clients, 127.0.0.1:port.
        Raises:
            UserError: confluent-kafka is not installed.
            RuntimeError: librdkafka refused; its own words.
        """
        if self._cluster:
            return self._bootstrap
        library = self._library = _librdkafka()
        error = ctypes.create_string_buffer(_ERROR_BYTES)
        conf = library.rd_kafka_conf_new()
        # The client is only a shell around the cluster and has no broker to talk to: keep it quiet.
        library.rd_kafka_conf_set(conf, b"log_level", b"0", error, _ERROR_BYTES)
        self._client = library.rd_kafka_new(_PRODUCER, conf, error, _ERROR_BYTES)
        if not self._client:
            raise RuntimeError(f"librdkafka did not start: {error.value.decode()}")
        self._cluster = library.rd_kafka_mock_cluster_new(self._client, 1)
        if not self._cluster:
            self.stop()
            raise RuntimeError("librdkafka could not open a loopback port for its mock broker")
        library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, self._rebalance_delay_ms)
        self._bootstrap = library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()
        for name, partitions in self._topics.items():
            self.create_topic(name, partitions=partitions)
        return self._bootstrap

    def create_topic(self, name: str, *, partitions: int) -> None:
        """Make a topic before anyone asks for it.

        Raises:
            ValueError: it exists already, the number of partitions is not positive, or not running.
        """
        if not (self._library and self._cluster):
            raise ValueError("the in-memory broker is not running")
        code = self._library.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, 1)
        if code or partitions < 1:
            raise ValueError(f"the in-memory broker cannot make topic {name!r} with {partitions} partitions")

    def stop(self) -> None:
        """Close the port and forget everything. Stopping twice is harmless."""
        if self._library and self._cluster:
            self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        if self._library and self._client:
            self._library.rd_kafka_destroy(self._client)
        self._cluster = self._client = None
        self._bootstrap = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
