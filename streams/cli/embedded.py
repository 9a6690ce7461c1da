"""`touchpulse embedded`: a small store to try things with, where no ClickHouse server is at hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="embedded")(embedded)


def embedded(
    path: Annotated[Path, typer.Option(help="Folder of the store. Made if need be; one process at a time.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on. 0: any free one.")] = 8123,
    host: Annotated[
        str, typer.Option(help="Address to listen on. It has one user: keep it on loopback.")
    ] = "127.0.0.1",
) -> None:
    """Serve an embedded ClickHouse over HTTP until stopped with Ctrl-C or SIGTERM.

    With TOUCHPULSE_CLICKHOUSE_PASSWORD set it asks for that password and TOUCHPULSE_CLICKHOUSE_USER.
    """
    from streams.edges.embedded import serve_embedded
    from streams.edges.settings import Settings

    settings = Settings.from_env(os.environ)

    def ready(url: str) -> None:
        typer.echo(f"embedded store of {path} listening on {url}")

    serve_embedded(
        path,
        port,
        host=host,
        user=settings.clickhouse_user,
        password=settings.clickhouse_password.get_secret_value(),
        ready=ready,
    )
    typer.echo(f"embedded store of {path} stopped")
