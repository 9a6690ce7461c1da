"""Touchpoints on their way to the store: gathered as events, turned into columns when they are stored.

Why not row by row as the other tables: these are as many as all answers. Laying down thirty values for each
costs 20 microseconds; keeping the event and reading a whole column at a time costs two.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import msgspec

from schemas.decode import SCORED_KINDS, Event, detail
from schemas.scales import SCALES
from streams.apps.columns import Columns
from streams.pure.counting import SLICE_MS

OFFSET_BITS = 56
CLASS_RANK = {"accepted": 2, "test": 2, "late": 1, "import": 1}

_PLAIN = {
    "producer": "producer",
    "event_id": "event_id",
    "kind": "kind",
    "occurred_at": "occurred_ms",
    "sent_at": "sent_ms",
    "channel": "channel",
    "touchpoint": "touchpoint",
    "stage": "stage",
    "location": "location",
    "segment": "segment",
    "customer": "customer",
    "respondent": "respondent",
    "weight_micro": "weight_micro",
    "question_id": "question_id",
    "question_version": "question_version",
    "element": "element",
    "comment": "comment",
}
"""Columns that are an attribute of the event."""

_json = msgspec.json.Encoder().encode
_lists: dict[tuple[Any, ...], tuple[list[str], list[str], list[int], list[int]]] = {}
_MAX_LISTS = 20_000
_details: dict[tuple[Any, ...], str] = {}
"""By answers: as many as points of all scales of the scored kinds."""


def rank(kind: str, offset: int) -> int:
    """Which of several rows of one answer counts: accepted before late or imported, the earliest offset first."""
    return (CLASS_RANK[kind] << OFFSET_BITS) | ((1 << OFFSET_BITS) - 1 - offset)


class TouchpointRows:
    """Valid events with what they are stored as."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.kinds: list[str] = []
        self.offsets: list[int] = []
        self.appended_ms: list[int] = []
        self._origins: list[tuple[str, str, int]] = []
        self._ends: list[int] = []

    def origin(self, log: str, topic: str, partition: int) -> None:
        """Where the events added from here on come from."""
        self._origins.append((log, topic, partition))
        self._ends.append(len(self.events))

    def add(self, event: Event, kind: str, offset: int, appended_ms: int) -> None:
        """One event; `kind` is its class: accepted, late, import or test."""
        self.events.append(event)
        self.kinds.append(kind)
        self.offsets.append(offset)
        self.appended_ms.append(appended_ms)

    @property
    def height(self) -> int:
        """Rows gathered."""
        return len(self.events)

    def slices(self, *kinds: str) -> set[int]:
        """Starts of the 10 s slices in which events of these classes occurred, ms since epoch."""
        return {
            event.occurred_ms - event.occurred_ms % SLICE_MS
            for event, kind in zip(self.events, self.kinds, strict=True)
            if kind in kinds
        }

    def columns(self) -> Columns:
        """Columns of table `touchpoints`, equally long."""
        events, kinds, offsets = self.events, self.kinds, self.offsets
        found: Columns = {name: [*map(attrgetter(field), events)] for name, field in _PLAIN.items()}
        found["class"] = kinds
        found["rank"] = [*map(rank, kinds, offsets)]
        found["offset"], found["appended_at"] = offsets, self.appended_ms
        found["log_id"], found["topic"], found["partition"] = [], [], []
        ends = [*self._ends[1:], len(events)]
        for (log, topic, partition), begin, end in zip(self._origins, self._ends, ends, strict=True):
            found["log_id"] += [log] * (end - begin)
            found["topic"] += [topic] * (end - begin)
            found["partition"] += [partition] * (end - begin)
        found["attributes"] = [
            {name: str(value) for name, value in event.attributes.items()} if event.attributes else {}
            for event in events
        ]
        lists = [_lists_of(event) for event in events]
        for place, name in enumerate(("metrics", "scales", "bins", "boxes")):
            found[name] = [parts[place] for parts in lists]
        found["detail"] = [*map(_detail_of, events)]
        return found


def _detail_of(event: Event) -> str:
    """What only its kind has, as JSON; made once for each score of a plain answer, nearly all of what comes."""
    if event.kind not in SCORED_KINDS or event.clock_offset_ms is not None:
        return _json(detail(event)).decode()
    known = _details.get(event.answers)
    if known is None:
        known = _details[event.answers] = _json(detail(event)).decode()
    return known


def _lists_of(event: Event) -> tuple[list[str], list[str], list[int], list[int]]:
    """Metrics, scales, points and boxes of an event's answers; made once for each set of answers."""
    answers = event.answers
    known = _lists.get(answers)
    if known is None:
        if len(_lists) >= _MAX_LISTS:
            _lists.clear()
        known = _lists[answers] = (
            [metric for metric, _, _ in answers],
            [scale for _, scale, _ in answers],
            [point for _, _, point in answers],
            [SCALES[scale].box(point) for _, scale, point in answers],
        )
    return known
