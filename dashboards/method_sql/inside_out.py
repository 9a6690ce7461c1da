"""Inside-out gap in SQL: what employees and managers think of our experience, minus what customers say."""

from __future__ import annotations

from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, counted
from streams.pure.method.delta import ASPECTS
from streams.pure.method.inside_out import OURSELVES

_WHO = ("customer", *OURSELVES)


def inside_out(where: str = ANYWHERE) -> str:
    """By aspect, then employee before manager: ours, theirs, gap, and the same of the share who say 9 or 10."""
    parts = ", ".join(pieces.sums(f"{who}_", f"p.respondent = '{who}'") for who in _WHO)
    answers = counted(
        "splitByChar('.', metric)[2] AS aspect, respondent, bin, box, n",
        f"({where}) AND scale = 'rating-1-10' AND startsWith(metric, 'experience.')",
        whose=f"respondent IN ({pieces.texts(_WHO)})",
    )
    per_group = (
        "arrayJoin(["
        + ", ".join(
            f"('{who}', {', '.join(f'{who}_{part}' for part in ('n', 'top', 'total', 'squares'))})" for who in OURSELVES
        )
        + "]) AS one"
    )
    ours = pieces.mean("n", "total", "squares", "rating-1-10")
    theirs = pieces.mean("customer_n", "customer_total", "customer_squares", "rating-1-10")
    gap, gap_n = pieces.difference("ours", "theirs")
    gap_top, gap_top_n = pieces.difference("ours_top", "theirs_top")
    return f"""\
SELECT aspect, respondent, {pieces.columns("ours", "theirs")}, {pieces.estimate("gap", gap, gap_n)},
  {pieces.columns("ours_top", "theirs_top")}, {pieces.estimate("gap_top", gap_top, gap_top_n)}
FROM (
SELECT aspect, respondent, {pieces.estimate("ours", ours, "n")}, {pieces.estimate("theirs", theirs, "customer_n")},
  {pieces.estimate("ours_top", pieces.share("top", "n"), "n")},
  {pieces.estimate("theirs_top", pieces.share("customer_top", "customer_n"), "customer_n")}
FROM (
SELECT aspect, customer_n, customer_top, customer_total, customer_squares, {per_group},
  one.1 AS respondent, one.2 AS n, one.3 AS top, one.4 AS total, one.5 AS squares
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
)))
ORDER BY {pieces.place_of("aspect", ASPECTS)}, respondent"""
