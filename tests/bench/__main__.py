"""`./run bench`: measures speed on this machine, each figure beside its goal.

Needs Java and Maven for the broker; loopback only. Absolute figures say as much about the machine as about the
program: its cores and load are printed with them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table


class Result(NamedTuple):
    """One figure with its goal."""

    name: str
    what: str
    figure: float
    unit: str
    goal: float
    met: bool


def gateway(quick: bool) -> Iterator[Result]:
    """The door."""
    from tests.bench.gateway import measure

    found = measure(seconds=4.0 if quick else 15.0)
    yield _at_least("gateway", "events in batches of 100, one process", found["events_per_s"], "events/s", 20_000)
    yield _at_most("gateway", f"p99 of single events at {found['singles_per_s']}/s", found["p99_ms"], "ms", 50)
    yield _at_most("gateway", "answers other than 200", found["errors"], "answers", 0)


def score(quick: bool) -> Iterator[Result]:
    """Counting."""
    from tests.bench.score import measure

    found = measure(events=300_000 if quick else 1_200_000)
    yield _at_least("score", "counted by one process, by the clock", found["events_per_s"], "events/s", 120_000)
    yield _at_least("score", "counted in a second of its CPU", found["events_per_cpu_s"], "events/s", 120_000)


def archive(quick: bool) -> Iterator[Result]:
    """Storing."""
    from tests.bench.archive import measure

    found = measure(rows=100_000 if quick else 500_000)
    yield _at_least("archive", "touchpoints decoded and stored over HTTP", found["rows_per_s"], "rows/s", 100_000)
    yield _at_least("archive", "the same in a second of its CPU", found["rows_per_cpu_s"], "rows/s", 100_000)


def roll(quick: bool) -> Iterator[Result]:
    """Rolling windows."""
    from tests.bench.roll import measure

    found = measure(live_s=20 if quick else 60)
    series = f"{found['series']:,} series, windows of 5 min, 1 h, 24 h"
    yield _at_most("roll", f"p95 of a tick, {series}", found["tick_p95_ms"], "ms", 200)
    yield _at_most("roll", f"slowest of the first ten ticks, {series}", max(found["first_ticks_ms"]), "ms", 200)
    yield _at_most("roll", f"memory, {series}", found["rss_mb"], "MB", 300)


BENCHES: dict[str, Callable[[bool], Iterator[Result]]] = {
    bench.__name__: bench for bench in (score, archive, roll, gateway)
}


def _at_least(name: str, what: str, figure: float, unit: str, goal: float) -> Result:
    return Result(name, what, figure, unit, goal, figure >= goal)


def _at_most(name: str, what: str, figure: float, unit: str, goal: float) -> Result:
    return Result(name, what, figure, unit, goal, figure <= goal)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> int:
    """The program; its exit code is 0 also where a goal is missed: the figure is what was asked for."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(BENCHES)}; default: all")
    parser.add_argument("--quick", action="store_true", help="shorter, and rougher")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in BENCHES]:
        parser.error(f"there is no bench {unknown[0]!r}; there are {', '.join(BENCHES)}")
    console, before = Console(stderr=True), machine()
    results: list[Result] = []
    for name in given.names or BENCHES:
        with console.status(f"measuring {name}"):
            results += BENCHES[name](given.quick)
    if given.json:
        print(json.dumps({"machine": before, "results": [result._asdict() for result in results]}))
        return 0
    title = ", ".join(f"{key} {value}" for key, value in before.items())
    table = Table("bench", "what", "measured", "goal", "", title=title)
    for result in results:
        table.add_row(
            result.name,
            result.what,
            f"{result.figure:,.0f} {result.unit}",
            f"{result.goal:,.0f}",
            "met" if result.met else "missed",
        )
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
