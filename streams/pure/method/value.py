"""Customer value, simply estimated: mean purchase x purchases a year x years.

Why simple: three numbers that anyone can check against the books, and each of which somebody can raise. Years =
1 / (1 - yearly retention): with three of four customers staying each year, a customer stays four years in the mean.
Amounts of different currencies are never added up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from streams.pure.method.evidence import Estimate, mean_of, product_above_zero, share

YEAR_MS = 365 * 86_400_000


@dataclass(frozen=True, slots=True)
class Bought:
    """One purchase. customer: '' if unknown; amount: None if unknown, never 0 for that."""

    customer: str
    at_ms: int
    amount: float | None
    currency: str


@dataclass(frozen=True, slots=True)
class CustomerValue:
    """Value of one customer in one currency.

    Attributes:
        purchase: mean amount. frequency: purchases a year of a customer who buys.
        retention: of last year's customers, the share who bought this year too, 0..1.
        years: 1 / (1 - retention); unknown where all stayed: nobody can say how long yet.
        value: in the currency.
    """

    currency: str
    purchase: Estimate
    frequency: Estimate
    retention: Estimate
    years: Estimate
    value: Estimate

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        found: dict[str, Any] = {"currency": self.currency}
        for name in ("purchase", "frequency", "retention", "years", "value"):
            found |= getattr(self, name).columns(name)
        return found


def years(retention: Estimate) -> Estimate:
    """How long a customer stays in the mean."""
    if retention.value is None:
        return Estimate()
    if retention.value >= 1:
        return Estimate(n=retention.n, why="all stayed")
    lower = None if retention.lower is None else 1 / (1 - retention.lower)
    upper = None if retention.upper is None or retention.upper >= 1 else 1 / (1 - retention.upper)
    return Estimate(1 / (1 - retention.value), lower, upper, retention.n)


def value_of(currency: str, purchase: Estimate, frequency: Estimate, retention: Estimate) -> CustomerValue:
    """Puts the three numbers together; the interval takes them as independent."""
    stay = years(retention)
    worth = product_above_zero(purchase, frequency, stay)
    return CustomerValue(currency, purchase, frequency, retention, stay, worth)


def customer_values(purchases: Iterable[Bought], *, now_ms: int) -> tuple[CustomerValue, ...]:
    """Customer value in each currency that was paid in during the last 365 days, by its code.

    Frequency and retention are over all currencies: a customer is one customer in whatever currency.

    Args:
        purchases: of the last two years at least; later ones than `now_ms` are left out.
    """
    bought = [one for one in purchases if now_ms - 2 * YEAR_MS <= one.at_ms < now_ms]
    this_year = [one for one in bought if one.at_ms >= now_ms - YEAR_MS]
    each = Counter(one.customer for one in this_year if one.customer)
    before = {one.customer for one in bought if one.customer and one.at_ms < now_ms - YEAR_MS}
    frequency = mean_of([float(count) for count in each.values()])
    retention = share(len(before & set(each)), len(before))
    amounts: dict[str, list[float]] = {}
    for one in this_year:
        if one.amount is not None and one.currency:
            amounts.setdefault(one.currency, []).append(one.amount)
    return tuple(value_of(currency, mean_of(amounts[currency]), frequency, retention) for currency in sorted(amounts))
