"""Does it all add up? Every offset of the log in one block, every block's offsets in one class, every answer stored.

Three looks, each at what the one before takes for granted. The *ledger*: are its blocks contiguous, and do the four
classes fill them? The *book of offsets* (`stored_offsets`): was each offset that was counted ever stored? The
*rows*: are they there still? Late retries and repeated imports leave no row of their own: only the book knows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from streams.edges import ledger_sql
from streams.edges.kept import DAY_MS, kept_ms
from streams.edges.log_reach import Log, Stretch
from streams.edges.store import Store

BOOK_DAYS = 395
"""The book of offsets is kept for 400 days; a few are left for its spans to age together."""
MARGIN_MS = 2 * DAY_MS
"""Rows of one block expire over as long as the block took."""
METRIC_DAYS = 7
_SPAN = "fromUnixTimestamp64Milli({from_ms:Int64})", "fromUnixTimestamp64Milli({to_ms:Int64})"
_NOW = "fromUnixTimestamp64Milli({now_ms:Int64})"


@dataclass(frozen=True, slots=True)
class Hour:
    """One partition in one hour: blocks stand in the hour of their newest record."""

    topic: str
    partition: int
    hour_ms: int
    blocks: int
    offsets: int
    accepted: int
    duplicate: int
    late: int
    rejected: int
    wrong: int
    young: int


@dataclass(slots=True)
class Reconciliation:
    """What was found.

    Attributes:
        line: one sentence; begins with "nothing missing" or "MISSING".
        missing: offsets and rows that do not add up.
        young: offsets that may still be on their way into the store.
        hours: by topic, partition and hour.
        troubles: a sentence for each thing that does not add up.
        notes: what could not be looked at, and what was explained.
    """

    line: str = ""
    missing: int = 0
    young: int = 0
    hours: list[Hour] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def unreconciled(store: Store, *, days: int = METRIC_DAYS) -> int:
    """Offsets of the last days that do not add up: in no block or two, in no class, or counted and never stored.

    Quick: it reads the ledger and the book of offsets, no answers. What is younger than a few minutes and may be on
    its way is left out. Where producers write in transactions, their markers are told as well: offsets in no class.
    """
    account = ledger_sql.account(f"now64(3) - toIntervalDay({days})", "now64(3)", "now64(3)")
    return int(store.rows(f"SELECT all_wrong FROM ({account})")[0][0])


def doubts(store: Store, *, from_ms: int, to_ms: int, now_ms: int) -> list[Stretch]:
    """Stretches that the ledger cannot explain and the log can: those with offsets in no block or in no class."""
    found = []
    for row in _blocks(store, from_ms, to_ms, now_ms):
        where = row["topic"], row["log_id"], row["partition"]
        if row["gap"]:
            found.append(Stretch(*where, row["first_offset"] - row["gap"], row["first_offset"]))
        if row["silent"] > 0:
            found.append(Stretch(*where, row["first_offset"], row["next_offset"]))
    return found


def reconcile(
    store: Store, *, from_ms: int, to_ms: int, now_ms: int, live_topic: str, log: Log | None = None
) -> Reconciliation:
    """Looks at all blocks whose newest record lies in [from, to].

    Args:
        live_topic: its full name; only there each accepted event has a row of its own.
        log: what the brokers said (`log_reach.ask`) of these topics and of `doubts`; None: they were not asked.
    Raises:
        Unavailable: the store is away.
    """
    result = Reconciliation()
    oldest_ms = now_ms - BOOK_DAYS * DAY_MS
    if from_ms < oldest_ms:
        result.notes.append(f"blocks older than {BOOK_DAYS} days are not looked at: what was stored then may be gone")
        from_ms = oldest_ms
    rows = _blocks(store, from_ms, to_ms, now_ms)
    _look_at_blocks(result, rows, log)
    _look_at_log(result, store, log)
    _look_at_rows(result, store, rows, now_ms, live_topic)
    _look_at_late(result, store, from_ms, to_ms, now_ms)
    result.hours = _hours(rows)
    offsets = sum(hour.offsets for hour in result.hours)
    classes = ", ".join(
        f"{sum(getattr(hour, name) for hour in result.hours):,} {name}"
        for name in ("accepted", "duplicate", "late", "rejected")
    )
    what = f"{offsets:,} offsets in {len(rows):,} blocks: {classes}"
    on_the_way = f"; {result.young:,} more are on their way into the store" if result.young else ""
    if result.troubles:
        result.line = f"MISSING: {result.missing:,} do not add up ({what}): {result.troubles[0]}" + (
            f" and {len(result.troubles) - 1} more findings" if len(result.troubles) > 1 else ""
        )
    else:
        result.line = f"nothing missing: {what}{on_the_way}"
    return result


def _blocks(store: Store, from_ms: int, to_ms: int, now_ms: int) -> list[dict[str, Any]]:
    sql = ledger_sql.blocks(*_SPAN, _NOW) + " ORDER BY topic, log_id, partition, first_offset"
    return store.query(sql, {"from_ms": from_ms, "to_ms": to_ms, "now_ms": now_ms})


def _where(row: dict[str, Any]) -> str:
    return f"{row['topic']}[{row['partition']}], offsets {row['first_offset']:,} to {row['next_offset'] - 1:,}"


def _trouble(result: Reconciliation, offsets: int, sentence: str) -> None:
    result.missing += offsets
    result.troubles.append(sentence)


def _look_at_blocks(result: Reconciliation, rows: Sequence[dict[str, Any]], log: Log | None) -> None:
    """Ledger and book, block by block."""
    for row in rows:
        where, origin = _where(row), (row["topic"], row["log_id"], row["partition"])
        if row["gap"] and row["gap_young"]:
            result.young += row["gap"]
        elif row["gap"]:
            stretch = Stretch(*origin, row["first_offset"] - row["gap"], row["first_offset"])
            _unexplained(result, f"before {where}: {row['gap']:,} offsets are in no block", row["gap"], 0, stretch, log)
        if row["overlap"]:
            _trouble(result, row["overlap"], f"{where}: the first {row['overlap']:,} are in another block too")
        if row["silent"] < 0:
            _trouble(result, -row["silent"], f"{where}: {-row['silent']:,} more are classed than there are")
        elif row["silent"]:
            stretch = Stretch(*origin, row["first_offset"], row["next_offset"])
            classed = row["offsets"] - row["silent"]
            sentence = f"{where}: {row['silent']:,} are in no class"
            _unexplained(result, sentence, row["silent"], classed, stretch, log)
        for kind, words in (("valid", "answers"), ("rejected", "rejects")):
            lost = row[f"{kind}_lost"]
            if lost > 0 and row[f"{kind}_young"]:
                result.young += lost
            elif lost > 0:
                _trouble(result, lost, f"{where}: {lost:,} {words} were counted and never stored")
            elif lost < 0:
                _trouble(result, -lost, f"{where}: {-lost:,} {words} are stored and were never counted")


def _unexplained(
    result: Reconciliation, sentence: str, offsets: int, classed: int, stretch: Stretch, log: Log | None
) -> None:
    """Offsets of which only the log can say whether they held an event."""
    if log is None:
        _trouble(result, offsets, f"{sentence} (lost, or never an event: the brokers were not asked)")
    elif stretch not in log.records:
        _trouble(result, offsets, f"{sentence} (lost, or never an event: the log no longer reaches there)")
    elif lost := log.records[stretch] - classed:
        _trouble(result, abs(lost), f"{sentence}, and the log holds {log.records[stretch]:,} records there")
    else:
        result.notes.append(f"{sentence}: the log holds no event there (a transaction's marker)")


def _look_at_log(result: Reconciliation, store: Store, log: Log | None) -> None:
    """Ends of the ledger against the ends of the log."""
    if log is None:
        result.notes.append("the brokers were not asked how far their logs reach")
        return
    ends = {
        (row["topic"], row["partition"]): row["reached"]
        for row in store.query(
            "SELECT topic, partition, max(next_offset) AS reached FROM ledger FINAL "
            "WHERE log_id IN {logs:Array(String)} GROUP BY topic, partition",
            {"logs": sorted({reach.log_id for reach in log.reaches.values()})},
        )
    }
    for (topic, partition), reach in sorted(log.reaches.items()):
        counted = ends.get((topic, partition), reach.start)
        if counted < reach.start:
            lost = reach.start - counted
            _trouble(
                result, lost, f"{topic}[{partition}]: {lost:,} records expired in the log before they were counted"
            )
        elif counted < reach.end:
            result.notes.append(f"{topic}[{partition}]: {reach.end - counted:,} records are not counted yet")


def _look_at_rows(result: Reconciliation, store: Store, rows: Sequence[dict[str, Any]], now_ms: int, live: str) -> None:
    """Rows that must be there still: accepted ones of the live topic, rejected ones of both."""
    by_name = {(row["log_id"], row["partition"], row["block"]): row for row in rows}
    for table, words, count, lost in (
        ("touchpoints", "accepted rows", "accepted", "valid_lost"),
        ("rejected", "rejected rows", "rejected", "rejected_lost"),
    ):
        # What was imported leaves one row however often it came: only the book of offsets and the keys tell.
        mine = {name: row for name, row in by_name.items() if table == "rejected" or row["topic"] == live}
        fresh_ms = now_ms - kept_ms(store, table) + MARGIN_MS
        kept = {name: row for name, row in mine.items() if _ms(row["record_time"]) > fresh_ms}
        if expired := len(mine) - len(kept):
            result.notes.append(f"{expired:,} blocks not compared with the rows of {table}: those have expired")
        looked_at = {name: row for name, row in kept.items() if not row[lost]}
        if not looked_at:
            continue
        since_ms = min(_ms(row["record_time"]) for row in looked_at.values()) - MARGIN_MS
        there = _rows_by_block(store, table, since_ms)
        for name, row in looked_at.items():
            differs = row[count] - there.get(name, 0)
            if differs > 0:
                _trouble(result, differs, f"{_where(row)}: {differs:,} {words} were stored and are gone")
            elif differs < 0:
                _trouble(result, -differs, f"{_where(row)}: {-differs:,} {words} more than were counted")


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _rows_by_block(store: Store, table: str, since_ms: int) -> dict[tuple[str, int, int], int]:
    accepted = "AND class IN ('accepted', 'test')" if table == "touchpoints" else ""
    found = store.rows(
        f"""
        SELECT log_id, partition, l.block, count()
        FROM (
            SELECT log_id, partition, offset FROM {table} FINAL
            WHERE appended_at >= fromUnixTimestamp64Milli({{since:Int64}}) {accepted}
        ) AS t
        ASOF JOIN (
            SELECT log_id, partition, block, first_offset, next_offset FROM ledger FINAL
            WHERE next_offset > first_offset
        ) AS l ON t.log_id = l.log_id AND t.partition = l.partition AND t.offset >= l.first_offset
        WHERE t.offset < l.next_offset
        GROUP BY log_id, partition, l.block
        """,
        {"since": since_ms},
    )
    return {(str(log_id), int(partition), int(block)): int(n) for log_id, partition, block, n in found}


def _look_at_late(result: Reconciliation, store: Store, from_ms: int, to_ms: int, now_ms: int) -> None:
    """Late and imported answers: each that ever came has a row, be it that of its live twin."""
    since_ms = max(from_ms, now_ms - kept_ms(store, "touchpoints") + MARGIN_MS)
    lost = int(
        store.rows(
            """
            WITH come AS (
                SELECT producer, event_id FROM late_answers
                WHERE stored_at >= fromUnixTimestamp64Milli({since:Int64})
                  AND stored_at <= fromUnixTimestamp64Milli({to_ms:Int64})
            )
            SELECT uniqExact(producer, event_id) FROM come
            WHERE (producer, event_id) NOT IN (
                SELECT producer, event_id FROM touchpoints WHERE (producer, event_id) IN (SELECT * FROM come))
            """,
            {"since": since_ms, "to_ms": to_ms},
        )[0][0]
    )
    if lost:
        _trouble(result, lost, f"{lost:,} late or imported answers were stored and are gone")


def _hours(rows: Sequence[dict[str, Any]]) -> list[Hour]:
    sums: dict[tuple[str, int, int], dict[str, int]] = {}
    for row in rows:
        hour_ms = int(row["record_time"].timestamp()) // 3_600 * 3_600_000
        hour = sums.setdefault((row["topic"], row["partition"], hour_ms), dict.fromkeys(Hour.__slots__[3:], 0))
        young = sum(row[f"{kind}_lost"] for kind in ("valid", "rejected") if row[f"{kind}_young"])
        for name, value in (("blocks", 1), ("young", max(0, young))):
            hour[name] += value
        for name in ("offsets", "accepted", "duplicate", "late", "rejected", "wrong"):
            hour[name] += row[name]
    return [Hour(*key, *values.values()) for key, values in sorted(sums.items())]
