"""The gateway's metrics, each with its name, kind and meaning in this one place."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from streams.edges.gateway.answers import Verdict

_BUCKETS_S = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """Metrics of one gateway, with a registry of their own: two can live in one process."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self._requests = Counter(
            "touchpulse_gateway_requests", "Requests answered.", ("route", "status"), registry=registry
        )
        self._events = Counter(
            "touchpulse_gateway_events",
            "Events judged. Verdict: accepted, duplicate (accepted, id seen lately), rejected, unavailable.",
            ("producer", "verdict"),
            registry=registry,
        )
        self._clocks = Counter(
            "touchpulse_gateway_clocks_corrected",
            "Events whose time was corrected by the error of the sender's clock.",
            ("producer",),
            registry=registry,
        )
        self._rejected = Counter(
            "touchpulse_gateway_rejected", "Events rejected, by reason.", ("producer", "reason"), registry=registry
        )
        self._seconds = Histogram(
            "touchpulse_gateway_request_seconds",
            "From the headers of a request to its answer.",
            ("route",),
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self._bytes = Counter("touchpulse_gateway_body_bytes", "Bytes of bodies, unpacked.", registry=registry)

    def watch(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """A gauge that is read when somebody asks."""
        Gauge(f"touchpulse_gateway_{name}", meaning, registry=self.registry).set_function(read)

    def answered(self, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def read(self, size: int) -> None:
        """A body was read."""
        self._bytes.inc(size)

    def judged(self, producer: str, verdicts: list[Verdict]) -> None:
        """Events were judged, and Kafka had its say."""
        kinds = Counts("duplicate" if verdict.duplicate else verdict.status for verdict in verdicts)
        for kind, count in kinds.items():
            self._events.labels(producer, kind).inc(count)
        reasons = Counts(verdict.reason for verdict in verdicts if verdict.status == "rejected")
        for reason, count in reasons.items():
            self._rejected.labels(producer, reason).inc(count)
        if corrected := sum(verdict.clock_offset_ms != 0 for verdict in verdicts):
            self._clocks.labels(producer).inc(corrected)

    def text(self) -> bytes:
        """All of them, in Prometheus's text format."""
        return generate_latest(self.registry)
