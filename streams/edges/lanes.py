"""History in ClickHouse: the lane of late and imported answers, and the tiers of panes.

Both are *replacing recounts*: what is written depends on what is stored, never on who came first or how
often. A version is the store's own clock, read before the counting: whoever began later saw at least as
much, so the higher version is never the poorer one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from streams.edges.revisions import tell_late
from streams.edges.store import Store

SERIES = "channel, stage, touchpoint, location, segment, respondent, metric, scale, bin, box"
TIER_WIDTHS_S = {"panes_10s": 10, "panes_1m": 60, "panes_1h": 3600}
OVERLAP_S = 120
"""A tier's recount looks back this far behind its last run: an insert is stamped a moment before it is seen."""
CHUNK = 5_000
"""Slices recounted in one statement."""
NAMES_CHUNK = 20_000
"""Names asked for in one statement."""


def recount_late(store: Store, slices_ms: Collection[int], *, why: str | None = None) -> None:
    """Writes the distinct late and imported answers of some 10 s slices as one replacing cell each, in every tier.

    Counted from `touchpoints` in all tiers, not tier from tier: late rows are kept for years, panes are not.

    What changes is told in table `revisions` first.

    Args:
        slices_ms: starts of the 10 s slices touched, ms since epoch.
        why: the reason told; None: that of the newest answer, late or import.
    """
    if not slices_ms:
        return
    number = store.now_us()
    tell_late(store, sorted({start // 1000 for start in slices_ms}), number, why=why)
    for tier, width_s in TIER_WIDTHS_S.items():
        starts = sorted({start // 1000 // width_s * width_s for start in slices_ms})
        for first in range(0, len(starts), CHUNK):
            _recount_late_tier(store, tier, width_s, starts[first : first + CHUNK], number)


def _recount_late_tier(store: Store, tier: str, width_s: int, starts_s: list[int], number: int) -> None:
    slice_s = f"intDiv(toUnixTimestamp64Milli(occurred_at), {1000 * width_s}) * {width_s}"
    touched = f"class IN ('late', 'import') AND {slice_s} IN {{starts:Array(Int64)}}"
    indexed = (
        f"slice >= toDateTime({starts_s[0]}, 'UTC') AND slice < toDateTime({starts_s[-1] + width_s}, 'UTC') "
        f"AND intDiv(toUnixTimestamp(slice), {width_s}) * {width_s} IN {{starts:Array(Int64)}}"
    )
    lane = "'late' AS lane, "
    lane_key = "'late' AS log_id, 0 AS partition, 0 AS block, 0 AS policy, " if tier == "panes_10s" else ""
    columns = "log_id, partition, block, policy, " if tier == "panes_10s" else ""
    store.command(
        f"""
        INSERT INTO {tier} (slice, {SERIES}, n, w_micro, w2_micro, lane, {columns}version)
        SELECT slice, {SERIES}, sum(one), sum(w), sum(w2), {lane}{lane_key}{number} AS version
        FROM (
            SELECT toDateTime({slice_s}, 'UTC') AS slice,
                   channel, stage, touchpoint, location, segment, respondent,
                   metric, scale, bin, box, 1 AS one, weight_micro AS w,
                   intDiv(weight_micro * weight_micro, 1000000) AS w2
            FROM touchpoints FINAL
            ARRAY JOIN metrics AS metric, scales AS scale, bins AS bin, boxes AS box
            WHERE {touched}
              -- FINAL over a few keys, not over all of history: their twins have the same key.
              AND (producer, event_id) IN (SELECT producer, event_id FROM late_answers WHERE {indexed})
            UNION ALL
            SELECT slice, {SERIES}, 0, 0, 0 FROM {tier} FINAL
            WHERE lane = 'late' AND toUnixTimestamp(slice) IN {{starts:Array(Int64)}}
        )
        GROUP BY slice, {SERIES}
        """,
        {"starts": starts_s},
    )


def late_twins(store: Store, events: Sequence[tuple[str, str]]) -> set[int]:
    """Slices in which some answers are stored as late or imported.

    An answer that was imported first and then sent live too would be in both lanes until its slice is counted again;
    so would a late one whose other sending came with another time.

    Args:
        events: (producer, event_id) of answers just stored.
    Returns:
        Starts of the 10 s slices to recount, ms since epoch.
    """
    found: set[int] = set()
    for first in range(0, len(events), NAMES_CHUNK):
        chunk = events[first : first + NAMES_CHUNK]
        rows = store.rows(
            """
            SELECT DISTINCT toUnixTimestamp(slice) FROM late_names WHERE (producer, event_id) IN (
                SELECT name.1, name.2 FROM (
                    SELECT arrayJoin(arrayZip({producers:Array(String)}, {ids:Array(String)})) AS name))
            """,
            {"producers": [producer for producer, _ in chunk], "ids": [event_id for _, event_id in chunk]},
        )
        found.update(1000 * int(start) for (start,) in rows)
    return found


def recount_tiers(store: Store, since_us: dict[str, int]) -> dict[str, int]:
    """Brings the minute and hour tiers of live panes up to date.

    Args:
        since_us: by tier, the store's clock at the last recount; a missing tier is recounted from the start.
    Returns:
        The same for the next call.
    """
    done = dict(since_us)
    for coarse, fine in (("panes_1m", "panes_10s"), ("panes_1h", "panes_1m")):
        number = store.now_us()
        width_s = TIER_WIDTHS_S[coarse]
        since_s = max(0, since_us.get(coarse, 0) // 1_000_000 - OVERLAP_S)
        store.command(
            f"""
            INSERT INTO {coarse} (slice, {SERIES}, n, w_micro, w2_micro, lane, version)
            SELECT toStartOfInterval(slice, INTERVAL {width_s} SECOND, 'UTC') AS start, {SERIES},
                   sum(n), sum(w_micro), sum(w2_micro), 'live', {number}
            FROM {fine} FINAL
            WHERE lane = 'live' AND toStartOfInterval(slice, INTERVAL {width_s} SECOND, 'UTC') IN (
                SELECT DISTINCT toStartOfInterval(slice, INTERVAL {width_s} SECOND, 'UTC')
                FROM {fine} WHERE lane = 'live' AND stored_at >= toDateTime({since_s}, 'UTC'))
            GROUP BY start, {SERIES}
            """
        )
        done[coarse] = number
    return done


def last_recount(store: Store) -> dict[str, int]:
    """Where `recount_tiers` of an earlier process stopped, read off what it wrote."""
    found = {}
    for tier in ("panes_1m", "panes_1h"):
        newest = store.rows(f"SELECT max(version) FROM {tier} WHERE lane = 'live'")[0][0]
        found[tier] = int(newest)
    return found
