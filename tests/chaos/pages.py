"""Pages of a run, held against a replay: whatever died meanwhile, what the log asks for was said, and nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streams.apps.alerting import Alerting
from streams.edges.settings import Settings
from streams.pure.alerting.inputs import Act, Past, Silencing, Single
from streams.pure.alerting.messages import Closed, PageMessage, Producers
from streams.pure.cells import Message, decode
from tests.chaos.topics import read_topic

RULES = Path(__file__).with_name("pages.yaml")
SHOWN = 4


async def missing_or_false(settings: Settings) -> list[str]:
    """Pages that the log of signals asks for and nobody sent, and those sent that it does not ask for."""
    signals = await read_topic(settings, settings.topic("signals"))
    alerts = await read_topic(settings, settings.topic("alerts"))
    want, got = await asyncio.to_thread(lambda: (replayed(settings, signals[0]), said(alerts[0])))
    lost, false = sorted(want - got), sorted(got - want)
    told = [f"pages: {id} was never sent" for id in lost[:SHOWN]] + [
        f"pages: {id} was sent, and the log does not ask for it" for id in false[:SHOWN]
    ]
    if len(lost) + len(false) > len(told):
        told.append(f"pages: and {len(lost) + len(false) - len(told)} more of {len(want)}")
    return told


def replayed(settings: Settings, signals: Sequence[Any]) -> set[str]:
    """Ids of the pages that an engine makes of the log that lived through nothing."""
    engine = Alerting(settings, lambda: time.time_ns() // 1_000_000)
    engine.restore(None, upto=0)
    for record in signals:
        message = decode(record.value)
        if isinstance(message, Closed | Producers | Single | Act | Silencing | Past):
            engine.take(message, record.offset)
    return pages([decode(value) for topic, _, _, value in engine.due() if topic == "alerts"])


def said(alerts: Sequence[Any]) -> set[str]:
    """Ids of the pages in the topic of alerts."""
    return pages([decode(record.value) for record in alerts])


def pages(messages: list[Message]) -> set[str]:
    """Ids of the sendings: a repeat has the same."""
    return {message.page.id for message in messages if isinstance(message, PageMessage)}
