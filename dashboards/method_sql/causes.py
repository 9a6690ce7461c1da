"""Touchpoints behind an aspect in SQL, worst first."""

from __future__ import annotations

from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, counted
from dashboards.panel import FEW_ANSWERS


def rows(where: str = ANYWHERE) -> str:
    """One row for each aspect and touchpoint with answers, in no order: aspect, touchpoint, experience."""
    mean = pieces.mean("answers", "total", "squares", "rating-1-10")
    asked = f"({where}) AND scale = 'rating-1-10' AND startsWith(metric, 'experience.')"
    return f"""\
SELECT aspect, touchpoint, {pieces.estimate("experience", mean, "answers")}
FROM (
SELECT p.aspect AS aspect, p.touchpoint AS touchpoint, sum(p.n) AS answers, sum(p.bin * p.n) AS total,
  sum(p.bin * p.bin * p.n) AS squares
FROM (
{counted("splitByChar('.', metric)[2] AS aspect, touchpoint, bin, n", asked)}
) AS p
GROUP BY aspect, touchpoint
HAVING answers > 0
)"""


ORDER = f"experience_n < {FEW_ANSWERS}, ifNull(experience_upper, 10), touchpoint"
"""The surely worst first; few answers last."""


def causes(aspect: str, where: str = ANYWHERE) -> str:
    """One row for each touchpoint with answers about an aspect, the surely worst first: touchpoint, experience.

    Args:
        aspect: a quoted text or a variable.
    """
    return f"""\
SELECT touchpoint, {pieces.columns("experience")}
FROM (
{rows(where)}
)
WHERE aspect = {aspect}
ORDER BY {ORDER}"""
