"""Where the method's SQL reads from: counted answers, and single events where one customer's path matters.

Why events are found first and read then: FINAL over all kept months is slow; by time and kind alone the few that
matter are found at once, and only those are then read as they stand, each with its newest row (`newest`). Where a
customer's path matters, even those may be millions in a month: `drawn` takes some customers by lot then, and all
events of each.
"""

from __future__ import annotations

from dashboards import tables
from dashboards.method_sql.pieces import texts

ASKED = tables.ASKED
ANYWHERE = "1"
MOST_EVENTS = 50_000
"""Enough for shares to a percent; a month may have millions."""
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
    FROM (
{newest(f"SELECT event_id FROM touchpoints WHERE {_REAL} AND {_SPAN} AND {_STORED} AND {chosen}")}
    ) AS e
    WHERE {_REAL} AND {_SPAN} AND {chosen}"""


def newest(ids: str) -> str:
    """Events of these ids as they stand: all columns of touchpoints, the newest row of each producer and id.

    Not FINAL: it merges everything that lies beside what is asked for, which costs several times as much.
    """
    return f"""\
      SELECT *
      FROM touchpoints
      WHERE event_id IN (
        {ids}
      )
      ORDER BY rank DESC
      LIMIT 1 BY producer, event_id"""


def met(columns: str, where: str = ANYWHERE) -> str:
    """Rows of customers' events in the time shown, replaced ones too: only to see which names there are."""
    return f"""\
    SELECT {columns}
    FROM touchpoints
    WHERE {_REAL} AND {_SPAN} AND {_STORED} AND ({where})"""


def drawn(columns: str, where: str = ANYWHERE, most: int = MOST_EVENTS) -> str:
    """Customers' events in the time shown, each once, of any kind; of more than `most`, those of some customers only.

    The lot is a hash of the pseudonym, so that a customer's path is there as a whole or not at all, and the same are
    drawn each time; who has no pseudonym is a customer by each moment. As many are drawn as make `most` events.

    Args:
        columns: of touchpoints.
        where: condition on the same.
    """
    shown = f"{_REAL} AND {_SPAN} AND ({where})"
    ids = f"""\
SELECT event_id
        FROM touchpoints
        WHERE {shown} AND {_STORED}
        ORDER BY if(customer = '', cityHash64(occurred_at), cityHash64(customer))
        LIMIT {most} WITH TIES"""
    return f"""\
    SELECT {columns}
    FROM (
{newest(ids)}
    )
    WHERE {shown}"""


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
