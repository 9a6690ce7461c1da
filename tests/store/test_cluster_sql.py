"""Tables for a cluster: every statement of every migration, as the replicas want it.

No cluster was at hand: what is held here is the SQL, and that the engine's own parser takes it.
"""

from __future__ import annotations

import re

import pytest

from streams.edges.cluster_sql import on_cluster
from streams.edges.errors import UserError
from streams.edges.migrate import migrate, read_migrations
from streams.edges.store import Store

PAIRS = [(step, forward) for step in read_migrations() for forward in (True, False)]


def statements(forward: bool, cluster: str) -> list[str]:
    return [
        text for step, way in PAIRS if way is forward for text in step.statements("cx", forward=way, cluster=cluster)
    ]


def test_every_table_is_replicated_and_made_and_dropped_on_all_replicas() -> None:
    made = statements(True, "main")
    for text in made:
        begins = text.split(None, 1)[0]
        assert begins in ("CREATE", "INSERT"), text[:40]
        assert text.count("ON CLUSTER 'main'") == (begins == "CREATE"), text[:80]
        engines = re.findall(r"ENGINE = (\w+)", text)
        assert all(engine.startswith("Replicated") for engine in engines)
        assert len(engines) == text.startswith("CREATE TABLE")
    assert all(text.count(" ON CLUSTER 'main'") == 1 for text in statements(False, "main"))
    assert len(made) == len(statements(True, ""))


def test_nothing_else_of_a_statement_changes() -> None:
    for plain, spread in zip(statements(True, ""), statements(True, "main"), strict=True):
        assert spread.replace(" ON CLUSTER 'main'", "").replace("ENGINE = Replicated", "ENGINE = ") == plain


def test_without_a_cluster_nothing_changes() -> None:
    assert on_cluster("anything at all", "") == "anything at all"


def test_a_statement_nobody_thought_of_is_refused() -> None:
    """On one replica alone it would make tables that differ."""
    with pytest.raises(UserError, match=r"RENAME TABLE a TO b.*cluster_sql"):
        on_cluster("RENAME TABLE a TO b", "main")
    with pytest.raises(UserError, match=r"CREATE TABLE cx"):
        on_cluster("CREATE TABLE cx.t (a UInt8) ENGINE = MergeTree ORDER BY a", "main")


def test_the_engine_can_read_every_statement(clickhouse_store: Store) -> None:
    for text in (*statements(True, "main"), *statements(False, "main")):
        formatted = clickhouse_store.rows("SELECT formatQuery({sql:String})", {"sql": text})[0][0]
        assert ("ON CLUSTER" in formatted) == (not text.startswith("INSERT"))


def test_the_database_and_the_book_of_migrations_are_on_all_replicas_too() -> None:
    said: list[str] = []

    class Silent(Store):
        """Notes what it is told."""

        def __init__(self) -> None:
            self.database = "cx"

        def has_database(self) -> bool:
            return False

        def create_database(self, cluster: str = "") -> None:
            said.append(on_cluster("CREATE DATABASE IF NOT EXISTS cx", cluster))

        def command(self, sql: str, params: object = None) -> None:
            said.append(sql)

        def insert_columns(self, table: str, columns: object) -> None:
            """Nothing is kept."""

        def now_us(self) -> int:
            return 1

    migrate(Silent(), cluster="main")
    assert said[0] == "CREATE DATABASE IF NOT EXISTS cx ON CLUSTER 'main'"
    assert said[1].startswith("CREATE TABLE IF NOT EXISTS cx.schema_migrations ON CLUSTER 'main'")
    assert "ENGINE = ReplicatedReplacingMergeTree(changed_us)" in said[1]
    assert said[2:] == statements(True, "main")
