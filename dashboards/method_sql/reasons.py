"""Brand value in SQL: why customers come, by the reason given on visits and purchases."""

from __future__ import annotations

from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, events
from streams.pure.method.delta import ASPECTS


def reasons(where: str = ANYWHERE) -> str:
    """Every aspect in the order of the contract: part, 0..1 of those who gave a reason."""
    came = events("JSONExtractString(detail, 'reason') AS aspect", ("visit", "purchase"), where)
    return f"""\
SELECT aspect, {pieces.estimate("part", pieces.share("given", "known"), "known")}
FROM (
SELECT aspect, given, sum(given) OVER () AS known
FROM (
{
        pieces.each_of(
            "aspect",
            ASPECTS,
            f'''SELECT aspect, count() AS given
FROM (
{came}
)
GROUP BY aspect''',
        )
    }
))
ORDER BY {pieces.place_of("aspect", ASPECTS)}"""
