"""Return rate: of customers whose first purchase is long enough ago, the share who came back in time.

Why "long enough ago": who bought first ten days ago has had no ninety days to come back. Counted as not returned,
every good week of sales would lower the rate. And why another day: a second receipt of the same visit is no return.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from streams.pure.method.evidence import Estimate, share


@dataclass(frozen=True, slots=True)
class ReturnRate:
    """Attributes: rate, 0..1, n of it the customers old enough; too_young: customers whose time is not over."""

    rate: Estimate
    too_young: int

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        return {**self.rate.columns("rate"), "too_young": self.too_young}


def return_rate(
    purchases: Iterable[tuple[str, date]], *, today: date, within_days: int, since: date | None = None
) -> ReturnRate:
    """Return rate within `within_days` days of the first purchase.

    Args:
        purchases: (customer, local day), as far back as they are known; without a customer they say nothing ('' is
            left out).
        today: the day it is told; later purchases are not looked at.
        within_days: D >= 1; a return on day D still counts.
        since: only customers whose first purchase was on this day or later; None: all.
    """
    days: dict[str, set[date]] = defaultdict(set)
    for customer, day in purchases:
        if customer and day <= today:
            days[customer].add(day)
    back = old = young = 0
    for bought in days.values():
        first = min(bought)
        if since is not None and first < since:
            continue
        if (today - first).days < within_days:
            young += 1
            continue
        old += 1
        back += any(1 <= (day - first).days <= within_days for day in bought)
    return ReturnRate(share(back, old), young)
