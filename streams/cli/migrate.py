"""`touchpulse migrate`: the store's tables, forward and back."""

from __future__ import annotations

import os
from typing import Annotated

import typer

# Taking back or altering a large table takes longer than any query may.
_PATIENCE_S = 600


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="migrate")(migrate_command)


def migrate_command(
    to: Annotated[int | None, typer.Option(help="Stop at this number. Default: the newest.", min=0)] = None,
    back: Annotated[
        bool, typer.Option("--back", help="Go back: to --to, or by one. Drops tables with their rows.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    keep_days: Annotated[
        int | None,
        typer.Option(
            help="Then keep accepted answers this long (days; 400 unless set). Late and imported: 5 years.",
            min=1,
        ),
    ] = None,
) -> None:
    """Bring the tables in ClickHouse up to date; a fresh database is made.

    Reads TOUCHPULSE_CLICKHOUSE_URL, _DATABASE, _USER and _PASSWORD.
    """
    from streams.edges.migrate import MigrationError, applied, keep_live_days, migrate, read_migrations
    from streams.edges.settings import Settings
    from streams.edges.store import Store

    settings = Settings.from_env(os.environ)
    with Store.connect(settings, answer_timeout_s=_PATIENCE_S) as store:
        at, newest = len(applied(store)), len(read_migrations())
        if back and to is None:
            to = max(0, at - 1)
        if to is not None and to < at and not back:
            raise MigrationError(f"the store is at {at}; to go back to {to} and lose what is in between, add --back")
        if to is not None and to > at and back:
            raise MigrationError(f"the store is at {at}: {to} is not back")
        steps = migrate(store, to, dry_run, cluster=settings.clickhouse_cluster)
        if keep_days is not None and not dry_run:
            keep_live_days(store, keep_days)
        where = f"{settings.clickhouse_url}, database {settings.clickhouse_database}"
    for step in steps:
        typer.echo(f"would {step}" if dry_run else step)
    if keep_days is not None:
        typer.echo(f"{'would keep' if dry_run else 'keep'} accepted answers for {keep_days} days")
    if not steps:
        typer.echo("no table to change")
    typer.echo(f"{where}: {'would be' if dry_run else 'is'} at migration {newest if to is None else to}")
