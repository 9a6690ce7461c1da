"""Forgetting a customer: what is stored is blanked, what comes again is blanked before it is stored.

Rows are changed in place (a ClickHouse mutation), not replaced by newer ones: a replaced row stays on the disk
until a merge, and twins in two months' partitions are never merged. A mutation rewrites every version of a row
that is there. What arrives later meets the table `forgotten`, which `archive` reads every few seconds; so the
blanking is done a second time when each archive must have read it.

Only customer, texts and attributes go. Rows, classes, scores and counts stay, so every number stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from streams.edges.forgotten import DETAIL_TEXT
from streams.edges.store import Store
from streams.pure.privacy import is_pseudonym

BLANKED = {"customer": "''", "comment": "''", "note": "''", "attributes": "map()"}
"""Columns that are blanked in every table that has a column `customer`."""
QUOTING = {
    "alerts": ("reason", "detail"),
    "alert_history": ("why", "contributors"),
    "pages": ("headline", "body", "page"),
    "rejected": ("raw", "value", "message"),
}
"""Tables without that column, and their columns that may quote one."""
_DETAIL = f"replaceRegexpAll(detail, '{DETAIL_TEXT}', '\"\\\\1\":\"\"')"
_SYNC = "SETTINGS mutations_sync = 2"


@dataclass(frozen=True)
class Blanked:
    """What was done in one table; rows count every stored version."""

    table: str
    found: int
    blanked: int
    found_after: int


@dataclass(frozen=True)
class Proof:
    """What forgetting one customer did."""

    tables: tuple[Blanked, ...]
    events: int
    """Distinct events of the customer."""
    answers_before: tuple[int, int]
    """Number of their answers, and sum of their bins."""
    answers_after: tuple[int, int]
    dry_run: bool

    @property
    def holds(self) -> bool:
        """Nothing is found any more, and every count is as it was."""
        gone = self.dry_run or not any(table.found_after for table in self.tables)
        return gone and self.answers_before == self.answers_after

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {**asdict(self), "holds": self.holds}


class Forgetting:
    """One customer, to be forgotten in one store.

    `begin`, then `blank`; once more `blank` when every archive has read the list, then `proof`.
    """

    def __init__(self, store: Store, names: Sequence[str], *, dry_run: bool = False) -> None:
        """Look up where the customer is.

        Args:
            names: all names it may be stored under, see `Privacy.pseudonyms`; all of `forgotten` to blank again.
            dry_run: look only.
        """
        self._store, self._names, self._dry_run = store, list(names), dry_run
        self._tables = _tables(store)
        self._found = {table: self._count(table) for table in self._tables}
        self._blanked = dict.fromkeys(self._tables, 0)
        rows = store.rows(
            "SELECT DISTINCT producer, event_id FROM touchpoints WHERE " + _mine("touchpoints"), self._own()
        )
        self._events: tuple[list[str], list[str]] = ([row[0] for row in rows], [row[1] for row in rows])
        self._answers = self._count_answers()

    def begin(self, remembered: Sequence[str]) -> None:
        """Put names on the list that every archive reads.

        Args:
            remembered: pseudonyms; a raw id only where there are no keys, or the list itself would give it away.
        """
        if not self._dry_run and remembered:
            self._store.insert_columns("forgotten", {"customer": list(remembered)})

    def blank(self) -> None:
        """Blank all rows that are there now. Raises as `Store.query`; may be repeated."""
        if self._dry_run:
            return
        for table, columns in self._tables.items():
            found = self._count(table)
            if not found:
                continue
            sets = ", ".join(f"{name} = {value}" for name, value in columns.items())
            self._store.command(f"ALTER TABLE {table} UPDATE {sets} WHERE {_mine(table)} {_SYNC}", self._own())
            self._blanked[table] += found

    def proof(self) -> Proof:
        """What was found before, and what is found now."""
        tables = tuple(
            Blanked(table, found, self._blanked[table], self._count(table)) for table, found in self._found.items()
        )
        return Proof(tables, len(self._events[0]), self._answers, self._count_answers(), self._dry_run)

    def _count(self, table: str) -> int:
        return int(self._store.rows(f"SELECT count() FROM {table} WHERE {_mine(table)}", self._own())[0][0])

    def _count_answers(self) -> tuple[int, int]:
        """Answers of the customer's events, whoever they belong to by now."""
        producers, ids = self._events
        sql = """
            SELECT toInt64(sum(length(bins))), toInt64(sum(arraySum(bins))) FROM touchpoints FINAL
            WHERE (producer, event_id) IN (
                SELECT tupleElement(key, 1), tupleElement(key, 2)
                FROM (SELECT arrayJoin(arrayZip({producers:Array(String)}, {ids:Array(String)})) AS key))
        """
        n, total = self._store.rows(sql, {"producers": producers, "ids": ids})[0]
        return int(n or 0), int(total or 0)

    def _own(self) -> dict[str, Any]:
        # A pseudonym is long enough to be looked for anywhere. A raw id may be `17`: only where it is the customer.
        quoted = [json.dumps(name, ensure_ascii=False)[1:-1] for name in self._names if not is_pseudonym(name)]
        patterns = [rf'"customer"\s*:\s*"{re.escape(name)}"' for name in quoted]
        patterns += [name for name in self._names if is_pseudonym(name)]
        return {"names": self._names, "patterns": patterns}


def all_forgotten(store: Store) -> list[str]:
    """Everyone on the list. Raises as `Store.query`."""
    return [row[0] for row in store.rows("SELECT DISTINCT customer FROM forgotten")]


def _mine(table: str) -> str:
    """Which rows of a table speak of the customer."""
    if table not in QUOTING:
        return "customer IN {names:Array(String)}"
    text = f"concat({', '.join(QUOTING[table])})" if len(QUOTING[table]) > 1 else QUOTING[table][0]
    return f"arrayExists(pattern -> match({text}, pattern), {{patterns:Array(String)}})"


def _tables(store: Store) -> dict[str, dict[str, str]]:
    """Every table that may speak of customers, and what its columns become."""
    found: dict[str, dict[str, str]] = {}
    sql = """
        SELECT table, name FROM system.columns
        WHERE database = {database:String} AND table IN (
            SELECT name FROM system.tables WHERE database = {database:String} AND engine LIKE '%MergeTree')
        ORDER BY table, position
    """
    columns: dict[str, list[str]] = {}
    for table, name in store.rows(sql, {"database": store.database}):
        columns.setdefault(table, []).append(name)
    for table, names in columns.items():
        if table in QUOTING:
            found[table] = {name: "'{}'" if name == "detail" else "''" for name in QUOTING[table]}
        elif "customer" in names and table != "forgotten":
            found[table] = {name: value for name, value in BLANKED.items() if name in names}
            if table == "touchpoints":
                found[table]["detail"] = _DETAIL
    return found
