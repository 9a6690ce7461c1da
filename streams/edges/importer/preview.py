"""What an import is going to do, in numbers: gathered event by event, shown before or after sending."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import orjson
from rich.console import Console
from rich.table import Table

from schemas.decode import Decoder
from schemas.reasons import Rejection
from streams.edges.importer.found import Found
from streams.edges.importer.plan import Event

FIRST_EVENTS = 5
SAMPLED = (
    ("channel", "touchpoint", "location"),
    ("customer", "segment"),
    ("kind", "scale", "direction", "score"),
)
SHOWN_BAD_CELLS = 10
SHOWN_TOUCHPOINTS = 60


@dataclass
class Preview:
    """Numbers of the events that passed through `watch`."""

    decoder: Decoder
    first: list[Event] = field(default_factory=list)
    by_touchpoint: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Events by (touchpoint, kind, scale with direction)."""
    earliest: str = ""
    latest: str = ""
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Events the contract would refuse, by (reason, field)."""
    messages: dict[tuple[str, str], str] = field(default_factory=dict)
    """What it says of the first of each."""
    repeated: int = 0
    """Events whose id an earlier one has: they will count as duplicates."""
    first_repeated: str = ""
    _ids: set[int] = field(default_factory=set)

    def watch(self, events: Iterable[Event]) -> Iterator[Event]:
        """Pass events on unchanged and note what they hold.

        A number of 8 bytes is kept of each id: a file of ten million answers takes about a gigabyte.
        """
        for event in events:
            if len(self.first) < FIRST_EVENTS:
                self.first.append(event)
            scale = " ".join(event[name] for name in ("scale", "direction") if name in event)
            self.by_touchpoint[event.get("touchpoint", ""), event["kind"], scale] += 1
            moment = event["occurred_at"]
            self.earliest = min(self.earliest or moment, moment)
            self.latest = max(self.latest, moment)
            outcome = self.decoder.decode(orjson.dumps(event))
            if isinstance(outcome, Rejection):
                self.rejected[outcome.reason, outcome.field] += 1
                self.messages.setdefault((outcome.reason, outcome.field), outcome.message)
            known = len(self._ids)
            self._ids.add(hash(event["event_id"]))
            if len(self._ids) == known:
                self.repeated += 1
                self.first_repeated = self.first_repeated or event["event_id"]
            yield event

    def show(self, console: Console, found: Found) -> None:
        """Print all of it."""
        sample = Table("occurred_at", "where", "who", "answer", title="The first events")
        sample.columns[0].no_wrap = True
        for event in self.first:
            sample.add_row(
                event["occurred_at"],
                *(" · ".join(str(event[name]) for name in names if name in event) for names in SAMPLED),
            )
        counts = Table("touchpoint", "kind", "scale", "events", title="Events by touchpoint and kind")
        counts.columns[3].justify = "right"
        for (touchpoint, kind, scale), count in self.by_touchpoint.most_common(SHOWN_TOUCHPOINTS):
            counts.add_row(touchpoint, kind, scale, f"{count:,}")
        console.print(sample, counts, sep="\n")
        if len(self.by_touchpoint) > SHOWN_TOUCHPOINTS:
            console.print(f"... and {len(self.by_touchpoint) - SHOWN_TOUCHPOINTS:,} more")
        if self.earliest:
            console.print(f"Occurred from {self.earliest} to {self.latest}")
        if self.repeated:
            console.print(
                f"Events with the id of an earlier one: {self.repeated:,} (such as {self.first_repeated}). They will "
                "count as duplicates; if they are other answers, event_id does not tell them apart."
            )
        show_found(console, found)
        for why, count in self.rejected.most_common():
            console.print(f"Events that would be rejected: {count:,}. {self.messages[why]}")


def show_found(console: Console, found: Found) -> None:
    """Print what the rows held, and the first bad cells."""
    console.print(
        f"Rows: {found.rows:,} · events: {found.events:,} · blanks: {found.blanks:,} · bad cells: "
        f"{found.bad_answers:,} · rows held back: {found.bad_rows:,} with {found.held_back:,} answers · "
        f"rows of another length: {found.misshapen_rows:,}"
    )
    for cell in found.bad_cells[:SHOWN_BAD_CELLS]:
        what = f"{cell.column}: {cell.value!r} {cell.problem}" if cell.column else cell.problem
        console.print(f"  row {cell.row}, {what}")
    more = found.bad_answers + found.bad_rows + found.misshapen_rows - SHOWN_BAD_CELLS
    if more > 0:
        console.print(f"  ... and {more:,} more")
