"""Customer value in SQL, in each currency: mean purchase x purchases a year x years."""

from __future__ import annotations

from dashboards.method_sql import pieces
from dashboards.method_sql.source import ANYWHERE, purchases


def value(where: str = ANYWHERE) -> str:
    """One row a currency paid in during the 365 days before the end of the time shown, by its code."""
    year_ago = "$__toTime - toIntervalDay(365)"
    worth, worth_n = pieces.product_above_zero(("purchase", "frequency", "years"))
    years = (
        "if(isNull(retention) OR retention >= 1, NULL, 1 / (1 - retention))",
        "if(isNull(retention) OR retention >= 1, NULL, 1 / (1 - retention_lower))",
        "if(isNull(retention) OR retention >= 1 OR retention_upper >= 1, NULL, 1 / (1 - retention_upper))",
    )
    bought = purchases(
        f"customer, amount, currency, occurred_at >= {year_ago} AS this_year",
        "$__toTime - toIntervalDay(730)",
        where,
    )
    return f"""\
WITH bought AS (
{bought}
)
SELECT currency, {pieces.columns("purchase", "frequency", "retention", "years")},
  {pieces.estimate("value", worth, worth_n)}
FROM (
SELECT *, {pieces.estimate("years", years, "retention_n", "if(isNull(retention), 'no answers', 'all stayed')")}
FROM (
SELECT currency, {pieces.estimate("purchase", pieces.mean_of("paid", "mean_paid", "spread_paid"), "paid")},
  {pieces.estimate("frequency", pieces.mean_of("buyers", "mean_times", "spread_times"), "buyers")},
  {pieces.estimate("retention", pieces.share("stayed", "before"), "before")}
FROM (
SELECT currency, count() AS paid, avg(assumeNotNull(amount)) AS mean_paid,
  varSampStable(assumeNotNull(amount)) AS spread_paid
FROM bought
WHERE this_year AND isNotNull(amount) AND currency != ''
GROUP BY currency
) AS paid_in CROSS JOIN (
SELECT countIf(times > 0) AS buyers, avgIf(times, times > 0) AS mean_times,
  varSampStableIf(times, times > 0) AS spread_times, countIf(earlier > 0) AS before,
  countIf(earlier > 0 AND times > 0) AS stayed
FROM (
SELECT customer, countIf(this_year) AS times, countIf(NOT this_year) AS earlier
FROM bought
WHERE customer != ''
GROUP BY customer
)) AS people
))
ORDER BY currency"""
