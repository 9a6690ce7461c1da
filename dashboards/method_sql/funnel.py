"""Funnel plot in SQL: places against the whole, and the limits that places of their size stay within."""

from __future__ import annotations

from dashboards import sql
from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, ASKED, counted
from dashboards.panel import FEW_ANSWERS
from streams.pure.method.funnel import Z_OUTER

_SUMS = ("answers", "tops", "bads", "total", "squares")
ENDS = ("inner_low", "inner_high", "outer_low", "outer_high")
NO_REGION = "no region"
"""Where a place is whose region the catalogue does not name."""
REGIONS = (
    "SELECT name AS location, words AS region FROM targets WHERE kind = 'region' "
    "AND version = (SELECT max(version) FROM targets)"
)
"""Parents of the places, as the catalogue in force has them."""


def by_location(scale: str, where: str = ANYWHERE) -> str:
    """Counted answers of each place: location, region, metric, on_scale and sums.

    Args:
        scale: the scale id as an expression: a text in quotes, or a variable.
    """
    return f"""\
SELECT location, if(region = '', '{NO_REGION}', region) AS region, metric, on_scale, {", ".join(_SUMS)}
FROM (
SELECT p.location AS location, any(p.metric) AS metric, any(p.scale) AS on_scale, sum(p.n) AS answers,
  sumIf(p.n, p.box = 1) AS tops, sumIf(p.n, p.box = -1) AS bads, sum(p.bin * p.n) AS total,
  sum(p.bin * p.bin * p.n) AS squares
FROM (
{counted("location, metric, scale, bin, box, n", f"({where}) AND location != '' AND scale = {scale} AND {ASKED}")}
) AS p
GROUP BY location
HAVING answers > 0
) AS places LEFT JOIN (
{REGIONS}
) AS parents USING (location)"""


def by_region(places: str) -> str:
    """The same added up by region, from rows of `by_location`."""
    return f"""\
SELECT q.region AS region, any(q.metric) AS metric, any(q.on_scale) AS on_scale, count() AS places,
  {", ".join(f"sum(q.{name}) AS {name}" for name in _SUMS)}
FROM (
{places}
) AS q
GROUP BY region"""


LIMITED = ("spread_of_one", "lowest", "highest")
"""What the limits are made of: standard deviation of a single answer, and the ends of the score."""
_OWN = ("metric", "on_scale", "better", *LIMITED)


def funnel(name: str, places: str, keep: tuple[str, ...] = ()) -> str:
    """One row for each place, the surely worst first: columns of `Place.row()`.

    Args:
        name: the column of `places` that names a place.
        places: rows of `by_location` or `by_region`.
        keep: further columns of them, handed on as they are; or better (1, or -1 where lower is better) and LIMITED.
    """
    value = sql.score(
        metric="metric", scale="on_scale", n="answers", top="tops", bad="bads", total="total", squares="squares"
    )
    whole = sql.score(
        metric="metric", scale="on_scale", n="all_answers", top="all_tops", bad="all_bads", total="all_total",
        squares="all_squares",
    )[0]  # fmt: skip
    kept, brought = ("".join(f", {one}" for one in keep if one not in left_out) for left_out in ((), _OWN))
    enough = f"score_n >= {FEW_ANSWERS}"
    outside = "(score > inner_high) + (score > outer_high) - (score < inner_low) - (score < outer_low)"
    near = "multiIf(against = 0, score, better * against < 0, score_upper, score_lower)"
    order = f"against, score_n < {FEW_ANSWERS}, better * {near}, name"
    lowest, highest = _bounds("metric", "on_scale")
    return f"""\
SELECT name, {pieces.columns("score")}, whole, {", ".join(ENDS)}, toInt8(outside) AS outside,
  toInt8(against) AS against,
  if({enough}, toNullable(row_number() OVER (PARTITION BY {enough} ORDER BY {order})), NULL) AS rank{kept}
FROM (
SELECT *, if({enough}, ifNull(better * toInt8({outside}), 0), 0) AS outside,
  if({enough}, ifNull(better * toInt8((score_lower > whole) - (score_upper < whole)), 0), 0) AS against
FROM (
SELECT *, {_limits("score_n")}
FROM (
SELECT {name} AS name, metric, on_scale, {sql.better_sign("on_scale")} AS better,
  {pieces.estimate("score", value, "answers")}, assumeNotNull({whole}) AS whole,
  sqrt({_variance_of_one("metric", "all_")}) AS spread_of_one, {lowest} AS lowest, {highest} AS highest{brought}
FROM (
SELECT *, {", ".join(f"sum({one}) OVER () AS all_{one}" for one in _SUMS)}
FROM (
{places}
)))))
ORDER BY {order}"""


def limits(rows: str, steps: int = 60) -> str:
    """The limits as curves: columns line_n, whole and ENDS, from the smallest place to the largest.

    Args:
        rows: of `funnel`, with LIMITED kept.
        steps: points of a curve less one; closer together where the curves bend.
    """
    return f"""\
SELECT line_n, whole, {", ".join(ENDS)}
FROM (
SELECT *, {_limits("line_n")}
FROM (
SELECT whole, {", ".join(LIMITED)}, arrayJoin(range({steps + 1})) AS step,
  most * pow(fewest / most, 1 - step / {steps}) AS line_n
FROM (
SELECT any(r.whole) AS whole, {", ".join(f"any(r.{name}) AS {name}" for name in LIMITED)},
  greatest(1, 0.8 * min(r.score_n)) AS fewest, 1.15 * max(r.score_n) AS most
FROM (
{rows}
) AS r
WHERE isNotNull(r.spread_of_one)
HAVING count() > 0
)))
ORDER BY line_n"""


def _limits(n: str) -> str:
    """Columns ENDS of a place with n answers; NULL where the spread is unknown."""
    z = dict(zip(ENDS, (-sql.Z, sql.Z, -Z_OUTER, Z_OUTER), strict=True))
    return ", ".join(
        # Emptiness first: least() and greatest() skip NULL in newer ClickHouse.
        f"if(isNull(spread_of_one), NULL, "
        f"least(highest, greatest(lowest, whole + ({z[end]}) * spread_of_one / sqrt({n})))) AS {end}"
        for end in ENDS
    )


def _variance_of_one(metric: str, prefix: str) -> str:
    """Variance of a single answer in the unit of the score, from the sums of that prefix; NULL where unknown."""
    n, tops, bads, total, squares = (f"{prefix}{name}" for name in _SUMS)
    difference = f"((toInt64({tops}) - toInt64({bads})) / {n})"
    mean = f"({total} / {n})"
    return (
        f"multiIf({metric} = 'nps', 10000. * (({tops} + {bads}) / {n} - {difference} * {difference}), "
        f"{metric} = 'ces', if({n} < 2, NULL, greatest(0., {squares} / {n} - {mean} * {mean}) * {n} / ({n} - 1)), "
        f"10000. * ({tops} / {n}) * (1 - {tops} / {n}))"
    )


def _bounds(metric: str, scale: str) -> tuple[str, str]:
    """Lowest and highest possible score of a metric on a scale."""
    low, high = sql.bounds(scale)
    return (
        f"multiIf({metric} = 'ces', toFloat64({low}), {metric} = 'nps', -100., 0.)",
        f"if({metric} = 'ces', toFloat64({high}), 100.)",
    )
