"""The gateway as a process: a listening socket, TLS, deadlines, and an orderly end.

Why uvicorn: it is in the tree already, its protocol can be given deadlines (see guard.py), and its answers are
fast enough by far: the events' work is ours, not the server's.
"""

from __future__ import annotations

import asyncio
import resource
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import uvicorn

from streams.edges.errors import SettingsError, UserError
from streams.edges.gateway.app import build
from streams.edges.gateway.catalogue import CatalogueFile
from streams.edges.gateway.door import Gateway
from streams.edges.gateway.guard import Guards
from streams.edges.gateway.kafka import EventLog
from streams.edges.gateway.keys import Keyring
from streams.edges.gateway.limits import Limits
from streams.edges.settings import PREFIX, Settings

BACKLOG = 2_048
GRACE_S = 3
"""For requests under way when it is told to stop: none takes longer, once its body is there."""
HANDSHAKE_S = 5.0
_OTHER_FILES = 256


class _Server(uvicorn.Server):
    """uvicorn's server with guarded connections and a deadline for TLS handshakes."""

    def __init__(self, config: uvicorn.Config, guards: Guards, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._guards = guards
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens on the sockets given."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            self.should_exit = True
            return
        make = self._guards.factory()

        def protocol(_loop: asyncio.AbstractEventLoop | None = None) -> asyncio.Protocol:
            state = self.lifespan.state
            return make(config=self.config, server_state=self.server_state, app_state=state, _loop=_loop)

        tls: dict[str, Any] = {"ssl": self.config.ssl, "ssl_handshake_timeout": HANDSHAKE_S} if self.config.ssl else {}
        loop = asyncio.get_running_loop()
        self.servers = [
            await loop.create_server(protocol, sock=listener, backlog=BACKLOG, **tls) for listener in sockets or []
        ]
        self.started = True
        self._ready()


@dataclass(slots=True)
class Door:
    """A gateway that is ready to run, its port already bound."""

    url: str
    gateway: Gateway
    server: uvicorn.Server
    listener: socket.socket

    def run(self) -> None:
        """Serve until told to stop: by a signal in the main thread, by `stop` in another."""
        with self.listener:
            self.server.run(sockets=[self.listener])

    def stop(self) -> None:
        """Answer what is under way, and end."""
        self.server.should_exit = True


def prepare(
    settings: Settings,
    *,
    host: str,
    port: int,
    limits: Limits | None = None,
    ready: Callable[[str], None] = lambda url: None,
) -> Door:
    """All that can be wrong before the first request is found here.

    Args:
        port: 0 takes a free one.
        limits: bounds; None: those of the settings.
        ready: told the URL once requests are taken.
    Raises:
        UserError: a setting, the keys file, the catalogue, the certificate or the port.
    """
    if limits is None:
        most = _room_for(settings.gateway_max_connections)
        limits = Limits(max_connections=most, max_queue_bytes=settings.gateway_max_queue_bytes)
    if settings.keys_path is None:
        raise SettingsError(f"{PREFIX}KEYS_PATH is not set: make a key with `touchpulse keys make PRODUCER`")
    keyring = Keyring(settings.keys_path)
    topics = [settings.topic("touchpoints"), settings.topic("rejected")]
    kafka = EventLog(settings, topics, timeout_s=limits.kafka_timeout_s, max_bytes=limits.max_queue_bytes)
    gateway = Gateway(settings, CatalogueFile(settings), keyring, kafka, limits)
    tls = _tls(settings)
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UserError(f"cannot listen on {host}:{port}: {error.strerror or error}") from None
    name, number = listener.getsockname()[:2]
    url = f"{'https' if tls else 'http'}://{f'[{name}]' if ':' in name else name}:{number}"
    config = uvicorn.Config(
        build(gateway),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_level="error",
        log_config=None,
        access_log=False,  # URLs may hold tokens
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=int(limits.idle_timeout_s),
        timeout_graceful_shutdown=GRACE_S,
        **tls,
    )
    return Door(url, gateway, _Server(config, gateway.guards, lambda: ready(url)), listener)


def _room_for(connections: int) -> int:
    """As many connections as are wanted and the system lets this process open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    return connections if soft == resource.RLIM_INFINITY else max(10, min(connections, soft - _OTHER_FILES))


def _tls(settings: Settings) -> dict[str, Any]:
    """uvicorn's arguments for TLS; empty without a certificate."""
    cert, key = settings.tls_cert_path, settings.tls_key_path
    if cert is None and key is None:
        return {}
    if cert is None or key is None:
        raise SettingsError(f"{PREFIX}TLS_CERT_PATH and {PREFIX}TLS_KEY_PATH belong together: set both or neither")
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        names = f"{PREFIX}TLS_CERT_PATH, {PREFIX}TLS_KEY_PATH"
        raise SettingsError(f"{names}: {cert} and {key} cannot be used ({error})") from None
    return {"ssl_certfile": str(cert), "ssl_keyfile": str(key)}
