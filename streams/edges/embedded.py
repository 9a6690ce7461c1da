"""The embedded store served to other processes: ClickHouse's engine behind ClickHouse's HTTP protocol.

For trying things out and for tests, where no ClickHouse server is at hand: the real client, its
retries and its errors are then in play. One process serves one folder. It is a single machine's
store without users and rights: keep it on loopback.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streams.edges.errors import UserError

if TYPE_CHECKING:
    import uvicorn

    from streams.edges.embedded_engine import Engine

App = Any
"""An ASGI application."""

# Longer than clients keep an idle connection: one that is closed under an insert leaves its fate unknown.
KEEP_ALIVE_S = 75
# Running statements are stopped with the engine; this is only for the last bytes of their answers.
SHUTDOWN_S = 5
# Parameters of commands travel in the URL; ClickHouse takes as much.
URL_BYTES = 1 << 20


class EmbeddedServer:
    """A server running in a thread of this process."""

    def __init__(self, url: str, server: uvicorn.Server, thread: threading.Thread, engine: Engine) -> None:
        self.url = url
        """Where it listens, for TOUCHPULSE_CLICKHOUSE_URL."""
        self._server = server
        self._thread = thread
        self._engine = engine

    def stop(self) -> None:
        """Stop answering and release the folder. Stopping again does nothing."""
        if not self._thread.is_alive():
            return
        self._server.should_exit = True
        self._engine.stop_queries()
        self._thread.join()
        self._engine.close()

    def __enter__(self) -> EmbeddedServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start_embedded(
    path: Path,
    port: int = 0,
    *,
    host: str = "127.0.0.1",
    user: str = "default",
    password: str = "",
    around: Callable[[App], App] | None = None,
) -> EmbeddedServer:
    """Serve a folder from a thread of this process. Requests are taken as soon as this returns.

    Args:
        path: the store's folder; made if need be.
        port: 0 takes a free one.
        user: asked for only where `password` is not "".
        around: puts an ASGI middleware around the server, for instance one that plays faults.
    Raises:
        UserError: the port is taken, or the folder is in use.
    """
    listener, server, engine = _prepare(path, port, host=host, user=user, password=password, around=around)
    thread = threading.Thread(target=server.run, args=([listener],), name="embedded-store", daemon=True)
    thread.start()
    return EmbeddedServer(_url(listener), server, thread, engine)


def serve_embedded(
    path: Path,
    port: int,
    *,
    host: str = "127.0.0.1",
    user: str = "default",
    password: str = "",
    around: Callable[[App], App] | None = None,
    ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve a folder until SIGTERM or SIGINT, then release it. Arguments as of `start_embedded`.

    Args:
        ready: told the URL once requests are taken.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with start_embedded(path, port, host=host, user=user, password=password, around=around) as server:
        ready(server.url)
        stop.wait()


def _prepare(
    path: Path,
    port: int,
    *,
    host: str,
    user: str,
    password: str,
    around: Callable[[App], App] | None,
) -> tuple[socket.socket, uvicorn.Server, Engine]:
    import uvicorn

    from streams.edges.embedded_app import build_app
    from streams.edges.embedded_engine import Engine

    try:
        # Bound and listening before the server runs: connections wait in the backlog until it does.
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UserError(f"cannot listen on {host}:{port}: {error.strerror or error}") from None
    try:
        engine = Engine(path)
    except BaseException:
        listener.close()
        raise
    app: App = build_app(engine, user=user, password=password)
    config = uvicorn.Config(
        around(app) if around else app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        h11_max_incomplete_event_size=URL_BYTES,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    return listener, uvicorn.Server(config), engine


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
