"""`touchpulse config`: what the settings are, and whether they work."""

from __future__ import annotations

from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(no_args_is_help=True, help="Show, check and explain the settings.")
    for command in (show, check, table):
        group.command(command.__name__)(command)
    app.add_typer(group, name="config")


def show(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Print the settings in force and where each comes from; secrets are masked."""
    import json
    import os
    from dataclasses import asdict

    from streams.edges.config import given

    found = given(os.environ)
    if as_json:
        typer.echo(json.dumps({"settings": [asdict(each) for each in found]}))
        return
    width = max(len(each.variable) for each in found)
    for each in found:
        typer.echo(f"{each.variable:{width}}  {each.value or '-'}" + ("" if each.source == "default" else "  (set)"))


def check(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Try what the settings speak of: brokers, topics, store, files; exit code 1 if anything is wrong."""
    import json
    import logging
    import os
    from dataclasses import asdict

    from streams.edges.config import tried
    from streams.edges.settings import Settings

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # its lines would stand beside our one sentence
    found = []
    for each in tried(Settings.from_env(os.environ)):
        found.append(each)
        if not as_json:
            typer.echo(f"{'right' if each.works else 'WRONG'}  {each.what}: {each.said}")
    if as_json:
        typer.echo(json.dumps({"right": all(each.works for each in found), "tried": [asdict(each) for each in found]}))
    if not all(each.works for each in found):
        raise typer.Exit(1)


def table() -> None:
    """Print the table of all settings in Markdown."""
    from streams.edges.config import markdown

    typer.echo(markdown(), nl=False)
