"""How long each panel of each board takes on a store filled with a month, and whether the overview reads raw events.

Bounded by time, since a store as dense as the goal says takes hours to fill: it is filled as densely as fits into some
minutes on this machine, and the density is told. A panel is asked so many times, or until its share of the time is used
up, but never fewer than three times; where it was fewer than wanted, its row says so.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from dashboards.library import BOARDS
from dashboards.macros import Shown, Values, expand
from dashboards.panel import EVERY, Board, Panel
from dashboards.parts import OVERVIEW
from streams.edges.migrate import migrate
from streams.edges.settings import Settings
from streams.edges.store import Store
from tests.bench.big_store import DENSEST_PER_S, Month, affordable, fill, settled
from tests.bench.latency import quantile
from tests.bench.results import Result, at_most, told
from tests.kit.clickhouse import ServerProcess

NAME = "boards"
GOAL_MS = 200.0
FILL_S, ASK_S = 160.0, 330.0
"""About how long the full bench fills and asks."""
FEWEST_RUNS = 3
SPANS_S = {"1 h": 3_600, "2 d": 2 * 86_400, "30 d": 30 * 86_400}
"""One for each tier of panes."""
RAW = ("touchpoints", "rejected", "late_answers", "late_names")
_READ = re.compile(r"ReadFrom\w*MergeTree\s*\((?:\w+\.)?(\w+)\)|ReadFrom\w+\s*\((?:\w+\.)?(\w+)\)")


class Timing(NamedTuple):
    """One panel over one span of time."""

    board: str
    panel: str
    span: str
    runs_ms: list[float]
    rows: int = 1
    """Most rows of a run; 0: nothing there to show, so its times say little."""
    wanted: int = 0
    """Runs there should have been."""

    @property
    def p95_ms(self) -> float:
        """Of its runs."""
        return quantile(self.runs_ms, 0.95)


class Runs(NamedTuple):
    """How long each took, and the most rows one found."""

    took_ms: list[float]
    rows: int


Offered = Mapping[str, Sequence[str]]
"""Names the store offers for a variable, by variable."""


def offered(store: Store) -> dict[str, list[str]]:
    """What the drop-downs of all boards have to choose from."""
    variables = {variable.name: variable.sql for board in BOARDS for variable in board.variables if variable.sql}
    return {name: [str(row[0]) for row in store.rows(sql)] for name, sql in variables.items()}


def chosen(board: Board, run: int, names: Offered) -> Values:
    """What the reader picked: everything where several may be chosen; of names one in turn, of choices the usual."""
    picked: dict[str, str | list[str]] = {"scale": "csat-1-5"}
    for variable in board.variables:
        values = list(names.get(variable.name, ())) or [value for _, value in variable.choices]
        if variable.open:
            picked[variable.name] = [EVERY]
        elif variable.several:
            picked[variable.name] = values
        elif variable.sql:
            picked[variable.name] = values[run % len(values)] if values else ""
        else:
            picked.setdefault(variable.name, variable.default or (values[0] if values else ""))
    if "window" in picked:
        picked["window"] = ("300", "3600")[run % 2]
    return picked


def asked(sql: str, shortest_s: int, board: Board, month: Month, span_s: int, run: int, names: Offered) -> str:
    """What is sent to the store for one run."""
    interval_ms = max(shortest_s * 1_000, 1_000 * span_s // 240)
    end_ms = 1_000 * month.end_s
    shown = Shown(from_ms=end_ms - 1_000 * span_s, to_ms=end_ms, interval_ms=interval_ms)
    return expand(sql, shown=shown, values=chosen(board, run, names))


def tables_read(plan: Sequence[str]) -> set[str]:
    """Tables a plan reads from."""
    return {first or second for line in plan for first, second in _READ.findall(line)}


class Clock:
    """Shares what is left of the time among what is left to measure, so that the quick leave theirs to the slow."""

    def __init__(self, seconds: float, parts: int, now: Callable[[], float] = time.monotonic) -> None:
        self._ends, self._parts, self._now = now() + seconds, parts, now

    def share_ends(self) -> float:
        """When the next part has used up its share."""
        now = self._now()
        share = max(0.0, self._ends - now) / max(1, self._parts)
        self._parts -= 1
        return now + share


def repeated(run: Callable[[int], int], runs: int, ends: float, now: Callable[[], float] = time.monotonic) -> Runs:
    """Runs something `runs` times, or until `ends` but at least FEWEST_RUNS times.

    Args:
        run: gets the number of the run; gives how many rows it found.
    A first run is not told: it only finds the pages of the disk.
    """
    took_ms: list[float] = []
    rows = 0
    for number in range(runs + 1):
        if len(took_ms) > FEWEST_RUNS and now() >= ends:
            break
        began = now()
        rows = max(rows, run(number))
        took_ms.append(1_000 * (now() - began))
    return Runs(took_ms[1:], rows)


def time_panels(
    store: Store, month: Month, runs: int, seconds: float, tell: Callable[[str], None], boards: Sequence[Board] = BOARDS
) -> list[Timing]:
    """Each panel over each span, in about so many seconds."""
    found = []
    names = offered(store)
    every = [(board, panel, span) for board in boards for panel in board.panels for span in SPANS_S]
    clock = Clock(seconds, len(every))
    for place, (board, panel, span) in enumerate(every, 1):
        tell(f"boards: {place} of {len(every)}: {board.title}, {panel.title}, {span}")
        span_s = min(SPANS_S[span], month.days * 86_400)

        def ask(run: int, board: Board = board, panel: Panel = panel, span_s: int = span_s) -> int:
            return len(store.query(asked(panel.sql, panel.min_interval_s, board, month, span_s, run, names)))

        done = repeated(ask, runs, clock.share_ends())
        found.append(Timing(board.title, panel.title, span, done.took_ms, done.rows, runs))
    return found


def overview_reads(store: Store, month: Month) -> set[str]:
    """Tables behind everything the overview shows, by the store's own plans."""
    (board,) = [one for one in BOARDS if one.uid == OVERVIEW]
    texts = [panel.sql for panel in board.panels] + [mark.sql for mark in board.annotations]
    texts += [variable.sql for variable in board.variables if variable.sql]
    found: set[str] = set()
    names = offered(store)
    for sql in texts:
        plan = store.rows("EXPLAIN " + asked(sql, 10, board, month, 3_600, 0, names))
        found |= tables_read([str(row[0]) for row in plan])
    return found


