"""`touchpulse rules check`, `test` and `learn`: alert rules judged before they run, and told what is normal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Add the group to the program."""
    group = typer.Typer(no_args_is_help=True, help="Alert rules: check them, test them, tell them what is normal.")
    group.command("check")(check)
    group.command("test")(try_out)
    group.command("learn")(learn)
    app.add_typer(group, name="rules")


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of rules.")],
    a_month: Annotated[
        float | None,
        typer.Option("--a-month", min=1, metavar="N", help="Answers a month of the quietest series to be watched."),
    ] = None,
    receivers: Annotated[
        Path | None, typer.Option("--receivers", help="File of receivers: are all that the rules name in it?")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Say what cannot work: types, conflicts, tiers that can never fire, too little traffic, unknown receivers.

    Exit code 1 if anything is wrong; warnings alone are no error.
    """
    import msgspec
    import orjson

    from streams.edges.errors import FileError
    from streams.edges.receivers.file import load as load_receivers
    from streams.edges.rules_file import load
    from streams.pure.alerting import check as sound

    loaded, problems = [], []
    known = load_receivers(receivers).names if receivers else None
    for file in files:
        try:
            loaded.append(load(file))
        except FileError as error:
            problems.append(str(error))
    found = sound.check([(str(one.path), one.rules) for one in loaded], a_month=a_month, receivers=known)
    errors = list(problems)
    warnings: list[str] = []
    for one in loaded:
        for finding in found[str(one.path)]:
            (errors if finding.level == "error" else warnings).append(one.told(finding))
    rules = [rule for one in loaded for rule in one.rules.rules]
    outlooks = sound.outlooks(rules, a_month) if a_month else []
    if as_json:
        told = {"rules": len(rules), "errors": errors, "warnings": warnings, "outlooks": msgspec.to_builtins(outlooks)}
        print(orjson.dumps(told).decode())
    else:
        for text in errors:
            typer.echo(f"error: {text}", err=True)
        for text in warnings:
            typer.echo(f"warning: {text}", err=True)
        for outlook in outlooks:
            typer.echo(
                f"{outlook.rule}: a drop from 10 % is found after some {outlook.answers:.0f} answers, "
                f"{outlook.hours:.1f} hours at {outlook.answers_a_month:,.0f} answers a month"
            )
        typer.echo(f"{len(rules)} rules, {len(errors)} errors, {len(warnings)} warnings")
    raise typer.Exit(1 if errors else 0)


def try_out(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of tests.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Run tests of rules: small streams of events in, alerts out; silence is a result too.

    Exit code 1 if any fails.
    """
    import msgspec
    import orjson
    from rich.console import Console

    from streams.edges.rules_trial import trial

    outcomes = []
    console = Console(stderr=True)
    for file in files:
        with console.status(f"testing {file}"):
            for outcome in trial(file):
                outcomes.append((file, outcome))
                if not as_json:
                    typer.echo(f"{'FAILED' if outcome.problem else 'ok'}  {file.name}: {outcome.name}")
                    if outcome.problem:
                        typer.echo(f"        {outcome.problem}")
    failed = sum(bool(outcome.problem) for _, outcome in outcomes)
    if as_json:
        tests = [
            {
                "file": str(file), "name": outcome.name, "problem": outcome.problem,
                "pages": msgspec.to_builtins(outcome.pages),
            }
            for file, outcome in outcomes
        ]  # fmt: skip
        print(orjson.dumps({"tests": tests, "failed": failed}).decode())
    else:
        typer.echo(f"{len(outcomes)} tests, {failed} failed")
    raise typer.Exit(1 if failed else 0)


def learn(
    since: Annotated[str, typer.Option("--from", help="How far back: a date, or 56d (ago).")] = "56d",
    rules: Annotated[
        Path | None, typer.Option("--rules", help="File or folder of rules; else those the alert engine follows.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what history says, and tell nobody.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Learn from stored history what is normal, and tell the running alert engine.

    For new rules, and where the engine begins without its past: else the first weeks know no hour of the week. Series
    that have learnt more by themselves keep what they know, and so does one with an alarm.
    """
    import asyncio
    import os
    import time

    import orjson
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.table import Table

    from streams.cli.moments import moment_ms
    from streams.edges.alert_acts import send
    from streams.edges.rules_in_force import RulesInForce
    from streams.edges.rules_past import learn as from_history
    from streams.edges.settings import Settings

    settings = Settings.from_env(os.environ)
    if rules is not None:
        settings = settings.model_copy(update={"rules_path": rules})
    now_ms = time.time_ns() // 1_000_000
    file, since_ms = RulesInForce(settings).file, moment_ms(since, now_ms, "--from")
    columns = (TextColumn("{task.description}"), BarColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("learning", total=1.0)
        found = from_history(
            settings, file, since_ms, now_ms, lambda rule, part: progress.update(bar, description=rule, completed=part)
        )
    known = [one for one in found if not one.why_not]
    if not dry_run:
        asyncio.run(send(settings, *(one.past for one in known)))
    if as_json:
        series = [
            {
                "rule": one.past.rule, "series": one.past.key, "answers": round(one.n), "days": round(one.days, 1),
                "hours": one.hours, "why_not": one.why_not,
            }
            for one in found
        ]  # fmt: skip
        print(orjson.dumps({"series": series, "told": 0 if dry_run else len(known)}).decode())
        return
    table = Table("rule", "series", "answers", "days", "hours of the week", "")
    for one in found:
        table.add_row(
            one.past.rule, " / ".join(one.past.key), f"{one.n:,.0f}", f"{one.days:.1f}", str(one.hours), one.why_not
        )
    Console(highlight=False, markup=False, soft_wrap=True).print(table)
    told = "nobody was told" if dry_run else "the alert engine takes over those of which it knows less"
    typer.echo(f"{len(known)} of {len(found)} series are known from history; {told}")
