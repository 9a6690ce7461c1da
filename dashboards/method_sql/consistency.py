"""Derived consistency in SQL: how alike the mean experience of a touchpoint is over channels and weeks."""

from __future__ import annotations

from dashboards import sql
from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, counted
from streams.pure.method.consistency import ALONE, WORST_TAU

WEEK = "toInt64(intDiv(toUnixTimestamp(slice), 604800))"
"""Weeks of seven days since 1970 UTC, which begin on a Thursday: any seven days do."""


def consistency(where: str = ANYWHERE) -> str:
    """One row for each touchpoint with answers, by name: consistency (1..10), tau, cells compared."""
    tau, least, most = (f"sqrt(greatest(0., {end}))" for end in ("tau2", "tau2 - half", "tau2 + half"))

    def of(spread: str) -> str:
        return f"if(cells_compared = 0, NULL, 10 - 9 * least(1., {spread} / {WORST_TAU}))"

    return f"""\
SELECT touchpoint, {pieces.estimate("consistency", (of(tau), of(most), of(least)), "answers_compared", f"'{ALONE}'")},
  if(cells_compared = 0, NULL, {tau}) AS tau, toUInt64(cells_compared) AS cells
FROM (
SELECT touchpoint, sumIf(cells_of, told) AS cells_compared, sumIf(size, told) AS answers_compared,
  sumIf(size * spread, told) / answers_compared AS tau2,
  {sql.Z} * sqrt(sumIf(pow(size, 2) * variance, told)) / answers_compared AS half
FROM (
SELECT touchpoint, cells_of >= 2 AS told, cells_of, size,
  distances / cells_of - (cells_of - 1) / cells_of * noises / cells_of AS spread,
  (2 * (noises2 * (1 - 2 / cells_of) + pow(noises / cells_of, 2)) + 4 * distances_noises) / pow(cells_of, 2)
    AS variance
FROM (
SELECT touchpoint, aspect, countIf(several) AS cells_of, sumIf(answers, several) AS size,
  sumIf(noise, several) AS noises, sumIf(noise * noise, several) AS noises2,
  sumIf(pow(mean - middle, 2), several) AS distances, sumIf(pow(mean - middle, 2) * noise, several) AS distances_noises
FROM (
SELECT touchpoint, aspect, answers, several, mean, noise,
  avgIf(mean, several) OVER (PARTITION BY touchpoint, aspect) AS middle
FROM (
SELECT touchpoint, aspect, answers, answers >= 2 AS several, total / answers AS mean,
  if(answers < 2, 0., greatest(0., squares / answers - pow(total / answers, 2)) / (answers - 1)) AS noise
FROM (
SELECT p.touchpoint AS touchpoint, p.aspect AS aspect, p.channel AS channel, p.week AS week, sum(p.n) AS answers,
  sum(p.bin * p.n) AS total, sum(p.bin * p.bin * p.n) AS squares
FROM (
{
        counted(
            f"touchpoint, splitByChar('.', metric)[2] AS aspect, channel, {WEEK} AS week, bin, n",
            f"({where}) AND scale = 'rating-1-10' AND startsWith(metric, 'experience.') AND touchpoint != ''",
        )
    }
) AS p
GROUP BY touchpoint, aspect, channel, week
HAVING answers > 0
)))
GROUP BY touchpoint, aspect
))
GROUP BY touchpoint
)
ORDER BY touchpoint"""
