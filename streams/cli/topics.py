"""`touchpulse topics`: are the Kafka topics fit for counting, and make those that are missing."""

from __future__ import annotations

from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(no_args_is_help=True, help="Check and make the Kafka topics.")
    group.command("check")(check)
    group.command("apply")(apply)
    app.add_typer(group, name="topics")


def check() -> None:
    """Compare the cluster's topics with what counting needs; exit code 1 if something would break it."""
    import asyncio
    import os
    import time

    from streams.edges.settings import Settings
    from streams.edges.topics import declared
    from streams.edges.topics_live import check as check_topics

    _quiet()
    settings = Settings.from_env(os.environ)
    topics = declared(settings)
    found = asyncio.run(check_topics(settings, topics, now_ms=time.time_ns() // 1_000_000))
    for problem in found:
        typer.echo(problem.sentence)
        if problem.command:
            typer.echo(f"  mend: {problem.command}")
    if found:
        raise typer.Exit(1)
    typer.echo(f"All {len(topics)} topics are fit for counting.")


def apply(
    partitions: Annotated[
        int,
        typer.Option(min=1, max=10_000, help="Partitions of topics that workers share; for new topics only."),
    ] = 12,
) -> None:
    """Make the topics that are missing; existing ones are never changed."""
    import asyncio
    import os

    from streams.edges.settings import Settings
    from streams.edges.topics import declared
    from streams.edges.topics_live import apply as apply_topics

    _quiet()
    settings = Settings.from_env(os.environ)
    lines = asyncio.run(apply_topics(settings, declared(settings, partitions=partitions)))
    for line in lines or ["All topics exist already."]:
        typer.echo(line)


def _quiet() -> None:
    """The client's own log lines would stand beside our one sentence."""
    import logging

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
