"""Return rate in SQL, from the purchases of every customer as far back as they are kept."""

from __future__ import annotations

from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, purchases


def returns(within_days: int | str, where: str = ANYWHERE, *, time_zone: str = "UTC") -> str:
    """One row: rate of those whose first purchase lies in the time shown, at least D days before its end.

    Args:
        within_days: D >= 1; or a variable that holds it.
        time_zone: whose days are meant; an IANA name.
    """
    day = f"toDate(occurred_at, '{time_zone}')"
    today = f"toDate($__toTime, '{time_zone}')"
    return f"""\
SELECT {pieces.estimate("rate", pieces.share("back", "old"), "old")}, too_young
FROM (
SELECT countIf(age >= {within_days}) AS old, countIf(age >= {within_days} AND came_back) AS back,
  countIf(age < {within_days}) AS too_young
FROM (
SELECT {today} - first AS age, arrayExists(day -> day > first AND day - first <= {within_days}, days) AS came_back
FROM (
SELECT customer, groupUniqArray({day}) AS days, min({day}) AS first
FROM (
{purchases("customer, occurred_at", "toDateTime(0)", f"({where}) AND customer != ''")}
)
GROUP BY customer
)
WHERE first >= toDate($__fromTime, '{time_zone}')
))"""
