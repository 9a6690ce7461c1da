"""`touchpulse targets`: put management's decisions in force on the boards."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(no_args_is_help=True, help="Ideals, goals and money of the catalogue, as the boards use them.")
    group.command("apply")(apply)
    group.command("show")(show)
    app.add_typer(group, name="targets")


def apply(
    file: Annotated[Path | None, typer.Argument(help="Catalogue; TOUCHPULSE_CATALOGUE_PATH if left out.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the file.")] = False,
) -> None:
    """Store a catalogue's targets and regions; boards show them at their next refresh. The file before is kept."""
    import os

    from schemas.catalogue import Catalogue, CatalogueError
    from streams.edges.errors import FileError
    from streams.edges.settings import Settings
    from streams.edges.store import Store
    from streams.edges.targets import rows_of, store_targets

    settings = Settings.from_env(os.environ)
    path = file or settings.catalogue_path
    if path is None:
        raise FileError("no file: name a catalogue, or set TOUCHPULSE_CATALOGUE_PATH")
    try:
        catalogue = Catalogue.load(path)
    except CatalogueError as error:
        raise FileError(str(error)) from None
    if dry_run:
        typer.echo(f"{path}: {len(rows_of(catalogue.targets, catalogue.locations)) - 1} decisions, nothing stored")
        return
    with Store.connect(settings) as store:
        stored = store_targets(store, catalogue.targets, catalogue.locations)
        typer.echo(f"{path}: {stored} decisions are in force")


def show() -> None:
    """What is in force, one decision a line."""
    import os

    from streams.edges.settings import Settings
    from streams.edges.store import Store
    from streams.edges.targets import in_force

    with Store.connect(Settings.from_env(os.environ)) as store:
        for line in in_force(store):
            typer.echo(line)
