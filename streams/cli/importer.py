"""`touchpulse import`: a survey export becomes events on `touchpoints.import`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from schemas.catalogue import Catalogue
    from streams.edges.importer.found import Found
    from streams.edges.importer.survey import Survey
    from streams.edges.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("import")(import_)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Survey export to import.")],
    mapping: Annotated[Path, typer.Option(metavar="M.yaml", help="What its columns mean.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be sent; send nothing.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Read the first N rows only.")] = None,
) -> None:
    """Import a survey file: each answer becomes one event.

    Importing a file again changes nothing, as its events keep their ids.
    A cell that is neither an answer nor blank is reported and not sent.
    """
    import asyncio
    import logging
    import os

    from rich.console import Console

    from schemas.decode import Decoder
    from streams.edges.importer.found import Found
    from streams.edges.importer.preview import Preview, show_found
    from streams.edges.importer.survey import Survey
    from streams.edges.settings import Settings

    settings = Settings.from_env(os.environ)
    decoder = Decoder(_catalogue(settings))
    survey = Survey.open(file, mapping, decoder)
    found = Found()
    # soft_wrap: a line that is piped into a file must not be broken at a made-up width.
    console = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
    if dry_run:
        preview = Preview(decoder)
        for _ in preview.watch(survey.events(found, limit=limit)):
            pass
        preview.show(console, found)
        console.print("Dry run: nothing was sent.")
        raise typer.Exit(1 if preview.rejected else 0)
    # Our own sentence says what happened; aiokafka's log would say it five times more.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    sent = asyncio.run(_send(survey, settings, found, limit, Console(stderr=True)))
    show_found(console, found)
    console.print(f"Sent {sent:,} events to {settings.topic('touchpoints.import')}")


def _catalogue(settings: Settings) -> Catalogue | None:
    """The catalogue in force, so that a dry run refuses what the workers would refuse."""
    from schemas.catalogue import Catalogue, CatalogueError
    from streams.edges.errors import FileError

    if settings.catalogue_path is None:
        return None
    try:
        return Catalogue.load(settings.catalogue_path)
    except CatalogueError as error:
        raise FileError(str(error)) from None


async def _send(survey: Survey, settings: Settings, found: Found, limit: int | None, console: Console) -> int:
    """Send all events of a survey, with a bar on stderr."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from streams.edges.importer.send import TOPIC, running_producer, send

    columns = (TextColumn("rows"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    rows = min(limit or survey.file.n_rows, survey.file.n_rows)
    async with running_producer(settings) as producer:
        with Progress(*columns, console=console, transient=True) as progress:
            bar = progress.add_task("rows", total=rows)

            async def moved(sent: int) -> None:
                progress.update(bar, completed=found.rows)

            return await send(survey.events(found, limit=limit), producer, settings.topic(TOPIC), wait=moved)
