"""Delta in SQL: experience, expectation, satisfaction, importance and weighted satisfaction by aspect."""

from __future__ import annotations

from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, counted
from streams.pure.method.delta import ASPECTS, FAMILIES

NUMBERS = ("experience", "expectation", "satisfaction", "importance", "weighted")


def rows(where: str = ANYWHERE, *, target: str = ANYWHERE) -> str:
    """One row an aspect, in no order: aspect, and the five columns of each of NUMBERS.

    Args:
        where: whose answers.
        target: whose importance counts, beside `where`: the target segment.
    """
    parts = ", ".join(
        pieces.sums(f"{family}_", f"p.family = '{family}'" + (" AND p.targeted" if family == "importance" else ""))
        for family in FAMILIES
    )
    answers = counted(
        f"splitByChar('.', metric)[1] AS family, splitByChar('.', metric)[2] AS aspect, bin, box, n, "
        f"({target}) AS targeted",
        f"({where}) AND scale = 'rating-1-10'",
    )
    means = ", ".join(
        pieces.estimate(
            family,
            pieces.mean(f"{family}_n0", f"{family}_total", f"{family}_squares", "rating-1-10"),
            f"{family}_n0",
        )
        for family in FAMILIES
    )
    satisfaction, satisfied_n = pieces.difference("experience", "expectation")
    weighted, weighted_n = pieces.product("importance", "satisfaction")
    totals = ", ".join(f"{family}_n AS {family}_n0, {family}_total, {family}_squares" for family in FAMILIES)
    return f"""\
SELECT aspect, {pieces.columns("experience", "expectation", "satisfaction", "importance")},
  {pieces.estimate("weighted", weighted, weighted_n)}
FROM (
SELECT *, {pieces.estimate("satisfaction", satisfaction, satisfied_n)}
FROM (
SELECT aspect, {means}
FROM (
SELECT aspect, {totals}
FROM (
{
        pieces.each_of(
            "aspect",
            ASPECTS,
            f'''SELECT p.aspect AS aspect, {parts}
FROM (
{answers}
) AS p
GROUP BY aspect''',
        )
    }
))))"""


def delta(where: str = ANYWHERE, *, target: str = ANYWHERE) -> str:
    """Every aspect in the order of the contract, whether anybody spoke of it or not."""
    return f"SELECT *\nFROM (\n{rows(where, target=target)}\n)\nORDER BY {pieces.place_of('aspect', ASPECTS)}"
