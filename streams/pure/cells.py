"""Messages between the workers: cells, marks and score rows, and how they are written.

JSON, so that anyone can read a topic with the tools at hand; msgspec, because these are many. Each carries
`v`, its version; readers accept the version before.

Keys. A cell's key names the log, partition, block, width, slice, channel, part and *writer*. The writer is
in it because compaction keeps the last record of a key, and a frozen old writer may send last: its stale
counts must not replace newer ones. Which of several versions counts is decided by (policy, upto).
"""

from __future__ import annotations

import msgspec

from streams.pure.alerting.inputs import Act, Past, Silencing, Single
from streams.pure.alerting.messages import ChangeMessage, Closed, DeliveryMessage, PageMessage, Producers
from streams.pure.counting import BlockState, Cell

Bin = tuple[int, int, int, int]
"""(scale point, answers, weight in millionths, squared weight in millionths)."""

SeriesRow = tuple[str, str, str, str, str, str, str, list[Bin]]
"""(stage, touchpoint, location, segment, respondent, metric, scale, bins)."""


class CellMessage(msgspec.Struct, tag="cell", tag_field="t"):
    """What one block adds to one channel in one slice, cumulative (a part of it, where the channel is large)."""

    log: str
    partition: int
    block: int
    width_ms: int
    slice_ms: int
    channel: str
    part: int
    writer: str
    policy: int
    upto: int
    series: list[SeriesRow]
    v: int = 1

    @property
    def version(self) -> tuple[int, int]:
        """The highest counts."""
        return self.policy, self.upto

    def scales(self) -> set[str]:
        """Scales its series are told on."""
        return {row[6] for row in self.series}

    @property
    def place(self) -> tuple[str, int, int, int, int, str, int]:
        """The cell this is a version of, whoever wrote it."""
        return self.log, self.partition, self.block, self.width_ms, self.slice_ms, self.channel, self.part


class MarkMessage(msgspec.Struct, tag="mark", tag_field="t"):
    """The block ledger: how far a partition is counted, sent each second even when idle.

    In the panes topics it follows the cells it speaks of in each partition, so a reader that meets it has
    met them. `heard_ms`: every record appended before it is counted.
    """

    log: str
    topic: str
    partition: int
    partitions: int
    block: int
    first_offset: int
    next_offset: int
    record_ms: int
    heard_ms: int
    accepted: int
    duplicate: int
    late: int
    rejected: int
    test: int
    strangers: int
    overflow: int
    policy: int
    closed: bool
    writer: str
    v: int = 1


class SumRow(msgspec.Struct, array_like=True):
    """What a channel (or one member of a dimension in it) answered in one window."""

    dimension: str
    channel: str
    member: str
    metric: str
    scale: str
    n: int
    top: int
    neutral: int
    bad: int
    total: int
    squares: int
    weight: int
    weight2: int
    w_top: int
    w_bad: int
    w_total: int
    w_squares: int


class SumsMessage(msgspec.Struct, tag="sums", tag_field="t"):
    """From `roll` to `notify`: a channel's rows of one window, from which totals over channels are made."""

    channel: str
    window_s: int
    as_of_ms: int
    heard_ms: int
    rows: list[SumRow]
    v: int = 1


class ScoreMessage(msgspec.Struct, tag="scores", tag_field="t"):
    """Score rows as stored in table `scores`, one window of one channel (or of all)."""

    window_s: int
    as_of_ms: int
    complete_ms: int
    complete: bool
    computed_ms: int
    rows: list[dict[str, object]]
    v: int = 1
    others: dict[str, int] = {}
    """Answers told as `other` because the channel has more names than are kept apart, by dimension."""


class AlertMessage(msgspec.Struct, tag="alert", tag_field="t"):
    """One alert record, as stored in table `alerts`."""

    alert_id: str
    rule: str
    kind: str
    severity: str
    state: str
    at_ms: int
    channel: str
    touchpoint: str
    location: str
    segment: str
    metric: str
    scale: str
    value: float | None
    baseline: float | None
    n: int
    reason: str
    detail: str
    version: int
    v: int = 1


class RejectedMessage(msgspec.Struct, tag="rejected", tag_field="t"):
    """One rejected record with its bytes (base64 in JSON), as stored in table `rejected`."""

    log: str
    topic: str
    partition: int
    offset: int
    time_ms: int
    producer: str
    reason: str
    field: str
    value: str
    nearest: str
    message: str
    raw: bytes
    v: int = 1


Message = (
    CellMessage
    | MarkMessage
    | SumsMessage
    | ScoreMessage
    | AlertMessage
    | RejectedMessage
    | Closed
    | Producers
    | Single
    | Act
    | Silencing
    | Past
    | ChangeMessage
    | PageMessage
    | DeliveryMessage
)

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Message).decode


def cell_message(cell: Cell, *, log: str, partition: int, block: int, policy: int, writer: str) -> tuple[bytes, bytes]:
    """Key and value of one cell."""
    rows: list[SeriesRow] = [
        (*tail, [(point, *counts) for point, counts in bins.items()])  # type: ignore[misc]
        for tail, bins in cell.series.items()
    ]
    message = CellMessage(
        log, partition, block, cell.width_ms, cell.slice_ms, cell.channel, cell.part, writer, policy, cell.upto, rows
    )
    key = f"{log}|{partition}|{block}|{cell.width_ms}|{cell.slice_ms}|{cell.channel}|{cell.part}|{writer}"
    return key.encode(), encode(message)


def mark_message(
    block: BlockState, *, log: str, topic: str, partition: int, partitions: int, heard_ms: int, writer: str
) -> tuple[bytes, bytes]:
    """Key and value of a block's ledger entry."""
    message = MarkMessage(
        log=log,
        topic=topic,
        partition=partition,
        partitions=partitions,
        block=block.first_offset,
        first_offset=block.first_offset,
        next_offset=block.next_offset,
        record_ms=block.record_time_ms,
        heard_ms=heard_ms,
        accepted=block.accepted,
        duplicate=block.duplicate,
        late=block.late,
        rejected=block.rejected,
        test=block.test,
        strangers=block.strangers,
        overflow=block.overflow,
        policy=block.policy.number,
        closed=block.closed,
        writer=writer,
    )
    return f"mark|{log}|{topic}|{partition}|{block.first_offset}|{writer}".encode(), encode(message)
