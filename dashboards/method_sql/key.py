"""Key experience and first to mend in SQL: the rows of delta, each with whether it is the one."""

from __future__ import annotations

from dashboards.method_sql import delta, pieces
from dashboards.method_sql.source import ANYWHERE
from dashboards.panel import FEW_ANSWERS
from streams.pure.method.delta import ASPECTS


def key(where: str = ANYWHERE, *, target: str = ANYWHERE, rows: str = "") -> str:
    """Delta with columns is_key and is_first_to_mend, 0 or 1; at most one row has each.

    Args:
        rows: the rows of delta, where they are made already: those that may be shown, say.
    """
    by_importance = _order("importance", "-importance")
    by_weight = _order("weighted", "weighted")
    return f"""\
SELECT *,
  toUInt8(isNotNull(importance) AND row_number() OVER (ORDER BY {by_importance}) = 1) AS is_key,
  toUInt8(isNotNull(weighted) AND row_number() OVER (ORDER BY {by_weight}) = 1) AS is_first_to_mend
FROM (
{rows or delta.rows(where, target=target)}
)
ORDER BY {pieces.place_of("aspect", ASPECTS)}"""


def _order(name: str, order: str) -> str:
    return f"isNull({name}), {name}_n < {FEW_ANSWERS}, {order}, ifNull(weighted, inf), aspect"
