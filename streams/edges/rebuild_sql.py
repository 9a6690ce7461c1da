"""The SQL of a rebuild: answers counted again from their rows, beside the bars that are stored.

Why a module of its own, with nothing but text: what is compared, what is printed and what is written must be one
and the same statement.
"""

from __future__ import annotations

SERIES = "channel, stage, touchpoint, location, segment, respondent, metric, scale"
PLACE = "log_id, partition, block"
_RANGE = "slice >= toDateTime({from_s:Int64}, 'UTC') AND slice < toDateTime({to_s:Int64}, 'UTC')"
_WEIGHT2 = "intDiv(weight_micro * weight_micro, 1000000)"


def differences(table: str, width_s: int, lane: str) -> str:
    """Bars of one tier that are not what their answers add up to: of the live lane in `panes_10s`, cell by cell.

    Parameters: from_s, to_s (whole slices, s since 1970); for the late lane also fresh_ms: answers stored since then
    must have a bar, of older ones it may have expired.
    Returns:
        SQL with the key of a bar, box, policy, closed, block_end (of the block, 0 where the ledger has none),
        n, w, w2 (stored), n_true, w_true, w2_true, folded (1: names were too many, told together),
        touched_ms (when the newest of either was stored).
    """
    by_cell = table == "panes_10s" and lane == "live"
    place = PLACE if by_cell else "'' AS log_id, 0 AS partition, 0 AS block"
    policy = "policy" if table == "panes_10s" else "0 AS policy"
    where = _RANGE + (f" AND {_held(table, width_s)}" if lane == "late" else "")
    bars = f"""\
SELECT slice, {SERIES}, bin, any(box) AS box, {PLACE}, max(policy) AS policy,
  sum(stored_n) AS n, sum(stored_w) AS w, sum(stored_w2) AS w2, sum(one) AS n_true,
  sum(one_w) AS w_true, sum(one_w2) AS w2_true, max(is_folded) AS folded, max(at) AS touched_ms
FROM (
  SELECT a.slice AS slice, if(o.folds = 2, '', a.channel) AS channel, if(o.folds > 0, '', a.stage) AS stage,
    if(o.folds > 0, 'other', a.touchpoint) AS touchpoint, if(o.folds > 0, '', a.location) AS location,
    if(o.folds > 0, '', a.segment) AS segment, a.respondent AS respondent, a.metric AS metric, a.scale AS scale,
    a.bin AS bin, a.box AS box, a.log_id AS log_id, a.partition AS partition, a.block AS block, a.policy AS policy,
    a.n AS stored_n, a.w AS stored_w, a.w2 AS stored_w2, a.one AS one, a.one_w AS one_w, a.one_w2 AS one_w2,
    o.folds > 0 AS is_folded, a.at AS at
  FROM (
    SELECT slice, {SERIES}, bin, box, {place}, {policy}, n, w_micro AS w, w2_micro AS w2,
      0 AS one, 0 AS one_w, 0 AS one_w2,
      toUnixTimestamp64Milli({table}.stored_at) AS at
    FROM {table} FINAL
    WHERE lane = '{lane}' AND {where}
    UNION ALL
    {_truth(width_s, lane, by_cell=by_cell, where=where)}
  ) AS a
  LEFT JOIN (
    SELECT slice, {place}, 1 + max(channel = 'other') AS folds
    FROM {table} FINAL
    WHERE lane = '{lane}' AND lane = 'live' AND {_RANGE} AND n > 0
      AND touchpoint = 'other' AND stage = '' AND location = '' AND segment = ''
    GROUP BY slice, {PLACE}
  ) AS o ON a.slice = o.slice AND a.log_id = o.log_id AND a.partition = o.partition AND a.block = o.block
)
GROUP BY slice, {SERIES}, bin, {PLACE}
HAVING (n, w, w2) != (n_true, w_true, w2_true)"""
    if not by_cell:
        return f"SELECT *, 0 AS closed, 0 AS block_end FROM ({bars})"
    return f"""\
SELECT d.* EXCEPT (policy), greatest(d.policy, l.policy) AS policy, l.closed AS closed, l.next_offset AS block_end
FROM ({bars}) AS d
LEFT JOIN (SELECT * FROM ledger FINAL) AS l
  ON d.log_id = l.log_id AND d.partition = l.partition AND d.block = l.block"""


def _truth(width_s: int, lane: str, *, by_cell: bool, where: str) -> str:
    """Distinct answers of the lane, one row each; of the live lane with the block of the ledger they lie in."""
    kept = "class = 'accepted'" if lane == "live" else "class IN ('late', 'import')"
    start = f"intDiv(toUnixTimestamp64Milli(occurred_at), {1000 * width_s}) * {width_s}"
    here = (
        "occurred_at >= toDateTime64({from_s:Int64}, 3, 'UTC') AND occurred_at < toDateTime64({to_s:Int64}, 3, 'UTC')"
    )
    answers = f"""
      SELECT toDateTime({start}, 'UTC') AS slice, {SERIES}, bin, box, log_id, partition, offset, weight_micro,
        toUnixTimestamp64Milli(touchpoints.stored_at) AS at
      FROM touchpoints FINAL
      ARRAY JOIN metrics AS metric, scales AS scale, bins AS bin, boxes AS box
      WHERE {kept} AND {here}
        AND (producer, event_id) IN (SELECT producer, event_id FROM touchpoints WHERE {kept} AND {here})"""
    sums = f"0, 0, 0, 1, weight_micro, {_WEIGHT2}, at"
    if not by_cell:
        return f"SELECT slice, {SERIES}, bin, box, '', 0, 0, 0, {sums} FROM ({answers}) WHERE {where}"
    return f"""
    SELECT t.slice, {", ".join(f"t.{name}" for name in SERIES.split(", "))}, t.bin, t.box, t.log_id, t.partition,
      if(t.offset < l.next_offset, l.block, -1), l.policy, 0, 0, 0, 1, t.weight_micro,
      {_WEIGHT2.replace("weight", "t.weight")}, t.at
    FROM ({answers}) AS t
    ASOF LEFT JOIN (
      SELECT log_id, partition, block, first_offset, next_offset, policy
      FROM ledger FINAL
      WHERE next_offset > first_offset
    ) AS l ON t.log_id = l.log_id AND t.partition = l.partition AND t.offset >= l.first_offset"""


