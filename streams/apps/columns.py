"""From messages to table columns: how what flows in Kafka is laid down in ClickHouse.

Every row carries its key and its version, so that retries, doubles and reordering are harmless: the tables
replace, they do not add.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from schemas.decode import Rejection
from schemas.scales import SCALES
from streams.pure.cells import AlertMessage, CellMessage, MarkMessage, RejectedMessage, ScoreMessage

Columns = dict[str, list[Any]]

POLICY_SHIFT = 48


class Table(defaultdict[str, list[Any]]):
    """Columns of rows to insert into one table."""

    def __init__(self) -> None:
        super().__init__(list)

    def row(self, **values: Any) -> None:
        """Adds one row; every row of a table names the same columns."""
        for name, value in values.items():
            self[name].append(value)

    @property
    def height(self) -> int:
        """Rows gathered."""
        return len(next(iter(self.values()), ()))


def version(policy: int, offset: int) -> int:
    """Version of a cell or ledger entry: the highest (policy, offset) counts."""
    return (policy << POLICY_SHIFT) | (offset + 1)


def add_cell(table: Table, cell: CellMessage) -> None:
    """A cell: one row a series and scale point."""
    number = version(cell.policy, cell.upto)
    for stage, touchpoint, location, segment, respondent, metric, scale, bins in cell.series:
        box = SCALES[scale].box
        for point, n, weight, weight2 in bins:
            table.row(
                slice=cell.slice_ms,
                channel=cell.channel,
                stage=stage,
                touchpoint=touchpoint,
                location=location,
                segment=segment,
                respondent=respondent,
                metric=metric,
                scale=scale,
                bin=point,
                box=box(point),
                n=n,
                w_micro=weight,
                w2_micro=weight2,
                lane="live",
                log_id=cell.log,
                partition=cell.partition,
                block=cell.block,
                policy=cell.policy,
                version=number,
            )


def add_mark(table: Table, mark: MarkMessage) -> None:
    """A block's ledger entry."""
    table.row(
        topic=mark.topic,
        log_id=mark.log,
        partition=mark.partition,
        block=mark.block,
        first_offset=mark.first_offset,
        next_offset=mark.next_offset,
        record_time=max(0, mark.record_ms),
        heard_until=max(0, mark.heard_ms),
        accepted=mark.accepted,
        duplicate=mark.duplicate,
        late=mark.late,
        rejected=mark.rejected,
        test=mark.test,
        policy=mark.policy,
        closed=int(mark.closed),
        writer=mark.writer,
        # A whole block is told twice with the same offsets: before the next record, and after. Whoever was frozen in
        # between sends the first one last; it must not open the block again.
        version=version(mark.policy, mark.next_offset + mark.closed),
    )


def add_scores(table: Table, message: ScoreMessage) -> None:
    """Score rows of one window."""
    for row in message.rows:
        table.row(
            as_of=message.as_of_ms,
            window_s=message.window_s,
            complete_until=max(0, message.complete_ms),
            complete=int(message.complete),
            computed_ms=message.computed_ms,
            **row,
        )


def add_alert(table: Table, alert: AlertMessage) -> None:
    """One alert record."""
    table.row(
        alert_id=alert.alert_id,
        rule=alert.rule,
        kind=alert.kind,
        severity=alert.severity,
        state=alert.state,
        at=alert.at_ms,
        channel=alert.channel,
        touchpoint=alert.touchpoint,
        location=alert.location,
        segment=alert.segment,
        metric=alert.metric,
        scale=alert.scale,
        value=alert.value,
        baseline=alert.baseline,
        n=alert.n,
        reason=alert.reason,
        detail=alert.detail,
        version=alert.version,
    )


def add_rejected(table: Table, message: RejectedMessage) -> None:
    """One rejected record, as `score` reported it."""
    table.row(
        topic=message.topic,
        log_id=message.log,
        partition=message.partition,
        offset=message.offset,
        appended_at=message.time_ms,
        producer=message.producer,
        reason=message.reason,
        field=message.field,
        value=message.value,
        nearest=message.nearest,
        message=message.message,
        raw=message.raw,
    )


def rejection_message(
    why: Rejection, raw: bytes, *, log: str, topic: str, partition: int, offset: int, time_ms: int
) -> RejectedMessage:
    """The record of one rejected event."""
    return RejectedMessage(
        log, topic, partition, offset, time_ms, why.producer, why.reason, why.field, why.value, why.nearest,
        why.message, raw,
    )  # fmt: skip
