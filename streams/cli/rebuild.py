"""`touchpulse rebuild`: history counted again from its answers, and what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.edges.rebuild import Rebuild


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("rebuild")(rebuild)


def rebuild(
    since: Annotated[str, typer.Option("--from", help="Start: 2026-11-22T09:30:00Z, a date, or 24h (ago).")] = "24h",
    until: Annotated[str, typer.Option("--to", help="End, likewise.")] = "now",
    apply: Annotated[bool, typer.Option("--apply", help="Put right what differs, visibly revised.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Count panes and final scores of a time again from the stored answers, and print what differs (expected: nothing).

    Exit code 1 if anything differs and was not put right.
    """
    import os
    import time
    from dataclasses import asdict

    import orjson
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    from streams.cli.moments import moment_ms
    from streams.edges.rebuild import rebuild as run
    from streams.edges.settings import Settings
    from streams.edges.store import Store

    settings = Settings.from_env(os.environ)
    now_ms = time.time_ns() // 1_000_000
    from_ms, to_ms = moment_ms(since, now_ms, "--from"), moment_ms(until, now_ms, "--to")
    columns = (TextColumn("{task.description}"), BarColumn())
    with (
        Store.connect(settings, answer_timeout_s=600) as store,
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
    ):
        bar = progress.add_task("counting", total=1.0)
        result = run(
            store,
            from_ms=from_ms,
            to_ms=to_ms,
            now_ms=now_ms,
            apply=apply,
            told=lambda what, share: progress.update(bar, description=what, completed=share),
        )
    if as_json:
        print(orjson.dumps({**asdict(result), "same": result.same}).decode())
    else:
        _show(result, applied=apply)
    mended = apply and not result.scores and result.mended == sum(result.differing.values())
    raise typer.Exit(0 if result.same or mended else 1)


def _show(result: Rebuild, *, applied: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    from streams.cli.moments import clock

    console = Console(highlight=False, markup=False, soft_wrap=True)
    table = Table("table", "lane", "compared from (UTC)", "to", "bars that differ")
    for one in result.compared:
        differing = result.differing.get(f"{one['tier']}, {one['lane']} lane", 0)
        table.add_row(one["tier"], one["lane"], clock(one["from_ms"]), clock(one["to_ms"]), f"{differing:,}")
    console.print(table)
    for diff in result.differences:
        where = " / ".join(filter(None, (diff.channel, diff.stage, diff.touchpoint, diff.location, diff.segment)))
        console.print(
            f"- {diff.tier} {diff.lane} {clock(diff.slice_ms)} {where} {diff.scale} {diff.bin}: "
            f"stored {diff.n:,}, answers {diff.n_true:,}"
        )
    for row in result.scores:
        console.print(
            f"- score {row['window_s']} s to {clock(1_000 * row['as_of_s'])} {row['dimension']} {row['channel']} "
            f"{row['member']} {row['scale']}: n {row['n']:,}, answers {row['n_least']:,} to {row['n_most']:,}"
        )
    for note in result.notes:
        console.print(f"note: {note}")
    if result.on_their_way:
        console.print(f"note: {result.on_their_way:,} bars are on their way and were not compared")
    for why, bars in result.left.items():
        console.print(f"{bars:,} bars cannot be put right: {why}")
    total = sum(result.differing.values())
    if result.same:
        console.print("no difference: history is what its answers add up to")
    elif applied:
        console.print(f"DIFFERENT: {total:,} bars, {result.mended:,} put right; {len(result.scores):,} scores")
    else:
        console.print(f"DIFFERENT: {total:,} bars and {len(result.scores):,} scores; --apply puts bars right")
