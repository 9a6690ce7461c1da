"""Silences: somebody's decision that an alert shall wait, with an owner, a reason and an end.

Why so strict: a silence nobody remembers is how the next outage is missed. Each has an end, reminds its owner, and
ends by itself when nothing matched it for long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from streams.pure.alerting.season import HOUR_MS

LONGEST_MS = 30 * 24 * HOUR_MS
IDLE_MS = 24 * HOUR_MS
"""A silence that matched nothing for so long ends."""
REMIND_MS = HOUR_MS
"""Its owner is reminded so long before the end."""


class Silence(msgspec.Struct):
    """One silence.

    Attributes:
        rule: name of the rule; '' is any.
        scope: what an alert's scope must name alike; empty: any.
        matched_ms: when it last kept an alert quiet.
    """

    id: str
    owner: str
    reason: str
    from_ms: int
    to_ms: int
    rule: str = ""
    scope: dict[str, str] = {}
    matched_ms: int = 0
    reminded: bool = False
    ended: str = ""


class SilenceError(ValueError):
    """A silence cannot be taken. The text says what to mend."""


def checked(silence: Silence) -> Silence:
    """The silence, if it is one.

    Raises:
        SilenceError: without owner, reason, end or any limit.
    """
    if not silence.owner.strip() or not silence.reason.strip():
        raise SilenceError("a silence needs an owner and a reason")
    if not silence.from_ms < silence.to_ms:
        raise SilenceError("a silence ends after it begins: give an end")
    if silence.to_ms - silence.from_ms > LONGEST_MS:
        raise SilenceError("a silence lasts 30 days at most: mend the rule instead")
    if not silence.rule and not silence.scope:
        raise SilenceError("a silence of everything is refused: name a rule or a scope")
    return silence


def matching(silences: Iterable[Silence], rule: str, scope: Mapping[str, str], now_ms: int) -> Silence | None:
    """The silence that keeps an alert quiet, the one that ends last; None: it may speak."""
    found = [
        silence
        for silence in silences
        if not silence.ended
        and silence.from_ms <= now_ms < silence.to_ms
        and silence.rule in ("", rule)
        and all(scope.get(name) == value for name, value in silence.scope.items())
    ]
    best = max(found, key=lambda silence: (silence.to_ms, silence.id), default=None)
    if best is not None:
        best.matched_ms = now_ms
    return best


def turn(silences: Iterable[Silence], now_ms: int) -> list[tuple[str, Silence]]:
    """What time does to silences: (`reminder` | `ended` | `idle`, silence), each told once."""
    told: list[tuple[str, Silence]] = []
    for silence in silences:
        if silence.ended or now_ms < silence.from_ms:
            continue
        if now_ms >= silence.to_ms:
            silence.ended = "ended"
        elif now_ms - max(silence.matched_ms, silence.from_ms) >= IDLE_MS:
            silence.ended = "idle"
        elif not silence.reminded and now_ms >= silence.to_ms - REMIND_MS:
            silence.reminded = True
            told.append(("reminder", silence))
        if silence.ended:
            told.append((silence.ended, silence))
    return told
