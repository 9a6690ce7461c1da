"""The program `touchpulse`: every job is a subcommand.

A command group is a module with `add_to(app)`. Heavy imports stay inside the commands, so that
`--help` answers at once and the worker image needs no extras it does not use.
"""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec

import typer

from streams.edges.errors import TouchpulseError

GROUPS = (
    "worker",
    "metrics",
    "config",
    "migrate",
    "contract",
    "importer",
    "boards",
    "embedded",
    "demo",
    "topics",
    "policy",
    "targets",
    "annotate",
    "forget",
    "tail",
    "reconcile",
    "explain",
    "rejected",
    "rebuild",
    "gateway",
    "keys",
    "qr",
    "rules",
    "backtest",
    "receivers",
    "alerts",
    "silences",
    "report",
    "handover",
)

app = typer.Typer(
    name="touchpulse",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Live monitoring of customer experience: events in, scores, boards and alerts out.",
)


@app.callback()
def _root() -> None:
    """Live monitoring of customer experience: events in, scores, boards and alerts out."""


for _group in GROUPS:
    if find_spec(f"streams.cli.{_group}"):
        importlib.import_module(f"streams.cli.{_group}").add_to(app)


def main() -> None:
    """Run a command; a user's mistake ends in one sentence on stderr and exit code 1."""
    try:
        app()
    except TouchpulseError as error:
        print(f"touchpulse: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
