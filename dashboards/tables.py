"""Where the boards read from: scores as they stand, and counted answers at the fineness the time shown needs.

Why a module of its own: two panels that show the same thing must ask the same way. Every query carries a
time filter, and none reads more than a few hours of fine panes.

`scores` holds what the stream computed (rolling windows, `as_of` is a window's end, for the newest still
open). `panes_*` hold counted answers by slice, from which anything else is summed. Replaced rows are told
apart by FINAL.
"""

from __future__ import annotations

from dashboards import narrowed, parts, sql
from dashboards.panel import FEW_ANSWERS
from dashboards.tiers import panes as panes

ASKED = "metric IN ({})".format(", ".join(f"'{metric}'" for metric in sql.METRICS))
"""Only answers to the three questions; signals and waits are counted apart."""

SLOW_S = 30
"""A number not complete up to this close to its window's end is marked: some source is behind."""
PATIENCE_MIN = 60
"""A series whose newest score is older than this, at the end of the time shown, is gone from `now`."""

WINDOW = "${window:raw}"
# The newest window is still open: it ends with the slice that now lies in (5 minutes for windows beyond an hour).
_NEWEST = f"$__toTime + toIntervalSecond(if({WINDOW} > 3600, 300, 10))"
_KEYS = "channel, metric, scale"
_EVIDENCE = "n, top, neutral, bad, value, lower, upper"


def recent_scores(dimension: str, where: str, counted: str) -> str:
    """The newest score of each series, with the score one window before and its alerts, worst first.

    Worst first: what an alert says is worsening; then by the best that net experience could still be (upper end
    of its interval). Series with few answers follow, so that they neither lead nor trail by luck; those nobody
    answered come last.

    Alerts: a worsening told in the last hour (or window, if that is longer) and not resolved; bad answers told
    in the window.

    Args:
        dimension: 'channel' or 'all'.
        where: further condition on the series.
        counted: the same on panes, for when part of a channel is chosen.
    Returns:
        SQL: text as shown (question, score, interval, trend, evidence) and the numbers behind it.
    """
    series = f"window_s = {WINDOW} AND dimension = '{dimension}' AND member = '' AND {where} AND {ASKED}"
    # A worsening lasts longer than a short window: it stays in sight for an hour.
    told = f"at > $__toTime - toIntervalSecond(greatest({WINDOW}, 3600)) AND at <= $__toTime"
    net_low, net_high = sql.adjusted_wald("r.top", "r.bad", "r.n")
    change = sql.change(("r.value", "r.lower", "r.upper"), ("e.value", "e.lower", "e.upper"))
    by_channel = dimension == "channel"
    last = f"""\
SELECT {_KEYS}, {_EVIDENCE}, reason, complete_until, as_of
      FROM scores FINAL
      WHERE {series} AND as_of > $__toTime - toIntervalMinute({PATIENCE_MIN}) AND as_of <= {_NEWEST}
      ORDER BY as_of DESC
      LIMIT 1 BY {_KEYS}"""
    complete = f"(SELECT min(complete_until) FROM (\n{last}\n      ))"
    apart = "if(e.as_of < r.before - toIntervalMinute(5), NULL, {})"
    return f"""\
SELECT channel, question, score, interval, n, trend, net, evidence, worsening, bad_alerts, complete_until,
  metric, scale, value, lower, upper, net_lower, net_upper, top, neutral, bad, change, change_lower, change_upper,
  as_of
FROM (
  SELECT r.channel AS channel, r.metric AS metric, r.scale AS scale, r.n AS n, r.top AS top, r.neutral AS neutral,
    r.bad AS bad, r.value AS value, r.lower AS lower, r.upper AS upper, r.as_of AS as_of,
    r.complete_until AS complete_until,
    {sql.label("r.scale")} AS question,
    {sql.shown("r.value", "r.metric", "if(r.reason = '', 'no answers', r.reason)")} AS score,
    {sql.shown_interval("r.lower", "r.upper", "r.metric")} AS interval,
    if(r.n = 0, NULL, 100 * (toInt64(r.top) - toInt64(r.bad)) / r.n) AS net,
    100 * {net_low} AS net_lower,
    100 * {net_high} AS net_upper,
    {apart.format(change[0])} AS change,
    {apart.format(change[1])} AS change_lower,
    {apart.format(change[2])} AS change_upper,
    {_trend("r.metric", "r.scale")} AS trend,
    multiIf(r.n = 0, 'no answers',
      r.complete_until < least(toDateTime($__toTime), r.as_of) - toIntervalSecond({SLOW_S}), 'catching up',
      r.n < {FEW_ANSWERS}, 'few answers', 'firm') AS evidence,
    a.worsening AS worsening, a.bad_alerts AS bad_alerts
  FROM (
    SELECT *, as_of - toIntervalSecond({WINDOW}) AS before
    FROM (
      SELECT * FROM (
      {last}
      ) WHERE {parts.ALL_OF_IT}
      UNION ALL
      SELECT {_KEYS}, {_EVIDENCE}, '' AS reason, {complete} AS complete_until, toDateTime($__toTime) AS as_of
      FROM (
{narrowed.score_at("$__toTime", counted, by_channel=by_channel)}
      )
    )
  ) AS r
  ASOF LEFT JOIN (
    SELECT {_KEYS}, {_EVIDENCE}, toDateTime($__toTime) - toIntervalSecond({WINDOW}) AS as_of
    FROM (
{narrowed.score_at(f"($__toTime - toIntervalSecond({WINDOW}))", counted, by_channel=by_channel)}
    )
    UNION ALL
    SELECT {_KEYS}, {_EVIDENCE}, as_of
    FROM scores FINAL
    WHERE {parts.ALL_OF_IT} AND {series}
      AND as_of > $__toTime - toIntervalSecond({WINDOW}) - toIntervalMinute({PATIENCE_MIN + 5})
      AND as_of <= {_NEWEST} - toIntervalSecond({WINDOW})
  ) AS e ON r.channel = e.channel AND r.metric = e.metric AND r.scale = e.scale AND r.before >= e.as_of
  LEFT JOIN (
    SELECT {_KEYS},
      countIf(kind = 'worsening' AND state != 'resolved') AS worsening,
      countIf(kind = 'bad_answer' AND at > $__toTime - toIntervalSecond({WINDOW})) AS bad_alerts
    FROM (
{alerts(f"{_KEYS}, kind, state, at", told)}
    )
    GROUP BY {_KEYS}
  ) AS a ON r.channel = a.channel AND r.metric = a.metric AND r.scale = a.scale
)
ORDER BY n = 0, worsening = 0, n < {FEW_ANSWERS}, net_upper, channel, scale"""


