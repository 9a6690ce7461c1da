"""Traces as a collector gets them: from the door, the counting and the storing of one event, over OTLP."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from schemas.decode import event_key
from streams.edges import demo
from streams.edges.gateway.kafka import EventLog
from streams.edges.traces import trace_ids

PATIENCE_S = 120


class Collector:
    """What spans came, by name."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.spans: list[Span] = []
        self.came = threading.Event()

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    found.spans += scope.spans
            self.send_response(200)
            self.end_headers()
            found.came.set()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Collector(f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", found.url)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.mark.deep  # all workers are started for it
async def test_one_event_is_seen_at_the_door_counted_and_stored_in_one_trace(collector: Collector) -> None:
    with demo.stack(board_port=None) as running:
        running.settings = running.settings.model_copy(update={"trace_every": 1})
        demo.start_workers(running)
        topic = running.settings.topic("touchpoints")
        door = EventLog(running.settings, [topic], timeout_s=10.0, max_bytes=1_000_000)
        await door.start()
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        event = {
            "kind": "nps",
            "event_id": "1",
            "occurred_at": at,
            "producer": "shop-app",
            "channel": "app",
            "score": 9,
        }
        assert await door.send([(topic, event_key("shop-app", "1"), orjson.dumps(event))]) == b"\x01"
        await door.stop()
        deadline = time.monotonic() + PATIENCE_S
        while not all(collector.named(name) for name in ("gateway", "score", "archive", "touchpoint")):
            running.check()
            assert time.monotonic() < deadline, [span.name for span in collector.spans]
            collector.came.clear()
            await asyncio.to_thread(collector.came.wait, 1)
    (root,) = collector.named("touchpoint")
    partition = next(int(one.value.string_value) for one in root.attributes if one.key.endswith("partition.id"))
    assert int.from_bytes(root.trace_id) == trace_ids(topic, partition, 0)[0]
    for name in ("gateway", "score", "archive"):
        (span,) = collector.named(name)
        assert span.trace_id == root.trace_id
        assert span.parent_span_id == root.span_id
        assert span.start_time_unix_nano <= span.end_time_unix_nano
