"""Segments in SQL: the score of each, and all together with each counting as the target file says."""

from __future__ import annotations

from dashboards import sql
from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, ASKED, counted
from streams.pure.method.segments import NO_WEIGHTS, NOBODY_WEIGHTED, ROUNDED

WEIGHTS = (
    "SELECT name AS segment, assumeNotNull(value) AS weight FROM targets WHERE kind = 'segment' "
    "AND version = (SELECT max(version) FROM targets)"
)
"""Weights of the target file in force."""
_SUMS = ("answers", "tops", "bads", "total", "squares")
_ALL = f"(SELECT sum(weight) FROM ({WEIGHTS}))"


def counts(where: str = ANYWHERE) -> str:
    """Counted answers by segment and scale: segment, metric, on_scale, answers, tops, bads, total, squares."""
    return f"""\
SELECT p.segment AS segment, p.metric AS metric, p.scale AS on_scale, sum(p.n) AS answers,
  sumIf(p.n, p.box = 1) AS tops, sumIf(p.n, p.box = -1) AS bads, sum(p.bin * p.n) AS total,
  sum(p.bin * p.bin * p.n) AS squares
FROM (
{counted("segment, metric, scale, bin, box, n", f"({where}) AND {ASKED}")}
) AS p
GROUP BY segment, metric, on_scale
HAVING answers > 0"""


def segments(where: str = ANYWHERE) -> str:
    """One row for each segment and scale: segment, metric, on_scale, weight (NULL: none), and the five of score.

    Column every is the plain score of all segments together on that scale.
    """
    every = ", ".join(f"sum({name}) OVER (PARTITION BY on_scale) AS all_{name}" for name in _SUMS)
    return f"""\
SELECT segment, metric, on_scale, if(weight = 0, NULL, weight) AS weight,
  {pieces.estimate("score", _plain(), "answers")}, assumeNotNull({_plain("all_")[0]}) AS every
FROM (
SELECT *, {every}
FROM (
{counts(where)}
)) AS answered LEFT JOIN (
{WEIGHTS}
) AS decided USING (segment)
ORDER BY on_scale, segment"""


def whole(where: str = ANYWHERE) -> str:
    """One row for each scale: metric, on_scale, and columns of `Whole.row()`."""
    found = ", ".join(
        f"sum(weight * {column} / answers) / known AS {name}"
        for name, column in (("w_top", "tops"), ("w_bad", "bads"), ("w_mean", "total"), ("w_square", "squares"))
    )
    why = f"if(isNull({_ALL}) OR {_ALL} = 0, '{NO_WEIGHTS}', '{NOBODY_WEIGHTED}')"
    return f"""\
SELECT metric, on_scale, {pieces.estimate("plain", _plain("all_"), "all_answers")},
  {pieces.estimate("weighted", _weighted(), "toUInt64(floor(ifNull(eff, 0.)))", why)},
  ifNull(eff, 0.) AS n_eff, if(ifNull({_ALL}, 0) = 0, NULL, known / {_ALL}) AS covered,
  arrayStringConcat(arraySort(arrayFilter(one -> NOT has(heard, one), (SELECT groupArray(segment) FROM ({WEIGHTS})))),
    ', ') AS missing,
  unweighted_n
FROM (
SELECT *, if(known = 0, NULL, round(known * known / spread, {ROUNDED})) AS eff
FROM (
SELECT metric, on_scale, sum(weight) AS known, {found}, sum(weight * weight / answers) AS spread,
  groupArrayIf(segment, weight > 0) AS heard, sumIf(answers, weight = 0) AS unweighted_n,
  sum(answers) AS all_answers, sum(tops) AS all_tops, sum(bads) AS all_bads, sum(total) AS all_total,
  sum(squares) AS all_squares
FROM (
SELECT segment, metric, on_scale, weight, answers, tops, bads, total, squares
FROM (
{counts(where)}
) AS answered LEFT JOIN (
{WEIGHTS}
) AS decided USING (segment)
)
GROUP BY metric, on_scale
)
)
ORDER BY on_scale"""


def _plain(prefix: str = "") -> pieces.Number:
    return sql.score(
        metric="metric",
        scale="on_scale",
        n=f"{prefix}answers",
        top=f"{prefix}tops",
        bad=f"{prefix}bads",
        total=f"{prefix}total",
        squares=f"{prefix}squares",
    )


def _weighted() -> pieces.Number:
    """From shares and means of weighted answers, worth `eff` plain ones; NULL where eff is."""
    low, high = sql.bounds("on_scale")
    share = sql.wilson("least(eff, w_top * eff)", "eff")
    net = sql.adjusted_wald("w_top * eff", "w_bad * eff", "eff")
    mean = sql.mean_interval("eff", "(w_mean * eff)", "(w_square * eff)", low, high)

    def by_metric(nps: str, ces: str, csat: str) -> str:
        return f"if(isNull(eff), NULL, multiIf(metric = 'nps', {nps}, metric = 'ces', {ces}, {csat}))"

    return (
        by_metric("100 * (w_top - w_bad)", "w_mean", "100 * w_top"),
        by_metric(f"100 * {net[0]}", mean[0], f"100 * {share[0]}"),
        by_metric(f"100 * {net[1]}", mean[1], f"100 * {share[1]}"),
    )
