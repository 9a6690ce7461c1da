"""The account of offsets as SQL: what the block ledger says, and whether it adds up.

Why a module of its own, with nothing but text: the command, the metric and the board must ask in the same
words. Each function takes SQL expressions, so that a board can hand its macros over.
"""

from __future__ import annotations

TRAIL_S = 300
"""What is younger than this may still be on its way into the store: ledger, answers and rejects come by topics of
their own, and none waits for another."""
BLOCK_DAYS = 2
"""Longer than a block lasts: its first answers were stored so long before its newest."""

BLOCK = "topic, log_id, partition, block, first_offset, next_offset, record_time, closed, policy"
CLASSES = "accepted, duplicate, late, rejected"


def blocks(since: str, until: str, now: str) -> str:
    """One row a block of the ledger, with what should be zero.

    Args:
        since, until, now: expressions of type DateTime or DateTime64; blocks whose newest record lies in
            [since, until] are looked at.
    Returns:
        SQL. Columns beside the ledger's own:
        gap, overlap: offsets between this block and the ones before it that stand in none, or in two;
        silent: offsets of the block in none of the four classes (below zero: in more than one);
        valid_lost, rejected_lost: offsets counted but never stored (below zero: stored, not counted);
        gap_young, valid_young, rejected_young: 1 where that may still come;
        wrong: offsets that do not add up and are not merely young.
    """
    before = "(PARTITION BY topic, log_id, partition ORDER BY first_offset, next_offset)"
    behind = before.replace(")", " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)")
    inside = (
        "bitmapCardinality(bitmapSubsetInRange(b.offsets, "
        "toUInt32(greatest(l.first_offset, l.span * 65536) - l.span * 65536), "
        "toUInt32(least(l.next_offset, (l.span + 1) * 65536) - l.span * 65536)))"
    )
    recent = f"stored_at >= toDateTime64({since}, 3, 'UTC') - toIntervalDay({BLOCK_DAYS})"
    return f"""\
SELECT *, if(gap_young, 0, gap) + overlap + abs(silent)
    + if(valid_lost > 0 AND valid_young, 0, abs(valid_lost))
    + if(rejected_lost > 0 AND rejected_young, 0, abs(rejected_lost)) AS wrong
FROM (
  SELECT {BLOCK}, {CLASSES}, test, next_offset - first_offset AS offsets,
    greatest(step, 0) AS gap, greatest(-step, 0) AS overlap,
    offsets - toInt64(accepted + duplicate + late + rejected) AS silent,
    if(first_offset < begun, 0, toInt64(accepted + late) - toInt64(valid_kept)) AS valid_lost,
    if(first_offset < begun, 0, toInt64(rejected) - toInt64(rejected_kept)) AS rejected_lost,
    record_time > {now} - toIntervalSecond({TRAIL_S}) AS gap_young,
    valid_reach < next_offset AND greatest(toDateTime(record_time, 'UTC'), valid_newest)
      > toDateTime({now}, 'UTC') - toIntervalSecond({TRAIL_S}) AS valid_young,
    gap_young AS rejected_young
  FROM (
    SELECT l.topic AS topic, l.log_id AS log_id, l.partition AS partition, l.block AS block,
      any(l.first_offset) AS first_offset, any(l.next_offset) AS next_offset, any(l.record_time) AS record_time,
      any(l.closed) AS closed, any(l.policy) AS policy, any(l.step) AS step, any(l.test) AS test,
      any(l.accepted) AS accepted, any(l.duplicate) AS duplicate, any(l.late) AS late, any(l.rejected) AS rejected,
      sumIf({inside}, b.kind = 'valid') AS valid_kept,
      sumIf({inside}, b.kind = 'rejected') AS rejected_kept,
      any(r.reach) AS valid_reach, any(r.newest) AS valid_newest, any(g.next_offset) AS begun
    FROM (
      SELECT *, arrayJoin(range(toUInt64(intDiv(first_offset, 65536)),
        toUInt64(intDiv(next_offset - 1, 65536) + 1))) AS span
      FROM (
        SELECT *, if(row_number() OVER {before} = 1, 0, first_offset - max(next_offset) OVER {behind}) AS step
        FROM ledger FINAL
        WHERE next_offset > first_offset AND record_time >= {since} AND record_time <= {until}
      )
    ) AS l
    LEFT JOIN (
      SELECT topic, log_id, partition, toUInt64(span) AS span, kind, groupBitmapMergeState(offsets) AS offsets
      FROM stored_offsets
      WHERE {recent}
      GROUP BY topic, log_id, partition, span, kind
    ) AS b ON l.topic = b.topic AND l.log_id = b.log_id AND l.partition = b.partition AND l.span = b.span
    LEFT JOIN (
      SELECT topic, log_id, partition, max(span) * 65536 + bitmapMax(argMax(offsets, span)) + 1 AS reach,
        max(stored_at) AS newest
      FROM (
        SELECT topic, log_id, partition, span, groupBitmapMergeState(offsets) AS offsets,
          max(stored_offsets.stored_at) AS stored_at
        FROM stored_offsets
        WHERE kind = 'valid' AND stored_offsets.{recent}
        GROUP BY topic, log_id, partition, span
      )
      GROUP BY topic, log_id, partition
    ) AS r ON l.topic = r.topic AND l.log_id = r.log_id AND l.partition = r.partition
    LEFT JOIN (
      SELECT log_id, partition, max(b.next_offset) AS next_offset
      FROM stored_offsets_begin AS b
      GROUP BY log_id, partition
    ) AS g ON l.log_id = g.log_id AND l.partition = g.partition
    GROUP BY topic, log_id, partition, block
  )
)"""


