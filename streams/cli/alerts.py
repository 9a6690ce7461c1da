"""`touchpulse alerts`: what stands, why it does, and what people do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.edges.alert_records import Episode
    from streams.edges.settings import Settings
    from streams.edges.store import Store

RECENT_DAYS = 30
"""How far `list --all` looks back."""

Id = Annotated[str, typer.Argument(metavar="ID", help="Of an alert or of a page, as `list` and the page show it.")]
Who = Annotated[str, typer.Option(metavar="NAME", envvar="USER", help="Your name: it stands with the alert.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(no_args_is_help=True, help="Alerts: what stands now, why, and what you do about it.")
    group.command("list")(list_)
    group.command("why")(why)
    group.command("ack")(ack)
    group.command("rebase")(rebase)
    group.command("useful")(useful)
    group.command("useless")(useless)
    app.add_typer(group, name="alerts")


def list_(
    every: Annotated[bool, typer.Option("--all", help=f"Also what is over, of the last {RECENT_DAYS} days.")] = False,
    as_json: Json = False,
) -> None:
    """List the alerts that stand, worst first: since when, how bad, what holds them, who has them."""
    import time
    from dataclasses import asdict

    import orjson

    from streams.cli.alert_words import entry
    from streams.edges.alert_story import lately, standing

    now_ms = time.time_ns() // 1_000_000
    with _store(_settings()) as store:
        found = lately(store, now_ms, RECENT_DAYS) if every else standing(store, now_ms)
    if as_json:
        print(orjson.dumps({"alerts": [asdict(one) for one in found]}).decode())
        return
    for one in found:
        for line in entry(one, now_ms):
            typer.echo(line)
    typer.echo(f"alerts of {RECENT_DAYS} days: {len(found):,}" if every else f"alerts that stand: {len(found):,}")


def why(
    alert: Annotated[str | None, typer.Argument(metavar="[ID]", help="Of an alert or of a page.")] = None,
    at: Annotated[str | None, typer.Option(help="Or a moment: 2026-11-23T02:14 (UTC), 2026-11-23T02:14+01:00.")] = None,
    channel: Annotated[str, typer.Option(help="With --at: only alerts of this channel.")] = "",
    as_json: Json = False,
) -> None:
    """Tell the whole story of an alert: every step with its numbers, what was sent to whom, what kept it quiet.

    The numbers stand as they were then, and beside them as the store counts them now.
    """
    import time

    import orjson

    from streams.cli.alert_words import as_json as story_json
    from streams.cli.alert_words import show
    from streams.cli.moments import clock, moment_ms
    from streams.edges.alert_recount import actions_near, recount
    from streams.edges.alert_story import MINUTE_MS, at_moment, resolve_id, story
    from streams.edges.errors import UserError

    if (alert is None) == (at is None):
        raise UserError("name one alert: its id (or its page's), or --at and the moment it came")
    now_ms = time.time_ns() // 1_000_000
    with _store(_settings()) as store:
        if at is None:
            ids = [resolve_id(store, alert or "")]
        else:
            asked_ms = moment_ms(at, now_ms, "--at")
            then_ms, ids = at_moment(store, asked_ms, channel)
            if not as_json and then_ms // MINUTE_MS != asked_ms // MINUTE_MS:
                typer.echo(f"Nothing came at {clock(asked_ms)} UTC; nearest to it, at {clock(then_ms)}:\n")
        told = []
        for one in ids:
            found = story(store, one)
            told.append((found, recount(store, found, now_ms), actions_near(store, found)))
    if as_json:
        print(orjson.dumps({"alerts": [story_json(*one) for one in told]}).decode())
        return
    for one_told in told:
        show(*one_told)


def ack(alert: Id, who: Who = "") -> None:
    """Say that you have it: it is not repeated any more."""
    _act("acknowledge", alert, who, "yours now, and not repeated")


def rebase(alert: Id, who: Who = "") -> None:
    """Say that this is how it is now: the alert ends, and what is usual is learnt anew."""
    _act("rebase", alert, who, "over; what is usual is learnt anew from here on")


def useful(alert: Id, who: Who = "") -> None:
    """Say that it was right to tell you. The boards show how often each rule is."""
    _act("useful", alert, who, "noted as useful")


def useless(alert: Id, who: Who = "") -> None:
    """Say that it should not have been told. The boards show how often each rule is right."""
    _act("useless", alert, who, "noted as useless")


def _act(what: str, ref: str, who: str, outcome: str) -> None:
    import asyncio
    import time

    from streams.edges.alert_acts import check, send
    from streams.edges.alert_story import episode, page_alert, resolve_id
    from streams.edges.errors import Unavailable
    from streams.pure.alerting.inputs import Act

    name, settings = named(who), _settings()
    try:
        with _store(settings) as store:
            found: Episode | None = episode(store, resolve_id(store, ref))
    except Unavailable as error:
        # Alerts do not wait for the store, and neither does the answer to one.
        typer.echo(f"not looked up, the store is away: {error}", err=True)
        found = None
    if found is not None:
        check(what, found)
    alert_id = found.alert_id if found else page_alert(ref)
    asyncio.run(send(settings, Act(time.time_ns() // 1_000_000, what, alert_id, name)))
    of = f"{found.place}, {found.rule}" if found else alert_id
    typer.echo(f"{of}: {outcome}, said by {name}. It shows within seconds.")


def named(who: str) -> str:
    """The name of whoever acts.

    Raises:
        UserError: nobody is named.
    """
    from streams.edges.errors import UserError

    if not who.strip():
        raise UserError("who are you? Say --who NAME: it stands with the alert")
    return who.strip()


def _settings() -> Settings:
    import os

    from streams.edges.settings import Settings

    return Settings.from_env(os.environ)


def _store(settings: Settings) -> Store:
    from streams.edges.store import Store

    return Store.connect(settings)
