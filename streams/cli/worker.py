"""`touchpulse worker ROLE`: one process of the pipeline."""

from __future__ import annotations

from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("worker")(worker)


def worker(
    role: Annotated[str, typer.Argument(help="score, roll, notify, archive or deliver", metavar="ROLE")],
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens, not only what is wrong.")] = False,
) -> None:
    """Run one worker: score (events to panes), roll (panes to scores), notify (totals, alerts), archive (to the store),
    deliver (alerts to people).

    Settings come from variables TOUCHPULSE_...; start as many processes of a role as there are partitions to share.

    Ends with 0 when told to stop, 1 after a failure, 75 if it was stuck, 76 if it was stopped for so long that it may
    have lost its partitions, 77 if another process joined under its worker id. All but 0 ask for a restart.
    """
    from streams.apps import run
    from streams.edges.errors import UserError

    if role not in run.ROLES:
        raise UserError(f"unknown role {role!r}; known: {', '.join(run.ROLES)}")
    run.run(role, verbose=verbose)
