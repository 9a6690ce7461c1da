"""What changed in history after it was first told: written by every recount, read by boards and receipts.

A recount may be interrupted and done again, and two workers may do the same one at once. So a row does not say
"plus two", it says what the bar became (with the version of the recount) and what it was (with the version of
that). Reading puts the rows of one bar in order of their versions: each starts from the newest state known before
it, its own or the one told last, and what then changes nothing is left out. Rows are written before the bars
themselves: a recount that dies in between is done again, and finds its row told already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from streams.edges.store import Store

FINE_SLICES = 360
"""Recounts of more slices than this are told by hour and channel, not by slice and touchpoint: a survey of years
would else fill the table with every answer of its own."""
CHUNK = 5_000
"""Bars told in one statement."""
KEY = "slice, width_s, channel, touchpoint, metric, scale, lane"


@dataclass(frozen=True, slots=True)
class Revision:
    """One bar of history that changed; counts of answers, times in ms UTC."""

    slice_ms: int
    width_s: int
    channel: str
    touchpoint: str
    metric: str
    scale: str
    lane: str
    why: str
    n_before: int
    top_before: int
    bad_before: int
    n: int
    top: int
    bad: int
    revised_ms: int


def told_sql(where: str) -> str:
    """SQL of the revisions as they are to be told. `where` is a condition on the key columns, and holds the time.

    Columns: the key, why, n_before, top_before, bad_before, n, top, bad, revised_at.
    """
    order = f"(PARTITION BY {KEY} ORDER BY version ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING)"

    def before(name: str) -> str:
        return f"if(any(version) OVER {order} > base, any({name}) OVER {order}, {name}_before)"

    return f"""\
