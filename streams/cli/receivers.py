"""`touchpulse receivers check` and `receivers try`: whether alerts would reach anybody, before they have to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Add the group to the program."""
    group = typer.Typer(no_args_is_help=True, help="Who is told of alerts: check the file, try a receiver.")
    group.command("check")(check)
    group.command("try")(try_out)
    app.add_typer(group, name="receivers")


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File of receivers.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Say what is wrong with a file of receivers; nothing is sent, and no secret is shown.

    Secrets must be at hand where it is checked: in the variables and files that it names.
    """
    import orjson

    from streams.edges.receivers.file import load
    from streams.edges.receivers.make import make_all

    read = load(file)
    make_all(read)
    told = [{"name": one.name, "kind": one.kind, "default": one.name in read.default} for one in read.receivers]
    if as_json:
        print(orjson.dumps({"receivers": told}).decode())
        return
    for one in read.receivers:
        typer.echo(f"{one.name}: {one.kind}" + (", told by default" if one.name in read.default else ""))
    if not read.default:
        typer.echo("warning: default is empty: what names no receiver reaches nobody", err=True)


def try_out(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Receiver of the file.")],
    file: Annotated[
        Path | None, typer.Option("--file", help="File of receivers; else the one of TOUCHPULSE_RECEIVERS_PATH.")
    ] = None,
    language: Annotated[str, typer.Option("--language", help="en or zh.")] = "en",
) -> None:
    """Send a test page to one receiver, then its end, and say what came back. Exit code 1 if it did not take them."""
    import asyncio
    import os
    import time

    from streams.edges.errors import UserError
    from streams.edges.receivers.file import load
    from streams.edges.receivers.make import make
    from streams.edges.receivers.trial import LANGUAGES, trial
    from streams.edges.settings import PREFIX, Settings

    path = file or Settings.from_env(os.environ).receivers_path
    if path is None:
        raise UserError(f"give --file, or set {PREFIX}RECEIVERS_PATH")
    if language not in LANGUAGES:
        raise UserError(f"--language must be one of {', '.join(LANGUAGES)}")
    read = load(path)
    found = next((one for one in read.receivers if one.name == name), None)
    if found is None:
        raise UserError(f"{path} has no receiver {name!r}; it has {', '.join(one.name for one in read.receivers)}")
    outcomes = asyncio.run(trial(make(found), read, language, time.time_ns() // 1_000_000))
    for what, taken, said in outcomes:
        typer.echo(f"{'taken' if taken else 'NOT TAKEN'}  {what}: {said}")
    raise typer.Exit(0 if all(taken for _, taken, _ in outcomes) else 1)
