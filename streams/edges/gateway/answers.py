"""What the gateway answers: one verdict for each event, in the order sent; or why the whole request was refused.

HTTP status of a request whose events were judged: 200 all accepted, 207 some accepted, 422 none accepted,
503 none accepted and at least one may be later. So the sender of a single event needs to look at nothing else.
"""

from __future__ import annotations

from typing import Literal

import msgspec

RETRY_AFTER_S = 1
"""How long to wait when Kafka is away or the gateway is full: it may be back any moment."""


class Verdict(msgspec.Struct, omit_defaults=True):
    """What became of one event."""

    status: Literal["accepted", "rejected", "unavailable"]
    """accepted: Kafka has it, on all replicas in sync. rejected: it will never be taken as it is; kept for its
    producer to look at. unavailable: not acknowledged in time; send it again with the same event_id."""
    event_id: str = ""
    """Id of the event as far as it could be read."""
    duplicate: bool = False
    """Accepted, but this id was here lately: the counting will find out, and count it once."""
    clock_offset_ms: int = 0
    """What was added to occurred_at, because the sender's clock was off by so much."""
    reason: str = ""
    """Code of a rejection, such as off_scale."""
    field: str = ""
    """Path of the offending field."""
    value: str = ""
    """The offending value as JSON, cut to 200 characters."""
    nearest: str = ""
    """The known name nearest to a mistyped one."""
    message: str = ""
    """One sentence that says what to do."""


class Answer(msgspec.Struct):
    """Answer to a request whose events were judged."""

    accepted: int
    rejected: int
    unavailable: int
    events: list[Verdict]
    """One verdict for each event, in the order sent."""


class Problem(msgspec.Struct, omit_defaults=True):
    """Why a whole request was refused; nothing of it was taken (RFC 9457)."""

    title: str
    """A code, such as too_many_events."""
    status: int
    detail: str
    """One sentence that says what to do."""
    retry_after_s: int = 0
    """Seconds after which the same request may succeed; left out if it never will."""


class Refused(Exception):
    """Refuses a whole request: nothing of it was taken."""

    def __init__(self, status: int, title: str, detail: str, *, retry_after_s: int = 0) -> None:
        super().__init__(detail)
        self.problem = Problem(title, status, detail, retry_after_s)


UNAVAILABLE = "Kafka did not acknowledge this event in time: send it again with the same event_id."

encode = msgspec.json.Encoder().encode


def answer(verdicts: list[Verdict]) -> tuple[int, Answer]:
    """Status and body for judged events.

    Args:
        verdicts: at least one.
    """
    states = [verdict.status for verdict in verdicts]
    accepted, rejected = states.count("accepted"), states.count("rejected")
    unavailable = len(states) - accepted - rejected
    status = 200 if accepted == len(states) else 207 if accepted else 503 if unavailable else 422
    return status, Answer(accepted, rejected, unavailable, verdicts)
