"""`--prove`: with each safety taken away the bench must find an error; with none, the same plan must be right."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import replace

from rich.console import Console
from rich.table import Table

from tests.chaos.bench import many
from tests.chaos.cases import CASES
from tests.chaos.plan import Plan
from tests.chaos.run import Outcome
from tests.chaos.world import world

TRIES = 3
"""Times a removal is tried: the plan is the same, but what a strike hits is the machine's to say. Whole plans have one
try only."""


def cases(only: str) -> dict[str, Plan]:
    """By name: the plan of each removal; `whole:...` are the same plans with nothing removed."""
    names = [name for name in only.split(",") if name] or list(CASES)
    removed = {name: replace(CASES[name].plan, sabotage=name) for name in names}
    # One plan of each set of faults: what is right under one kill is right under its neighbour.
    shapes = {frozenset(CASES[name].plan.kinds()): name for name in names}
    return removed | {f"whole:{name}": CASES[name].plan for name in shapes.values()}


def _shown(outcome: Outcome, parts: tuple[str, ...]) -> bool:
    """Whether the error shows where this safety's absence must: not by the bench itself breaking down."""
    return any(_shows(each, parts) for each in outcome.differences) and not outcome.broke_off


def _shows(difference: str, parts: tuple[str, ...]) -> bool:
    return difference.startswith(tuple(f"{part}:" for part in parts))


async def prove(given: argparse.Namespace, console: Console) -> int:
    """All cases; 1 if a removal was not found, or an error where nothing was removed."""
    plans = cases(given.only)
    outcomes: dict[str, Outcome] = {}
    tries: Counter[str] = Counter()
    by_plan = {id(plan): name for name, plan in plans.items()}

    def done(outcome: Outcome, plan: Plan) -> None:
        outcomes[by_plan[id(plan)]] = outcome
        tries[by_plan[id(plan)]] += 1

    async with world() as place:
        left = list(plans)
        for _ in range(TRIES):
            if not left:
                break
            await many(
                place, [plans[name] for name in left], jobs=given.jobs, done=done, console=console, total=len(left)
            )
            left = [name for name in left if name in CASES and not _shown(outcomes[name], CASES[name].shows)]
    failed = []
    table = Table("safety", "without it", "what differs first", title="each safety taken away alone")
    for name, outcome in sorted(outcomes.items()):
        whole = name.startswith("whole:")
        right = not outcome.wrong if whole else _shown(outcome, CASES[name].shows)
        failed += [] if right else [name]
        said = "nothing removed: " + ("WRONG" if outcome.wrong else "right") if whole else ""
        said = said or ("found" if right else "NOT FOUND") + (f" (try {tries[name]})" if tries[name] > 1 else "")
        safety = "" if whole else CASES[name].safety
        shown = next((each for each in outcome.differences if not whole and _shows(each, CASES[name].shows)), "")
        table.add_row(
            safety or f"(as for {name.removeprefix('whole:')})", said, (shown or "; ".join(outcome.differences))[:110]
        )
    if given.json:
        found = {name: outcome.differences[:3] for name, outcome in outcomes.items()}
        print(json.dumps({"cases": len(outcomes), "failed": failed, "found": found}))
    else:
        console.print(table)
    return int(bool(failed))
