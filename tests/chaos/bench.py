"""Many runs: side by side, repeatable, resumable, and never leaving anything behind."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from tests.chaos.plan import Plan
from tests.chaos.run import Outcome, Run, leaves
from tests.chaos.world import World

RUN_S = 180.0
"""Longest time of one run; a longer one is wrong."""


async def many(
    world: World,
    plans: Iterable[Plan],
    *,
    jobs: int,
    done: Callable[[Outcome, Plan], None],
    console: Console,
    total: int,
) -> None:
    """Runs all plans, `jobs` at a time; each outcome is told as soon as it is known."""
    waiting = iter(plans)
    with _progress(console, total) as step:

        async def work() -> None:
            for plan in waiting:
                async with world.gate.enter(alone=plan.alone):
                    outcome = await one(world, plan)
                done(outcome, plan)
                step(outcome)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(jobs):
                tasks.create_task(work())


async def one(world: World, plan: Plan) -> Outcome:
    """One run; its logs are kept if it went wrong."""
    folder = Path(tempfile.mkdtemp(dir=world.folder))
    run = Run(world, plan, folder)
    try:
        async with asyncio.timeout(RUN_S):
            outcome = await run.go()
    except TimeoutError:
        outcome = run.outcome
        outcome.differences.append(f"not over after {RUN_S:.0f} s; it had reached: {list(outcome.phases)}")
    except Exception as error:  # a run that cannot be carried out must not end all others
        outcome = run.outcome
        outcome.differences += [f"the run broke off: {each!r}" for each in leaves(error)]
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        # Nobody cancelled us: a client library gave away a cancellation of its own.
        outcome = run.outcome
        outcome.differences.append("the run broke off: cancelled from inside")
    if outcome.wrong and (not plan.sabotage or outcome.broke_off):
        outcome.logs = tempfile.mkdtemp(prefix=f"touchpulse-chaos-{plan.seed}-")
        shutil.copytree(folder, outcome.logs, dirs_exist_ok=True)
        (Path(outcome.logs) / "outcome.json").write_text(json.dumps(outcome.as_dict(), indent=1))
    with suppress(OSError):
        shutil.rmtree(folder)
    return outcome


@contextmanager
def _progress(console: Console, total: int) -> Iterator[Callable[[Outcome], None]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("runs", total=total)
        wrong = 0

        def step(outcome: Outcome) -> None:
            nonlocal wrong
            wrong += outcome.wrong
            progress.update(task, advance=1, description=f"runs, {wrong} wrong")
            if outcome.wrong or not console.is_terminal:
                said = f"seed {outcome.seed}: {'WRONG' if outcome.wrong else 'right'} after {outcome.seconds:.0f} s"
                console.print(f"{said}, {', '.join(outcome.faults) or 'calm'}", highlight=False)
                for difference in outcome.differences[:8]:
                    console.print(f"    {difference[:300]}", highlight=False, markup=False)

        yield step


def summary(outcomes: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What `--json` prints."""
    outcomes = list(outcomes)
    failures = [
        {"seed": each["seed"], "differences": each["differences"], "faults": each["faults"], "logs": each["logs"]}
        for each in outcomes
        if each["differences"]
    ]
    return {
        "runs": len(outcomes),
        "wrong": len(failures),
        "faults": dict(Counter(fault for each in outcomes for fault in each["faults"]).most_common()),
        "uninvited_deaths": sum(len(each["deaths"]) for each in outcomes),
        "records": sum(each["records"] for each in outcomes),
        "failures": failures,
    }


def show(console: Console, found: dict[str, Any], program: str) -> None:
    """The same for people."""
    table = Table("runs", "wrong", "records", "uninvited deaths", title="chaos")
    table.add_row(*(str(found[name]) for name in ("runs", "wrong", "records", "uninvited_deaths")))
    console.print(table)
    faults = Table("fault", "times")
    for name, times in found["faults"].items():
        faults.add_row(name, str(times))
    console.print(faults)
    for failure in found["failures"]:
        console.print(f"to repeat: {program} --runs 1 --seed {failure['seed']}   (logs: {failure['logs']})")


class Results:
    """Outcomes, one JSON line each, so that a long campaign can be broken off and gone on with."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.outcomes: list[dict[str, Any]] = []
        if path is not None and path.exists():
            self.outcomes = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]

    def seeds(self) -> set[int]:
        """Those that need not be run again."""
        return {each["seed"] for each in self.outcomes}

    def add(self, outcome: Outcome, plan: Plan) -> None:
        """Keeps one."""
        self.outcomes.append(asdict(outcome))
        if self._path is not None:
            with self._path.open("a") as file:
                file.write(json.dumps(asdict(outcome)) + "\n")
