"""SQL of the alerts board: what stands, how it came to it, what keeps quiet, and whether the rules are worth it.

What an alert or a silence is, is worded in streams/edges/alerts_sql.py: the commands say the same. A number of an
alert is in the unit of its rule, so it is told in words.
"""

from __future__ import annotations

from dashboards import sql, words
from streams.edges import alerts_sql
from streams.edges.alerts_sql import AT_ONCE, LOOK_BACK_DAYS, ORDER, SILENCE, STANDING, place, texts

CHOSEN = "rule IN (${rule:sqlstring})"
BUDGET_DAYS = 28
"""Pages are counted over four weeks: one week of few pages says little."""
WAITS_S = 60
"""A sending not through for so long is late."""
HELD, TAKEN, TICKET, PAGE = 1, 2, 3, 4
"""States of the timeline; of several in one step the highest is drawn."""
_LOOK_BACK = f"toIntervalDay({LOOK_BACK_DAYS})"
_FROM, _TO = "$__fromTime", "$__toTime"
_CHOICE = "concat(formatDateTime(fired, '%Y-%m-%d %H:%i'), ' UTC · ', rule, ' · ', place, ' · ', alert_id)"
"""An alert as the drop-down offers it; its id stands last."""
_CHOSEN_ID = "splitByString(' · ', ${alert:sqlstring})[-1]"


def _number(value: str) -> str:
    return f"concat(printf('%.1f', assumeNotNull({value})), if(unit = '', '', concat(' ', unit)))"


_NUMBERS = f"""\
if(isNull(value), '', concat({_number("value")},
    if(isNull(lower) OR isNull(upper), '',
      concat(' (', printf('%.1f', assumeNotNull(lower)), ' to ', printf('%.1f', assumeNotNull(upper)), ')')),
    if(n = 0, '', concat(' · n ', toString(n))),
    if(isNull(baseline), '', concat(' · against ', {_number("baseline")}))))"""
_STATE = """\
concat(state, if(who = '', '', concat(', ', who, ' has it')),
    if(flaps = 0, '', concat(', came back ', toString(flaps), if(flaps = 1, ' time', ' times'))))"""

_STANDING = alerts_sql.standing(until=_TO)
_SILENCES = alerts_sql.silences(since=f"{_TO} - {_LOOK_BACK}", until=_TO)
_EPISODES = alerts_sql.episodes(since=f"{_FROM} - {_LOOK_BACK}", until=_TO)

RULES = f"""\
SELECT DISTINCT rule AS name FROM alert_history
WHERE at > now() - {_LOOK_BACK} AND rule != '' AND kind != '{SILENCE}'
ORDER BY name"""

ALERTS = f"""\
SELECT {_CHOICE} AS name
FROM (
{alerts_sql.episodes(since=f"now() - {_LOOK_BACK}", until="now() + toIntervalMinute(1)")}
)
ORDER BY state IN ({texts(STANDING)}) AND kind NOT IN ({texts(AT_ONCE)}) DESC, held != '', severity != 'page',
  fired DESC, alert_id
LIMIT 200"""

GLANCE = f"""\
SELECT tile.1 AS title, tile.2 AS shown, tile.3 AS note
FROM (
  SELECT arrayJoin([
    ('pages that stand', toString(pages), concat(toString(taken), ' taken')),
    ('tickets that stand', toString(tickets), ''),
    ('held back', toString(held_back), why_held),
    ('silences in force', toString(quiet), concat(toString(soon), ' to end within the hour')),
    ('sendings not through', toString(waiting), concat(toString(refused), ' refused'))
  ]) AS tile
  FROM (
    SELECT countIf(severity = 'page' AND held = '') AS pages, countIf(severity = 'page' AND held = '' AND who != '')
        AS taken, countIf(severity != 'page' AND held = '') AS tickets, countIf(held != '') AS held_back,
      arrayStringConcat(arrayMap(name -> concat(toString(countEqual(all_held, name)), ' ', name),
        arraySort(arrayDistinct(groupArrayIf(held, held != '') AS all_held))), ', ') AS why_held
    FROM (
{_STANDING}
    )
  ) AS stands
  CROSS JOIN (
    SELECT countIf(isNull(ended) AND starts <= {_TO} AND ends > {_TO}) AS quiet,
      countIf(isNull(ended) AND starts <= {_TO} AND ends > {_TO} AND ends <= {_TO} + toIntervalHour(1)) AS soon
    FROM (
{_SILENCES}
    )
  ) AS silent
  CROSS JOIN (
    SELECT countIf(state IN ('trying', 'failed')) AS waiting, countIf(state = 'refused') AS refused
    FROM deliveries FINAL
    WHERE $__timeFilter(at)
  ) AS sent
)"""