def _span(one: Timing) -> str:
    fewer = f" in {len(one.runs_ms)} runs" if len(one.runs_ms) < one.wanted else ""
    return f"{one.span} {one.p95_ms:.0f}{fewer}{'' if one.rows else ' without rows'}"


def results(
    timings: Sequence[Timing], reads: set[str], filled: Mapping[str, int], month: Month, note: str
) -> Iterator[Result]:
    """One row a panel: the worst p95 of its spans."""
    rows = ", ".join(f"{table} {count:,}" for table, count in filled.items())
    yield told(
        NAME,
        f"answers in the store: {month.days} days, 10,000 series, {month.per_s} a second",
        month.answers,
        "answers",
        f"{rows}{note}",
    )
    for board, panel in dict.fromkeys((one.board, one.panel) for one in timings):
        spans = [one for one in timings if (one.board, one.panel) == (board, panel)]
        worst = max(spans, key=lambda one: one.p95_ms)
        each = ", ".join(_span(one) for one in spans)
        title = board.removeprefix("Touchpulse · ")
        result = at_most(NAME, f"p95 of {title}: {panel}", worst.runs_ms, "ms", GOAL_MS, each)
        yield result._replace(figure=worst.p95_ms)
    yield at_most(
        NAME, "tables of raw events the overview reads", len(reads & set(RAW)), "tables", 0, ", ".join(sorted(reads))
    )


def measure(
    *,
    days: int,
    per_s: int,
    runs: int,
    tell: Callable[[str], None],
    fill_s: float | None = None,
    ask_s: float = 60.0,
    folder: Path | None = None,
) -> Iterator[Result]:
    """Fills a store and asks it.

    Args:
        per_s: answers a second; where `fill_s` is given, the most of them.
        fill_s: about how long to fill.
        ask_s: about how long to ask.
    """
    with (
        tempfile.TemporaryDirectory(prefix="bench-boards-", dir=folder) as name,
        ServerProcess(Path(name)) as server,
    ):
        with Store.connect(
            Settings(clickhouse_url=server.url, clickhouse_database="bench"), answer_timeout_s=1_800
        ) as store:
            migrate(store)
            if fill_s is not None:
                tell("boards: how dense a store can be filled in time")
                per_s = min(per_s, affordable(store, days, fill_s))
            month = Month(int(time.time()) // 10 * 10, days, per_s)
            began = time.monotonic()
            filled = fill(store, month, tell)
            tell("boards: waiting for merges")
            calm = settled(store, 60)
            used_gb = sum(path.stat().st_size for path in Path(name).rglob("*") if path.is_file()) / 1e9
            note = f"; {used_gb:.1f} GB, filled in {time.monotonic() - began:.0f} s"
            note += "" if calm else ", still merging while it was asked"
            timings = time_panels(store, month, runs, ask_s, tell)
            reads = overview_reads(store, month)
        server.stop()
    yield from results(timings, reads, filled, month, note)


def densest(free_bytes: int) -> int:
    """Answers a second for 30 days that fit a third of the disk, 100 bytes an answer in all tables."""
    return max(1, min(DENSEST_PER_S, int(free_bytes / 3 / (100 * 30 * 86_400))))


def bench(quick: bool, tell: Callable[[str], None]) -> Iterator[Result]:
    """The bench as `./run bench boards` runs it; the full one takes about ten minutes, as dense as that allows."""
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if quick:
        yield from measure(days=2, per_s=2, runs=5, tell=tell)
    else:
        yield from measure(days=30, per_s=densest(free), runs=20, tell=tell, fill_s=FILL_S, ask_s=ASK_S)
