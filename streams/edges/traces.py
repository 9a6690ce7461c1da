"""One event's way through the workers, as OpenTelemetry traces: where it waited when it came late.

Which records are traced follows from their offset alone, and so does the id of the trace: every role, and every worker
that takes over, traces the same ones without a word to each other, and the records that are not traced cost nothing.
Where traces go is said by OpenTelemetry's own variables (OTEL_EXPORTER_OTLP_ENDPOINT and its like).

    touchpoint   from the broker's acceptance until it is stored
      gateway    from the request until the broker took it
      score      from its arrival until its counts are published
      archive    from its arrival until it is stored
"""

from __future__ import annotations

import hashlib
import logging
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from streams.edges.errors import UserError
from streams.edges.settings import PREFIX, Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

ROOT = "touchpoint"
ROOM = 10_000
"""Records under way that are noted, at most: a store that is away for hours must not fill memory."""


def traces_of(settings: Settings, role: str) -> Traces | None:
    """What a role traces with; None where nothing is traced.

    Raises:
        UserError: the packages are not installed.
    """
    if not settings.trace_every:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError:
        raise UserError(
            f"{PREFIX}TRACE_EVERY needs OpenTelemetry's packages: pip install 'touchpulse[traces]', or leave it at 0"
        ) from None
    # A collector that is away is said once a minute by OpenTelemetry itself, with a traceback: one line will do.
    logging.getLogger("opentelemetry.sdk").setLevel(logging.CRITICAL)
    return Traces(settings.trace_every, role, OTLPSpanExporter())


@dataclass(slots=True)
class _UnderWay:
    """A traced record that this role has and is not done with."""

    offset: int
    appended_ms: int
    began_ns: int


class Traces:
    """The spans of one role.

    Args:
        every: one record in so many of each partition.
        exporter: where spans go.
        now_ns: time since 1970.
    """

    def __init__(self, every: int, role: str, exporter: SpanExporter, now_ns: Callable[[], int] = time.time_ns) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self._every, self._role, self._now_ns = every, role, now_ns
        self._ids = _given_ids()
        resource = Resource.create({"service.namespace": "touchpulse", "service.name": f"touchpulse-{role}"})
        self._provider = TracerProvider(resource=resource, id_generator=self._ids)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("touchpulse")
        self._under_way: dict[tuple[str, int], list[_UnderWay]] = {}
        self._noted = 0

    def begin(self, topic: str, partition: int, records: Sequence[Any], from_offset: int = 0) -> None:
        """Records arrived.

        Args:
            records: with `offset` and `timestamp` (ms), in order of offset.
            from_offset: what is before was done earlier, and is only read back.
        """
        if not records:
            return
        now_ns = self._now_ns()
        first, last = max(records[0].offset, from_offset), records[-1].offset
        for offset in range(-(-first // self._every) * self._every, last + 1, self._every):
            record = records[bisect_left(records, offset, key=_offset)]
            # A log may have gaps: what is at the offset itself is traced, and nothing in its stead.
            if record.offset == offset and self._noted < ROOM:
                self._under_way.setdefault((topic, partition), []).append(_UnderWay(offset, record.timestamp, now_ns))
                self._noted += 1

    def done(self, topic: str, partition: int, next_offset: int, *, last: bool = False) -> None:
        """Records before an offset are through this role; `last`: and that is the end of their way."""
        waiting = self._under_way.get((topic, partition))
        if not waiting:
            return
        now_ns = self._now_ns()
        through = [one for one in waiting if one.offset < next_offset]
        self._under_way[topic, partition] = waiting[len(through) :]
        self._noted -= len(through)
        for one in through:
            self.span(
                topic,
                partition,
                one.offset,
                one.began_ns,
                now_ns,
                waited_ms=one.began_ns // 1_000_000 - one.appended_ms,
            )
            if last:
                self._root(topic, partition, one.offset, one.appended_ms * 1_000_000, now_ns)

    def forget(self) -> None:
        """Partitions were handed out anew: what was under way will come again, here or elsewhere."""
        self._under_way, self._noted = {}, 0

    def traces(self, offset: int) -> bool:
        """Whether the record at this offset is traced."""
        return offset >= 0 and offset % self._every == 0

    def span(self, topic: str, partition: int, offset: int, began_ns: int, ended_ns: int, **more: int) -> None:
        """This role's part of a record's way."""
        from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

        trace_id, root_id = trace_ids(topic, partition, offset)
        root = SpanContext(trace_id, root_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
        span = self._tracer.start_span(
            self._role,
            context=set_span_in_context(NonRecordingSpan(root)),
            start_time=began_ns,
            attributes={
                **_where(topic, partition, offset),
                **{f"touchpulse.{name}": value for name, value in more.items()},
            },
        )
        span.end(max(began_ns, ended_ns))

    def _root(self, topic: str, partition: int, offset: int, began_ns: int, ended_ns: int) -> None:
        from opentelemetry.context import Context

        self._ids.next = trace_ids(topic, partition, offset)
        span = self._tracer.start_span(
            ROOT, context=Context(), start_time=began_ns, attributes=_where(topic, partition, offset)
        )
        span.end(max(began_ns, ended_ns))

    def close(self) -> None:
        """Hands over what waits, and ends."""
        self._provider.shutdown()


def trace_ids(topic: str, partition: int, offset: int) -> tuple[int, int]:
    """(id of a record's trace, id of its root span): the same for whoever asks."""
    digest = hashlib.blake2b(f"{topic}|{partition}|{offset}".encode(), digest_size=24).digest()
    return int.from_bytes(digest[:16]), int.from_bytes(digest[16:])


def _offset(record: Any) -> int:
    return int(record.offset)


def _where(topic: str, partition: int, offset: int) -> dict[str, str | int]:
    """As OpenTelemetry's conventions for messaging name it."""
    return {
        "messaging.system": "kafka",
        "messaging.destination.name": topic,
        "messaging.destination.partition.id": str(partition),
        "messaging.kafka.offset": offset,
    }


def _given_ids() -> Any:
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class GivenIds(RandomIdGenerator):
        """Random ids, but for the root of a record's trace: that is known beforehand."""

        next: tuple[int, int] | None = None

        def generate_trace_id(self) -> int:
            return self.next[0] if self.next else super().generate_trace_id()

        def generate_span_id(self) -> int:
            given, self.next = self.next, None
            return given[1] if given else super().generate_span_id()

    return GivenIds()
