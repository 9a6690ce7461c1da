"""Actions in SQL: the change at treated touchpoints minus the change at the others, and what that is worth."""

from __future__ import annotations

from dashboards import sql
from dashboards.method_sql import pieces
from dashboards.method_sql.cost import inputs
from dashboards.method_sql.source import ANYWHERE, ASKED, counted
from streams.pure.method.actions import NO_COST, NO_MODEL, TOO_FEW_WEEKS

_WEEK = "toInt64(floor((toUnixTimestamp(p.slice) - toUnixTimestamp(a.at)) / 604800))"


def effects(weeks: int, where: str = ANYWHERE) -> str:
    """One row for each action, newest first: action_id, what, at, touchpoint, channel, cost, and the effect.

    Args:
        weeks: whole weeks compared on either side of the action, as far as the time shown has them.
    """
    net, negative = _change("net"), _change("negative")
    # Without an action nothing is read.
    near = (
        f"slice >= (SELECT min(at) FROM (\n{_ACTIONS}\n)) - toIntervalWeek({weeks}) "
        f"AND slice < (SELECT max(at) FROM (\n{_ACTIONS}\n)) + toIntervalWeek({weeks})"
    )
    return f"""\
SELECT action_id, what, at, touchpoint, channel, cost, {pieces.estimate("net", net, "treated", "why")},
  {pieces.estimate("negative", negative, "treated", "why")}, weeks_before, weeks_after, treated_share
FROM (
SELECT *, if(answers = 0, NULL, treated / answers) AS treated_share,
  '{TOO_FEW_WEEKS}' AS why, weeks_before + weeks_after - 2 AS degrees
FROM (
SELECT action_id, any(a.what) AS what, any(a.at) AS at, any(a.touchpoint) AS touchpoint, any(a.channel) AS channel,
  any(a.cost) AS cost, countIf(week < 0 AND usable) AS weeks_before, countIf(week >= 0 AND usable) AS weeks_after,
  sumIf(here, usable) AS treated, sumIf(here + there, usable) AS answers,
  {", ".join(_sums(name, side, test) for name in ("net", "negative") for side, test in _SIDES)}
FROM (
{_ACTIONS}
) AS a LEFT JOIN (
SELECT *, here > 0 AND there > 0 AS usable,
  100 * ((toInt64(here_top) - toInt64(here_bad)) / here - (toInt64(there_top) - toInt64(there_bad)) / there) AS net_gap,
  here_bad / here - there_bad / there AS negative_gap
FROM (
SELECT a.action_id AS action_id, {_WEEK} AS week, {_BOTH_SIDES}
FROM (
SELECT c.slice AS slice, c.channel AS channel, c.touchpoint AS touchpoint, c.box AS box, sum(c.n) AS n
FROM (
{counted("slice, channel, touchpoint, box, n", f"({where}) AND {ASKED} AND {near}")}
) AS c
GROUP BY slice, channel, touchpoint, box
) AS p CROSS JOIN (
{_ACTIONS}
) AS a
WHERE {_WEEK} >= -{weeks} AND {_WEEK} < {weeks}
  AND toUnixTimestamp(a.at) + ({_WEEK} + 1) * 604800 <= toUnixTimestamp($__toTime)
  AND toUnixTimestamp(a.at) + {_WEEK} * 604800 >= toUnixTimestamp($__fromTime)
GROUP BY action_id, week
)) AS w USING (action_id)
GROUP BY action_id
))
ORDER BY at DESC, action_id"""


def returns(weeks: int, where: str = ANYWHERE) -> str:
    """The rows of `effects`, each with saved and gain (five columns each) and rate, as `Return.row` has them."""
    lost, lost_n = pieces.product("negative", "per_loss")
    saved = tuple(f"-sales_here * {end}" for end in ("lost", "lost_upper", "lost_lower"))
    gain = tuple(f"(saved{end} - toFloat64(cost))" for end in ("", "_lower", "_upper"))
    why_saved = f"if(isNull(negative), negative_reason, '{NO_MODEL}')"
    why_gain = f"if(isNull(saved), saved_reason, '{NO_COST}')"
    return f"""\
SELECT action_id, what, at, touchpoint, channel, cost, {pieces.columns("net", "negative")}, weeks_before, weeks_after,
  treated_share, {pieces.columns("saved")}, {pieces.estimate("gain", (gain[0], gain[1], gain[2]), "saved_n", why_gain)},
  if(cost = 0, NULL, gain / cost) AS rate
FROM (
SELECT *, {pieces.estimate("saved", (saved[0], saved[1], saved[2]), "lost_n", why_saved)}
FROM (
SELECT *, {pieces.estimate("lost", lost, lost_n)}
FROM (
SELECT *, yearly_sales * treated_share AS sales_here, {_per_loss("")} AS per_loss,
  if(c_lost >= silent_lost, {_per_loss("_lower")}, {_per_loss("_upper")}) AS per_loss_lower,
  if(c_lost >= silent_lost, {_per_loss("_upper")}, {_per_loss("_lower")}) AS per_loss_upper,
  in_complaint_n AS per_loss_n
FROM (
SELECT *, if(isNull(complainers_at_risk) OR isNull(yearly_sales), NULL, complainers_lost) AS c_lost
FROM (
{effects(weeks, where)}
) AS changed CROSS JOIN (
{inputs(f"({where}) AND (SELECT count() FROM ({_ACTIONS})) > 0")}
) AS model
))))
ORDER BY at DESC, action_id"""


def _per_loss(end: str) -> str:
    """Share of the sales to somebody with a negative experience that is lost."""
    return f"(silent_lost + in_complaint{end} * (c_lost - silent_lost))"


_TREATED = "p.touchpoint = a.touchpoint AND (a.channel = '' OR p.channel = a.channel)"
_BOTH_SIDES = ", ".join(
    f"sumIf(p.n, {test} AND {box}) AS {side}{end}"
    for side, test in (("here", _TREATED), ("there", f"NOT ({_TREATED})"))
    for end, box in (("", "1"), ("_top", "p.box = 1"), ("_bad", "p.box = -1"))
)
_ACTIONS = """\
SELECT action_id, what, at, touchpoint, channel, cost
FROM actions FINAL
WHERE removed = 0 AND at >= $__fromTime AND at < $__toTime"""
_SIDES = (("before", "week < 0 AND usable"), ("after", "week >= 0 AND usable"))


def _sums(name: str, side: str, test: str) -> str:
    gap = f"{name}_gap"
    return f"avgIf({gap}, {test}) AS {name}_{side}, varPopStableIf({gap}, {test}) AS {name}_{side}_spread"


def _change(name: str) -> pieces.Number:
    told = "weeks_before >= 2 AND weeks_after >= 2"
    value = f"({name}_after - {name}_before)"
    squares = f"(weeks_before * {name}_before_spread + weeks_after * {name}_after_spread)"
    half = f"{sql.student_t('greatest(1, degrees)')} * sqrt({squares} / degrees * (1 / weeks_before + 1 / weeks_after))"
    return (
        f"if({told}, {value}, NULL)",
        f"if({told}, {value} - {half}, NULL)",
        f"if({told}, {value} + {half}, NULL)",
    )