def _trend(metric: str, scale: str) -> str:
    """The change in words: an arrow only where it is more than chance; up is better."""
    sign = sql.better_sign(scale)
    number = f"if({metric} = 'ces', {sql.signed('assumeNotNull(change)', 2)}, {sql.signed('assumeNotNull(change)')})"
    return (
        f"multiIf(isNull(change), '–', isNull(change_lower) OR isNull(change_upper), concat('≈ ', {number}), "
        f"least({sign} * change_lower, {sign} * change_upper) > 0, concat('▲ ', {number}), "
        f"greatest({sign} * change_lower, {sign} * change_upper) < 0, concat('▼ ', {number}), concat('≈ ', {number}))"
    )


def score_line(dimension: str, where: str, counted: str) -> str:
    """A rolling score over the time shown: the newest window of each step, and NULL where none was computed.

    `where` and `counted`: as for `recent_scores`.
    A step is never shorter than the windows' own (10 s; 5 minutes for windows beyond an hour): every gap is real.
    """
    step = f"toIntervalSecond(greatest($__interval_s, if({WINDOW} > 3600, 300, 10)))"
    series = (
        f"window_s = {WINDOW} AND dimension = '{dimension}' AND member = '' AND {where} "
        "AND scale = ${scale:sqlstring} AND $__timeFilter(as_of)"
    )
    # Which windows are the newest of a step is found by their times alone: a month of scores is read for that only.
    return f"""\
SELECT time, newest.1 AS score, newest.2 AS lower, newest.3 AS upper, newest.4 AS n
FROM (
SELECT toStartOfInterval(toDateTime(s.as_of), {step}) AS time,
  argMax(tuple(s.value, s.lower, s.upper, toNullable(toFloat64(s.n))), (s.as_of, s.computed)) AS newest
FROM (
  SELECT as_of, value, lower, upper, n, computed_ms AS computed
  FROM scores
  WHERE {parts.ALL_OF_IT} AND {series} AND as_of IN (
    SELECT max(as_of)
    FROM scores
    WHERE {parts.ALL_OF_IT} AND {series}
    GROUP BY toStartOfInterval(toDateTime(as_of), {step})
  )
  UNION ALL
  SELECT as_of, value, lower, upper, n, 0 AS computed
  FROM (
{narrowed.line(f"scale = ${{scale:sqlstring}} AND {counted}")}
  )
  WHERE $__timeFilter(as_of)
) AS s
GROUP BY time
)
ORDER BY time WITH FILL STEP {step}"""


def alerts(columns: str, where: str) -> str:
    """Alerts as they last stood. `where` holds the time filter on `at`.

    The newest version by hand and not by FINAL: the table is ordered by id, and merging all of it for an hour's
    alerts would cost more with each month kept.
    """
    return f"""\
    SELECT {columns}
    FROM alerts
    WHERE {where}
    ORDER BY version DESC
    LIMIT 1 BY alert_id"""
