"""`touchpulse schema` and `touchpulse conform`: the contract, for producers and their own tests.

Both need neither Kafka nor ClickHouse, so that a producer team can run them anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

if TYPE_CHECKING:
    from schemas.decode import Decoder, Rejection


def add_to(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("schema")(schema)
    app.command("conform")(conform)


def schema(
    write: Annotated[bool, typer.Option("--write", help="Write the committed file anew instead of printing.")] = False,
) -> None:
    """Print the JSON Schema of an event."""
    from schemas.json_schema import CURRENT, dump
    from schemas.json_schema import schema as make

    text = dump(make())
    if write:
        CURRENT.write_text(text, encoding="utf-8")
        typer.echo(f"Wrote {CURRENT.name}.")
    else:
        typer.echo(text, nl=False)


def conform(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="Events, one JSON object a line; - is stdin.")],
    catalogue: Annotated[
        Path | None, typer.Option(metavar="FILE.yaml", help="Catalogue whose names are the known ones.")
    ] = None,
) -> None:
    """Say of each event whether it would be accepted, and if not, why.

    Exit code 1 if any is refused: made for a producer's own tests. Checks everything but the time:
    events from the future are only refused by a running system, which knows its broker's clock.
    """
    from schemas.catalogue import Catalogue, CatalogueError
    from schemas.decode import Decoder
    from streams.edges.errors import FileError

    try:
        decoder = Decoder(Catalogue.load(catalogue) if catalogue else None)
    except CatalogueError as error:
        raise FileError(str(error)) from None
    with _lines(file) as lines:
        refused, total = _report(lines, decoder)
    if not total:
        raise FileError(f"{file}: holds no event: send one JSON object per line")
    typer.echo(f"{total - refused} of {total} events accepted.")
    raise typer.Exit(1 if refused else 0)


@contextmanager
def _lines(file: str) -> Iterator[BinaryIO]:
    """The bytes of a file or of stdin, line by line."""
    from streams.edges.errors import FileError

    if file == "-":
        yield typer.get_binary_stream("stdin")
        return
    try:
        with Path(file).open("rb") as opened:
            yield opened
    except OSError as error:
        raise FileError(f"{file}: cannot be read: {error.strerror or error}") from None


def _report(lines: Iterable[bytes], decoder: Decoder) -> tuple[int, int]:
    """Print one line per event; returns how many were refused, and how many there were."""
    from schemas.reasons import Rejection

    refused = total = 0
    for number, line in enumerate(lines, start=1):
        raw = line.rstrip(b"\r\n")
        if not raw.strip():
            continue
        total += 1
        found = decoder.decode(raw)
        if isinstance(found, Rejection):
            refused += 1
            typer.echo(f"line {number}: rejected ({found.reason}): {found.message}{_shown(found)}")
        else:
            typer.echo(f"line {number}: accepted")
    return refused, total


def _shown(found: Rejection) -> str:
    """The offending value, where there is one."""
    return f" Got {found.value}." if found.value else ""
