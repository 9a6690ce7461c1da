"""Key drivers in SQL: which touchpoints move the overall score, with the same draws as the Python twin."""

from __future__ import annotations

from dashboards import sql
from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, drawn
from dashboards.panel import FEW_ANSWERS
from streams.pure.method.drivers import ALL_ALIKE, DRAWS, MAX_CUSTOMERS

MOST_ANSWERS = 100_000
"""Of more answers on the two scales, those of customers drawn by lot: touchpoints need no more than MAX_CUSTOMERS."""


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
    why = f"multiIf(pairs_n < {FEW_ANSWERS}, 'few answers', '{ALL_ALIKE}')"
    related = (f"{sign} * value", f"if({sign} > 0, low, -high)", f"if({sign} > 0, high, -low)")
    priority = f"if(ifNull(relation_lower, 0) <= 0, NULL, relation * ({away}) / ({high} - {low}))"
    return f"""\
WITH (
{_lists(scale, overall, where)}
) AS lists
SELECT touchpoint, {pieces.columns("relation", "level")}, priority,
  toUInt8(isNotNull(priority) AND row_number() OVER (ORDER BY isNull(priority), priority DESC, touchpoint) = 1) AS first
FROM (
SELECT *, {priority} AS priority
FROM (
SELECT touchpoint, {pieces.estimate("relation", related, "pairs_n", why)},
  {pieces.estimate("level", pieces.mean_of("pairs_n", "mean_here", "spread_here"), "pairs_n")}
FROM (
SELECT touchpoint, length(xs) AS pairs_n, arrayAvg(xs) AS mean_here,
  arrayReduce('varSampStable', xs) AS spread_here, value, low, high
FROM (
{_EACH}
) AS levels LEFT JOIN (
{_related()}
) AS related USING (touchpoint)
)))
ORDER BY isNull(priority), priority DESC, touchpoint
SETTINGS join_use_nulls = 1"""


def _lists(scale: str, overall: str, where: str) -> str:
    """All touchpoints in one value: (touchpoint, means of the answers there, means of the overall ones).

    One value, since the store computes that once, and it is looked at more than once. The customers of a touchpoint
    are in the order of their pseudonyms.
    """
    answered = drawn(
        "customer, touchpoint, arrayZip(scales, bins) AS answers",
        f"({where}) AND customer != '' AND (has(scales, {scale}) OR has(scales, {overall}))",
        MOST_ANSWERS,
    )
    here = f"answer.1 = {scale} AND touchpoint != ''"
    whole = f"answer.1 = {overall} AND ({scale} != {overall} OR touchpoint = '')"
    return f"""\
SELECT groupArray((touchpoint, arrayMap(one -> one.2, pairs), arrayMap(one -> one.3, pairs)))
FROM (
SELECT there.1 AS touchpoint, arraySlice(arraySort(groupArray((customer, there.2, overall))), 1, {MAX_CUSTOMERS})
    AS pairs
FROM (
SELECT customer, sum(whole_total) / sum(whole_n) AS overall,
  arrayJoin(groupArrayIf((touchpoint, here_total / here_n), here_n > 0)) AS there
FROM (
SELECT customer, touchpoint, sumIf(answer.2, {here}) AS here_total, countIf({here}) AS here_n,
  sumIf(answer.2, {whole}) AS whole_total, countIf({whole}) AS whole_n
FROM (
{answered}
)
ARRAY JOIN answers AS answer
GROUP BY customer, touchpoint
)
GROUP BY customer
HAVING sum(whole_n) > 0
)
GROUP BY touchpoint
)"""


_EACH = "SELECT list.1 AS touchpoint, list.2 AS xs, list.3 AS ys FROM (SELECT arrayJoin(lists) AS list)"
_RHO = (
    "arrayMap((ab, aa, bb) -> ab / sqrt(toFloat64(aa) * toFloat64(bb)), sumForEach(ab), sumForEach(aa), sumForEach(bb))"
)


def _related() -> str:
    """Correlation of middle ranks (value) of each touchpoint of `lists`, and the ends of its bootstrap interval.

    All draws are computed side by side: `times` holds how often something was drawn in each, and first of all 1, for
    the customers as they are. Customers who answered alike are one row. A middle rank is reckoned by twice its distance
    from the mean rank, a whole number: twice those up to it, less those alike, less all.
    """

    def rank(name: str) -> str:
        alike = f"sumForEach(times) OVER (PARTITION BY touchpoint, {name})"
        up_to = f"sumForEach(times) OVER (PARTITION BY touchpoint ORDER BY {name})"
        return f"arrayMap((up_to, alike) -> 2 * toInt64(up_to) - toInt64(alike) - toInt64(n), {up_to}, {alike})"

    def squares(one: str, other: str) -> str:
        return f"arrayMap((w, a, b) -> toInt64(w) * a * b, times, {one}, {other})"

    def end(share: float) -> str:
        return f"if(empty(known), NULL, arrayReduce('quantileExactInclusive({share})', known))"

    return f"""\
SELECT touchpoint, if(isNaN(rho[1]), NULL, rho[1]) AS value, if(isNull(value), NULL, {end(0.025)}) AS low,
  if(isNull(value), NULL, {end(0.975)}) AS high
FROM (
SELECT touchpoint, rho, arrayFilter(one -> NOT isNaN(one), arrayPopFront(rho)) AS known
FROM (
SELECT touchpoint, {_RHO} AS rho
FROM (
SELECT touchpoint, {squares("rank_x", "rank_y")} AS ab, {squares("rank_x", "rank_x")} AS aa,
  {squares("rank_y", "rank_y")} AS bb
FROM (
SELECT touchpoint, times, {rank("x")} AS rank_x, {rank("y")} AS rank_y
FROM (
SELECT touchpoint, x, y, any(pairs.n) AS n, sumForEach(arrayPushFront(drawn.times, toUInt16(1))) AS times
FROM (
SELECT touchpoint, toUInt64(length(xs)) AS n, pair.1 AS x, pair.2 AS y, pair.3 AS number
FROM (
{_EACH}
)
ARRAY JOIN arrayZip(xs, ys, arrayEnumerate(xs)) AS pair
WHERE n >= {FEW_ANSWERS}
) AS pairs LEFT JOIN (
{_DRAWN}
) AS drawn ON pairs.n = drawn.n AND pairs.number = drawn.place
GROUP BY touchpoint, x, y
)))
GROUP BY touchpoint
))"""


_DRAWN = f"""\
SELECT n, place, groupArrayInsertAt(toUInt16(0), {DRAWS})(toUInt16(hits), draw) AS times
FROM (
SELECT n, draw, bitXor(b, bitShiftRight(b, 31)) % n + 1 AS place, count() AS hits
FROM (
SELECT n, draw, bitXor(a, bitShiftRight(a, 27)) * toUInt64({0x94D049BB133111EB}) AS b
FROM (
SELECT n, draw, bitXor(z, bitShiftRight(z, 30)) * toUInt64({0xBF58476D1CE4E5B9}) AS a
FROM (
SELECT n, draw, (draw * n + arrayJoin(range(n)) + 1) * toUInt64({0x9E3779B97F4A7C15}) AS z
FROM (
SELECT n, toUInt64(arrayJoin(range({DRAWS}))) AS draw
FROM (
SELECT DISTINCT toUInt64(length(xs)) AS n
FROM (
{_EACH}
)
WHERE n >= {FEW_ANSWERS}
)))))
GROUP BY n, draw, place
)
GROUP BY n, place"""
"""How often each of n customers is drawn in each draw, by splitmix64 of a running number, as in the twin; the same for
all touchpoints with as many customers."""
