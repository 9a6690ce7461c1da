"""`touchpulse silences`: somebody's decision that an alert shall wait, with an owner, a reason and an end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.edges.alert_records import SilenceTold

SOON_MS = 3_600_000

Name = Annotated[str, typer.Option(metavar="NAME", help="Only alerts whose scope names this.")]


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(no_args_is_help=True, help="Silences: who keeps which alerts quiet, why, and until when.")
    group.command("list")(list_)
    group.command("add")(add)
    group.command("end")(end)
    app.add_typer(group, name="silences")


def list_(
    every: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """List silences, the one that ends first in front, and what each of them kept quiet."""
    import os
    import time
    from dataclasses import asdict

    import orjson

    from streams.cli.moments import clock
    from streams.edges.alert_story import silences
    from streams.edges.settings import Settings
    from streams.edges.store import Store

    now_ms = time.time_ns() // 1_000_000
    with Store.connect(Settings.from_env(os.environ)) as store:
        found = [one for one in silences(store, now_ms) if every or (one.ended_ms is None and one.to_ms > now_ms)]
    if as_json:
        print(orjson.dumps({"silences": [asdict(one) for one in found]}).decode())
        return
    for one in found:
        last = f", {one.alerts:,} so far, last at {clock(one.matched_ms)}" if one.matched_ms else ", none so far"
        typer.echo(f"{one.id}  {_state(one, now_ms)}, until {clock(one.to_ms)} UTC, by {one.owner}: {one.reason}")
        typer.echo(f"            keeps quiet {_what(one)}{last}")
    in_force = sum(one.in_force(now_ms) for one in found)
    typer.echo(f"silences in force: {in_force:,}")


def add(
    reason: Annotated[str, typer.Option(help="Why, for whoever wonders at night.")],
    until: Annotated[str, typer.Option(help="Its end: 2h (from now), or 2026-11-23T06:00 (UTC). 30 days at most.")],
    rule: Annotated[str, typer.Option(metavar="NAME", help="Only alerts of this rule. Default: any.")] = "",
    channel: Name = "",
    stage: Name = "",
    touchpoint: Name = "",
    location: Name = "",
    segment: Name = "",
    producer: Name = "",
    owner: Annotated[str, typer.Option(metavar="NAME", envvar="USER", help="Who answers for it.")] = "",
) -> None:
    """Keep alerts quiet until an end. They live on underneath, and are sent then if they still stand."""
    import asyncio
    import os
    import time
    import uuid

    from streams.cli.alerts import named
    from streams.cli.moments import clock
    from streams.edges.alert_acts import send
    from streams.edges.alert_records import SilenceTold
    from streams.edges.alert_story import standing
    from streams.edges.errors import Unavailable, UserError
    from streams.edges.settings import Settings
    from streams.edges.store import Store
    from streams.pure.alerting.inputs import Silencing
    from streams.pure.alerting.silences import Silence, SilenceError, checked

    settings, now_ms = Settings.from_env(os.environ), time.time_ns() // 1_000_000
    names = {
        "channel": channel, "stage": stage, "touchpoint": touchpoint, "location": location, "segment": segment,
        "producer": producer,
    }  # fmt: skip
    scope = {name: value for name, value in names.items() if value}
    silence = Silence(f"s-{uuid.uuid4().hex[:8]}", named(owner), reason, now_ms, _end_ms(until, now_ms), rule, scope)
    try:
        checked(silence)
    except SilenceError as error:
        raise UserError(str(error)) from None
    told = SilenceTold(silence.id, owner, reason, rule, scope, "", now_ms, silence.to_ms, None, "", None, 0)
    try:
        with Store.connect(settings) as store:
            quiet = [one for one in standing(store, now_ms) if told.matches(one)]
    except Unavailable as error:
        typer.echo(f"not looked up what it matches, the store is away: {error}", err=True)
        quiet = None
    asyncio.run(send(settings, Silencing(now_ms, silence)))
    typer.echo(f"{silence.id}: silent until {clock(silence.to_ms)} UTC, by {silence.owner}. It holds within seconds.")
    for one in quiet or ():
        typer.echo(f"  keeps quiet: {one.place}, {one.rule} ({one.alert_id})")
    if quiet == []:
        typer.echo("  it matches nothing that stands now: are the names right? After a day without a match it ends.")


def end(
    silence: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")],
    who: Annotated[str, typer.Option(metavar="NAME", envvar="USER", help="Your name.")] = "",
) -> None:
    """End a silence now. What it kept quiet and still stands is sent."""
    import asyncio
    import os
    import time

    from streams.cli.alerts import named
    from streams.cli.moments import clock
    from streams.edges.alert_acts import send
    from streams.edges.alert_story import silences
    from streams.edges.errors import UserError
    from streams.edges.settings import Settings
    from streams.edges.store import Store
    from streams.pure.alerting.inputs import Silencing
    from streams.pure.alerting.silences import Silence

    settings, now_ms, name = Settings.from_env(os.environ), time.time_ns() // 1_000_000, named(who)
    with Store.connect(settings) as store:
        found = next((one for one in silences(store, now_ms) if one.id == silence), None)
    if found is None:
        raise UserError(f"no silence {silence} is known: `touchpulse silences list --all` shows their ids")
    if not found.in_force(now_ms):
        over_ms = found.ended_ms or found.to_ms
        raise UserError(f"silence {silence} is over since {clock(over_ms)} UTC: there is nothing to end")
    ended = Silence(found.id, name, found.reason, found.from_ms, found.to_ms, found.rule, found.scope)
    asyncio.run(send(settings, Silencing(now_ms, ended, end=True)))
    typer.echo(f"{silence} ends now, by {name}: what it kept quiet and still stands is sent.")


def _end_ms(until: str, now_ms: int) -> int:
    """The end of a silence: a length of time from now, or a moment."""
    from streams.cli.moments import length_s, moment_ms

    if until.strip()[-1:] in "smhd" and until.strip()[:-1].isdigit():
        return now_ms + 1_000 * length_s(until, "--until")
    return moment_ms(until, now_ms, "--until")


def _what(one: SilenceTold) -> str:
    of = ", ".join(f"{name} {value}" for name, value in one.scope.items())
    return " of ".join(part for part in (f"rule {one.rule}" if one.rule else "any rule", of) if part)


def _state(one: SilenceTold, now_ms: int) -> str:
    if one.ended_ms is not None:
        return f"ended: {one.ended_why}"
    if not one.in_force(now_ms):
        return "over" if now_ms >= one.to_ms else "to come"
    return "ends within the hour" if one.to_ms - now_ms <= SOON_MS else "in force"
