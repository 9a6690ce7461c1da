"""`touchpulse annotate`: what was done or happened, drawn on every graph with time on its x axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.edges.annotations import Annotation
    from streams.edges.store import Store

RECENT = "90d"
"""How far `annotations` looks back, unless told otherwise."""


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("annotate")(annotate)
    app.command("annotations")(list_)


def annotate(
    what: Annotated[str, typer.Argument(help="What happened, in a few words; or, with --undo, the id to take back.")],
    at: Annotated[str, typer.Option(help="When: 2026-11-22T09:30:00Z, 2026-11-22, now, or 24h (ago).")] = "now",
    kind: Annotated[str, typer.Option(help="action: done for the experience, its effect is reckoned; release; note.")]
    = "note",
    touchpoint: Annotated[str, typer.Option(metavar="NAME", help="Where; an action needs it. Default: all.")] = "",
    channel: Annotated[str, typer.Option(metavar="NAME", help="On which channel. Default: all.")] = "",
    cost: Annotated[float | None, typer.Option(help="Of an action, in the currency of the sales.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was told by mistake.")] = False,
) -> None:  # fmt: skip
    """Tell the boards of an action, a release or anything else worth a mark on the graphs."""
    import os
    import time

    from streams.cli.moments import moment_ms
    from streams.edges.annotations import Annotation, take_back, tell
    from streams.edges.settings import Settings
    from streams.edges.store import Store

    settings = Settings.from_env(os.environ)
    if undo:
        with Store.connect(settings) as store:
            typer.echo(f"taken back: {_line(take_back(store, what))}")
        return
    moment = moment_ms(at, time.time_ns() // 1_000_000, "--at")
    annotation = Annotation(kind, what, moment, channel, touchpoint, cost)  # type: ignore[arg-type]  # checked there
    with Store.connect(settings) as store:
        tell(store, annotation)
        unknown = [name for name in (("channel", channel), ("touchpoint", touchpoint)) if not _known(store, *name)]
    typer.echo(_line(annotation))
    for dimension, name in unknown:
        typer.echo(f"  no answer names {dimension} {name} yet: is it spelt as producers send it?", err=True)


def list_(
    since: Annotated[str, typer.Option(help="From when on: a date, or a length of time ago.")] = RECENT,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """List what was told, newest first, with ids."""
    import os
    import time
    from dataclasses import asdict

    import orjson

    from streams.cli.moments import moment_ms
    from streams.edges.annotations import told
    from streams.edges.settings import Settings
    from streams.edges.store import Store

    with Store.connect(Settings.from_env(os.environ)) as store:
        found = told(store, moment_ms(since, time.time_ns() // 1_000_000, "--since"))
    if as_json:
        print(orjson.dumps({"annotations": [{"id": one.id, **asdict(one)} for one in found]}).decode())
        return
    for one in found:
        typer.echo(_line(one))
    typer.echo(f"annotations since {since}: {len(found):,}")


def _line(one: Annotation) -> str:
    from streams.cli.moments import clock

    where = " / ".join(name for name in (one.channel, one.touchpoint) if name) or "everywhere"
    cost = "" if one.cost is None else f", cost {one.cost:,.0f}"
    return f"{one.id}  {clock(one.at_ms)} UTC  {one.kind}, {where}: {one.what.strip()}{cost}"


def _known(store: Store, dimension: str, name: str) -> bool:
    """Whether answers named it, as far as the store knows."""
    if not name:
        return True
    sql = "SELECT count() FROM names WHERE dimension = {dimension:String} AND name = {name:String}"
    return bool(store.rows(sql, {"dimension": dimension, "name": name})[0][0])
