"""What people do about alerts, on its way to the engine: one record on `signals`, acknowledged by all brokers.

The engine takes inputs in their order on that topic, so an act needs no answer of its own: it shows in the history
seconds later. Each act has a key of its own; compaction must not take one away for another.
"""

from __future__ import annotations

import asyncio
import logging
import uuid

from aiokafka.errors import KafkaError

from streams.edges.alert_records import Episode
from streams.edges.errors import Unavailable, UserError
from streams.edges.importer.send import running_producer
from streams.edges.settings import Settings
from streams.pure.alerting.inputs import Act, Past, Silencing
from streams.pure.cells import encode

TOPIC = "signals"
ACK_TIMEOUT_S = 30.0
ADAPTS = ("worsening", "response")
"""Kinds that judge by their own past: the others cannot be told that this is how it is now."""
WORDS = ("useful", "useless")


def key_of(act: Act | Silencing | Past) -> bytes:
    """A key that no other act has."""
    name = f"silence|{act.silence.id}" if isinstance(act, Silencing) else "past" if isinstance(act, Past) else "act"
    return f"{name}|{uuid.uuid4().hex}".encode()


async def send(settings: Settings, *acts: Act | Silencing | Past) -> None:
    """Hands acts over, in their order; returns when every broker has them.

    Raises:
        SettingsError: no brokers are set.
        Unavailable: they did not take it; nothing was done, or it was done and not acknowledged: say it again.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # our own sentence says it once
    async with running_producer(settings) as producer:
        try:
            async with asyncio.timeout(ACK_TIMEOUT_S):
                for act in acts:
                    await producer.send_and_wait(settings.topic(TOPIC), encode(act), key=key_of(act), partition=0)
        except (KafkaError, TimeoutError) as error:
            why = str(error) or f"no answer for {ACK_TIMEOUT_S:g} s"
            raise Unavailable(f"Kafka did not take it ({why}): say it again, twice does no harm") from None


def check(what: str, episode: Episode) -> None:
    """Whether an act makes sense for an alert, as far as the store knows.

    Raises:
        UserError: it would do nothing; says why.
    """
    if what in WORDS:
        return
    if not episode.stands:
        over = "is over" if episode.state == "resolved" else "was told and is over at once"
        raise UserError(f"alert {episode.alert_id} ({episode.rule}) {over}: there is nothing to {_NAMES[what]}")
    if what == "rebase" and episode.kind not in ADAPTS:
        raise UserError(
            f"{episode.rule} is a rule of kind {episode.kind}, which judges by a fixed goal: change the rule, or "
            "silence it until you have"
        )


_NAMES = {"acknowledge": "acknowledge", "rebase": "take as usual"}
