"""What is done to a worker from inside, in its own process, before it starts: points that strike, safeties removed.

The product knows nothing of it: its methods are wrapped from here.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import os
import pickle
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

TIERS_S = 1.5
"""Pause between two recounts of minutes and hours: a run cannot wait ten seconds for it."""
HANDLERS = {"score": "Scoring", "roll": "Rolling", "notify": "Notifying", "archive": "Archiving"}


class InjectedError(Exception):
    """A bug that the plan put into an agent."""


def apply(role: str, hooks: dict[str, Any]) -> None:
    """Prepares this process.

    Args:
        role: the worker it will be.
        hooks: `point`: {"place", "nth", "after", "kind", "late"} or None;
            `sabotage`: name of the safety to remove, or ''.
    """
    from streams.apps import alerting, archive, score

    archive.TIERS_S = TIERS_S
    alerting.SNAPSHOT_S = TIERS_S
    score.FLOOD_S = 0.0  # whoever is killed must have said it
    if hooks.get("point"):
        lay(role, **hooks["point"])
    if hooks.get("sabotage"):
        from tests.chaos.sabotage import take_away

        take_away(hooks["sabotage"])


def lay(role: str, place: str, nth: int, after: bool, kind: str, late: str) -> None:
    """Lays a point into the worker's way: at the nth call of something, before or after it has done its work.

    Args:
        late: file for what a late write leaves on its way.
    """
    import importlib

    from streams.apps import archive, outbox, transport
    from streams.edges.store import Store

    app = importlib.import_module(f"streams.apps.{role}")
    owner, name = {
        "handle": (getattr(app, HANDLERS[role]), "handle"),
        "positions": (getattr(app, HANDLERS[role]), "positions"),
        "send": (outbox.Outbox, "send"),
        "cells": (outbox.Outbox, "send"),
        "wire": (outbox.AIOKafkaProducer, "send"),
        "durable": (transport.BatchConsumer, "durable"),
        "commit": (transport.BatchConsumer, "_commit_offsets"),
        "insert": (Store, "insert_columns"),
        "touchpoints": (Store, "insert_columns"),
        "recount": (archive, "recount_late"),
    }[place]
    strike = STRIKES[kind]
    numbers = itertools.count(1)
    once = threading.Lock()
    whole = getattr(owner, name)

    def due(arguments: tuple[Any, ...]) -> bool:
        # An empty sending is no sending: most calls are.
        if place == "send" and not arguments[1]:
            return False
        if place == "cells" and not any(topic == "panes" and b"cell" in value for topic, _, _, value in arguments[1]):
            return False
        if place == "touchpoints" and arguments[1] != "touchpoints":
            return False
        with once:
            return next(numbers) == nth

    if inspect.iscoroutinefunction(whole):

        @functools.wraps(whole)
        async def waiting(*arguments: Any, **named: Any) -> Any:
            hit = due(arguments)
            if hit and not after:
                strike(arguments, late)
            found = await whole(*arguments, **named)
            if hit and after:
                strike(arguments, late)
            return found

        setattr(owner, name, waiting)
    else:

        @functools.wraps(whole)
        def plain(*arguments: Any, **named: Any) -> Any:
            hit = due(arguments)
            if hit and not after:
                strike(arguments, late)
            found = whole(*arguments, **named)
            if hit and after:
                strike(arguments, late)
            return found

        setattr(owner, name, plain)


def _raise(arguments: tuple[Any, ...], late: str) -> None:
    raise InjectedError("put here by the plan")


def _kill(arguments: tuple[Any, ...], late: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _freeze(arguments: tuple[Any, ...], late: str) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _leave_on_its_way(arguments: tuple[Any, ...], late: str) -> None:
    """What is about to be sent is held up in the network; its writer dies, and it arrives later."""
    Path(late).write_bytes(pickle.dumps(arguments[1]))
    _kill(arguments, late)


STRIKES: dict[str, Callable[[tuple[Any, ...], str], None]] = {
    "exception": _raise,
    "kill9_at": _kill,
    "freeze_at": _freeze,
    "late_write": _leave_on_its_way,
}
