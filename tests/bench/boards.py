"""How long each panel of each board takes on a store filled with a month, and whether the overview reads raw events."""

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
from dashboards.panel import EVERY, Board
from dashboards.parts import OVERVIEW
from streams.edges.migrate import migrate
from streams.edges.settings import Settings
from streams.edges.store import Store
from tests.bench.big_store import Month, fill, settled
from tests.bench.latency import quantile
from tests.bench.results import Result, at_most, told
from tests.kit.clickhouse import ServerProcess

NAME = "boards"
GOAL_MS = 200.0
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

    @property
    def p95_ms(self) -> float:
        """Of its runs."""
        return quantile(self.runs_ms, 0.95)


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


def time_panels(store: Store, month: Month, runs: int, tell: Callable[[str], None]) -> list[Timing]:
    """Each panel over each span; a first run of each is not told: it only finds the pages of the disk."""
    found = []
    names = offered(store)
    for board in BOARDS:
        for panel in board.panels:
            for span, span_s in SPANS_S.items():
                tell(f"boards: {board.title}, {panel.title}, {span}")
                took_ms, rows = [], 0
                for run in range(runs + 1):
                    sql = asked(
                        panel.sql, panel.min_interval_s, board, month, min(span_s, month.days * 86_400), run, names
                    )
                    began = time.perf_counter()
                    rows = max(rows, len(store.query(sql)))
                    took_ms.append(1_000 * (time.perf_counter() - began))
                found.append(Timing(board.title, panel.title, span, took_ms[1:], rows))
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
        each = ", ".join(f"{one.span} {one.p95_ms:.0f}{'' if one.rows else ' without rows'}" for one in spans)
        title = board.removeprefix("Touchpulse · ")
        result = at_most(NAME, f"p95 of {title}: {panel}", worst.runs_ms, "ms", GOAL_MS, each)
        yield result._replace(figure=worst.p95_ms)
    yield at_most(
        NAME, "tables of raw events the overview reads", len(reads & set(RAW)), "tables", 0, ", ".join(sorted(reads))
    )


def measure(
    *, days: int, per_s: int, runs: int, tell: Callable[[str], None], folder: Path | None = None
) -> Iterator[Result]:
    """Fills a store and asks it."""
    with tempfile.TemporaryDirectory(prefix="bench-boards-", dir=folder) as name:
        month = Month(int(time.time()) // 10 * 10, days, per_s)
        with ServerProcess(Path(name)) as server:
            with Store.connect(
                Settings(clickhouse_url=server.url, clickhouse_database="bench"), answer_timeout_s=1_800
            ) as store:
                migrate(store)
                began = time.monotonic()
                filled = fill(store, month, tell)
                tell("boards: waiting for merges")
                calm = settled(store, 120)
                used_gb = sum(path.stat().st_size for path in Path(name).rglob("*") if path.is_file()) / 1e9
                note = f"; {used_gb:.1f} GB, filled in {time.monotonic() - began:.0f} s"
                note += "" if calm else ", still merging while it was asked"
                timings = time_panels(store, month, runs, tell)
                reads = overview_reads(store, month)
            server.stop()
    yield from results(timings, reads, filled, month, note)


def densest(free_bytes: int) -> int:
    """Answers a second for 30 days that fit a third of the disk, 100 bytes an answer in all tables; at most 1,000."""
    return max(1, min(1_000, int(free_bytes / 3 / (100 * 30 * 86_400))))


def bench(quick: bool, tell: Callable[[str], None]) -> Iterator[Result]:
    """The bench as `./run bench boards` runs it; the full one is bounded by time: it fills for some minutes."""
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if quick:
        yield from measure(days=2, per_s=2, runs=5, tell=tell)
    else:
        yield from measure(days=30, per_s=min(50, densest(free)), runs=20, tell=tell)