def _held(table: str, width_s: int) -> str:
    """Slices whose late bars the tier must still hold: those it has bars of, and those answered since `fresh_ms`."""
    start = f"intDiv(toUnixTimestamp(slice), {width_s}) * {width_s}"
    return (
        f"(slice IN (SELECT slice FROM {table} WHERE lane = 'late' AND {_RANGE}) OR slice IN ("
        f"SELECT toDateTime({start}, 'UTC') FROM late_answers WHERE {_RANGE} "
        "AND stored_at >= fromUnixTimestamp64Milli({fresh_ms:Int64})))"
    )


_MEMBERS = (
    "arrayJoin([('channel', channel, '', 1), ('all', '', '', 2), ('touchpoint', channel, touchpoint, 3), "
    "('all', '', touchpoint, 4), ('stage', channel, stage, 5), ('location', channel, location, 6), "
    "('segment', channel, segment, 7)])"
)
"""Groups that one answer stands in, as `roll` and `notify` make them; an answer without the name is in none of it."""
_GROUP = "dimension, of_channel, member, metric, scale"


def scores() -> str:
    """Final rolling scores that the live answers cannot have given.

    A final score holds every answer that was in the log when its window ended, and perhaps some that came just
    after; so it must lie between the two counts.

    Parameters: from_s, to_s (ends of windows), begin_s (from_s less the longest window).
    Returns:
        SQL: window_s, dimension, channel, member, metric, scale, as_of_s, and for each of n, top, bad the stored
        number, the least and the most it can be.
    """
    sums = ("n", "top", "bad")
    counts = {"n": "1", "top": "box = 1", "bad": "box = -1"}
    answers = f"""
      SELECT {_MEMBERS} AS m, m.1 AS dimension, m.2 AS of_channel, m.3 AS member, m.4 AS place, metric, scale, box,
        intDiv(toUnixTimestamp64Milli(occurred_at), 10000) * 10 + 10 AS since_s,
        toUnixTimestamp64Milli(appended_at) AS appended_ms
      FROM touchpoints FINAL
      ARRAY JOIN metrics AS metric, scales AS scale, bins AS bin, boxes AS box
      WHERE class = 'accepted' AND respondent = 'customer' AND metric IN ('csat', 'ces', 'nps')
        AND occurred_at >= toDateTime64({{begin_s:Int64}}, 3, 'UTC')
        AND occurred_at < toDateTime64({{to_s:Int64}}, 3, 'UTC')"""
    kept = "(member != '' OR place IN (1, 2))"
    running = ", ".join(f"sum({name}) OVER (PARTITION BY {_GROUP} ORDER BY since_s) AS {name}" for name in sums)
    upto = f"""
      SELECT {_GROUP}, since_s, {running}
      FROM (
        SELECT {_GROUP}, since_s, {", ".join(f"toInt64(sum({counts[name]})) AS {name}" for name in sums)}
        FROM ({answers}) WHERE {kept} GROUP BY {_GROUP}, since_s
      )"""
    stragglers = f"""
      SELECT {_GROUP}, at_s, {", ".join(f"toInt64(sum({counts[name]})) AS {name}" for name in sums)}
      FROM (
        SELECT {_GROUP}, box, arrayJoin(range(toUInt64(since_s), toUInt64(intDiv(appended_ms, 1000) + 1), 10)) AS at_s
        FROM ({answers})
        WHERE {kept} AND appended_ms >= 1000 * since_s
      )
      GROUP BY {_GROUP}, at_s"""
    same = "{0}.dimension = s.dimension AND {0}.of_channel = s.channel AND {0}.member = s.member " + (
        "AND {0}.metric = s.metric AND {0}.scale = s.scale"
    )
    most = {name: f"(now.{name} - old.{name})" for name in sums}
    columns = ", ".join(
        f"s.{name} AS {name}, {most[name]} AS {name}_most, {name}_most - late.{name} AS {name}_least" for name in sums
    )
    return f"""\
SELECT s.window_s AS window_s, s.dimension AS dimension, s.channel AS channel, s.member AS member,
  s.metric AS metric, s.scale AS scale, s.as_of_s AS as_of_s, {columns}
FROM (
  SELECT window_s, dimension, channel, member, metric, scale, n, top, bad,
    toInt64(intDiv(toUnixTimestamp64Milli(as_of), 1000)) AS as_of_s, as_of_s - window_s AS begin_s
  FROM scores FINAL
  WHERE complete AND as_of > toDateTime64({{from_s:Int64}}, 3, 'UTC')
    AND as_of <= toDateTime64({{to_s:Int64}}, 3, 'UTC') AND window_s <= {{from_s:Int64}} - {{begin_s:Int64}}
) AS s
ASOF LEFT JOIN ({upto}) AS now ON {same.format("now")} AND s.as_of_s >= now.since_s
ASOF LEFT JOIN ({upto}) AS old ON {same.format("old")} AND s.begin_s >= old.since_s
LEFT JOIN ({stragglers}) AS late ON {same.format("late")} AND s.as_of_s = late.at_s
WHERE {" OR ".join(f"NOT ({name} BETWEEN {name}_least AND {name}_most)" for name in sums)}"""
