"""What happened, as people tell it: actions, releases and notes, stored beside the answers so that boards draw them.

Written straight into the store and not by way of Kafka, like the target file: nothing is counted from it, and nobody
pages on it.

An action is kept in a table of its own, since its effect is reckoned; it needs the touchpoint it treats. The id comes
from what is told, so telling it twice is one annotation.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, get_args

from streams.edges.errors import UserError
from streams.edges.store import Store

Kind = Literal["action", "release", "note"]
KINDS: tuple[str, ...] = get_args(Kind)
LONGEST = 200
"""Letters of what happened: it is written into graphs."""


class AnnotationError(UserError):
    """What was told cannot be drawn. Says what to mend."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """Something that happened.

    Attributes:
        what: in words, 1 to 200 letters.
        at_ms: when; of an action: from when on it works. UTC.
        touchpoint: treated by an action, which must name one; '' elsewhere: all.
        channel: '': all.
        cost: of an action, in the currency of the sales, >= 0; None: not told.
    Raises:
        AnnotationError: any of this does not hold.
    """

    kind: Kind
    what: str
    at_ms: int
    channel: str = ""
    touchpoint: str = ""
    cost: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise AnnotationError(f"--kind is one of {', '.join(KINDS)}, not {self.kind!r}")
        if not 1 <= len(self.what.strip()) <= LONGEST:
            raise AnnotationError(f"say what happened in 1 to {LONGEST} letters, not {len(self.what.strip())}")
        if self.kind == "action" and not self.touchpoint:
            raise AnnotationError("an action needs --touchpoint: its effect is held against the touchpoints left alone")
        if self.cost is not None and self.kind != "action":
            raise AnnotationError(f"--cost belongs to an action, not to a {self.kind}")
        if self.cost is not None and not 0 <= self.cost < float("inf"):
            raise AnnotationError(f"--cost is an amount of 0 or more, not {self.cost:g}")

    @property
    def id(self) -> str:
        """The same for the same words, moment and place."""
        told = "\0".join((self.kind, self.what.strip(), str(self.at_ms), self.channel, self.touchpoint))
        return f"{self.kind[0]}-{hashlib.sha256(told.encode()).hexdigest()[:10]}"


def tell(store: Store, annotation: Annotation) -> str:
    """Stores it; boards show it at their next refresh. Telling it again replaces its cost, and brings it back.

    Returns:
        Its id.
    Raises:
        As `Store.insert_columns`.
    """
    _write(store, annotation, removed=False)
    return annotation.id


def take_back(store: Store, annotation_id: str) -> Annotation:
    """Takes a mistake off the boards.

    Returns:
        What was taken back.
    Raises:
        AnnotationError: no such annotation is on the boards.
        As `Store.query`.
    """
    found = next((one for one in told(store, 0) if one.id == annotation_id), None)
    if found is None:
        raise AnnotationError(f"no annotation {annotation_id} is known: `touchpulse annotations` shows their ids")
    _write(store, found, removed=True)
    return found


def told(store: Store, since_ms: int) -> list[Annotation]:
    """What was told of a moment from `since_ms` on, newest first. Raises as `Store.query`."""
    rows = store.rows(
        """
        SELECT kind, what, toUnixTimestamp64Milli(at) AS at_ms, channel, touchpoint, cost FROM (
        SELECT 'action' AS kind, what, at, channel, touchpoint, cost FROM actions FINAL WHERE NOT removed
        UNION ALL
        SELECT kind, what, at, channel, touchpoint, NULL FROM marks FINAL WHERE NOT removed
        )
        WHERE at_ms >= {since:Int64}
        ORDER BY at_ms DESC, kind, what
        """,
        {"since": since_ms},
    )
    return [Annotation(*row) for row in rows]


def _write(store: Store, annotation: Annotation, *, removed: bool) -> None:
    is_action = annotation.kind == "action"
    row = {
        "action_id" if is_action else "mark_id": annotation.id,
        "what": annotation.what.strip(),
        "at": annotation.at_ms,
        "channel": annotation.channel,
        "touchpoint": annotation.touchpoint,
        "removed": int(removed),
        "version": store.now_us(),
        **({"cost": annotation.cost} if is_action else {"kind": annotation.kind}),
    }
    store.insert_columns("actions" if is_action else "marks", {name: [value] for name, value in row.items()})
