"""`touchpulse reconcile`: is anything missing between what came in and what is stored?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from streams.edges.log_reach import Log, Stretch
    from streams.edges.reconcile import Reconciliation
    from streams.edges.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("reconcile")(reconcile)


def reconcile(
    since: Annotated[str, typer.Option("--from", help="Start: 2026-11-22T09:30:00Z, a date, or 24h (ago).")] = "7d",
    until: Annotated[str, typer.Option("--to", help="End, likewise.")] = "now",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Compare offsets, classes and stored rows, per partition and hour; exit code 1 if anything is missing.

    Reads the store; the brokers too, if TOUCHPULSE_KAFKA_BROKERS is set, about what the ledger cannot explain.
    """
    import os
    import time

    from rich.console import Console

    from streams.cli.moments import moment_ms
    from streams.edges.reconcile import doubts
    from streams.edges.reconcile import reconcile as look
    from streams.edges.settings import Settings
    from streams.edges.store import Store

    settings = Settings.from_env(os.environ)
    now_ms = time.time_ns() // 1_000_000
    from_ms, to_ms = moment_ms(since, now_ms, "--from"), moment_ms(until, now_ms, "--to")
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    with Store.connect(settings) as store, console.status("reading the ledger") as status:
        stretches = doubts(store, from_ms=from_ms, to_ms=to_ms, now_ms=now_ms)
        status.update("asking the brokers")
        log, unasked = _ask(settings, stretches, lambda read: status.update(f"reading the log again: {read:,} records"))
        status.update("comparing with what is stored")
        live = settings.topic("touchpoints")
        result = look(store, from_ms=from_ms, to_ms=to_ms, now_ms=now_ms, live_topic=live, log=log)
    if unasked:
        result.notes.append(unasked)
    _show(result, as_json=as_json, console=console)
    raise typer.Exit(1 if result.troubles else 0)


def _ask(settings: Settings, stretches: list[Stretch], told: Callable[[int], None]) -> tuple[Log | None, str]:
    """What the brokers say, or why they were not asked."""
    import asyncio
    import logging

    from streams.edges.errors import TouchpulseError
    from streams.edges.log_reach import ask

    if not settings.kafka_brokers:
        return None, ""
    # Our own sentence says what happened; the client's log would say it five times more.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    topics = [settings.topic(name) for name in ("touchpoints", "touchpoints.import")]
    try:
        return asyncio.run(ask(settings, topics, stretches, told)), ""
    except TouchpulseError as error:
        return None, str(error)


def _show(result: Reconciliation, *, as_json: bool, console: Console) -> None:
    from dataclasses import asdict

    import orjson
    from rich.console import Console
    from rich.table import Table

    from streams.cli.moments import clock

    if as_json:
        print(orjson.dumps(asdict(result)).decode())
        return
    table = Table("topic", "partition", "hour (UTC)")
    for name in ("offsets", "accepted", "duplicate", "late", "rejected", "on their way", "wrong"):
        table.add_column(name, justify="right")
    for hour in result.hours:
        counts = (hour.offsets, hour.accepted, hour.duplicate, hour.late, hour.rejected, hour.young, hour.wrong)
        table.add_row(hour.topic, str(hour.partition), clock(hour.hour_ms)[:13] + "h", *(f"{n:,}" for n in counts))
    out = Console(soft_wrap=True, highlight=False, markup=False)
    out.print(table)
    for sentence in result.notes:
        console.print(f"note: {sentence}", markup=False)
    for sentence in result.troubles:
        out.print(f"- {sentence}")
    out.print(result.line)
