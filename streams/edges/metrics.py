"""Every number a process of ours tells Prometheus, each in one place with its type, unit, labels and meaning.

Why one list: boards, alert rules and runbooks speak of these names, and a name nobody can look up helps nobody at
night. What is not declared here cannot be exported. Metrics are set per batch, publication or look of the watch,
never per event: counting stays as fast as it was.

Counters begin at 0 with the process. What it counts again after a restart (its open block) it tells again: totals
over restarts stand in the ledger, not here.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.metrics import MetricWrapperBase

disable_created_metrics()  # type: ignore[no-untyped-call]  # each counter would come with a second one: since when

Kind = Literal["counter", "gauge", "histogram"]
REGISTRY = CollectorRegistry()
"""Ours alone: no library's metrics come in unasked."""
DURATIONS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as others read it."""

    name: str
    kind: Kind
    unit: str
    labels: tuple[str, ...]
    meaning: str


METRICS: list[Metric] = []
"""All of them, in the order of their documentation."""
_PARTITION = ("topic", "partition")


def _declared(name: str, kind: Kind, unit: str, labels: Sequence[str], meaning: str) -> str:
    METRICS.append(Metric(f"touchpulse_{name}", kind, unit, tuple(labels), meaning))
    return f"touchpulse_{name}"


def _counter(name: str, unit: str, meaning: str, labels: Sequence[str] = ()) -> Counter:
    return Counter(_declared(f"{name}_total", "counter", unit, labels, meaning), meaning, labels, registry=REGISTRY)


def _gauge(name: str, unit: str, meaning: str, labels: Sequence[str] = ()) -> Gauge:
    return Gauge(_declared(name, "gauge", unit, labels, meaning), meaning, labels, registry=REGISTRY)


def _histogram(name: str, meaning: str) -> Histogram:
    full = _declared(name, "histogram", "seconds", (), meaning)
    return Histogram(full, meaning, registry=REGISTRY, buckets=DURATIONS_S)


EVENTS = _counter("events", "events", "Events counted, by class: accepted, duplicate, late, rejected.", ["class"])
REJECTED = _counter("rejected", "events", "Events rejected, by reason.", ["reason"])
OVERFLOW = _counter("overflow", "answers", "Answers counted as `other`: their block had no room for another name.")
RECORDS = _counter("records", "records", "Records handled, by topic.", ["topic"])
FETCHED = _counter("fetched_bytes", "bytes", "Record batches fetched, as they lie in the log, by topic.", ["topic"])
PUBLISHED = _counter("published", "messages", "Messages the brokers took from us, by topic.", ["topic"])
PUBLISH_S = _histogram("publish_seconds", "Time until the brokers had all messages of one publication.")
PUBLISH_FAILURES = _counter("publish_failures", "publications", "Publications that the brokers did not take.")
COMMITS = _counter("commits", "commits", "Offsets handed to the group, once for each commit that the broker took.")
STORE_ROWS = _counter("store_rows", "rows", "Rows stored, by table.", ["table"])
STORE_S = _histogram("store_insert_seconds", "Time of one insert that was stored.")
STORE_FAILURES = _counter("store_failures", "statements", "Statements the store did not take; each is tried again.")
UNRECONCILED = _gauge(
    "unreconciled_offsets", "offsets", "Offsets of the last days that do not add up; told by one archive worker."
)
AWAY_S = _gauge(
    "away_seconds", "seconds", "How long it has been away, by what: store, broker. 0: it is there.", ["what"]
)
LAG = _gauge("lag_records", "records", "Records in the log that are not handled, by the broker's own word.", _PARTITION)
LAG_S = _gauge(
    "lag_seconds", "seconds", "Age of the last record handled where there are later ones; else 0.", _PARTITION
)
HEARD_S = _gauge(
    "heard_until_seconds", "seconds since 1970", "Everything appended before is handled: completeness.", _PARTITION
)
ASSIGNED = _gauge("assigned_partitions", "partitions", "Partitions this process owns.")
RULES_REFUSED = _gauge("rules_refused", "0 or 1", "Whether the alert rules on disk are wrong: those before stay.")
ALERT_STATE_BYTES = _gauge("alert_state_bytes", "bytes", "Size of the alert engine's state as last written.")
ALERTS_STANDING = _gauge("alerts_standing", "alerts", "Alerts that stand, by what holds them back.", ["held"])
DELIVERIES = _counter(
    "deliveries", "sendings", "Sendings, by receiver and state: trying, delivered, failed (is tried again), refused.",
    ["receiver", "state"],
)  # fmt: skip
DELIVERY_S = _histogram("delivery_seconds", "Time from a page's decision until a receiver had it.")
PAGES_WAITING = _gauge("pages_waiting", "sendings", "Sendings in hand that a receiver has not taken yet.", ["receiver"])
REBALANCES = _counter("rebalances", "rebalances", "Times partitions were handed out anew.")
REBALANCE_S = _gauge("rebalance_seconds", "seconds", "How long handing out took last time, finding positions included.")
WARM_UP_S = _gauge("warm_up_seconds", "seconds", "How long reading back took last time, or has taken so far.")
STALL_S = _gauge("stall_seconds", "seconds", "How long the stillest thing has stood though it should move.")
READY = _gauge("ready", "0 or 1", "Whether this process owns what it should, has read back and reaches the brokers.")
STARTED_S = _gauge("started_seconds", "seconds since 1970", "When this process began: a change is a restart.")
MEMORY = _gauge("memory_bytes", "bytes", "Memory this process holds (resident).")


def exposition() -> bytes:
    """All metrics in Prometheus' text form."""
    MEMORY.set(resident_bytes())
    return generate_latest(REGISTRY)


def forget_partitions() -> None:
    """Drops what was said of partitions: another process may own them now, and old numbers would stay for ever."""
    for metric in (LAG, LAG_S, HEARD_S):
        metric.clear()


def resident_bytes() -> int:
    """Resident memory of this process; where the system does not tell, the most it ever was."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize()
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def exported() -> list[MetricWrapperBase]:
    """The metric objects of this module."""
    return [value for value in globals().values() if isinstance(value, MetricWrapperBase)]
