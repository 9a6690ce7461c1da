"""What producers get wrong, on purpose: each of these events must be refused, with a reason.

The name of the fault travels beside the event, never in it, so that a test knows what to expect and
the pipeline does not.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

Event = dict[str, Any]


def _off_scale(event: Event) -> None:
    event["score"] = 11 if event["kind"] == "nps" else 0


def _unknown_scale(event: Event) -> None:
    event["scale"] = "1-6"


def _missing_zone(event: Event) -> None:
    event["occurred_at"] = event["occurred_at"][:23]


def _number_as_text(event: Event) -> None:
    event["score"] = str(event["score"])


def _unknown_touchpoint(event: Event) -> None:
    name = event["touchpoint"]
    event["touchpoint"] = name[:2] + name[3:]


def _unknown_kind(event: Event) -> None:
    event["kind"] += "_v2"


def _missing_channel(event: Event) -> None:
    del event["channel"]


_ASKED = frozenset({"csat", "ces", "nps"})
_SCALED = frozenset({"csat", "ces"})

# Which kinds a fault can befall (None: any), and what it does.
_FAULTS: dict[str, tuple[frozenset[str] | None, Callable[[Event], None]]] = {
    "off_scale": (_ASKED, _off_scale),
    "unknown_scale": (_SCALED, _unknown_scale),
    "number_as_text": (_ASKED, _number_as_text),
    "missing_zone": (None, _missing_zone),
    "unknown_touchpoint": (None, _unknown_touchpoint),
    "unknown_kind": (None, _unknown_kind),
    "missing_channel": (None, _missing_channel),
}

FAULTS = tuple(_FAULTS)
"""Names of all faults. `unknown_touchpoint` is one only where a catalogue refuses unknown names."""


def spoiled(event: Event, rng: Random) -> tuple[str, Event]:
    """A copy of a good event with one thing wrong.

    Returns:
        The fault's name, and the event as a careless producer would send it.
    """
    fitting = [name for name, (kinds, _) in _FAULTS.items() if kinds is None or event["kind"] in kinds]
    name = rng.choice(fitting)
    copy = dict(event)
    _FAULTS[name][1](copy)
    return name, copy
