"""Key drivers in SQL: which touchpoints move the overall score, with the same draws as the Python twin."""

from __future__ import annotations

from dashboards import sql
from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, events
from dashboards.panel import FEW_ANSWERS
from streams.pure.method.drivers import ALL_ALIKE, DRAWS, MAX_CUSTOMERS


def drivers(scale_id: str, overall_id: str = "nps-0-10", where: str = ANYWHERE) -> str:
    """The same of two scales named by id."""
    return drivers_of(f"'{scale_id}'", f"'{overall_id}'", where)


def drivers_of(scale: str, overall: str, where: str = ANYWHERE) -> str:
    """One row for each touchpoint with customers who answered both, first to mend first.

    Args:
        scale: scale id of the answers at touchpoints, as an expression: a text in quotes, or a variable.
        overall: of the overall score; answers on it count wherever they were given. Where it is the same scale, only
            answers given at no touchpoint: an answer is no reason for itself.
    """
    sign = sql.better_sign(scale)
    low, high = sql.bounds(scale)
    away = f"if({sign} > 0, {high} - level, level - {low})"
    answered = events(
        "customer, touchpoint, arrayZip(scales, bins) AS answers",
        (),
        f"({where}) AND customer != '' AND hasAny(scales, [{scale}, {overall}])",
    )
    why = f"multiIf(pairs_n < {FEW_ANSWERS}, 'few answers', '{ALL_ALIKE}')"
    hidden = f"if(n < {FEW_ANSWERS}, NULL, "
    related = (f"{hidden}value)", f"{hidden}low)", f"{hidden}high)")
    priority = f"if(ifNull(relation_lower, 0) <= 0, NULL, relation * ({away}) / ({high} - {low}))"
    return f"""\
WITH answered AS (
SELECT customer, touchpoint, answer.1 AS scale, answer.2 AS bin
FROM (
{answered}
)
ARRAY JOIN answers AS answer
),
pairs AS (
SELECT touchpoint, here, overall, number, count() OVER (PARTITION BY touchpoint) AS n
FROM (
SELECT touchpoint, here, overall, row_number() OVER (PARTITION BY touchpoint ORDER BY customer) - 1 AS number
FROM (
SELECT touchpoint, customer, avg(bin) AS here
FROM answered
WHERE scale = {scale} AND touchpoint != ''
GROUP BY touchpoint, customer
) AS there INNER JOIN (
SELECT customer, avg(bin) AS overall
FROM answered
WHERE scale = {overall} AND ({scale} != {overall} OR touchpoint = '')
GROUP BY customer
) AS whole USING (customer)
)
WHERE number < {MAX_CUSTOMERS}
),
lists AS (
SELECT touchpoint, arrayMap(one -> one.2, arraySort(groupArray((number, here)))) AS xs,
  arrayMap(one -> one.2, arraySort(groupArray((number, overall)))) AS ys
FROM pairs
WHERE n >= {FEW_ANSWERS}
GROUP BY touchpoint
),
drawn AS (
SELECT touchpoint, draw, xs[place] AS x, ys[place] AS y
FROM (
SELECT touchpoint, xs, ys, draw, {_place("draw", "number")} AS place
FROM (
SELECT touchpoint, xs, ys, length(xs) AS n, arrayJoin(range({DRAWS})) AS draw, arrayJoin(range(length(xs))) AS number
FROM lists
)
)
)
SELECT touchpoint, {pieces.columns("relation", "level")}, priority,
  toUInt8(isNotNull(priority) AND row_number() OVER (ORDER BY isNull(priority), priority DESC, touchpoint) = 1) AS first
FROM (
SELECT *, {priority} AS priority
FROM (
SELECT touchpoint, {pieces.estimate("relation", related, "n", why)},
  {pieces.estimate("level", pieces.mean_of("n", "mean_here", "spread_here"), "n")}
FROM (
SELECT touchpoint, n, n AS pairs_n, mean_here, spread_here, value, low, high
FROM (
SELECT touchpoint, count() AS n, avg(here) AS mean_here, varSampStable(here) AS spread_here
FROM pairs
GROUP BY touchpoint
) AS levels LEFT JOIN (
SELECT touchpoint, {sign} * value_all AS value, if({sign} > 0, low_all, -high_all) AS low,
  if({sign} > 0, high_all, -low_all) AS high
FROM (
{_correlated("SELECT touchpoint, 0 AS draw, here AS x, overall AS y FROM pairs", "any(rho) AS value_all")}
) AS plain INNER JOIN (
{
        _correlated(
            "SELECT * FROM drawn",
            "quantileExactInclusive(0.025)(rho) AS low_all, quantileExactInclusive(0.975)(rho) AS high_all",
        )
    }
) AS bootstrap USING (touchpoint)
) AS related USING (touchpoint)
)))
ORDER BY isNull(priority), priority DESC, touchpoint
SETTINGS join_use_nulls = 1"""


def _place(draw: str, number: str) -> str:
    """Which of n pairs is drawn, from 1: splitmix64 of a running number, as in the twin."""
    z = f"(toUInt64({draw}) * n + {number} + 1) * toUInt64({0x9E3779B97F4A7C15})"
    first = f"(bitXor({z}, bitShiftRight({z}, 30)) * toUInt64({0xBF58476D1CE4E5B9}))"
    return (
        f"arrayMap(a -> arrayMap(b -> bitXor(b, bitShiftRight(b, 31)) % n + 1, "
        f"[bitXor(a, bitShiftRight(a, 27)) * toUInt64({0x94D049BB133111EB})])[1], [{first}])[1]"
    )


def _correlated(rows: str, result: str) -> str:
    """Of (touchpoint, draw, x, y): correlation of middle ranks for each draw, then `result` over the draws."""

    def rank(name: str) -> str:
        return (
            f"rank() OVER (PARTITION BY touchpoint, draw ORDER BY {name}) "
            f"+ (count() OVER (PARTITION BY touchpoint, draw, {name}) - 1) / 2"
        )

    return f"""\
SELECT touchpoint, {result}
FROM (
SELECT touchpoint, draw, corrStable(a, b) AS rho
FROM (
SELECT touchpoint, draw, {rank("x")} AS a, {rank("y")} AS b
FROM (
{rows}
)
)
GROUP BY touchpoint, draw
)
WHERE NOT isNaN(rho)
GROUP BY touchpoint"""
