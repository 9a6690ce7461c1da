"""`./run bench`: measures speed on this machine, each figure beside its goal.

Needs Java and Maven for the broker; loopback only. Absolute figures say as much about the machine as about the
program, and are printed with it; what holds elsewhere are the ratios to peers that ran in between on the same log.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

from rich.console import Console

from tests.bench import peer as peers
from tests.bench.results import RATE, Result, as_json, as_table, at_least, at_most, machine, told


class Asked(NamedTuple):
    """What a bench is run with."""

    quick: bool
    peers: tuple[peers.Peer, ...]
    tell: Callable[[str], None]
    """Says what is being measured now."""


def gateway(asked: Asked) -> Iterator[Result]:
    """The door."""
    from tests.bench.gateway import measure

    found = measure(seconds=4.0 if asked.quick else 15.0)
    yield at_least("gateway", "events in batches of 100, one process", found["events_per_s"], RATE, 20_000)
    yield at_most("gateway", f"p99 of single events at {found['singles_per_s']}/s", found["p99_ms"], "ms", 50)
    yield at_most("gateway", "answers other than 200", found["errors"], "answers", 0)


def score(asked: Asked) -> Iterator[Result]:
    """Counting, beside the peers."""
    from tests.bench.score import bench

    yield from bench(asked.quick, asked.peers, asked.tell)


def archive(asked: Asked) -> Iterator[Result]:
    """Storing."""
    from tests.bench.archive import measure

    found = measure(rows=100_000 if asked.quick else 500_000)
    yield at_least("archive", "touchpoints decoded and stored over HTTP", found["rows_per_s"], "rows/s", 100_000)
    yield at_least("archive", "the same in a second of its CPU", found["rows_per_cpu_s"], "rows/s", 100_000)


def roll(asked: Asked) -> Iterator[Result]:
    """Rolling windows."""
    from tests.bench.roll import apart

    found = apart(live_s=20 if asked.quick else 60)
    series = f"{found['series']:,} series, windows of 5 min, 1 h, 24 h"
    yield at_most("roll", f"p95 of a tick, {series}", found["tick_p95_ms"], "ms", 200)
    yield at_most("roll", f"slowest of the first ten ticks, {series}", max(found["first_ticks_ms"]), "ms", 200)
    yield at_most("roll", f"memory, {series}", found["rss_mb"], "MB", 300)


def latency(asked: Asked) -> Iterator[Result]:
    """From an answer to its score, and to its alert."""
    from tests.bench.latency import bench

    yield from bench(asked.quick, asked.tell)


def recovery(_: Asked) -> Iterator[Result]:
    """From a killed worker to one that has caught up."""
    from tests.bench.recovery import measure

    found = measure()
    fed = f"at {found['events_per_s']:,} events/s on {found['partitions']} partitions"
    yield at_most("recovery", f"a new start, until caught up, {fed}", found["restart_s"], "s", 10)
    yield told("recovery", "the same with nothing kept in a state folder", found["restart_nothing_kept_s"], "s")
    after = found["take_over_after_session_s"]
    yield at_most("recovery", f"another worker, until caught up, after the session timeout, {fed}", after, "s", 10)


def boards(asked: Asked) -> Iterator[Result]:
    """What readers wait for."""
    from tests.bench.boards import bench

    yield from bench(asked.quick, asked.tell)


def growth(asked: Asked) -> Iterator[Result]:
    """What more of everything costs."""
    from tests.bench.growth import bench

    yield from bench(asked.quick, asked.tell)


def plan(asked: Asked) -> Iterator[Result]:
    """What ten, a hundred, a thousand times the traffic needs."""
    from tests.bench.plan import bench

    yield from bench(asked.quick, asked.tell)


def alerts(asked: Asked) -> Iterator[Result]:
    """How soon a drop pages, and how often chance does."""
    from tests.bench.alerts import bench

    yield from bench(asked.quick, asked.tell)


def paging(asked: Asked) -> Iterator[Result]:
    """From a bad answer to a page handed over, past ten rules on ten thousand series."""
    from tests.bench.paging import bench

    yield from bench(asked.quick, asked.tell)


BENCHES: dict[str, Callable[[Asked], Iterator[Result]]] = {
    bench.__name__: bench
    for bench in (score, archive, roll, latency, paging, recovery, boards, growth, plan, alerts, gateway)
}


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """What was asked for; ends the program where that is not understood."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(BENCHES)}; default: all")
    parser.add_argument("--quick", action="store_true", help="shorter, and rougher")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--peers",
        choices=("none", "usual", "all"),
        default="usual",
        help="whom to measure beside us; all: also the slow",
    )
    asked = parser.parse_args(given)
    if unknown := [name for name in asked.names if name not in BENCHES]:
        parser.error(f"there is no bench {unknown[0]!r}; there are {', '.join(BENCHES)}")
    return asked


def main() -> int:
    """The program; its exit code is 0 also where a goal is missed: the figure is what was asked for."""
    given = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # whatever was started is ended, also when we are told to
    chosen = tuple(peer for peer in peers.ALL if given.peers == "all" or (given.peers == "usual" and peer.usual))
    console, where = Console(stderr=True), machine()
    results: list[Result] = []
    with console.status("measuring") as status:
        asked = Asked(given.quick, chosen, status.update)
        for name in given.names or BENCHES:
            status.update(f"measuring {name}")
            results += BENCHES[name](asked)
    where["load_after"] = machine()["load"]
    if given.json:
        print(as_json(where, results))
    else:
        Console().print(as_table(where, results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
