"""`touchpulse report`: the seven steps for a period, as a page to hand around."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Language(StrEnum):
    """Languages people are spoken to in."""

    EN = "en"
    ZH = "zh"


class Format(StrEnum):
    """Kinds of files."""

    HTML = "html"
    MD = "md"
    BOTH = "both"


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("report")(report)


def report(
    since: Annotated[str, typer.Option("--from", help="Start: 2026-11-01, 2026-11-01T00:00+01:00, or 30d (ago).")],
    until: Annotated[str, typer.Option("--to", help="End, likewise.")] = "now",
    before: Annotated[
        str, typer.Option(metavar="FROM", help="Start of the period it is held against. Default: just before it.")
    ] = "",
    lang: Annotated[Language, typer.Option(help="Language.")] = Language.EN,
    out: Annotated[Path, typer.Option(help="Folder, or one file that ends in .html or .md.")] = Path("report"),
    form: Annotated[Format | None, typer.Option("--format", help="What to write. Default: both.")] = None,
    channel: Annotated[str, typer.Option(help="Only this channel. Default: all.")] = "",
    fit: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Step 6, YAML or Markdown: strategy, people, process, technology."),
    ] = None,
) -> None:
    """Write the seven-step report of a period: HTML that needs nothing beside it, and Markdown with pictures.

    Both periods are moved out to whole hours UTC, and are of equal length. Ideals come from the targets in force.
    """
    import os
    import time

    from dashboards.report.fit import load
    from dashboards.report.read import read, spans
    from dashboards.report.story import story
    from dashboards.report.words import Words
    from streams.cli.moments import moment_ms
    from streams.edges.errors import UserError
    from streams.edges.settings import Settings
    from streams.edges.store import Store

    try:
        from dashboards.report.write import Format as Kind
        from dashboards.report.write import target, write
    except ModuleNotFoundError as error:
        raise UserError(f"report needs the package {error.name}: install touchpulse[boards]") from None
    settings, now_ms = Settings.from_env(os.environ), time.time_ns() // 1_000_000
    from_ms, to_ms = moment_ms(since, now_ms, "--from"), moment_ms(until, now_ms, "--to")
    now_span, before_span = spans(from_ms, to_ms, moment_ms(before, now_ms, "--before") if before else None)
    wanted: Kind | None = form.value if form is not None else None
    target(out, wanted)  # a wrong name is told before anything is counted
    written = None if fit is None else load(fit)
    with Store.connect(settings) as store:
        found = read(
            store, now_span, before_span, now_ms=now_ms, channel=channel, fit=written, hide_under=settings.hide_under
        )
    if found.is_empty:
        typer.echo(Words(lang.value)("empty"), err=True)
    for path in write(story(found, lang.value), out, wanted):
        typer.echo(str(path))