def account(since: str, until: str, now: str) -> str:
    """All blocks in one row: `offsets`, each class, each kind of trouble, `young` and `wrong`; counts are offsets."""
    return f"""\
SELECT count() AS blocks, sum(offsets) AS all_offsets,
  sum(accepted) AS all_accepted, sum(duplicate) AS all_duplicate, sum(late) AS all_late, sum(rejected) AS all_rejected,
  sumIf(gap, NOT gap_young) AS gaps, sum(overlap) AS overlaps, sum(abs(silent)) AS silents,
  sumIf(abs(valid_lost), NOT (valid_lost > 0 AND valid_young)) AS valid_wrong,
  sumIf(abs(rejected_lost), NOT (rejected_lost > 0 AND rejected_young)) AS rejected_wrong,
  sumIf(valid_lost, valid_lost > 0 AND valid_young) + sumIf(rejected_lost, rejected_lost > 0 AND rejected_young)
    + sumIf(gap, gap_young) AS young,
  sum(wrong) AS all_wrong
FROM (
{blocks(since, until, now)}
)"""


VERDICT = """\
concat(
  if(all_wrong = 0, 'nothing missing', 'MISSING'),
  ': ', toString(all_offsets), ' offsets in ', toString(blocks), ' blocks = ',
  toString(all_accepted), ' accepted + ', toString(all_duplicate), ' duplicate + ', toString(all_late), ' late + ',
  toString(all_rejected), ' rejected',
  if(gaps > 0, concat(', ', toString(gaps), ' in no block'), ''),
  if(overlaps > 0, concat(', ', toString(overlaps), ' in two blocks'), ''),
  if(silents > 0, concat(', ', toString(silents), ' in no class'), ''),
  if(valid_wrong > 0, concat(', ', toString(valid_wrong), ' answers counted and not stored'), ''),
  if(rejected_wrong > 0, concat(', ', toString(rejected_wrong), ' rejects counted and not stored'), ''),
  if(young > 0, concat(', ', toString(young), ' on their way'), ''))"""
"""Expression over the columns of `account`: the one line that says whether anything is missing."""
