"""How long the store keeps what: asked of the tables themselves, since an operator may have changed it.

Whoever compares two tables must know which of them may have let go of its rows already: what has expired is
not missing.
"""

from __future__ import annotations

import re

from streams.edges.store import Store

DAY_MS = 86_400_000
_LENGTH = re.compile(r"toInterval(Day|Year)\((\d+)\)")
_DAYS = {"Day": 1, "Year": 365}


def kept_ms(store: Store, table: str) -> int:
    """How long rows are kept after they were stored, in ms; of several rules the shortest.

    Raises:
        StoreError: no such table, or it keeps its rows for ever: callers ask only about tables that do not.
    """
    (engine,) = store.rows(
        "SELECT engine_full FROM system.tables WHERE database = {database:String} AND name = {table:String}",
        {"database": store.database, "table": table},
    )
    lengths = [int(number) * _DAYS[unit] for unit, number in _LENGTH.findall(str(engine[0]).partition(" TTL ")[2])]
    return min(lengths) * DAY_MS
