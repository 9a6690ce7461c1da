"""SQL of the channel board: counted answers of one channel, put together by period, place and location."""

from __future__ import annotations

from dashboards import hiding, parts, sql, tables
from dashboards.method_sql import pieces
from dashboards.method_sql.source import newest
from dashboards.panel import FEW_ANSWERS

THIS_CHANNEL = "channel = ${channel:sqlstring}"
HERE = f"{THIS_CHANNEL} AND {parts.within(*parts.SLICES)}"
_SCALE = "scale = ${scale:sqlstring}"
_COUNTS = """\
sum(p.n) AS answers, sumIf(p.n, p.box = 1) AS tops, sumIf(p.n, p.box = -1) AS bads,
    sum(p.bin * p.n) AS total, sum(p.bin * p.bin * p.n) AS squares"""


def _score(metric: str, scale: str) -> tuple[str, str, str]:
    return sql.score(metric=metric, scale=scale, n="answers", top="tops", bad="bads", total="total", squares="squares")


_VALUE, _LOWER, _UPPER = _score("asked", "on_scale")

_PERIODS = f"""\
SELECT time, {pieces.estimate("score", (_VALUE, _LOWER, _UPPER), "answers")}
FROM (
  SELECT $__timeInterval(p.slice) AS time, any(p.metric) AS asked, any(p.scale) AS on_scale,
    {_COUNTS}
  FROM (
{tables.panes("slice, metric, scale, bin, box, n", f"{HERE} AND {_SCALE} AND {tables.ASKED}")}
  ) AS p
  GROUP BY time
)
WHERE answers > 0"""
_OF_A_PERIOD = {"score": f"{_SCALE} AND {tables.ASKED}"}
_SHOWN_PERIODS = hiding.numbers(
    _PERIODS, _OF_A_PERIOD, by={"time": "$__timeInterval(slice)"}, where=HERE, counted=False
)
BY_PERIOD = f"""\
SELECT time, shown.score AS score, score_lower AS lower, score_upper AS upper, toFloat64(score_n) AS n
FROM (
{_SHOWN_PERIODS}
) AS shown
WHERE score_reason NOT LIKE 'hidden%'
ORDER BY time"""


def _net(good: str, bad: str, n: str) -> tuple[str, str, str]:
    """(net experience, lower, upper) in points."""
    lower, upper = sql.adjusted_wald(good, bad, n)
    return f"if(({n}) = 0, NULL, 100 * (toInt64({good}) - toInt64({bad})) / ({n}))", f"100 * {lower}", f"100 * {upper}"


def _hidden(columns: str, *, asked: str, counted: str) -> str:
    """Whether a slice of this channel is hidden.

    Args:
        asked: condition on the events; `counted`: the same on their panes.
    """
    panes = tables.panes(f"{columns}, n", f"{HERE} AND {counted}")
    return hiding.hidden(columns, counted=panes, asked=f"{HERE} AND {asked}")


_ANY_ASKED = "hasAny(metrics, [{}])".format(", ".join(f"'{metric}'" for metric in sql.METRICS))
_STAGES = "['pre_purchase', 'purchase', 'use', 'after_sale']"
_NET, _NET_LOWER, _NET_UPPER = _net("good", "bad", "answers")
_NOW = _net("good_now", "bad_now", "answers_now")
_BEFORE = _net("good - good_now", "bad - bad_now", "answers - answers_now")
_, _TURN_LOWER, _TURN_UPPER = sql.change(("now", "now_low", "now_high"), ("was", "was_low", "was_high"))
MATRIX = f"""\
SELECT if(touchpoint = '', 'not named', touchpoint) AS row_name,
  transform(stage, ['pre_purchase', 'purchase', 'use', 'after_sale', ''],
    ['Before purchase', 'Purchase', 'Use', 'After sale', 'No stage'], stage) AS column_name,
  if(secret, concat('○ < ', toString({hiding.LEAST}), ' customers'), {
    sql.cell(
        "assumeNotNull(net)",
        "n",
        turned="turned",
        net_now="assumeNotNull(now)",
        n_now="answers_now",
        net_before="assumeNotNull(was)",
    )
}) AS cell,
  if(secret, NULL, net) AS net, if(secret, NULL, net_lower) AS net_lower, if(secret, NULL, net_upper) AS net_upper,
  if(secret, NULL, n) AS n, if(secret, NULL, good) AS good, if(secret, NULL, bad) AS bad,
  if(secret, NULL, now) AS net_now, if(secret, NULL, answers_now) AS n_now, if(secret, NULL, was) AS net_before,
  if(turned AND NOT secret, sign(assumeNotNull(now - was)), 0) AS turn
FROM (
  SELECT *, ifNull(answers_now >= {FEW_ANSWERS} AND ({_TURN_LOWER} > 0 OR {_TURN_UPPER} < 0), 0) AS turned
  FROM (
    SELECT touchpoint, stage, good, bad, answers AS n, answers_now,
      {_hidden("touchpoint, stage", asked=_ANY_ASKED, counted=tables.ASKED)} AS secret,
      {_NET} AS net, {_NET_LOWER} AS net_lower, {_NET_UPPER} AS net_upper,
      {_NOW[0]} AS now, {_NOW[1]} AS now_low, {_NOW[2]} AS now_high,
      {_BEFORE[0]} AS was, {_BEFORE[1]} AS was_low, {_BEFORE[2]} AS was_high
    FROM (
      SELECT p.touchpoint AS touchpoint, p.stage AS stage,
        sum(p.n) AS answers, sumIf(p.n, p.box = 1) AS good, sumIf(p.n, p.box = -1) AS bad,
        sumIf(p.n, p.recent) AS answers_now, sumIf(p.n, p.recent AND p.box = 1) AS good_now,
        sumIf(p.n, p.recent AND p.box = -1) AS bad_now
      FROM (
{
    tables.panes(
        f"touchpoint, stage, box, n, slice >= $__toTime - toIntervalSecond({tables.WINDOW}) AS recent",
        f"{HERE} AND {tables.ASKED}",
    )
}
      ) AS p
      GROUP BY touchpoint, stage
      HAVING answers > 0
    )
  )
)
ORDER BY indexOf({_STAGES}, stage) = 0, indexOf({_STAGES}, stage), touchpoint"""

