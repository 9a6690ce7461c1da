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
    from schemas.decode import Decoder, Event, Rejection


def add_to(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("schema")(schema)
    app.command("conform")(conform)


def schema(
    write: Annotated[bool, typer.Option("--write", help="Write the committed file anew instead of printing.")] = False,
    asyncapi: Annotated[
        bool, typer.Option("--asyncapi", help="The AsyncAPI 3 document of the topics others write and read.")
    ] = False,
) -> None:
    """Print the JSON Schema of an event, or the AsyncAPI document of the topics."""
    from schemas.json_schema import CURRENT, dump
    from schemas.json_schema import schema as make

    text, path = _asyncapi() if asyncapi else (dump(make()), CURRENT)
    if write:
        path.write_text(text, encoding="utf-8")
        typer.echo(f"Wrote {path.name}.")
    else:
        typer.echo(text, nl=False)


def _asyncapi() -> tuple[str, Path]:
    from schemas.json_schema import dump
    from streams.edges.asyncapi import DOCUMENT, document

    return dump(document()), DOCUMENT


def conform(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="Events, one JSON object a line; - is stdin.")],
    catalogue: Annotated[
        Path | None, typer.Option(metavar="FILE.yaml", help="Catalogue whose names are the known ones.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object with a verdict for each event.")
    ] = False,
) -> None:
    """Say of each event whether it would be accepted, and if not, why.

    Exit code 1 if any is refused: made for a producer's own tests. Checks everything but the time:
    events from the future are only refused by a running system, which knows its broker's clock.
    """
    import json

    from schemas.catalogue import Catalogue, CatalogueError
    from schemas.decode import Decoder
    from schemas.reasons import Rejection
    from streams.edges.errors import FileError

    try:
        decoder = Decoder(Catalogue.load(catalogue) if catalogue else None)
    except CatalogueError as error:
        raise FileError(str(error)) from None
    refused = total = 0
    verdicts = []
    with _lines(file) as lines:
        for number, found in _found(lines, decoder):
            total += 1
            refused += isinstance(found, Rejection)
            if as_json:
                verdicts.append({"line": number, **_as_json(found)})
            else:
                typer.echo(f"line {number}: {_as_text(found)}")
    if not total:
        raise FileError(f"{file}: holds no event: send one JSON object per line")
    if as_json:
        print(json.dumps({"accepted": total - refused, "rejected": refused, "events": verdicts}, ensure_ascii=False))
    else:
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


def _found(lines: Iterable[bytes], decoder: Decoder) -> Iterator[tuple[int, Event | Rejection]]:
    """Number and outcome of each line that is not empty."""
    for number, line in enumerate(lines, start=1):
        raw = line.rstrip(b"\r\n")
        if raw.strip():
            yield number, decoder.decode(raw)


def _as_text(found: Event | Rejection) -> str:
    from schemas.reasons import Rejection

    if not isinstance(found, Rejection):
        return "accepted"
    got = f" Got {found.value}." if found.value else ""
    return f"rejected ({found.reason}): {found.message}{got}"


def _as_json(found: Event | Rejection) -> dict[str, str]:
    """In the words the gateway uses."""
    from schemas.reasons import Rejection

    if not isinstance(found, Rejection):
        return {"status": "accepted", "event_id": found.event_id}
    names = ("reason", "field", "value", "nearest", "message")
    return {"status": "rejected", **{name: value for name in names if (value := getattr(found, name))}}
