"""`touchpulse demo`: see it work, on this machine, with nothing to install."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from streams.edges.demo import Stack


DOOR_PORT = 8090
CURL = """\
  curl -s --retry 9 --retry-connrefused {url}/v1/touchpoints \\
    -H "authorization: Bearer {key}" -H "content-type: application/json" \\
    -d '{{"kind":"csat","event_id":"'$(date +%s)'","occurred_at":"'$(date -u +%FT%TZ)'","channel":"{channel}",\
"touchpoint":"{touchpoint}","score":1,"scale":"1-5"}}'"""
"""A first event from any shell."""


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("demo")(demo)


def demo(
    once: Annotated[bool, typer.Option("--once", help="Feed, wait until all is stored, print a table, stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --once: one JSON object on stdout instead.")] = False,
    scenario: Annotated[str, typer.Option(metavar="NAME", help="retailer or bank: whose customers come.")] = "retailer",
    file: Annotated[
        Path | None, typer.Option(metavar="F.csv", help="Feed a survey file instead of simulating.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(metavar="M.yaml", help="What the file's columns mean.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed, other customers.")] = 1,
    events: Annotated[int, typer.Option(min=1, help="With --once: how many events to simulate.")] = 20_000,
    rate: Annotated[float, typer.Option(min=0.1, max=500, help="Simulated events a second.")] = 20.0,
    port: Annotated[int, typer.Option(help="Port of the live page.")] = 8080,
) -> None:
    """Run everything on this machine: in-memory Kafka, embedded ClickHouse, all workers, customers, a live page.

    Weeks of past and twenty minutes of history are there at once; after a minute something gets worse, and the page
    shows what, where and why. Ctrl-C stops and leaves nothing behind.
    """
    import asyncio
    import signal

    from rich.console import Console

    from streams.edges.demo import company_of, stack
    from streams.edges.errors import UserError
    from streams.edges.simulator import RETAILER

    if (file is None) != (mapping is None):
        raise UserError("--file and --mapping belong together: the mapping says what the file's columns mean")
    if as_json and not once:
        raise UserError("--json belongs to --once: a demo that never ends has no final figures")
    company = company_of(scenario)
    if file is not None and company is not RETAILER:
        raise UserError("--file brings customers and names of its own: leave out --scenario")
    # Ended politely or by Ctrl-C: both unwind, so that nothing is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print("Touchpulse demo: Kafka in memory (librdkafka's mock broker), ClickHouse's engine in this process,")
    console.print("all workers as in production. Nothing is kept: all of it is gone when this stops.")
    # A survey brings its own names; a simulated company keeps to its catalogue.
    board_port = _free_port(port)
    door_port = _free_port(DOOR_PORT if board_port != DOOR_PORT else 0)
    ports = {} if once else {"board_port": board_port, "door_port": door_port}
    with stack(**{"board_port": None} | ports, company=company, all_names=file is not None) as running:
        if once:
            result = asyncio.run(_once(running, console, file, mapping, seed, events))
            _show(result, as_json=as_json)
            return
        console.print(f"Live page:  [bold]{running.board_url}[/bold]   (Ctrl-C stops)")
        drop = company.drop
        curl = CURL.format(url=running.door_url, key=running.key, channel=drop.channel, touchpoint=drop.touchpoint)
        console.print("Send an answer of your own, and look for it on the page of the producers, by `you`:")
        console.print(curl, markup=False)
        try:
            asyncio.run(_live(running, console, file, mapping, seed, rate))
        except KeyboardInterrupt:
            console.print("Stopping.")


def _free_port(wanted: int) -> int:
    """The wanted port, or a free one where another program has it."""
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _once(
    running: Stack, console: Console, file: Path | None, mapping: Path | None, seed: int, events: int
) -> dict[str, Any]:
    import asyncio

    from streams.edges.demo import feed, feed_file, history, start_workers
    from streams.edges.progress import Progress
    from streams.edges.summary import report

    settings = running.settings
    start_workers(running)
    async with Progress(settings, running.store, running.check) as progress:
        with console.status("starting") as status:
            if file is not None and mapping is not None:
                sent = await feed_file(running, progress, file, mapping, status.update)
            else:
                sent = await feed(running, progress, history(running.company, seed, events), status.update)
            await progress.wait_stored(50.0, status.update)
    return await asyncio.to_thread(
        report,
        running.store,
        sent=sent,
        live_topic=settings.topic("touchpoints"),
        import_topic=settings.topic("touchpoints.import"),
    )


async def _live(
    running: Stack, console: Console, file: Path | None, mapping: Path | None, seed: int, rate: float
) -> None:
    from streams.edges.demo import DROP_AFTER_S, feed_file, live, start_workers
    from streams.edges.progress import Progress

    if file is not None and mapping is not None:
        start_workers(running)
        async with Progress(running.settings, running.store, running.check) as progress:
            sent = await feed_file(running, progress, file, mapping, console.print)
        console.print(f"{sent:,} answers imported; the page shows them under their own dates.")
    console.print(f"In {DROP_AFTER_S} s {running.company.drop.watch}.")
    await live(running, seed, rate, with_past=file is None)


def _show(result: dict[str, Any], *, as_json: bool) -> None:
    """The final figures: one JSON object, or a table of channels."""
    import orjson
    from rich.console import Console
    from rich.table import Table

    if as_json:
        print(orjson.dumps(result).decode())
        return
    console = Console(highlight=False)
    counts = ", ".join(f"{result[name]:,} {name}" for name in ("sent", "accepted", "duplicate", "late", "rejected"))
    console.print(f"Events: {counts}.")
    table = Table("channel", "metric", "scale", "n", "score", "95 % interval")
    for name in ("n", "score", "95 % interval"):
        next(column for column in table.columns if column.header == name).justify = "right"
    for row in result["scores"]:
        if row["touchpoint"] is None:
            unit = " %" if row["metric"] == "csat" else ""
            band = "" if row["lower"] is None else f"{row['lower']:.1f} to {row['upper']:.1f}"
            table.add_row(
                row["channel"] or "all channels", row["metric"].upper(), row["scale"], f"{row['n']:,}",
                f"{row['value']:.1f}{unit}", band,
            )  # fmt: skip
    console.print(table)
    console.print("Intervals of a whole channel take its answers as independent; one person may have given several.")
