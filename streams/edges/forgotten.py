"""Who is to be forgotten, as `archive` knows it: a small set, read again every few seconds.

Why read and not pushed: an archive that was away, or that reads the log from its beginning, must know all of
them before it stores its first row.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

from streams.edges.store import Store

REFRESH_S = 5.0
"""Age at which the list is asked for again; one small query."""
DETAIL_TEXT = r'"(action|need)":"(?:[^"\\\\]|\\\\.)*"'
"""Free texts in the detail of an answer, with the backslashes doubled as inside a text of SQL."""
_DETAIL_TEXT = re.compile(DETAIL_TEXT.replace("\\\\", "\\"))
_CUSTOMER = re.compile(rb'"customer"\s*:\s*"((?:[^"\\]|\\.)*)"')


class Forgotten:
    """The list, and how it is applied to rows about to be stored."""

    def __init__(self, store: Store) -> None:
        self.names: frozenset[str] = frozenset()
        """Pseudonyms on the list. Replaced as a whole, so that any thread may look."""
        self._store = store
        self._read_s: float | None = None
        self._state: tuple[int, int] = (0, 0)

    def refresh(self, now_s: float) -> None:
        """Read the list again if it is older than REFRESH_S.

        Args:
            now_s: any clock that only runs forward.
        Raises:
            Unavailable: the store is away; store nothing before it is back.
        """
        if self._read_s is not None and now_s - self._read_s < REFRESH_S:
            return
        state = self._store.rows("SELECT count(), toUnixTimestamp64Milli(max(forgotten_at)) FROM forgotten")[0]
        if state != self._state:
            self.names = frozenset(row[0] for row in self._store.rows("SELECT customer FROM forgotten"))
            self._state = (int(state[0]), int(state[1]))
        self._read_s = now_s

    def blank(self, touchpoints: MutableMapping[str, list[Any]]) -> int:
        """Blank the rows of forgotten customers, column by column, in place.

        Args:
            touchpoints: columns as `TouchpointRows` makes them; customers are pseudonyms by now.
        Returns:
            How many rows were blanked.
        """
        if not self.names or "customer" not in touchpoints:
            return 0
        names, customers = self.names, touchpoints["customer"]
        rows = [row for row, customer in enumerate(customers) if customer and customer in names]
        for row in rows:
            customers[row] = touchpoints["comment"][row] = ""
            touchpoints["attributes"][row] = {}
            touchpoints["detail"][row] = _DETAIL_TEXT.sub(r'"\1":""', touchpoints["detail"][row])
        return len(rows)

    def blank_rejected(self, rejected: MutableMapping[str, list[Any]]) -> int:
        """Blank the bytes of refused events that name a forgotten customer, in place; returns how many."""
        if not self.names or "raw" not in rejected:
            return 0
        blanked = 0
        for row, raw in enumerate(rejected["raw"]):
            match = _CUSTOMER.search(raw)
            if match and match[1].decode("utf-8", "replace") in self.names:
                rejected["raw"][row], rejected["value"][row], rejected["message"][row] = b"", "", ""
                blanked += 1
        return blanked
