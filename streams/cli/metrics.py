"""`touchpulse metrics`: what every number that a worker tells Prometheus means."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("metrics")(show)


def show(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
) -> None:
    """List the metrics of the workers: name, type, unit, labels, meaning.

    A worker serves them at /metrics, with /healthz and /readyz, on the port TOUCHPULSE_HEALTH_PORT.
    """
    from streams.edges.metrics import METRICS

    if as_json:
        typer.echo(json.dumps({"metrics": [asdict(metric) for metric in METRICS]}))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None)
    table.add_column("name", no_wrap=True)
    for title in ("type", "unit", "labels", "meaning"):
        table.add_column(title)
    for metric in METRICS:
        table.add_row(metric.name, metric.kind, metric.unit, ", ".join(metric.labels), metric.meaning)
    Console().print(table)
