"""`./run chaos`: try to break it. Needs Java and Maven for the broker; uses loopback only."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
from pathlib import Path

from rich.console import Console

from streams.edges.errors import TouchpulseError
from tests.chaos.bench import Results, many, show, summary
from tests.chaos.plan import POINTS, STORE_FAULTS, STREAM, STRIKES, as_dict
from tests.chaos.planning import make_plan
from tests.chaos.world import world

HOURS = 3.0
"""Longest time of the whole program, for nobody may be there to stop it."""


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="./run chaos", description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="how many runs; their seeds follow each other")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first run")
    parser.add_argument("--jobs", type=int, default=2, help="runs side by side (one that strikes the broker is alone)")
    parser.add_argument("--resume", type=Path, metavar="FILE", help="append results there, skip seeds already in it")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--plan", action="store_true", help="only print what would happen")
    parser.add_argument("--prove", action="store_true", help="take away one safety after another: each must be missed")
    parser.add_argument("--only", metavar="NAMES", default="", help="with --prove: these safeties only, with commas")
    parser.add_argument(
        "--without",
        metavar="KINDS",
        default="",
        help=f"leave out, with commas: {', '.join((*STRIKES, *STORE_FAULTS, *POINTS, *STREAM))}",
    )
    return parser.parse_args(words)


async def campaign(given: argparse.Namespace, console: Console) -> int:
    """All runs; 1 if one of them was wrong."""
    results = Results(given.resume)
    seeds = [seed for seed in range(given.seed, given.seed + given.runs) if seed not in results.seeds()]
    without = [kind for kind in given.without.split(",") if kind]
    plans = [make_plan(seed, without=without) for seed in seeds]
    if given.plan:
        print(json.dumps([as_dict(plan) for plan in plans], indent=1))
        return 0
    try:
        if plans:
            async with world() as place:
                await many(place, plans, jobs=given.jobs, done=results.add, console=console, total=len(plans))
    finally:
        found = summary(results.outcomes)
        if given.json:
            print(json.dumps(found))
        else:
            show(console, found, "./run chaos")
    return int(bool(found["wrong"]))


async def limited(given: argparse.Namespace, console: Console) -> int:
    """Ends in good order on SIGTERM, Ctrl-C and when it takes too long: all that was started ends with it."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        async with asyncio.timeout(3_600 * HOURS):
            if given.prove:
                from tests.chaos.prove import prove

                return await prove(given, console)
            return await campaign(given, console)
    except asyncio.CancelledError:
        console.print("stopped; nothing is left behind")
        return 130
    except TimeoutError:
        console.print(f"stopped after {HOURS:g} hours")
        return 1


def main() -> int:
    """The program; its exit code."""
    console = Console(stderr=True)
    # The bench's own clients meet each fault too, and would say so thousands of times.
    for name in ("aiokafka", "uvicorn", "clickhouse_connect", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    given = arguments(sys.argv[1:])
    try:
        return asyncio.run(limited(given, console))
    except TouchpulseError as error:
        print(f"chaos: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