SELECT {KEY}, why, was.1 AS n_before, was.2 AS top_before, was.3 AS bad_before, n, top, bad, revised_at
FROM (
  SELECT {KEY}, why, n, top, bad, revised_at, ({before("n")}, {before("top")}, {before("bad")}) AS was
  FROM revisions FINAL
  WHERE {where}
)
WHERE was != (n, top, bad)"""


def revisions(
    store: Store, *, from_ms: int, to_ms: int, metric: str, scale: str, channel: str = "", touchpoint: str = ""
) -> list[Revision]:
    """Revisions of the bars that overlap [from, to), in the order in which they happened.

    Args:
        channel, touchpoint: '' is all. What was told by hour holds all touchpoints, and is always among them.
    """
    where = (
        "slice < fromUnixTimestamp64Milli({to_ms:Int64}) "
        "AND slice + toIntervalSecond(width_s) > fromUnixTimestamp64Milli({from_ms:Int64}) "
        "AND metric = {metric:String} AND scale = {scale:String} "
        "AND channel IN ({channel:String}, if({channel:String} = '', channel, {channel:String})) "
        "AND ({touchpoint:String} = '' OR touchpoint IN ('', {touchpoint:String}))"
    )
    rows = store.rows(
        "SELECT toInt64(toUnixTimestamp(slice)) * 1000, width_s, channel, touchpoint, metric, scale, toString(lane), "
        "toString(why), n_before, top_before, bad_before, n, top, bad, toUnixTimestamp64Milli(revised_at) "
        f"FROM ({told_sql(where)}) ORDER BY revised_at, slice",
        {
            "from_ms": from_ms, "to_ms": to_ms, "metric": metric, "scale": scale, "channel": channel,
            "touchpoint": touchpoint,
        },
    )  # fmt: skip
    return [Revision(*row) for row in rows]


def tell_late(store: Store, starts_s: Sequence[int], version: int, *, why: str | None = None) -> None:
    """Writes what a recount of the late lane is about to change, of 10 s slices or, if they are many, of their hours.

    Call it before the bars are written, and write them with the same version.

    Args:
        starts_s: starts of the 10 s slices that are recounted, s since 1970.
        version: the store's clock, us, read before anything is counted.
        why: the reason; None: that of the newest answer of each bar.
    """
    table, width_s = ("panes_1h", 3_600) if len(starts_s) > FINE_SLICES else ("panes_10s", 10)
    starts = sorted({start // width_s * width_s for start in starts_s})
    sql = _tell_late_sql(table, width_s, why)
    for first in range(0, len(starts), CHUNK):
        chunk = starts[first : first + CHUNK]
        store.command(sql, {"starts": chunk, "low": chunk[0], "high": chunk[-1] + width_s, "version": version})


def _tell_late_sql(table: str, width_s: int, why: str | None) -> str:
    """Three sources side by side: the answers as they are now, the bars as stored, and what was told last."""
    touchpoint = "touchpoint" if width_s == 10 else "''"
    start = f"intDiv(toUnixTimestamp64Milli(occurred_at), {1_000 * width_s}) * {width_s}"
    inside = (
        "slice >= toDateTime({low:Int64}, 'UTC') AND slice < toDateTime({high:Int64}, 'UTC') "
        f"AND intDiv(toUnixTimestamp(slice), {width_s}) * {width_s} IN {{starts:Array(Int64)}}"
    )
    bar = "slice, channel, place, metric, scale"
    reason = f"'{why}'" if why else "if(n = 0, 'live', newest)"
    return f"""
        INSERT INTO revisions ({KEY}, why, n_before, top_before, bad_before, n, top, bad, base, version)
        SELECT slice, {width_s}, channel, place, metric, scale, 'late', {reason},
            was.1, was.2, was.3, n, top, bad, greatest(stored_version, told_version), {{version:UInt64}}
        FROM (
            SELECT {bar}, sum(now_n) AS n, sum(now_top) AS top, sum(now_bad) AS bad, argMax(class, at) AS newest,
                max(cell) AS stored_version, max(telling) AS told_version,
                if(told_version >= stored_version, (sum(told_n), sum(told_top), sum(told_bad)),
                    (sum(old_n), sum(old_top), sum(old_bad))) AS was
            FROM (
                SELECT {bar}, count() AS now_n, countIf(box = 1) AS now_top, countIf(box = -1) AS now_bad,
                    0 AS old_n, 0 AS old_top, 0 AS old_bad, 0 AS told_n, 0 AS told_top, 0 AS told_bad,
                    0 AS cell, 0 AS telling, argMax(kind_of, stored_at) AS class, max(stored_at) AS at
                FROM (
                    SELECT toDateTime({start}, 'UTC') AS slice, channel, {touchpoint} AS place, metric, scale, box,
                        toString(class) AS kind_of, stored_at
                    FROM touchpoints FINAL
                    ARRAY JOIN metrics AS metric, scales AS scale, boxes AS box
                    WHERE class IN ('late', 'import') AND {start} IN {{starts:Array(Int64)}}
                      AND (producer, event_id) IN (SELECT producer, event_id FROM late_answers WHERE {inside})
                )
                GROUP BY {bar}
                UNION ALL
                SELECT slice, channel, {touchpoint} AS place, metric, scale, 0, 0, 0,
                    sum(n), sumIf(n, box = 1), sumIf(n, box = -1), 0, 0, 0, max(version), 0, '',
                    toDateTime64(0, 3, 'UTC')
                FROM {table} FINAL
                WHERE lane = 'late' AND {inside}
                GROUP BY {bar}
                UNION ALL
                SELECT slice, channel, touchpoint AS place, metric, scale, 0, 0, 0, 0, 0, 0,
                    argMax(r.n, r.version), argMax(r.top, r.version), argMax(r.bad, r.version), 0, max(r.version), '',
                    toDateTime64(0, 3, 'UTC')
                FROM revisions AS r FINAL
                WHERE lane = 'late' AND width_s = {width_s} AND {inside}
                GROUP BY {bar}
            )
            GROUP BY {bar}
        )
        WHERE was != (n, top, bad)
        """