STAND = f"""\
SELECT severity, fired, place, rule, {_NUMBERS} AS numbers, round(harm) AS harm_so_far, round(harm_ahead) AS ahead,
  {_STATE} AS state_shown, if(held = '', '', concat(held, ': ', held_why)) AS held_shown, {_CHOICE} AS choice,
  alert_id, state, held
FROM (
{alerts_sql.standing(until=_TO, where=CHOSEN)}
)
ORDER BY {alerts_sql.WORST_FIRST}
LIMIT 200"""

_STEP = "$__interval_s"
_FIRST, _LAST = (f"intDiv(toUInt32(toUnixTimestamp({end})), {_STEP})" for end in (_FROM, _TO))
# An alert that is held as soon as it fires woke nobody in between.
_SPANS = f"""\
    SELECT name, multiIf(NOT stands, 0, if(before = 'pending', next_held, held) != '', {HELD},
        state = 'acknowledged', {TAKEN}, severity = 'page', {PAGE}, {TICKET}) AS code,
      toUInt32(toUnixTimestamp(at)) AS starts, toUInt32(toUnixTimestamp(if(once, at, greatest(at, next)))) AS ends
    FROM (
      SELECT concat({place()}, ' · ', rule) AS name, at, state, before, held, severity,
        state IN ({texts(STANDING)}) AS stands, kind IN ({texts(AT_ONCE)}) AS once,
        leadInFrame(at, 1, toDateTime64({_TO}, 3, 'UTC')) OVER steps AS next,
        leadInFrame(held, 1, held) OVER steps AS next_held
      FROM alert_history FINAL
      WHERE at > {_FROM} - {_LOOK_BACK} AND at <= {_TO} AND said = '' AND kind != '{SILENCE}' AND {CHOSEN}
      WINDOW steps AS (PARTITION BY alert_id ORDER BY {ORDER} ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
    )
    WHERE code > 0 AND ends >= toUnixTimestamp({_FROM}) AND (once OR ends > starts)"""
TIMELINE = f"""\
SELECT time, name, max(code) AS state
FROM (
  SELECT toDateTime(arrayJoin(range(greatest(intDiv(starts, {_STEP}), {_FIRST}), least(intDiv(ends, {_STEP}), {_LAST})
    + 1)) * {_STEP}, 'UTC') AS time, name, code
  FROM (
{_SPANS}
  )
  UNION ALL
  SELECT toDateTime(arrayJoin(range({_FIRST}, {_LAST} + 1)) * {_STEP}, 'UTC') AS time, name, 0 AS code
  FROM (
{_SPANS}
  )
)
WHERE name IN (
  SELECT name FROM (
{_SPANS}
  )
  GROUP BY name
  ORDER BY max(ends) DESC, max(code) DESC, name
  LIMIT 30
)
GROUP BY time, name
ORDER BY time, name"""

