"""Rolling scores of a part of a channel, summed from panes.

Why beside `scores`: what the stream computes is of whole channels. Where a stage, location or segment is chosen, the
same number is put together when it is asked for: windows of the same lengths, live answers of customers, and no raw
events. Nothing here is read as long as nothing is chosen.

A part may be very small: what fewer answers than `hiding.LEAST` say is not shown. Panes know no customers, and the
overview reads no events, so answers are counted here where other panels count customers: one customer who answers five
times in a window is shown.
"""

from __future__ import annotations

from dashboards import hiding, parts, sql

WINDOW = "${window:raw}"
SAID = "Of a stage, location or segment chosen, what very few answers say (answers, not customers) is hidden."
EMPTY = "no answers yet, or too few to be shown"
_ASKED = "metric IN ({})".format(", ".join(f"'{metric}'" for metric in sql.METRICS))
_COUNTS = (
    "sum(p.n) AS answers, sumIf(p.n, p.box = 1) AS tops, sumIf(p.n, p.box = 0) AS middle, "
    "sumIf(p.n, p.box = -1) AS bads, sum(p.bin * p.n) AS total, sum(p.bin * p.bin * p.n) AS squares"
)
_SUMS = ("answers", "tops", "middle", "bads", "total", "squares")
_TIERS = (
    ("panes_10s", f"{WINDOW} <= 3600 AND lane = 'live'", 10),
    # Minutes know no lanes; a day is long enough for late answers to be told there anyway.
    ("panes_1m", f"{WINDOW} > 3600", 60),
)
_VALUE, _LOWER, _UPPER = sql.score(
    metric="asked", scale="on_scale", n="answers", top="tops", bad="bads", total="total", squares="squares"
)


def _panes(columns: str, span: str, chosen: str) -> str:
    return "\n    UNION ALL\n".join(
        f"""\
    SELECT {columns.format(width_s=width_s)}
    FROM {table} FINAL
    WHERE {tier} AND NOT {parts.ALL_OF_IT} AND {span} AND respondent = 'customer' AND {_ASKED} AND {chosen}"""
        for table, tier, width_s in _TIERS
    )


def score_at(end: str, chosen: str, *, by_channel: bool) -> str:
    """Scores of the window that ends at a moment.

    Args:
        end: expression of the moment.
        chosen: condition on panes.
        by_channel: else of all channels chosen together, as channel ''.
    Returns:
        SQL with channel, metric, scale, n, top, neutral, bad, value, lower, upper; a row for what was answered.
    """
    channel = "p.channel" if by_channel else "''"
    span = f"slice >= {end} - toIntervalSecond({WINDOW}) AND slice < {end}"
    return f"""\
SELECT on_channel AS channel, asked AS metric, on_scale AS scale, answers AS n, tops AS top, middle AS neutral,
  bads AS bad, {_VALUE} AS value, {_LOWER} AS lower, {_UPPER} AS upper
FROM (
  SELECT {channel} AS on_channel, p.metric AS asked, p.scale AS on_scale, {_COUNTS}
  FROM (
{_panes("channel, metric, scale, bin, box, n", span, chosen)}
  ) AS p
  GROUP BY on_channel, asked, on_scale
  HAVING answers >= {hiding.LEAST}
)"""


def line(chosen: str) -> str:
    """A rolling score over the time shown: at the end of each slice in which somebody answered.

    Returns:
        SQL with as_of, value, lower, upper, n.
    """
    span = f"slice >= $__fromTime - toIntervalSecond({WINDOW}) AND slice < $__toTime"
    rolled = ", ".join(f"sum(each.{name}) OVER rolling AS {name}" for name in _SUMS)
    frame = f"{WINDOW} - if({WINDOW} > 3600, 60, 10)"
    return f"""\
SELECT as_of, {_VALUE} AS value, {_LOWER} AS lower, {_UPPER} AS upper, answers AS n
FROM (
  SELECT toDateTime(each.at_s, 'UTC') AS as_of, each.asked AS asked, each.on_scale AS on_scale, {rolled}
  FROM (
    SELECT p.end_s AS at_s, any(p.metric) AS asked, any(p.scale) AS on_scale, {_COUNTS}
    FROM (
{_panes("toUnixTimestamp(slice) + {width_s} AS end_s, metric, scale, bin, box, n", span, chosen)}
    ) AS p
    GROUP BY at_s
  ) AS each
  WINDOW rolling AS (ORDER BY each.at_s RANGE BETWEEN {frame} PRECEDING AND CURRENT ROW)
)
WHERE answers >= {hiding.LEAST}"""
