"""Health, readiness and metrics of a process over HTTP, for the platform that runs it.

From a thread of its own, so that it answers when the event loop does not: that is when it is asked. Plain text for
people, status codes for probes. Nothing here changes anything, and nothing personal is told.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client.exposition import CONTENT_TYPE_LATEST

from streams.edges import metrics
from streams.edges.errors import SettingsError
from streams.edges.settings import PREFIX

Why = Callable[[], list[str]]
"""What speaks against it; an empty list means yes."""


class HealthServer:
    """Serves /healthz, /readyz and /metrics until closed.

    Args:
        port: 0 picks a free one.
        dead: why the process should be restarted.
        not_ready: why it does not do its part.
    Raises:
        SettingsError: the port is taken.
    """

    def __init__(self, port: int, *, dead: Why, not_ready: Why) -> None:
        try:
            self._server = _Server(("", port), _Handler)
        except OSError as error:
            raise SettingsError(
                f"{PREFIX}HEALTH_PORT: cannot listen on port {port} ({error.strerror}); "
                "give each process on a machine a port of its own"
            ) from None
        self._server.questions = {"/healthz": dead, "/readyz": not_ready}
        self.port: int = self._server.server_address[1]
        metrics.STARTED_S.set_to_current_time()
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()

    def close(self) -> None:
        """Stops serving."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    questions: dict[str, Why]


class _Handler(BaseHTTPRequestHandler):
    timeout = 5  # a scraper that stops talking must not keep its thread

    def do_GET(self) -> None:  # the name http.server asks for
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._answer(200, metrics.exposition(), CONTENT_TYPE_LATEST)
            return
        assert isinstance(self.server, _Server)
        question = self.server.questions.get(path)
        if question is None:
            self._answer(404, b"known: /healthz /readyz /metrics\n")
            return
        why = question()
        self._answer(503 if why else 200, ("\n".join(why) or "ok").encode() + b"\n")

    def _answer(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: probes come every few seconds."""
