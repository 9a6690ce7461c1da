"""The life of an alert, as a pure state machine.

    pending ──▶ firing ⇄ acknowledged          a breach that may page; somebody has it
                  │ ▲         │
                  ▼ └─────────┤
               recovering ◀───┘                the answers since speak for an end
                  │
                  ▼
               resolved

`silenced`, `inhibited`, `muted` and `shadow` are not states but reasons why nothing is sent: the alert lives on
underneath, so that its end is told too, and a page can go out when the reason ends.

Ids. An alert is (rule, scope, when its evidence began); a sending is that and a step. Both are made from the inputs
alone, so whoever reads them again after a crash makes the same ids, and receivers that honour them page once.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal

import msgspec

State = Literal["pending", "firing", "acknowledged", "recovering", "resolved"]
Held = Literal["", "silenced", "inhibited", "muted", "shadow", "late"]
Send = Literal["", "page", "ticket", "resolve", "repeat"]

FLAP_MS = 6 * 3_600_000
"""An alert that begins so soon after the last of its series ended is a flap of it."""


class Alert(msgspec.Struct):
    """One alert. Plain data: it is stored, and taken up by whoever takes over.

    Attributes:
        began_ms: when the evidence began to gather; part of the id.
        sent: what was sent last; '' if nobody was told yet.
        step: sendings so far.
        clears: slices in a row that spoke for an end.
        flaps: times the series had been over shortly before.
    """

    id: str
    rule: str
    key: tuple[str, ...]
    began_ms: int
    state: State = "pending"
    changed_ms: int = 0
    held: Held = ""
    sent: Send = ""
    sent_ms: int = 0
    step: int = 0
    clears: int = 0
    flaps: int = 0
    acknowledged_by: str = ""
    group: str = ""
    was: State = "firing"

    @property
    def stands(self) -> bool:
        """Whether people should know of it."""
        return self.state in ("firing", "acknowledged", "recovering")


class Change(msgspec.Struct, frozen=True):
    """One step of a life, with what led to it; this is what history keeps."""

    alert_id: str
    rule: str
    key: tuple[str, ...]
    state: State
    before: str
    at_ms: int
    send: Send
    send_id: str
    held: Held
    why: str


def alert_id(rule: str, key: tuple[str, ...], began_ms: int) -> str:
    """Id of an alert: the same for whoever computes it."""
    text = "\x1f".join((rule, *key, str(began_ms)))
    return blake2b(text.encode(), digest_size=8).hexdigest()


def begin(rule: str, key: tuple[str, ...], *, began_ms: int, now_ms: int, last: Alert | None) -> Alert:
    """An alert under suspicion. `last` is the alert its series had before."""
    flaps = 0
    if last is not None and now_ms - last.changed_ms <= FLAP_MS:
        flaps = last.flaps + 1
    return Alert(alert_id(rule, key, began_ms), rule, key, began_ms, changed_ms=now_ms, flaps=flaps)


def fire(alert: Alert, now_ms: int, why: str) -> Change | None:
    """A breach that may page."""
    alert.clears = 0
    if alert.state == "recovering":
        return _to(alert, alert.was, now_ms, why)
    if alert.state == "pending":
        return _to(alert, "firing", now_ms, why)
    return None


def clear(alert: Alert, now_ms: int, *, needed: int, why: str, tell: bool = True) -> Change | None:
    """A slice that speaks for an end; after `needed` in a row the alert is resolved.

    Args:
        tell: whether its end is sent; not where others of its page still stand.
    """
    if alert.state == "resolved":
        return None
    alert.clears += 1
    if alert.clears >= needed or alert.state == "pending":
        change = _to(alert, "resolved", now_ms, why)
        if tell and alert.sent in ("page", "ticket", "repeat"):
            return send(alert, "resolve", now_ms, why, before=change.before)
        return change
    if alert.state != "recovering":
        alert.was = alert.state
        return _to(alert, "recovering", now_ms, why)
    return None


def unsure(alert: Alert, now_ms: int) -> Change | None:
    """A slice that says neither: what it takes to end begins anew."""
    alert.clears = 0
    if alert.state == "recovering":
        return _to(alert, alert.was, now_ms, "not certain any more that it is over")
    return None


def acknowledge(alert: Alert, now_ms: int, who: str) -> Change | None:
    """Somebody has it: nothing is repeated."""
    if alert.state in ("firing", "recovering"):
        alert.acknowledged_by = who
        if alert.state == "recovering":
            alert.was = "acknowledged"
            return _to(alert, "recovering", now_ms, f"acknowledged by {who}")
        return _to(alert, "acknowledged", now_ms, f"acknowledged by {who}")
    return None


def hold(alert: Alert, reason: Held, now_ms: int, why: str) -> Change | None:
    """Why nothing is sent; told when it changes."""
    if alert.held == reason:
        return None
    alert.held = reason
    return Change(alert.id, alert.rule, alert.key, alert.state, alert.state, now_ms, "", "", reason, why)


def send(alert: Alert, what: Send, now_ms: int, why: str, *, before: str = "") -> Change:
    """Something goes out: the next step, with its id."""
    alert.step += 1
    alert.sent, alert.sent_ms = what, now_ms
    send_id = f"{alert.id}-{alert.step}"
    return Change(
        alert.id, alert.rule, alert.key, alert.state, before or alert.state, now_ms, what, send_id, alert.held, why
    )


def repeat_due(alert: Alert, now_ms: int, repeat_ms: int) -> bool:
    """Whether it is time to say again that it stands."""
    return alert.state == "firing" and alert.sent in ("page", "repeat") and now_ms - alert.sent_ms >= repeat_ms


def _to(alert: Alert, state: State, now_ms: int, why: str) -> Change:
    before, alert.state, alert.changed_ms = alert.state, state, now_ms
    return Change(alert.id, alert.rule, alert.key, state, before, now_ms, "", "", alert.held, why)
