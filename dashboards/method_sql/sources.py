"""Where expectations come from, in SQL."""

from __future__ import annotations

from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, events
from streams.pure.method.sources import SOURCES


def sources(where: str = ANYWHERE) -> str:
    """All six sources in the order of the contract: part (0..1 of those who said where from) and height (1..10)."""
    asked = events(
        "JSONExtractString(detail, 'expectation_from') AS source, JSONExtractInt(detail, 'expectation') AS answer",
        ("rating",),
        f"({where}) AND JSONHas(detail, 'expectation')",
    )
    return f"""\
SELECT source, {pieces.estimate("part", pieces.share("answers", "known"), "known")},
  {pieces.estimate("height", pieces.mean("answers", "total", "squares", "rating-1-10"), "answers")}
FROM (
SELECT source, answers, total, squares, sum(answers) OVER () AS known
FROM (
{
        pieces.each_of(
            "source",
            SOURCES,
            f'''SELECT source, count() AS answers, sum(answer) AS total, sum(answer * answer) AS squares
FROM (
{asked}
)
GROUP BY source''',
        )
    }
))
ORDER BY {pieces.place_of("source", SOURCES)}"""
