"""What a period's report is made of in SQL: plain counts, from which streams/pure/method reckons the seven steps.

Why counts and not the finished numbers, as the boards have them: a report holds two periods against each other, and one
function for both keeps the steps in one place. `tests/store/test_report.py` holds what comes of it against the queries
of the boards.
"""

from __future__ import annotations

from dashboards import hiding, tables
from dashboards.method_sql import pieces, source
from dashboards.method_sql.source import ANYWHERE, ASKED, counted

_EXPERIENCE = "startsWith(metric, 'experience.')"

IDEALS = """\
SELECT name AS aspect, words, value
FROM targets FINAL
WHERE kind = 'ideal' AND version = (SELECT max(version) FROM targets)
ORDER BY aspect"""
"""One row for each ideal in force: aspect, words ('as_it_is' or ''), value (1..10 or NULL)."""

COUNTS = ("n", "top", "bad", "total", "squares")
"""Columns of counted answers, with `all_` in front: a SELECT must not name a sum like what it adds up."""


def ratings(where: str = ANYWHERE) -> str:
    """One row for each family and aspect that customers answered: family, aspect, and COUNTS."""
    columns = "splitByChar('.', metric)[1] AS family, splitByChar('.', metric)[2] AS aspect, bin, box, n"
    return f"""\
SELECT p.family AS family, p.aspect AS aspect, {pieces.sums("all_")}
FROM (
{counted(columns, f"({where}) AND scale = 'rating-1-10'")}
) AS p
GROUP BY family, aspect
HAVING all_n > 0
ORDER BY family, aspect"""


def experience_at(where: str = ANYWHERE) -> str:
    """One row for each aspect and touchpoint: aspect, touchpoint, COUNTS, and secret: too few to be shown."""
    secret = hiding.hidden(
        "touchpoint",
        counted=tables.panes("touchpoint, n", f"({where}) AND {_EXPERIENCE}"),
        asked=f"({where}) AND arrayExists(m -> startsWith(m, 'experience.'), metrics)",
    )
    columns = "splitByChar('.', metric)[2] AS aspect, touchpoint, bin, box, n"
    return f"""\
SELECT *, all_n < {hiding.LEAST} OR {secret} AS secret
FROM (
SELECT p.aspect AS aspect, p.touchpoint AS touchpoint, {pieces.sums("all_")}
FROM (
{counted(columns, f"({where}) AND scale = 'rating-1-10' AND {_EXPERIENCE}")}
) AS p
GROUP BY aspect, touchpoint
HAVING all_n > 0
)
ORDER BY aspect, touchpoint"""


def given(where: str = ANYWHERE) -> str:
    """Visits and purchases by the reason given: reason ('' without one), came."""
    return f"""\
SELECT reason, count() AS came
FROM (
{source.events("JSONExtractString(detail, 'reason') AS reason", ("visit", "purchase"), where)}
)
GROUP BY reason
ORDER BY reason"""


def sales(where: str = ANYWHERE) -> str:
    """One row for each currency that was paid in: currency, paid (purchases with an amount), amount."""
    bought = source.purchases("currency, amount", "$__fromTime", f"({where}) AND isNotNull(amount) AND currency != ''")
    return f"""\
SELECT currency, count() AS paid, sum(assumeNotNull(amount)) AS amount
FROM (
{bought}
)
GROUP BY currency
ORDER BY currency"""


def scores(where: str = ANYWHERE) -> str:
    """Answers to the three questions by channel: channel, metric, on_scale, and COUNTS."""
    return f"""\
SELECT p.channel AS channel, p.metric AS metric, p.scale AS on_scale, {pieces.sums("all_")}
FROM (
{counted("channel, metric, scale, bin, box, n", f"({where}) AND {ASKED}")}
) AS p
GROUP BY channel, metric, on_scale
HAVING all_n > 0
ORDER BY channel, metric, on_scale"""
