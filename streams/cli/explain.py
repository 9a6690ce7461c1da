"""`touchpulse explain`: the receipt of any number on a board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from streams.edges.receipt import Receipt

SHOWN = 20
"""Offset ranges and revisions shown to people; --json has all of them."""


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("explain")(explain)


Place = Annotated[str, typer.Option(help="Only this one.")]


def explain(
    metric: Annotated[str, typer.Argument(help="csat, ces, nps, or another metric such as experience.price.")],
    at: Annotated[str, typer.Option(help="The moment: 2026-11-22T09:30:00Z, now, or 2h (ago).")] = "now",
    channel: Annotated[str, typer.Option(help="Channel. Default: all channels together.")] = "",
    touchpoint: Place = "",
    stage: Place = "",
    location: Place = "",
    segment: Place = "",
    scale: Annotated[str | None, typer.Option(help="Scale, such as csat-1-5. Default: each that was asked.")] = None,
    window: Annotated[str, typer.Option(help="Length of the window that ends there: 5m, 1h, 24h.")] = "5m",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Show what a number rests on: counts, formula, interval, offsets in the log, revisions, and the stored score.

    A window ends with the 10 s slice in which the moment lies, as boards show it.
    """
    import os
    import time

    import orjson
    from rich.console import Console

    from schemas.scales import SCALES
    from streams.cli.moments import length_s, moment_ms
    from streams.edges.errors import UserError
    from streams.edges.receipt import receipts
    from streams.edges.settings import Settings
    from streams.edges.store import Store

    settings = Settings.from_env(os.environ)
    if scale is not None and scale not in SCALES:
        raise UserError(f"--scale: there is no scale {scale!r}; known: {', '.join(SCALES)}")
    now_ms = time.time_ns() // 1_000_000
    places = {"touchpoint": touchpoint, "stage": stage, "location": location, "segment": segment}
    with Store.connect(settings) as store:
        found = receipts(
            store,
            metric,
            channel=channel,
            place={name: member for name, member in places.items() if member},
            at_ms=moment_ms(at, now_ms, "--at"),
            window_s=length_s(window, "--window"),
            now_ms=now_ms,
            live_topic=settings.topic("touchpoints"),
            scale=scale,
        )
    if as_json:
        print(orjson.dumps({"receipts": [receipt.as_json() for receipt in found]}).decode())
        return
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for receipt in found:
        _show(receipt, console)


def _show(receipt: Receipt, console: Console) -> None:
    from rich.table import Table

    from streams.cli.moments import clock

    score, live = receipt.score, receipt.live
    of = ", ".join([receipt.channel or "all channels", *(f"{name} {member}" for name, member in receipt.place.items())])
    console.print(f"{receipt.metric.upper()} of {of}, on {receipt.scale}")
    console.print(f"window {clock(receipt.from_ms)} to {clock(receipt.as_of_ms)} UTC, from table {receipt.tier}")
    table = Table("answer", "box")
    for name in ("live", "late or imported", "together"):
        table.add_column(name, justify="right")
    for point in receipt.points:
        box = {1: "top", 0: "neutral", -1: "bad"}[point.box]
        table.add_row(str(point.point), box, f"{point.live:,}", f"{point.late:,}", f"{point.live + point.late:,}")
    late = score.tally.n - live.tally.n
    table.add_row("all", "", f"{live.tally.n:,}", f"{late:,}", f"{score.tally.n:,}", style="bold")
    console.print(table)
    console.print(f"value     {receipt.formula.value}")
    console.print(f"          {receipt.formula.value_source}")
    if receipt.formula.interval:
        console.print(f"interval  95 %: {receipt.formula.interval}")
        console.print(f"          {receipt.formula.interval_source}")
    if score.weighted_value is not None and score.weighted_value != score.value:
        console.print(f"weighted  {score.weighted_value:.4g}, worth {score.n_eff:.1f} equal answers")
    if live.value != score.value and live.value is not None:
        console.print(f"live      {live.value:.4g} without the late and imported ones")
    until = "not known" if receipt.complete_until_ms is None else clock(receipt.complete_until_ms) + " UTC"
    console.print(f"complete  every partition heard until {until}")
    for stretch in receipt.stretches[:SHOWN]:
        end = (
            "not in the ledger"
            if not stretch.topic
            else f"offsets {stretch.first_offset:,} to {stretch.next_offset - 1:,}"
        )
        state = "closed" if stretch.closed else "open"
        console.print(
            f"from      {stretch.topic}[{stretch.partition}] {end} ({state} block, policy {stretch.policy}): "
            f"{stretch.answers:,} answers"
        )
    for revision in receipt.revisions[-SHOWN:]:
        console.print(
            f"revised   {clock(revision.revised_ms)}: {revision.width_s} s from {clock(revision.slice_ms)}, "
            f"{revision.channel} {revision.touchpoint}: {revision.n_before:,} to {revision.n:,} answers, bad "
            f"{revision.bad_before:,} to {revision.bad:,} ({revision.why})"
        )
    for what, shown in (("offset ranges", receipt.stretches), ("revisions", receipt.revisions)):
        if len(shown) > SHOWN:
            console.print(f"          ... {len(shown) - SHOWN:,} more {what}: see --json")
    if receipt.stored:
        shown_value = "NULL" if receipt.stored["value"] is None else f"{receipt.stored['value']:.4g}"
        console.print(f"stored    {shown_value} with n {receipt.stored['n']:,}: {receipt.verdict}")
    else:
        console.print(f"stored    {receipt.verdict}")
    for note in receipt.notes:
        console.print(f"note      {note}")
    console.print()
