"""`touchpulse tail`: events live, each with its verdict and what to mend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.edges.settings import Settings
    from streams.edges.tail import Seen, Tail


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("tail")(tail)


def tail(
    producer: Annotated[str, typer.Option(metavar="NAME", help="Whose events; everybody's by default.")] = "",
    back: Annotated[int, typer.Option(min=0, metavar="N", help="Begin N records back in each partition.")] = 0,
    count: Annotated[int, typer.Option(min=0, metavar="N", help="Stop after N events; 0: never.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show events as they come in: accepted, test, import, late, duplicate or rejected, and why.

    Reads beside the workers and commits nothing. Comments and customers are not shown.
    """
    import asyncio
    import logging
    import os

    from streams.edges.gateway.catalogue import load_catalogue
    from streams.edges.gateway.contract import Contract
    from streams.edges.privacy import privacy_of
    from streams.edges.settings import Settings
    from streams.edges.tail import Tail

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    settings = Settings.from_env(os.environ)
    looking = Tail(settings, Contract(settings, load_catalogue(settings)), privacy_of(settings), producer)
    asyncio.run(_print(settings, looking, back, count, as_json))


async def _print(settings: Settings, looking: Tail, back: int, count: int, as_json: bool) -> None:
    import json
    from contextlib import aclosing

    from streams.edges.tail import follow

    shown = 0
    async with aclosing(follow(settings, looking, back=back)) as events:
        async for seen in events:
            # Whole lines at once: this is piped into other programs.
            print(json.dumps(seen.as_json(), ensure_ascii=False) if as_json else _line(seen), flush=True)
            shown += 1
            if shown == count:
                return


CLOCK_MS = 5_000
"""A difference of clocks below this is the way an event takes."""


def _line(seen: Seen) -> str:
    from datetime import UTC, datetime

    at = datetime.fromtimestamp(seen.at_ms / 1000, UTC).strftime("%H:%M:%SZ")
    parts = [at, seen.producer or "(unknown producer)", seen.verdict, seen.event_id, seen.what]
    if seen.reason:
        parts.append(f"({seen.reason})")
    if seen.mend:
        parts.append(f"- {seen.mend}")
    if seen.clock_ms is not None and abs(seen.clock_ms) > CLOCK_MS:
        behind = "behind" if seen.clock_ms > 0 else "ahead"
        parts.append(f"- sent_at is {abs(seen.clock_ms) / 1000:.0f} s {behind} the broker's clock")
    return " ".join(part for part in parts if part)
