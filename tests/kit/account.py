"""A small log with its ledger, laid down in the store as the workers would: what an account must balance.

Made by the counting itself from records in memory, so that a test knows every offset by heart, and can then
take away or add a single row.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.decode import Decoder, Rejection
from streams.apps.columns import Table, add_cell, add_mark, add_rejected, rejection_message
from streams.apps.touchpoint_rows import TouchpointRows
from streams.edges.store import Store
from streams.pure.cells import CellMessage, MarkMessage, cell_message, decode, mark_message
from streams.pure.counting import SLICE_MS, PartitionCounter, far_future
from streams.pure.lateness import LateRule
from streams.pure.policies import Policy
from tests.kit.logs import Stored, event, policy, record, rulebook

DECODER = Decoder()
TOPIC, LOG = "touchpoints", "log-a"


@dataclass
class Laid:
    """What was laid down."""

    log: list[Stored]
    classes: dict[str, int] = field(default_factory=dict)


def sample(start_ms: int) -> list[Stored]:
    """Sixty records of one partition, a second apart: answers, retries soon and late, a late answer, two bad ones.

    With `policy()`: blocks of 16 records, a horizon of 10.
    """
    bodies: list[dict[str, Any] | bytes] = []
    for number in range(60):
        at_ms = start_ms + 1_000 * number
        body: dict[str, Any] | bytes = event(
            f"e{number}", at_ms - 300, score=1 + number % 5, channel=("web", "app")[number % 2], location="berlin"
        )
        if number in (7, 23):
            body = event(f"e{number - 3}", at_ms - 3_300, score=1 + (number - 3) % 5)  # a retry soon
        elif number == 40:
            body = event("e2", start_ms + 1_700, score=3, location="berlin")  # a retry beyond the horizon: late
        elif number in (30, 44):
            body = event(f"e{number}", at_ms - 25_000, score=2)  # late
        elif number in (12, 50):
            body = b"{nonsense"
        elif number == 20:
            body = event("e20", at_ms - 200, score=5, test=True)
        bodies.append(body)
    return [record(offset, start_ms + 1_000 * offset, body) for offset, body in enumerate(bodies)]


def lay_down(store: Store, log: Sequence[Stored], *, rules: Policy | None = None, partition: int = 0) -> Laid:
    """Counts a log and stores touchpoints, rejects, cells and ledger of it."""
    book = rulebook(rules or policy())
    counter = PartitionCounter(book, None, log[0].offset)
    counter.feed(log)
    tables = {name: Table() for name in ("rejected", "panes_10s", "ledger")}
    rows = TouchpointRows()
    rows.origin(LOG, TOPIC, partition)
    laid = Laid(list(log), dict.fromkeys(("accepted", "duplicate", "late", "rejected"), 0))
    for block, cells in counter.take(coarse=True).blocks:
        for cell in cells:
            if cell.width_ms == SLICE_MS:
                _, value = cell_message(
                    cell, log=LOG, partition=partition, block=block.first_offset, policy=1, writer="w"
                )
                message = decode(value)
                assert isinstance(message, CellMessage)
                add_cell(tables["panes_10s"], message)
        _, value = mark_message(
            block, log=LOG, topic=TOPIC, partition=partition, partitions=1, heard_ms=block.record_time_ms,
            writer="w",
        )  # fmt: skip
        mark = decode(value)
        assert isinstance(mark, MarkMessage)
        add_mark(tables["ledger"], mark)
        for name in laid.classes:
            laid.classes[name] += getattr(block, name)
    line = LateRule(book, log[0].offset)
    skew_ms, horizon = book.policies[0].max_skew_ms, book.horizon
    seen: dict[tuple[str, str], int] = {}
    for item in log:
        line.remember([item.offset], array("q", [item.timestamp]))
        line_ms = line.line_ms(item.offset, item.timestamp)
        found = DECODER.decode(item.value)
        if not isinstance(found, Rejection) and found.occurred_ms > item.timestamp + skew_ms:
            found = far_future(found, item.timestamp, skew_ms)
        where = {"log": LOG, "topic": TOPIC, "partition": partition, "offset": item.offset}
        if isinstance(found, Rejection):
            add_rejected(
                tables["rejected"], rejection_message(found, item.value or b"", **where, time_ms=item.timestamp)
            )
            continue
        before = seen.get((found.producer, found.event_id))
        seen[(found.producer, found.event_id)] = item.offset
        if before is not None and item.offset - before <= horizon:
            continue  # a duplicate is not stored
        kind = "test" if found.test else "late" if found.occurred_ms <= line_ms else "accepted"
        rows.add(found, kind, item.offset, item.timestamp)
    store.insert_columns("touchpoints", rows.columns())
    for name, table in tables.items():
        store.insert_columns(name, dict(table))
    return laid
