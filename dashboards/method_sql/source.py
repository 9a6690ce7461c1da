"""Where the method's SQL reads from: counted answers, and single events where one customer's path matters.

Why events are found first and read then: FINAL over all kept months is slow; by time and kind alone the few that
matter are found at once, and only those are then read as they stand, each with its newest row.
"""

from __future__ import annotations

from dashboards import tables
from dashboards.method_sql.pieces import texts

ASKED = tables.ASKED
ANYWHERE = "1"
_SPAN = "occurred_at >= $__fromTime AND occurred_at < $__toTime"
# What happened in the time shown cannot have been stored long before: months of parts are passed over.
_STORED = "stored_at >= $__fromTime - toIntervalHour(1)"
_REAL = "class != 'test' AND respondent = 'customer'"


def counted(columns: str, where: str, *, whose: str = "respondent = 'customer'") -> str:
    """Rows of counted answers in the time shown; see `tables.panes`."""
    return tables.panes(columns, f"({where})", whose=whose)


def events(columns: str, kinds: tuple[str, ...], where: str = ANYWHERE) -> str:
    """Customers' events in the time shown, each once; no kinds: of any kind. Tests are left out."""
    chosen = f"({where})" + (f" AND kind IN ({texts(kinds)})" if kinds else "")
    return f"""\
    SELECT {columns}
    FROM touchpoints AS e FINAL
    WHERE {_REAL} AND {_SPAN} AND {chosen}
      AND (producer, event_id) IN (
        SELECT producer, event_id
        FROM touchpoints
        WHERE {_SPAN} AND {_STORED} AND {chosen}
      )"""


def purchases(columns: str, since: str, where: str = ANYWHERE) -> str:
    """Customers' purchases from `since` (a time in SQL) to the end of the time shown, each once."""
    return f"""\
    SELECT {columns}
    FROM purchases FINAL
    WHERE {_REAL} AND occurred_at >= {since} AND occurred_at < $__toTime AND ({where})"""


def target(kind: str, name: str, *, words: bool = False) -> str:
    """One decision of the target file in force, as a subquery: its value, or its words; NULL if not decided."""
    column = "words" if words else "value"
    return (
        f"(SELECT any({column}) FROM targets WHERE kind = '{kind}' AND name = '{name}' "
        "AND version = (SELECT max(version) FROM targets))"
    )
