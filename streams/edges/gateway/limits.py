"""How much of anything one request, and all of them together, may take.

In one place, so that what the gateway can be made to hold is a sum anyone can do: at most
`max_requests` requests, whose bodies together stay under `max_queue_bytes`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the gateway; tests make them small."""

    max_body_bytes: int = 2 * 1024 * 1024
    """Of one body, unpacked. A thousand ordinary events have 300 kB."""
    max_events: int = 1_000
    """In one request: it is judged in one go, and others wait meanwhile."""
    free_ratio_bytes: int = 64 * 1024
    max_ratio: int = 100
    """A packed body may unpack to `free_ratio_bytes` and `max_ratio` times its own size, not more."""
    max_requests: int = 256
    """At once, from the last byte of the headers to the answer."""
    max_queue_bytes: int = 64 * 1024 * 1024
    """Bodies being read or waiting for Kafka."""
    max_connections: int = 2_000
    max_pipelined: int = 16
    """Requests of one connection that wait for the one before them."""
    max_header_bytes: int = 32 * 1024
    header_timeout_s: float = 5.0
    """From the first byte (or the connection) to the last byte of the headers."""
    body_timeout_s: float = 20.0
    """From there to the last byte of the body."""
    idle_timeout_s: float = 60.0
    """Between two requests of a connection."""
    write_timeout_s: float = 10.0
    """How long a client may leave its answer unread."""
    kafka_timeout_s: float = 0.8
    """Without acknowledgement by then the answer is 503: within a second, whatever Kafka does."""
    remembered_ids: int = 200_000
    """Ids of late for telling duplicates; advisory."""