_ALL = ("answers", "tops", "bads", "total", "squares")
_WHOLE, _, _ = sql.score(
    metric="asked",
    scale="on_scale",
    n="all_answers",
    top="all_tops",
    bad="all_bads",
    total="all_total",
    squares="all_squares",
)
RANKING = f"""\
SELECT name, verdict, score, interval, if(secret, NULL, n) AS n, if(secret, NULL, value) AS value,
  if(secret, NULL, lower) AS lower, if(secret, NULL, upper) AS upper, whole, apart
FROM (
  SELECT name, n, value, lower, upper, whole, better, secret,
    if(secret, {hiding.HIDDEN}, {sql.shown("value", "asked", "'no answers'")}) AS score,
    if(secret, '', {sql.shown_interval("lower", "upper", "asked")}) AS interval,
    multiIf(secret OR n < {FEW_ANSWERS} OR isNull(lower) OR isNull(upper), 0., upper < whole, better * (upper - whole),
      lower > whole, better * (lower - whole), 0.) AS apart,
    multiIf(secret, 'hidden', n < {FEW_ANSWERS}, 'too few answers',
      apart < 0, 'worse', apart > 0, 'better', 'as the rest') AS verdict
  FROM (
    SELECT * EXCEPT (every), if(min(secret) OVER (), NULL, every) AS whole
    FROM (
    SELECT location AS name, asked, answers AS n, {sql.better_sign("on_scale")} AS better,
      {_hidden("location", asked="has(scales, ${scale:sqlstring})", counted=f"{_SCALE} AND {tables.ASKED}")} AS secret,
      {_VALUE} AS value, {_LOWER} AS lower, {_UPPER} AS upper, {_WHOLE} AS every
    FROM (
      SELECT *, {", ".join(f"sum({name}) OVER () AS all_{name}" for name in _ALL)}
      FROM (
        SELECT p.location AS location, any(p.metric) AS asked, any(p.scale) AS on_scale,
    {_COUNTS}
        FROM (
{tables.panes("location, metric, scale, bin, box, n", f"{HERE} AND {_SCALE} AND {tables.ASKED}")}
        ) AS p
        GROUP BY location
        HAVING answers > 0
      )
    ))
  )
  WHERE name != ''
)
ORDER BY apart, secret, verdict = 'too few answers', if(secret, 0, better * value), name
LIMIT 200"""
"""Locations against the channel as a whole. `apart`: how far the interval lies from it, below 0 worse."""

_BAD_ONE = "box = -1 AND metric IN ('csat', 'ces', 'nps')"
_NEWEST_BAD = f"""\
SELECT event_id
        FROM touchpoints
        WHERE {HERE} AND has(boxes, -1) AND class != 'test' AND respondent = 'customer'
          AND hasAny(metrics, ['csat', 'ces', 'nps'])
          AND occurred_at >= $__fromTime AND occurred_at <= $__toTime
          AND stored_at >= $__fromTime - toIntervalMinute(1)
        ORDER BY occurred_at DESC, event_id, producer
        LIMIT 100"""
BAD_ANSWERS = f"""\
SELECT at, if(secret, '', touchpoint) AS touchpoint, if(secret, '', location) AS location, answer,
  if(secret, {hiding.HIDDEN}, comment) AS comment, if(secret, '', segment) AS segment, if(secret, '', stage) AS stage,
  metric, scale, bin, if(secret, '', producer) AS producer, if(secret, '', event_id) AS event_id
FROM (
  SELECT t.occurred_at AS at, touchpoint, location,
    concat({sql.label("scale")}, ': ', toString(bin)) AS answer, comment, segment, stage, metric, scale, bin,
    producer, event_id, {_hidden("touchpoint, location", asked=_ANY_ASKED, counted=tables.ASKED)} AS secret
  FROM (
{newest(_NEWEST_BAD)}
  ) AS t
  ARRAY JOIN metrics AS metric, scales AS scale, bins AS bin, boxes AS box
  WHERE {_BAD_ONE} AND class != 'test' AND respondent = 'customer' AND {HERE}
    AND occurred_at >= $__fromTime AND occurred_at <= $__toTime
    AND NOT {hiding.of_part("channel", hiding.ANYBODY, where=HERE)}
)
ORDER BY at DESC, event_id, producer, scale
LIMIT 50"""
"""The newest bad answers. Found first by time alone, then read whole, as they stand."""
