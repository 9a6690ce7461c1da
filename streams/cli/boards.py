"""`touchpulse boards`: build, compare and push Grafana's boards; `touchpulse board`: the local page."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dashboards.panel import Board

boards = typer.Typer(no_args_is_help=True, help="Boards as code: build their JSON, compare it, push it to Grafana.")


def add_to(app: typer.Typer) -> None:
    """Adds `boards` and `board`."""
    app.add_typer(boards, name="boards")
    app.command("board")(board)


def _boards(lang: str) -> Sequence[Board]:
    """The boards as this installation has them, in this language."""
    from dashboards.lang import in_language
    from dashboards.library import boards as all_boards
    from streams.edges.settings import Settings

    return [in_language(one, lang) for one in all_boards(Settings.from_env(os.environ).hide_under)]


def _folder(to: Path | None, lang: str) -> Path:
    """Where the JSON files of a language lie.

    Raises:
        UserError: the folder in the package holds English, and no other was named.
    """
    from dashboards.grafana import GENERATED
    from streams.edges.errors import UserError

    if to is None and lang != "en":
        raise UserError(f"--lang {lang} needs --to FOLDER: {GENERATED.name} holds the English boards")
    return to or GENERATED


Lang = Annotated[str, typer.Option("--lang", metavar="en|zh", help="Language of the boards: en or zh.")]
Folder = Annotated[
    Path | None, typer.Option("--to", help="Folder of the JSON files. Default: the one Grafana is provisioned from.")
]


@boards.command()
def build(to: Folder = None, lang: Lang = "en") -> None:
    """Write each board's JSON, for Grafana to load from files. A Grafana shows one language: uids are the same."""
    from dashboards.grafana import build_files

    for name, changed in build_files(_folder(to, lang), _boards(lang)).items():
        typer.echo(f"{name}: {'written' if changed else 'unchanged'}")


@boards.command()
def diff(to: Folder = None, lang: Lang = "en") -> None:
    """Show how the JSON files differ from the definitions; exit code 1 if they do."""
    import difflib

    from dashboards.grafana import files

    folder, differs = _folder(to, lang), False
    for name, wanted in files(_boards(lang)).items():
        path = folder / name
        there = path.read_text() if path.exists() else ""
        lines = list(
            difflib.unified_diff(
                there.splitlines(), wanted.splitlines(), f"{name} (file)", f"{name} (definition)", lineterm=""
            )
        )
        differs = differs or bool(lines)
        for line in lines:
            typer.echo(line)
    if differs:
        raise typer.Exit(1)
    typer.echo("The files are current.")


@boards.command()
def push(
    url: Annotated[str | None, typer.Option(help="Address of Grafana. Default: TOUCHPULSE_GRAFANA_URL.")] = None,
    user: Annotated[str | None, typer.Option(help="User, with TOUCHPULSE_GRAFANA_PASSWORD. Default: a token.")] = None,
    lang: Lang = "en",
) -> None:
    """Put the boards into a running Grafana; what is there already and the same stays.

    Secrets come from the environment, where `ps` does not show them: TOUCHPULSE_GRAFANA_TOKEN or
    TOUCHPULSE_GRAFANA_PASSWORD, or the same with _FILE and a file's name.
    """
    from dashboards.grafana_settings import GrafanaSettings
    from dashboards.push import push as push_all

    report = push_all(GrafanaSettings.from_env(os.environ, url=url, user=user), _boards(lang))
    typer.echo(f"folder: {report.folder}")
    typer.echo(f"data source: {report.source}")
    for uid, what in report.boards.items():
        typer.echo(f"{uid}: {what}")


def board(
    port: Annotated[int, typer.Option(help="Port to serve on.")] = 8080,
    host: Annotated[
        str, typer.Option(help="Address to listen on. It has no users and rights: keep it on loopback.")
    ] = "127.0.0.1",
    lang: Lang = "en",
) -> None:
    """Serve the live local page: the same boards, read from the store, without Grafana."""
    from dashboards.local import serve
    from streams.edges.settings import Settings

    serve(Settings.from_env(os.environ), port, host, lang)
