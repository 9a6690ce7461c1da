"""SQL of alerts and silences that the commands and the boards share: one account, worded once.

All of it is read from `alert_history`, where each step of each alert lies as a row. FINAL, since a step may have been
written again after a crash. Times of the statements are given as SQL expressions: the boards have macros there.

A trap kept out on purpose: argMax skips NULL, so numbers that may be unknown travel as one tuple.
"""

from __future__ import annotations

STANDING = ("firing", "acknowledged", "recovering")
"""States in which people should know of an alert."""
AT_ONCE = ("bad_answer", "heartbeat")
"""Kinds that are over as soon as they are told: they never stand."""
SILENCE = "silence"
"""Kind of the rows that tell a silence's life."""
LOOK_BACK_DAYS = 60
"""An alert that stands longer than this without a single step is not found among those that stand."""
ORDER = "told_at, position"
"""In which steps follow each other: those that follow from answers carry the time of the answers, which lags."""
WORST_FIRST = "held != '', severity != 'page', harm + harm_ahead DESC, fired, alert_id"
_LAST = f"({ORDER})"
_FACTS = ("value", "baseline", "lower", "upper", "n", "bad", "since", "until", "harm", "harm_ahead")


def place(scope: str = "scope") -> str:
    """Where an alert is, in words: its scope's names."""
    return f"if(empty({scope}), 'all channels', arrayStringConcat(mapValues({scope}), ' / '))"


def texts(values: tuple[str, ...]) -> str:
    """Quoted, with commas."""
    return ", ".join(f"'{value}'" for value in values)


def episodes(*, since: str, until: str, where: str = "1") -> str:
    """One row an alert as it stood at a moment, those under suspicion only left out.

    Columns: alert_id, rule, kind, scope, place, state, severity, fired (when it began to stand), at (of the last step),
    held, held_why, who (has it), metric, scale, unit, value, baseline, lower, upper, n, bad, since, until (of the
    numbers), harm, harm_ahead, verdict, flaps, group_id, sent (last sending), why (of the last step that has one of its
    own numbers), word (useful, useless or '').

    Args:
        since, until: (since, until] of the steps, as SQL; `until` is the moment.
        where: further condition on the rows of an alert, on what all of them have: its id.
    """
    life = "said = ''"
    facts = f"argMaxIf(tuple({', '.join(_FACTS)}), {_LAST}, {life} AND toUnixTimestamp(until) > 0)"
    names = ", ".join(f"facts.{index} AS {name}" for index, name in enumerate(_FACTS, start=1))
    acknowledged = "state = 'acknowledged' AND (who != '' OR startsWith(why, 'acknowledged by '))"
    return f"""\
SELECT alert_id, a_rule AS rule, a_kind AS kind, a_scope AS scope, {place("a_scope")} AS place, last_state AS state,
  last_severity AS severity, first_fired AS fired, last_at AS at, last_held AS held,
  if(last_held = '', '', last_held_why) AS held_why, has_it AS who, a_metric AS metric, a_scale AS scale,
  a_unit AS unit, {names}, last_verdict AS verdict, most_flaps AS flaps, a_group AS group_id, last_sent AS sent,
  last_why AS why, last_word AS word
FROM (
  SELECT alert_id, anyIf(rule, rule != '') AS a_rule, anyIf(kind, kind != '') AS a_kind,
    anyIf(scope, {life}) AS a_scope,
    argMaxIf(state, {_LAST}, {life}) AS last_state, argMaxIf(severity, {_LAST}, severity != '') AS last_severity,
    minIf(at, {life} AND state IN ({texts(STANDING)})) AS first_fired, maxIf(at, {life}) AS last_at,
    argMaxIf(held, {_LAST}, {life}) AS last_held,
    argMaxIf(why, {_LAST}, {life} AND held != '' AND send = '' AND state = before) AS last_held_why,
    argMaxIf(if(who != '', who, replaceOne(why, 'acknowledged by ', '')), {_LAST}, {life} AND {acknowledged})
      AS has_it,
    anyIf(metric, metric != '') AS a_metric, anyIf(scale, scale != '') AS a_scale, anyIf(unit, unit != '') AS a_unit,
    {facts} AS facts, argMaxIf(verdict, {_LAST}, verdict != '') AS last_verdict, max(flaps) AS most_flaps,
    argMaxIf(group, {_LAST}, group != '') AS a_group, argMaxIf(send, {_LAST}, send != '') AS last_sent,
    argMaxIf(why, {_LAST}, {life} AND (state != before OR send != '')) AS last_why,
    argMaxIf(said, {_LAST}, said != '') AS last_word,
    countIf({life} AND state IN ({texts(STANDING)})) AS stood
  FROM alert_history FINAL
  WHERE at > {since} AND at <= {until} AND kind != '{SILENCE}' AND {where}
  GROUP BY alert_id
)
WHERE stood > 0"""


def standing(*, until: str, where: str = "1") -> str:
    """The alerts that stand at a moment, worst first: what is not held, what wakes, then by harm. Columns: episodes.

    Those of rules in shadow are nobody's to act on, and left out.

    Args:
        where: further condition on these columns.
    """
    found = episodes(since=f"{until} - toIntervalDay({LOOK_BACK_DAYS})", until=until)
    return f"""\
SELECT *
FROM (
{found}
)
WHERE state IN ({texts(STANDING)}) AND kind NOT IN ({texts(AT_ONCE)}) AND held != 'shadow' AND {where}
ORDER BY {WORST_FIRST}"""


def silences(*, since: str, until: str) -> str:
    """One row a silence whose life was told in (since, until], the one that ends first in front.

    Columns: silence_id, owner, reason, rule, scope, place, starts, ends, ended (NULL: not yet), ended_why, matched_at
    (NULL: never), alerts (that it held).
    """
    own = f"kind = '{SILENCE}'"
    return f"""\
SELECT silence_id, owner, reason, s_rule AS rule, s_scope AS scope, {place("s_scope")} AS place, starts, ends,
  if(over, over_at, NULL) AS ended, over_why AS ended_why, if(alerts > 0, held_at, NULL) AS matched_at, alerts
FROM (
  SELECT alert_id AS silence_id, argMin(who, {_LAST}) AS owner, argMin(why, {_LAST}) AS reason, any(rule) AS s_rule,
    any(scope) AS s_scope, argMin(since, {_LAST}) AS starts, argMin(until, {_LAST}) AS ends,
    countIf(state = 'resolved') > 0 AS over, minIf(at, state = 'resolved') AS over_at,
    argMinIf(why, {_LAST}, state = 'resolved') AS over_why
  FROM alert_history FINAL
  WHERE at > {since} AND at <= {until} AND {own}
  GROUP BY alert_id
) AS told
LEFT JOIN (
  SELECT splitByChar(' ', why)[2] AS silence_id, uniqExact(alert_id) AS alerts, max(at) AS held_at
  FROM alert_history FINAL
  WHERE at > {since} AND at <= {until} AND kind != '{SILENCE}' AND held = 'silenced' AND startsWith(why, 'silence ')
  GROUP BY silence_id
) AS matched ON told.silence_id = matched.silence_id
ORDER BY over, ends, silence_id"""
