"""`touchpulse handover`: the last shift in ten lines, for whoever takes over."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Language(StrEnum):
    """Languages people are spoken to in."""

    EN = "en"
    ZH = "zh"


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("handover")(handover)


def handover(
    shift: Annotated[str, typer.Option(help="How long the shift was: 8h, 12h, 90m.")] = "8h",
    lang: Annotated[Language, typer.Option(help="Language.")] = Language.EN,
) -> None:
    """Print the last shift in ten lines: channels, alerts, silences, pages, words, producers, data, revisions."""
    import os
    import time

    from dashboards.handover import read
    from dashboards.handover_words import lines
    from streams.cli.moments import length_s
    from streams.edges.settings import Settings
    from streams.edges.store import Store

    settings = Settings.from_env(os.environ)
    shift_ms = 1_000 * length_s(shift, "--shift")
    with Store.connect(settings) as store:
        found = read(store, now_ms=time.time_ns() // 1_000_000, shift_ms=shift_ms, hide_under=settings.hide_under)
    for line in lines(found, lang.value):
        typer.echo(line)
