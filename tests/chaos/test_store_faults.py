"""The troubles of ClickHouse do what their names say: else a run under them would prove nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from streams.edges.embedded import start_embedded
from streams.edges.errors import Unavailable
from streams.edges.settings import Settings
from streams.edges.store import Store
from tests.chaos.store_faults import BENCH_USER, StoreFaults

DATABASE = "struck"
LASTS_S = 0.5


@pytest.fixture(scope="module")
def faults() -> StoreFaults:
    return StoreFaults()


@pytest.fixture(scope="module")
def settings(faults: StoreFaults, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A server that can be struck, with one empty table for each test's rows."""
    with start_embedded(tmp_path_factory.mktemp("struck"), around=faults.around) as server:
        found = Settings(clickhouse_url=server.url, clickhouse_database=DATABASE)
        with Store.connect(found) as store:
            store.create_database()
            store.command("CREATE TABLE answers (kind String) ENGINE = MergeTree ORDER BY kind")
            store.insert_columns("answers", {"kind": ["warm"]})
        yield found


def stored(settings: Settings, kind: str) -> int:
    """Rows of a kind, asked as the bench asks."""
    with Store.connect(settings.model_copy(update={"clickhouse_user": BENCH_USER})) as store:
        return int(store.rows("SELECT count() FROM answers WHERE kind = {kind:String}", {"kind": kind})[0][0])


@pytest.mark.parametrize(
    ("kind", "at_once", "in_the_end"),
    [
        ("ch_refuse", 0, 0),
        ("ch_hang", 0, 0),
        ("ch_cut", 0, 0),
        ("ch_cut_stored", 1, 1),
        ("ch_500_stored", 1, 1),
        ("ch_stored_later", 0, 1),
    ],
)
def test_the_worker_is_told_nothing_and_the_store_has_what_the_fault_says(
    faults: StoreFaults, settings: Settings, kind: str, at_once: int, in_the_end: int
) -> None:
    """The bench still reads; once it is over, the store is well again."""
    struck: list[str] = []
    with Store.connect(settings) as store:
        store.insert_columns("answers", {"kind": ["before"]})
        faults.begin(DATABASE, kind, "answers", LASTS_S, lambda: struck.append(kind))
        with pytest.raises(Unavailable):
            store.insert_columns("answers", {"kind": [kind]})
        assert struck == [kind]
        assert stored(settings, kind) == at_once
        deadline_s = time.monotonic() + 20
        while not faults.over(DATABASE):
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        assert stored(settings, kind) == in_the_end
        store.insert_columns("answers", {"kind": ["after"]})


def test_a_trouble_of_one_database_or_table_is_none_of_the_others(faults: StoreFaults, settings: Settings) -> None:
    """Runs share the server."""
    faults.begin("somebody_else", "ch_cut", "", LASTS_S, lambda: None)
    faults.begin(DATABASE, "ch_cut", "another_table", LASTS_S, lambda: None)
    with Store.connect(settings) as store:
        store.insert_columns("answers", {"kind": ["unharmed"]})
    assert stored(settings, "unharmed") == 1
