"""`touchpulse rejected`: what could not be counted, why, and sending it again after a fix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from streams.edges.rejected import Filters, Reject, Replay
    from streams.edges.settings import Settings
    from streams.edges.store import Store

WHY_SHOWN = 20
"""Reasons listed for people; --json has all of them."""

Producer = Annotated[str, typer.Option(help="Only events of this producer.")]
Reason = Annotated[str, typer.Option(help="Only rejects of this reason, such as off_scale.")]
Since = Annotated[str | None, typer.Option(help="Only since: 2026-11-22T09:30:00Z, a date, or 24h (ago).")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(no_args_is_help=True, help="Rejected events: list them, look at one, send them again.")
    group.command("list")(list_)
    group.command("show")(show)
    group.command("replay")(replay)
    app.add_typer(group, name="rejected")


def list_(
    producer: Producer = "",
    reason: Reason = "",
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    as_json: Json = False,
) -> None:
    """List rejected events, newest first."""
    import orjson
    from rich.console import Console
    from rich.table import Table

    from streams.cli.moments import clock
    from streams.edges.rejected import count, find

    settings, filters = _asked(producer, reason, since, limit)
    with _store(settings) as store:
        total, found = count(store, filters), find(store, filters)
    if as_json:
        print(orjson.dumps({"total": total, "rejected": [one.as_json() for one in found]}).decode())
        return
    table = Table("id", "came (UTC)", "producer", "reason", "field", "value", "message")
    for one in found:
        cells = (one.id, clock(one.appended_ms), one.producer, one.reason, one.field, one.value, one.message)
        table.add_row(*cells)
    Console(highlight=False, markup=False, soft_wrap=True).print(table)
    typer.echo(f"{len(found):,} of {total:,} rejected events.")


def show(
    reject_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")], as_json: Json = False
) -> None:
    """Show one rejected event with its bytes, and whether it would be taken now."""
    import asyncio
    import time

    import orjson

    from streams.cli.moments import clock
    from streams.edges.errors import TouchpulseError
    from streams.edges.rejected import as_text, contract_in_force, find_one, judge

    settings, _ = _asked("", "", None, None)
    with _store(settings) as store:
        one = find_one(store, reject_id)
    now_ms = time.time_ns() // 1_000_000
    try:
        judged = judge(one, asyncio.run(contract_in_force(settings, now_ms)), now_ms, _topics(settings))
        verdict = "would be taken now: `touchpulse rejected replay`" if isinstance(judged, bytes) else judged
    except TouchpulseError as error:
        verdict = f"not known whether it would be taken now: {error}"
    if as_json:
        print(orjson.dumps({**one.as_json(with_bytes=True), "now": verdict}).decode())
        return
    typer.echo(f"{one.id} of {one.topic}, came {clock(one.appended_ms)} UTC, {len(one.raw):,} bytes")
    typer.echo(f"producer {one.producer or 'unknown'}; {one.reason}: {one.message}")
    if one.field:
        typer.echo(f"field {one.field}, value {one.value}" + (f", nearest known {one.nearest}" if one.nearest else ""))
    typer.echo(f"now: {verdict}")
    typer.echo(as_text(one.raw))


def replay(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Only these.")] = None,
    producer: Producer = "",
    reason: Reason = "",
    since: Since = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The newest so many. Default: all.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent; send nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Send rejected events again that the contract takes by now; each counts once, however often it is replayed."""
    import asyncio
    import logging

    import orjson
    from rich.console import Console

    from streams.edges.rejected import count, each

    settings, filters = _asked(producer, reason, since, limit, tuple(ids or ()))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    console = Console(stderr=True, highlight=False, markup=False)
    with _store(settings) as store:
        total = count(store, filters)
        result = asyncio.run(_replay(settings, each(store, filters), total, console, dry_run=dry_run))
    if as_json:
        refused = [{"id": name, "why": why} for name, why in result.refused]
        print(orjson.dumps({"looked_at": result.looked_at, "sent": result.sent, "refused": refused}).decode())
        return
    for name, why in result.refused[:WHY_SHOWN]:
        typer.echo(f"{name}: {why}")
    if len(result.refused) > WHY_SHOWN:
        typer.echo(f"... and {len(result.refused) - WHY_SHOWN:,} more: see --json")
    did = "would be sent" if dry_run else "sent"
    typer.echo(f"{len(result.sent):,} of {result.looked_at:,} rejected events {did}, {len(result.refused):,} not.")


async def _replay(
    settings: Settings, rejects: Iterable[Reject], total: int, console: Console, *, dry_run: bool
) -> Replay:
    import time

    from rich.progress import Progress

    from streams.edges.importer.send import running_producer
    from streams.edges.rejected import contract_in_force
    from streams.edges.rejected import replay as send

    def now_ms() -> int:
        return time.time_ns() // 1_000_000

    contract = await contract_in_force(settings, now_ms())
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("replaying", total=total)

        def told(done: int) -> None:
            progress.update(bar, completed=done)

        if dry_run:
            return await send(rejects, contract, topics=_topics(settings), now_ms=now_ms, producer=None, told=told)
        async with running_producer(settings) as producer:
            return await send(rejects, contract, topics=_topics(settings), now_ms=now_ms, producer=producer, told=told)


def _topics(settings: Settings) -> list[str]:
    return [settings.topic(name) for name in ("touchpoints", "touchpoints.import")]


def _asked(
    producer: str, reason: str, since: str | None, limit: int | None, ids: tuple[str, ...] = ()
) -> tuple[Settings, Filters]:
    import os
    import time

    from streams.cli.moments import moment_ms
    from streams.edges.rejected import Filters
    from streams.edges.settings import Settings

    since_ms = None if since is None else moment_ms(since, time.time_ns() // 1_000_000, "--since")
    return Settings.from_env(os.environ), Filters(producer, reason, since_ms, ids, limit)


def _store(settings: Settings) -> Store:
    from streams.edges.store import Store

    return Store.connect(settings)
