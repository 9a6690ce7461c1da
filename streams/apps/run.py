"""Starting a worker: settings, connections checked, Faust's worker around one of our apps."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
from collections.abc import Callable
from typing import Any

import faust
import structlog
from aiokafka import AIOKafkaConsumer

from streams.apps.transport import BatchApp
from streams.edges.errors import SettingsError
from streams.edges.health import HealthServer
from streams.edges.kafka_knock import OUT_OF_REACH, why_not
from streams.edges.kafka_wire import wire
from streams.edges.settings import Settings
from streams.edges.topic_id import topic_id
from streams.edges.vitals import end_within
from streams.edges.watchdog import Watchdog

STOP_S = 15.0
"""How long a worker may take to stop, told to or failed; then it ends itself. Nothing is lost by it."""
ROLES = ("score", "roll", "notify", "archive", "deliver")
NEEDED_TOPICS = {
    "score": ("touchpoints", "panes", "panes.coarse", "ledger", "rejected", "alerts", "signals", "counting"),
    "roll": ("panes", "panes.coarse", "scores", "signals"),
    "notify": ("signals", "scores", "alerts", "alerting"),
    "archive": (
        *("touchpoints", "touchpoints.import", "panes", "ledger", "scores", "alerts", "deliveries", "rejected"),
        "counting",
    ),
    "deliver": ("alerts", "deliveries", "signals"),
}


async def log_ids(settings: Settings, role: str) -> dict[str, str]:
    """Log ids of the topics a role needs; also proves that brokers and topics are there.

    Raises:
        SettingsError: no broker answers, or a topic is missing.
    """
    kafka = AIOKafkaConsumer(**wire(settings), request_timeout_ms=10_000)
    client_log = logging.getLogger("aiokafka")
    level = client_log.level
    client_log.setLevel(logging.CRITICAL)  # our own sentence says it once; the client's log would say it five times
    try:
        await asyncio.wait_for(kafka.start(), 15)
        present = await kafka.topics()
    except OUT_OF_REACH:
        raise await why_not(settings) from None
    finally:
        await kafka.stop()
        client_log.setLevel(level)
    wanted = [settings.topic(name) for name in NEEDED_TOPICS[role]]
    missing = [topic for topic in wanted if topic not in present]
    if missing and not settings.memory_broker:
        raise SettingsError(f"topic {missing[0]!r} does not exist: run `touchpulse topics apply` first")
    return {topic: await topic_id(settings, topic) for topic in wanted if topic.endswith(LOGS)}


LOGS = ("touchpoints", "touchpoints.import")


def build(role: str, settings: Settings, ids: dict[str, str]) -> BatchApp:
    """The Faust app of a role. Each imports only what it needs: a worker that starts late counts late."""
    if role == "score":
        from streams.apps import score

        return score.build(settings, ids.__getitem__)
    if role == "roll":
        from streams.apps import roll

        return roll.build(settings)
    if role == "notify":
        from streams.apps import notify

        return notify.build(settings)
    if role == "deliver":
        from streams.apps import deliver

        return deliver.build(settings)
    from streams.apps import archive
    from streams.edges.measured_store import MeasuredStore

    return archive.build(settings, MeasuredStore.connect(settings), ids.__getitem__)


def run(role: str, *, verbose: bool = False) -> None:
    """Runs a worker until it is told to stop; exits non-zero if it failed."""
    settings = Settings.from_env(os.environ)
    set_up_logs(role, verbose=verbose)
    ids = asyncio.run(log_ids(settings, role))
    work(build(role, settings, ids), settings)


def work(app: BatchApp, settings: Settings) -> None:
    """Runs an app under its watchdog until it is told to stop, and ends the process."""
    # What lives as long as the process need not be looked at by the garbage collector again and again.
    gc.collect()
    gc.freeze()
    watchdog = Watchdog(app, settings, tell=_bar() if sys.stderr.isatty() else None)
    if settings.health_port:
        HealthServer(settings.health_port, dead=watchdog.dead, not_ready=watchdog.not_ready)
    watchdog.start()
    _Worker(app).execute_from_commandline()


def _bar() -> Callable[[float, int], None]:
    """Reading back as a bar, for who sits before it."""
    from rich.console import Console
    from rich.progress import Progress

    progress = Progress(console=Console(stderr=True), transient=True)
    task = progress.add_task("reading back", total=1.0)

    def tell(share: float, left: int) -> None:
        progress.start()
        progress.update(task, completed=share, description=f"reading back, {left:,} records left")
        if not left:
            progress.stop()

    return tell


class _Worker(faust.Worker):
    """Faust's worker without its banner and its own logging."""

    def __init__(self, app: BatchApp) -> None:
        super().__init__(app, quiet=True, redirect_stdouts=False, override_logging=False, loglevel="WARN")
        self.spinner = None  # stdout is for results

    async def stop(self) -> None:
        """Stops in order, or not at all: Faust waits for its consumer's thread, which may have died with the broker."""
        end_within(STOP_S)
        await super().stop()

    def setup_logging(self) -> None:
        """Already set up: one structured line an event on stderr."""

    async def maybe_start_blockdetection(self) -> None:
        """Not used: a batch may well take longer than an event."""


def set_up_logs(role: str, *, verbose: bool = False) -> None:
    """Structured logs on stderr, one line an event, quiet by default."""
    add: list[Callable[..., Any]] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        lambda _, __, event: {**event, "role": role},
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=add,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("touchpulse").setLevel(logging.INFO if verbose else logging.WARNING)
    if verbose:
        logging.getLogger("faust").setLevel(logging.INFO)
