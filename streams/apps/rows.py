"""Score rows: how sums become the rows of table `scores`, and messages that no broker finds too large."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from streams.pure.cells import ScoreMessage, SumRow, encode
from streams.pure.members import Key
from streams.pure.scores import Tally, as_row, score
from streams.pure.telling import NUMBER_FIELDS

TALLY_FIELDS = Tally.__slots__
MAX_BYTES = 200_000
"""Rows in one message, as bytes: with what is around them it stays below 256 KB."""
TOLD_AS_OTHER = "told as other"
"""Reason of a member that had a score of its own: its answers are now part of `other`."""


def tally_of(row: SumRow) -> Tally:
    """The counts of a row."""
    return Tally(
        row.n, row.top, row.neutral, row.bad, row.total, row.squares,
        row.weight, row.weight2, row.w_top, row.w_bad, row.w_total, row.w_squares,
    )  # fmt: skip


def score_row(row: SumRow) -> dict[str, object]:
    """A row of table `scores`, without its window and time.

    `independence` is 1 where one respondent may have answered several of the touchpoints added up: the
    interval then assumes answers that do not depend on each other, and is somewhat too narrow.
    """
    result = score(row.metric, row.scale, tally_of(row))
    return {
        "dimension": row.dimension,
        "channel": row.channel,
        "member": row.member,
        "metric": row.metric,
        "scale": row.scale,
        **as_row(result),
        "independence": int(row.dimension != "touchpoint"),
    }


def gone_row(key: Key) -> dict[str, object]:
    """The row that ends a member's scores: its answers are counted as `other` from now on."""
    nothing = SumRow(*key, *[0] * len(NUMBER_FIELDS))
    return {**score_row(nothing), "reason": TOLD_AS_OTHER}


def score_messages(
    rows: Iterable[dict[str, object]],
    *,
    window_s: int,
    as_of_ms: int,
    heard_ms: int,
    now_ms: int,
    complete: bool = True,
    others: Mapping[str, int] | None = None,
) -> Iterator[bytes]:
    """Messages with rows of one window, as many as it takes to keep each below 256 KB.

    Args:
        rows: from `score_row`; none gives no message.
        window_s, as_of_ms: the window and its end.
        heard_ms: up to when every source was heard; what lies behind it makes the window incomplete.
        complete: False if it is incomplete for another reason.
        others: answers told as `other`, by dimension; stands in the first message.
    """

    def message(part: Sequence[bytes]) -> bytes:
        return encode(
            ScoreMessage(
                window_s=window_s,
                as_of_ms=as_of_ms,
                complete_ms=min(heard_ms, as_of_ms),
                complete=complete and heard_ms >= as_of_ms,
                computed_ms=now_ms,
                rows=msgspec.Raw(b"[" + b",".join(part) + b"]"),  # type: ignore[arg-type]  # rows already encoded
                others=dict(others or {}),
            )
        )

    part: list[bytes] = []
    size = 0
    for row in rows:
        encoded = encode(row)
        if size + len(encoded) > MAX_BYTES:
            yield message(part)
            part, size, others = [], 0, None
        part.append(encoded)
        size += len(encoded) + 1
    if part:
        yield message(part)