WHY = f"""\
SELECT at, multiIf(said != '', concat('called ', said), send != '', concat('sent as ', send),
    held != '' AND state = before, concat('held, ', held), state = before, 'not held any more',
    concat(before, ' to ', state)) AS what,
  {_NUMBERS} AS numbers, if(until > since, concat(formatDateTime(since, '%Y-%m-%d %H:%i:%S'), ' to ',
    if(toDate(since) = toDate(until), '', concat(toString(toDate(until)), ' ')), formatDateTime(until, '%H:%i:%S'),
    ' UTC'), '') AS of_time, if(toUnixTimestamp(until) = 0, NULL, round(harm)) AS harm_so_far, why, who, page_id
FROM alert_history FINAL
WHERE alert_id = {_CHOSEN_ID} AND at > {_FROM} - {_LOOK_BACK} AND at <= {_TO} + {_LOOK_BACK}
ORDER BY {ORDER}"""

SILENCES = f"""\
SELECT multiIf(isNotNull(ended), 'ended', ends <= {_TO}, 'over', starts > {_TO}, 'to come',
    ends <= {_TO} + toIntervalHour(1), 'ends soon', 'in force') AS silence_state,
  owner, reason, if(rule = '', 'any rule', rule) AS of_rule, if(empty(scope), 'all', place) AS of_place, ends,
  alerts, matched_at, if(isNull(ended), '', ended_why) AS over_why, silence_id
FROM (
{_SILENCES}
)
WHERE (isNull(ended) AND ends >= {_FROM}) OR ended >= {_FROM}
ORDER BY indexOf(['ends soon', 'in force', 'to come', 'ended', 'over'], silence_state), ends, silence_id
LIMIT 100"""

# The last word said of an alert counts; it is asked for by alert, since a word carries no rule.
_WORDS = """\
    SELECT alert_id, argMax(said, (told_at, position)) AS word
    FROM alert_history FINAL
    WHERE said != '' AND {time}
    GROUP BY alert_id"""
_RULE_OF = """\
    SELECT alert_id, anyIf(rule, rule != '') AS of_rule
    FROM alert_history
    WHERE {time}
    GROUP BY alert_id"""
_MONTH = f"at > {_TO} - toIntervalDay({BUDGET_DAYS}) AND at <= {_TO}"
_EXPECTED = f"promised * {BUDGET_DAYS} / 30"
BUDGET = f"""\
SELECT rule, pages_7d, a_week, tickets, useless, promised,
  multiIf(useless > ifNull({_EXPECTED} + 2 * sqrt({_EXPECTED}), inf), 'more useless than promised',
    pages_28d >= 4 AND a_week > 2 * usual, concat('noisy: ', printf('%.1f', a_week / usual), 'x the median rule'),
    pages_28d = 0, 'no page', 'within') AS verdict
FROM (
  SELECT *, pages_28d * 7 / {BUDGET_DAYS} AS a_week, quantileExactIf(0.5)(pages_28d, pages_28d > 0) OVER () * 7
    / {BUDGET_DAYS} AS usual
  FROM (
    SELECT p.rule AS rule, countIf(p.send IN ('page', 'repeat')) AS pages_28d,
      countIf(p.send IN ('page', 'repeat') AND p.at > {_TO} - toIntervalDay(7)) AS pages_7d,
      countIf(p.send = 'ticket') AS tickets, uniqExactIf(p.alert_id, w.word = 'useless') AS useless,
      argMax(JSONExtract(p.page, 'promised', 'Nullable(Float64)'), p.at) AS promised
    FROM (
      SELECT rule, alert_id, send, at, page FROM pages FINAL WHERE {_MONTH} AND NOT shadow
    ) AS p
    LEFT JOIN (
{_WORDS.format(time=_MONTH)}
    ) AS w ON p.alert_id = w.alert_id
    GROUP BY p.rule
  )
)
WHERE {CHOSEN}
ORDER BY a_week DESC, tickets DESC, rule
LIMIT 200"""

