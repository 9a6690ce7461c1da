"""The life of a silence as history keeps it: one step when it is made, reminds, and ends.

Why as steps like those of alerts: "why did nobody hear of it" is the other half of "why did it page", and is answered
from one table. The steps carry all that a list of silences shows, so nobody needs the engine's memory for it.
"""

from __future__ import annotations

from streams.pure.alerting.life import Change
from streams.pure.alerting.messages import ChangeMessage
from streams.pure.alerting.page import Facts
from streams.pure.alerting.silences import Silence

KIND = "silence"
MADE, REMINDER = "made", "reminder"
ENDED = {"ended": "its time was over", "idle": "it matched nothing for a day"}
"""What ends a silence by itself, in words."""


def silence_step(silence: Silence, what: str, *, at_ms: int, seq: int, by: str = "") -> ChangeMessage:
    """One step of a silence.

    Args:
        what: `made`, `reminder`, or why it ended: `ended`, `idle`, as `silences.turn` tells.
        by: who ended it before its time; '' where nobody did.
    """
    over = what in ENDED
    why = silence.reason if what == MADE else ENDED.get(what, "it ends within the hour")
    if over and by:
        why = f"ended by {by}"
    state = "resolved" if over else "firing"
    before = "" if what == MADE else "firing"
    change = Change(silence.id, silence.rule, (), state, before, at_ms, "", "", "silenced", why)  # type: ignore[arg-type]
    facts = Facts(since_ms=silence.from_ms, until_ms=silence.to_ms)
    return ChangeMessage(change, seq, KIND, dict(silence.scope), facts=facts, who=by if over and by else silence.owner)
