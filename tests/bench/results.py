"""What a bench found: figures with their goals, as a table and as JSON.

A figure is a rate in `events_per_s`, or something else in `figure` and `unit`. `runs` holds the figure of each single
run; the figure told is their median. `goal` is None where a figure is only told, then `met` is None too. What could
not be measured has no figure, and says why in `note`; a goal it had is missed.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.table import Table

RATE = "events/s"


class Result(NamedTuple):
    """One figure with its goal."""

    name: str
    what: str
    figure: float | None
    unit: str
    runs: tuple[float, ...] = ()
    goal: float | None = None
    least: bool = True
    """Whether the goal is the least the figure may be, or the most."""
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal was reached; None where there is none."""
        if self.goal is None:
            return None
        if self.figure is None:
            return False
        return self.figure >= self.goal if self.least else self.figure <= self.goal

    def as_json(self) -> dict[str, Any]:
        """The object told by `--json`."""
        rate = self.unit == RATE
        return {
            "name": self.name, "what": self.what, "events_per_s": self.figure if rate else None,
            "figure": None if rate else self.figure, "unit": self.unit, "runs": list(self.runs),
            "goal": self.goal, "goal_is": "least" if self.least else "most", "met": self.met, "note": self.note,
        }  # fmt: skip


def told(name: str, what: str, runs: float | Sequence[float], unit: str = RATE, note: str = "") -> Result:
    """A figure without a goal: the median of its runs."""
    values = tuple(runs) if isinstance(runs, Sequence) else (runs,)
    return Result(name, what, statistics.median(values), unit, values, note=note)


def at_least(name: str, what: str, runs: float | Sequence[float], unit: str, goal: float, note: str = "") -> Result:
    """A figure that shall not be lower."""
    return told(name, what, runs, unit, note)._replace(goal=goal)


def at_most(name: str, what: str, runs: float | Sequence[float], unit: str, goal: float, note: str = "") -> Result:
    """A figure that shall not be higher."""
    return told(name, what, runs, unit, note)._replace(goal=goal, least=False)


def not_run(name: str, what: str, unit: str, why: str, goal: float | None = None) -> Result:
    """A figure nobody measured."""
    return Result(name, what, None, unit, goal=goal, note=f"not run: {why}")


def machine() -> dict[str, Any]:
    """What the figures were measured on, and how busy it was just before."""
    cpu, memory_gb = "", 0.0
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")
        memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "system": platform.platform(terse=True), "cpu": cpu, "cores": os.cpu_count(),
        "memory_gb": round(memory_gb, 1), "python": platform.python_version(), "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip


def as_json(where: Mapping[str, Any], results: Iterable[Result]) -> str:
    """The one object of `--json`."""
    return json.dumps({"machine": dict(where), "results": [result.as_json() for result in results]})


def as_table(where: Mapping[str, Any], results: Iterable[Result]) -> Table:
    """The same for people."""
    title = ", ".join(f"{key} {value}" for key, value in where.items() if value)
    table = Table("bench", "what", "measured", "runs", "goal", "", title=title)
    for result in results:
        sign = "" if result.goal is None else ("≥ " if result.least else "≤ ")
        table.add_row(
            result.name,
            f"{result.what} ({result.note})" if result.note and result.figure is not None else result.what,
            f"{number(result.figure)} {result.unit}" if result.figure is not None else result.note,
            " ".join(map(number, result.runs)) if len(result.runs) > 1 else "",
            "" if result.goal is None else sign + number(result.goal),
            {True: "met", False: "missed", None: ""}[result.met],
            style="red" if result.met is False else None,
        )
    return table


def number(value: float) -> str:
    """Enough digits to read, not more."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