_LOW, _HIGH = sql.wilson("useful", "judged")
USEFULNESS = f"""\
SELECT rule, {words.number("precision", times=100, unit=" %")} AS precision_shown, useful, useless, unjudged,
  precision AS precision_exact
FROM (
  SELECT s.rule AS rule, countIf(w.word = 'useful') AS useful, countIf(w.word = 'useless') AS useless,
    useful + useless AS judged, countIf(w.word = '') AS unjudged, 'nobody said' AS precision_reason,
    judged AS precision_n, if(judged = 0, NULL, useful / judged) AS precision, {_LOW} AS precision_lower,
    {_HIGH} AS precision_upper
  FROM (
    SELECT DISTINCT r.of_rule AS rule, r.alert_id AS alert_id
    FROM (
{_RULE_OF.format(time=f"at > {_FROM} - {_LOOK_BACK} AND at <= {_TO}")}
    ) AS r
    WHERE r.of_rule != '' AND r.alert_id IN (
      SELECT alert_id FROM pages FINAL WHERE $__timeFilter(at) AND send IN ('page', 'ticket') AND NOT shadow
      UNION DISTINCT
      SELECT alert_id FROM alert_history FINAL WHERE $__timeFilter(at) AND said != ''
    )
  ) AS s
  LEFT JOIN (
{_WORDS.format(time="$__timeFilter(at)")}
  ) AS w ON s.alert_id = w.alert_id
  GROUP BY s.rule
)
WHERE {CHOSEN}
ORDER BY isNull(precision_exact), precision_exact, judged DESC, rule
LIMIT 200"""

FLAPS = f"""\
SELECT place, rule, max(flaps) AS back, uniqExact(alert_id) AS episodes, max(fired) AS last_fired,
  argMax({_CHOICE}, fired) AS choice
FROM (
{_EPISODES}
)
WHERE fired >= {_FROM} AND {CHOSEN}
GROUP BY place, rule
HAVING back > 0
ORDER BY back DESC, last_fired DESC, place, rule
LIMIT 50"""

DELIVERIES = f"""\
SELECT d.state AS delivery, d.receiver AS receiver, d.tries AS attempts, d.error AS trouble, d.at AS last_try,
  dateDiff('second', if(p.page_id = '', d.at, p.at), {_TO}) AS waits_s, d.rule AS rule,
  if(p.headline = '', d.rule, p.headline) AS headline, d.page_id AS page_id
FROM (
  SELECT * FROM deliveries FINAL WHERE $__timeFilter(at) AND state != 'delivered' AND {CHOSEN}
) AS d
LEFT JOIN (
  SELECT page_id, at, headline FROM pages FINAL WHERE at > {_FROM} - {_LOOK_BACK} AND at <= {_TO}
) AS p ON d.page_id = p.page_id
ORDER BY d.state = 'refused', waits_s DESC, page_id, receiver
LIMIT 100"""

SENT = f"""\
SELECT p.at AS at, p.send AS send, p.headline AS headline, p.rule AS rule,
  if(d.receivers = 0, 'no receiver reported', concat(toString(d.through), ' of ', toString(d.receivers),
    if(d.missing = '', ' told', concat(' told, not ', d.missing)))) AS told, p.page_id AS page_id
FROM (
  SELECT page_id, at, send, headline, rule FROM pages FINAL WHERE $__timeFilter(at) AND NOT shadow AND {CHOSEN}
) AS p
LEFT JOIN (
  SELECT page_id, count() AS receivers, countIf(state = 'delivered') AS through,
    arrayStringConcat(arraySort(groupArrayIf(receiver, state != 'delivered')), ', ') AS missing
  FROM deliveries FINAL
  WHERE at > {_FROM} AND at <= {_TO} + {_LOOK_BACK}
  GROUP BY page_id
) AS d ON p.page_id = d.page_id
ORDER BY at DESC, page_id
LIMIT 100"""

SHADOW = f"""\
SELECT at, send, rule, headline, body, page_id
FROM pages FINAL
WHERE $__timeFilter(at) AND shadow AND {CHOSEN}
ORDER BY at DESC, page_id
LIMIT 100"""
