"""Counted answers of the time shown, at the fineness it needs: which of the tables of panes is read.

Why apart from tables.py: what is hidden is looked up by the same slices that are counted, and the scores that
tables.py puts together are hidden by that.
"""

from __future__ import annotations

SPAN_S = "(toUnixTimestamp($__toTime) - toUnixTimestamp($__fromTime))"
_FINE = f"({SPAN_S} <= 10800 AND $__fromTime > now() - toIntervalDay(6))"
_MIDDLE = f"({SPAN_S} <= 259200 AND $__fromTime > now() - toIntervalDay(170))"
_TIERS = (
    ("panes_10s", _FINE),
    ("panes_1m", f"(NOT {_FINE} AND {_MIDDLE})"),
    ("panes_1h", f"(NOT {_FINE} AND NOT {_MIDDLE})"),
)
WIDTH_S = f"multiIf({_FINE}, 10, {_MIDDLE}, 60, 3600)"
"""How wide the slices are that `panes` reads."""


def panes(columns: str, where: str, *, whose: str = "respondent = 'customer'") -> str:
    """Rows of counted answers in the time shown, from the finest tier that is kept and quick to sum.

    Up to 3 hours: 10 s slices (kept 7 days); up to 3 days: 1 min (180 days); beyond: 1 h (10 years). A tier
    not chosen is not read. Only customers' answers, unless `whose` keeps the others apart by itself: what others say
    of themselves is never pooled with them.
    """
    return "\n    UNION ALL\n".join(
        f"""\
    SELECT {columns}
    FROM {table} FINAL
    WHERE {chosen} AND slice >= $__fromTime AND slice < $__toTime
      AND {whose} AND {where}"""
        for table, chosen in _TIERS
    )
