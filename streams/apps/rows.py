"""Score rows: how sums become the rows of table `scores`."""

from __future__ import annotations

from streams.pure.cells import SumRow
from streams.pure.scores import Tally, as_row, score

TALLY_FIELDS = Tally.__slots__


def tally_of(row: SumRow) -> Tally:
    """The counts of a row."""
    return Tally(*(getattr(row, name) for name in TALLY_FIELDS))


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
