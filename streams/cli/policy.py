"""`touchpulse policy`: the rules of counting in force, and announcing a change of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.edges.rulebook import PolicyEntry


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(no_args_is_help=True, help="Show the rules of counting, and announce a change of them.")
    group.command("show")(show)
    group.command("announce")(announce)
    app.add_typer(group, name="policy")


def show() -> None:
    """All policies, from when each holds, and what it changes."""
    import asyncio
    import os

    from streams.edges.rulebook import Book, Reader
    from streams.edges.settings import Settings

    async def read() -> Book:
        reader = Reader(Settings.from_env(os.environ))
        try:
            await reader.refresh()
            return reader.book
        finally:
            await reader.stop()

    book = asyncio.run(read())
    before = None
    for entry in book.policies:
        typer.echo(_line(entry, before))
        before = entry
    for log in book.logs.values():
        after = ", after an earlier log" if log.successor else ""
        typer.echo(f"log {log.log} of {log.topic}: {log.partitions} partitions{after}")


def announce(
    in_s: Annotated[float, typer.Option(help="Seconds from now at which it comes into force; 120 at least.")] = 600,
    horizon: Annotated[int | None, typer.Option(min=1, help="Records within which a retry is recognised (H).")] = None,
    max_age_ms: Annotated[int | None, typer.Option(min=1, help="An older answer is late (L).")] = None,
    max_skew_ms: Annotated[int | None, typer.Option(min=0, help="How far ahead a clock may be (S).")] = None,
    max_series: Annotated[int | None, typer.Option(min=1, help="Series a block may open (K).")] = None,
    catalogue: Annotated[Path | None, typer.Option(help="Catalogue whose names hold from then on.")] = None,
) -> None:
    """Announce the next policy; every worker follows it from the same record on, without a restart.

    Only a larger horizon makes workers start again once, since their memory must reach further back.
    """
    import asyncio
    import os
    import time

    from schemas.catalogue import Catalogue, CatalogueError
    from streams.edges.errors import FileError
    from streams.edges.rulebook import announce as announce_policy
    from streams.edges.settings import Settings

    wanted = {"horizon": horizon, "max_age_ms": max_age_ms, "max_skew_ms": max_skew_ms, "max_series": max_series}
    changes: dict[str, object] = {name: value for name, value in wanted.items() if value is not None}
    if catalogue:
        try:
            changes["catalogue"] = Catalogue.load(catalogue).deciding()
        except CatalogueError as error:
            raise FileError(str(error)) from None
    settings, now_ms = Settings.from_env(os.environ), time.time_ns() // 1_000_000
    entry = asyncio.run(announce_policy(settings, from_ms=now_ms + int(1000 * in_s), now_ms=now_ms, **changes))
    typer.echo(_line(entry, None))


def _line(entry: PolicyEntry, before: PolicyEntry | None) -> str:
    from dataclasses import asdict
    from datetime import UTC, datetime

    rules = asdict(entry.policy)
    number, from_ms = rules.pop("number"), rules.pop("from_ms")
    since = datetime.fromtimestamp(from_ms / 1000, UTC).isoformat(timespec="seconds") if from_ms else "the beginning"
    if before is None:
        said = ", ".join(f"{name} {value}" for name, value in rules.items())
    else:
        old = asdict(before.policy)
        changed = [f"{name} {old[name]} -> {value}" for name, value in rules.items() if old[name] != value]
        said = ", ".join([*changed, *(["other names"] if entry.catalogue != before.catalogue else [])])
    return f"policy {number} from {since}: {said}"
