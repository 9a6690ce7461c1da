"""SQL of the pipeline board: the ledger, its account, the rejects, and what changed in history.

The account is worded once, in streams/edges/ledger_sql.py: board, command and metric ask the same.
"""

from __future__ import annotations

from dashboards import sql
from streams.edges import ledger_sql
from streams.edges.revisions import told_sql

_ENDS = ("$__fromTime", "$__toTime + toIntervalHour(1)", "$__toTime")
LATE_S = 30
"""Heard no further than this before the end of the time shown: behind."""

RECONCILED = f"""\
SELECT {ledger_sql.VERDICT} AS verdict
FROM (
{ledger_sql.account(*_ENDS)}
)
WHERE blocks > 0"""

BY_HOUR = f"""\
SELECT toStartOfHour(toDateTime(record_time)) AS hour, topic, partition, sum(offsets) AS offsets,
  sum(accepted) AS accepted, sum(duplicate) AS duplicate, sum(late) AS late, sum(rejected) AS rejected,
  sum(if(valid_lost > 0 AND valid_young, valid_lost, 0) + if(rejected_lost > 0 AND rejected_young, rejected_lost, 0))
    AS young,
  sum(wrong) AS wrong
FROM (
{ledger_sql.blocks(*_ENDS)}
)
GROUP BY hour, topic, partition
ORDER BY wrong > 0 DESC, hour DESC, topic, partition
LIMIT 200"""

_NEWEST = """\
  SELECT topic, partition, argMax(l.log_id, l.stored_at) AS log, max(l.stored_at) AS told
  FROM ledger AS l
  WHERE l.stored_at >= $__fromTime AND l.stored_at <= $__toTime + toIntervalHour(1)
  GROUP BY topic, partition"""
_STANDING = f"""\
  SELECT l.topic AS topic, l.partition AS partition, max(l.next_offset) AS position, max(l.record_time) AS newest,
    max(l.heard_until) AS heard, argMax(l.policy, l.version) AS policy
  FROM ledger AS l
  INNER JOIN (
{_NEWEST}
  ) AS n ON l.topic = n.topic AND l.partition = n.partition AND l.log_id = n.log
  GROUP BY topic, partition"""

PARTITIONS = f"""\
SELECT topic, partition, position, toDateTime(newest) AS newest, toDateTime(heard) AS heard,
  if(endsWith(topic, '.import'), 0, greatest(0, dateDiff('second', s.heard, $__toTime))) AS behind_s,
  multiIf(endsWith(topic, '.import'), 'import', behind_s > {LATE_S}, 'behind', 'up to date') AS state, policy
FROM (
{_STANDING}
) AS s
ORDER BY behind_s DESC, topic, partition
LIMIT 500"""

FRESHNESS = f"""\
SELECT 'counted until' AS title, toUnixTimestamp64Milli(min(heard)) AS shown
FROM (
{_STANDING}
)
WHERE NOT endsWith(topic, '.import')
HAVING shown > 0"""

_STEPS = """\
  SELECT minute,
    accepted - any(accepted) OVER before AS accepted, duplicate - any(duplicate) OVER before AS duplicate,
    late - any(late) OVER before AS late, rejected - any(rejected) OVER before AS rejected
  FROM (
    SELECT topic, log_id, partition, block, minute, accepted, duplicate, late, rejected
    FROM ledger_minutes FINAL
    WHERE minute >= toStartOfMinute($__fromTime) - toIntervalDay(1) AND minute <= $__toTime
  )
  WINDOW before AS (PARTITION BY topic, log_id, partition, block ORDER BY minute
    ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING)"""
"""What came in each minute: the ledger's sums run from the start of a block, of which the last day is enough."""

BY_MINUTE = f"""\
SELECT minute, sum(s.accepted) AS accepted, sum(s.duplicate) AS duplicate, sum(s.late) AS late,
  sum(s.rejected) AS rejected
FROM (
{_STEPS}
) AS s
WHERE minute >= toStartOfMinute($__fromTime)
GROUP BY minute
ORDER BY minute DESC
LIMIT 360"""

_LOW, _HIGH = sql.wilson("others", "records")
NOT_ACCEPTED = f"""\
SELECT time, if(records = 0, NULL, 100 * others / records) AS score, 100 * {_LOW} AS lower, 100 * {_HIGH} AS upper,
  toFloat64(records) AS n
FROM (
  SELECT $__timeInterval(s.minute) AS time, sum(s.duplicate + s.late + s.rejected) AS others,
    sum(s.accepted + s.duplicate + s.late + s.rejected) AS records
  FROM (
{_STEPS}
  ) AS s
  WHERE minute >= toStartOfMinute($__fromTime)
  GROUP BY time
)
WHERE records > 0
ORDER BY time"""

REJECTED = """\
SELECT if(producer = '', 'not named', producer) AS producer, reason, field, count() AS rejected,
  toDateTime(max(r.appended_at)) AS newest, argMax(r.message, (r.appended_at, r.partition, r.offset)) AS message
FROM rejected AS r FINAL
WHERE $__timeFilter(appended_at)
GROUP BY producer, reason, field
ORDER BY rejected DESC, producer, reason, field
LIMIT 100"""

REVISIONS = f"""\
SELECT toDateTime(revised_at) AS revised, slice, if(width_s = 10, '10 s', '1 h') AS lasts, channel,
  if(touchpoint = '', if(width_s = 10, 'not named', 'all'), touchpoint) AS touchpoint, {sql.label("scale")} AS question,
  concat(toString(n_before), ' → ', toString(n)) AS answers,
  concat(toString(bad_before), ' → ', toString(bad)) AS bad_answers,
  transform(toString(why), ['late', 'import', 'live', 'rebuild'],
    ['late', 'imported', 'live after all', 'rebuilt'], toString(why)) AS why
FROM (
{told_sql("channel IN (${channel:sqlstring}) AND revised_at >= $__fromTime - toIntervalDay(1)")}
)
WHERE revised_at >= $__fromTime AND revised_at <= $__toTime + toIntervalHour(1)
ORDER BY revised_at DESC, slice DESC, channel, touchpoint, question, lasts
LIMIT 200"""
