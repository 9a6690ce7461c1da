"""`touchpulse import`: a survey export becomes events on `touchpoints.import`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from schemas.catalogue import Catalogue
    from streams.edges.importer.found import Found
    from streams.edges.importer.resume import Progress as Resume
    from streams.edges.importer.survey import Survey
    from streams.edges.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("import")(import_)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Survey export: .csv, .ndjson or .jsonl, .xlsx.")],
    mapping: Annotated[Path, typer.Option(metavar="M.yaml", help="What its columns mean.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be sent; send nothing.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Read the first N rows only.")] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="STATE.json",
            help="Note here how far it came, and go on from there. A changed file or mapping begins anew.",
        ),
    ] = None,
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
    from streams.edges.importer.resume import Progress
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
    progress = Progress(resume, file, mapping, settings.topic("touchpoints.import")) if resume else None
    sent = asyncio.run(_send(survey, settings, found, limit, Console(stderr=True), progress))
    show_found(console, found)
    if progress and progress.done:
        console.print(f"Passed over {progress.done:,} events that an earlier run had sent")
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


async def _send(
    survey: Survey, settings: Settings, found: Found, limit: int | None, console: Console, resume: Resume | None
) -> int:
    """Send all events of a survey, with a bar on stderr."""
    from itertools import islice

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from streams.edges.importer.send import TOPIC, running_producer, send
    from streams.edges.privacy import privacy_of

    columns = (TextColumn("rows"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    rows = min(limit or survey.file.n_rows, survey.file.n_rows)
    async with running_producer(settings) as producer:
        with Progress(*columns, console=console, transient=True) as progress:
            bar = progress.add_task("rows", total=rows)

            async def moved(sent: int) -> None:
                progress.update(bar, completed=found.rows)
                if resume is not None:
                    resume.note(sent)

            events = islice(survey.events(found, limit=limit), resume.done if resume else 0, None)
            # A door like the others: no raw id or phone number is laid down in Kafka.
            return await send(map(privacy_of(settings).cleaned, events), producer, settings.topic(TOPIC), wait=moved)
