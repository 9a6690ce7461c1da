"""`touchpulse backtest`: alert rules on history, before they wake anybody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.pure.alerting.backtest import Report, Told
    from streams.pure.alerting.replay import Answered


def add_to(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("backtest")(backtest)


def backtest(
    rules: Annotated[Path, typer.Argument(metavar="RULES", help="File of alert rules.")],
    file: Annotated[Path | None, typer.Option("--file", metavar="F", help="Survey export to replay.")] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", metavar="M.yaml", help="What its columns mean.")] = None,
    since: Annotated[str, typer.Option("--from", help="Stored answers instead, from: a date, or 28d (ago).")] = "",
    until: Annotated[str, typer.Option("--to", help="Up to, likewise.")] = "now",
    drops: Annotated[bool, typer.Option("--drops/--no-drops", help="Also try drops of 5, 10 and 20 points.")] = True,
    beside: Annotated[
        Path | None, typer.Option("--beside", metavar="OLD", help="Rules as they are: say which alerts start or stop.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Replay history through the rules in event time: what would have paged, and how soon drops would be found.

    The catalogue in force gives time zones, opening hours and regions, if TOUCHPULSE_CATALOGUE_PATH is set.
    """
    import os
    from dataclasses import asdict

    import orjson
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    from streams.edges.errors import UserError
    from streams.edges.rules_file import load
    from streams.edges.rules_history import engine_maker, from_file, from_store
    from streams.edges.settings import Settings
    from streams.pure.alerting.backtest import OF_SIGNALS, difference
    from streams.pure.alerting.backtest import backtest as run

    if (file is None) == (not since):
        raise UserError("backtest: give either --file with --mapping, or --from")
    if (file is None) != (mapping is None):
        raise UserError("backtest: --file and --mapping belong together")
    settings = Settings.from_env(os.environ)
    both = [load(path).rules for path in (rules, beside) if path is not None]
    events: list[Answered]
    if file is not None and mapping is not None:
        events = from_file(file, mapping, settings)
        for place, watched in enumerate(both):
            kept = [rule for rule in watched.rules if rule.kind not in OF_SIGNALS]
            left = len(watched.rules) - len(kept)
            if left and not place:
                typer.echo(f"{left} rules about signals left out: a file does not say when it was heard", err=True)
            both[place] = watched.model_copy(update={"rules": kept})
    else:
        events = from_store(settings, since, until)
    columns = (TextColumn("{task.description}"), BarColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("replaying", total=1.0)
        report, *others = (
            run(
                watched, events, make=engine_maker(watched, settings), drops=drops and not place,
                told=lambda what, part: progress.update(bar, description=what, completed=part),
            )
            for place, watched in enumerate(both)
        )  # fmt: skip
    moved = difference(others[0].pages, report.pages) if others else None
    if as_json:
        told = {**asdict(report), "weeks": report.weeks, "pages_a_week": report.pages_a_week}
        if moved is not None:
            told |= {"starts": [asdict(page) for page in moved[0]], "stops": [asdict(page) for page in moved[1]]}
        print(orjson.dumps(told).decode())
    elif moved is not None:
        for what, pages in zip(("would start", "would stop"), moved, strict=True):
            _alerts(pages, f"{len(pages)} alerts {what}")
    else:
        _show(report)


def _alerts(pages: list[Told], title: str) -> None:
    from rich.console import Console
    from rich.table import Table

    from streams.cli.moments import clock

    table = Table("at (UTC)", "what", "rule", "where", "usual", "now", "n", "why", title=title or None)
    for page in pages:
        what = f"{page.severity}{' (shadow)' if page.shadow else ''}"
        where = " / ".join(page.scope.values()) + (f" and {page.members - 1} more" if page.members > 1 else "")
        table.add_row(
            clock(page.at_ms), what, page.rule, where, _number(page.baseline), _number(page.value), f"{page.n:,}",
            page.reason,
        )  # fmt: skip
    Console(highlight=False, markup=False, soft_wrap=True).print(table)


def _show(report: Report) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False, soft_wrap=True)
    if not report.events:
        console.print("There is no history: no answers in that time.")
        return
    _alerts(report.pages, "")
    console.print(
        f"{report.events:,} events of {report.weeks:.1f} weeks: {len(report.pages)} alerts, "
        f"{report.pages_a_week:.2f} pages a week"
    )
    if not report.detections:
        return
    table = Table("rule", "drop", "series", "found", "missed", "still learning", "answers (median)", "minutes (median)")
    for one in report.detections:
        table.add_row(
            one.rule, f"{one.points:g} points", str(one.series), str(one.found), str(one.missed), str(one.learning),
            _number(one.answers), _number(one.minutes),
        )  # fmt: skip
    console.print(table)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f}".removesuffix(".0")
