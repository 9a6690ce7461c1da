"""The tables come and go by numbered pairs, and nobody can say otherwise behind the store's back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams.cli import app
from streams.edges.migrate import MigrationError, applied, keep_live_days, migrate, read_migrations
from streams.edges.settings import Settings
from streams.edges.store import Store, StoreError
from tests.kit.clickhouse import ROOT
from tests.kit.rows import DERIVED, ROWS, VIEWS, columns

OURS = ROOT / "deploy" / "clickhouse"
TABLES = {*ROWS, *DERIVED, *VIEWS, "schema_migrations"}


@pytest.fixture
def fresh_store(any_settings: Settings) -> Iterator[Store]:
    """A store whose database nobody has made."""
    with Store.connect(any_settings) as store:
        yield store
        store.create_database()
        store.command(f"DROP DATABASE {store.database} SYNC")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two small migrations of the test's own."""
    for number, name in ((1, "one"), (2, "two")):
        create = f"-- table {name}\nCREATE TABLE IF NOT EXISTS {{database}}.{name} (a UInt8) ENGINE = Memory;\n"
        (tmp_path / f"{number:04d}_{name}.up.sql").write_text(create)
        (tmp_path / f"{number:04d}_{name}.down.sql").write_text(f"DROP TABLE IF EXISTS {{database}}.{name};\n")
    return tmp_path


def tables(store: Store) -> set[str]:
    """Names of all tables of the database."""
    found = (
        store.rows(f"SELECT name FROM system.tables WHERE database = '{store.database}'")
        if store.has_database()
        else []
    )
    return {name for (name,) in found}


def test_all_tables_come_forward_go_back_and_come_again(fresh_store: Store) -> None:
    """Every pair is a way there and back: what one file makes the other takes."""
    newest = len(read_migrations())
    there = migrate(fresh_store)
    assert tables(fresh_store) == TABLES
    assert migrate(fresh_store) == []
    fresh_store.insert_columns("names", columns("names"))

    back = migrate(fresh_store, to=0)
    assert tables(fresh_store) == {"schema_migrations"}
    assert [line.removeprefix("apply ") for line in there] == [
        line.removeprefix("take back ") for line in reversed(back)
    ]
    assert len(there) == newest

    assert migrate(fresh_store) == there
    assert tables(fresh_store) == TABLES
    assert fresh_store.rows("SELECT count() FROM names") == [(0,)]


def test_it_stops_where_it_is_told(fresh_store: Store, folder: Path) -> None:
    """Step by step, in both directions."""
    assert migrate(fresh_store, to=1, folder=folder) == ["apply 0001_one"]
    assert migrate(fresh_store, folder=folder) == ["apply 0002_two"]
    assert migrate(fresh_store, to=1, folder=folder) == ["take back 0002_two"]
    assert tables(fresh_store) == {"one", "schema_migrations"}
    assert list(applied(fresh_store)) == [1]


def test_a_dry_run_tells_the_same_and_changes_nothing(fresh_store: Store, folder: Path) -> None:
    """Not even the database is made."""
    told = migrate(fresh_store, dry_run=True, folder=folder)
    assert not fresh_store.has_database()
    assert migrate(fresh_store, folder=folder) == told
    assert migrate(fresh_store, to=0, dry_run=True, folder=folder) == ["take back 0002_two", "take back 0001_one"]
    assert list(applied(fresh_store)) == [1, 2]


def test_a_file_changed_after_it_was_applied_is_refused(fresh_store: Store, folder: Path) -> None:
    """Else the same number would mean different tables in two places."""
    migrate(fresh_store, to=1, folder=folder)
    file = folder / "0001_one.down.sql"
    file.write_text(file.read_text() + "\n-- later thought\n")
    with pytest.raises(MigrationError, match="0001_one was changed"):
        migrate(fresh_store, folder=folder)
    assert tables(fresh_store) == {"one", "schema_migrations"}


def test_a_store_newer_than_the_program_is_refused(fresh_store: Store, folder: Path) -> None:
    """An old program must not write to tables it does not know."""
    migrate(fresh_store, folder=folder)
    for file in folder.glob("0002*"):
        file.unlink()
    with pytest.raises(MigrationError, match="use the newer program"):
        migrate(fresh_store, folder=folder)


def test_a_run_that_broke_off_is_simply_run_again(fresh_store: Store, folder: Path) -> None:
    """ClickHouse has no transactions for tables: a step may be half done and not written down."""
    fresh_store.create_database()
    fresh_store.command("CREATE TABLE one (a UInt8) ENGINE = Memory")
    assert migrate(fresh_store, folder=folder) == ["apply 0001_one", "apply 0002_two"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda f: (f / "0002_two.down.sql").unlink(), "both an up and a down", id="no-way-back"),
        pytest.param(lambda f: [file.unlink() for file in f.glob("0001*")], "no gaps", id="gap"),
        pytest.param(lambda f: shutil.copy(f / "0002_two.up.sql", f / "0002_too.up.sql"), "no gaps|both", id="twin"),
        pytest.param(lambda f: (f / "3_three.up.sql").touch(), "is called", id="strange-name"),
    ],
)
def test_files_that_are_no_clean_row_of_pairs_are_refused(folder: Path, change: object, message: str) -> None:
    """A missing way back would be noticed only when it is needed."""
    change(folder)  # type: ignore[operator]  # one of the functions above
    with pytest.raises(MigrationError, match=message):
        read_migrations(folder)


def test_the_number_asked_for_must_exist(fresh_store: Store) -> None:
    """A mistyped number does nothing."""
    with pytest.raises(MigrationError, match="no migration 99"):
        migrate(fresh_store, to=99)


def test_without_tables_the_store_says_what_to_do(fresh_store: Store) -> None:
    """The first thing a newcomer forgets."""
    with pytest.raises(StoreError, match="touchpulse migrate"):
        fresh_store.insert_columns("names", columns("names"))


def test_how_long_live_answers_are_kept_can_be_changed(fresh_store: Store) -> None:
    """90 days instead of 400; imported answers keep their years."""
    migrate(fresh_store)
    now_ms, day_ms = fresh_store.now_us() // 1000, 86_400_000
    kept = [
        {"event_id": f"{kind}-{days}", "class": kind, "stored_at": now_ms - days * day_ms}
        for kind in ("accepted", "import")
        for days in (89, 91)
    ]
    fresh_store.insert_columns("touchpoints", columns("touchpoints", *kept))
    keep_live_days(fresh_store, 90)
    fresh_store.command("OPTIMIZE TABLE touchpoints FINAL")
    found = fresh_store.rows("SELECT event_id FROM touchpoints FINAL ORDER BY event_id")
    assert found == [("accepted-89",), ("import-89",), ("import-91",)]


class TestCommand:
    """`touchpulse migrate`, as an operator sees it."""

    @pytest.fixture
    def run(self, clickhouse_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> object:
        """Runs the command against this test's own database; gives what it printed."""
        monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_URL", clickhouse_settings.clickhouse_url)
        monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_DATABASE", clickhouse_settings.clickhouse_database)

        def run(*arguments: str) -> str:
            result = CliRunner().invoke(app, ["migrate", *arguments], catch_exceptions=False)
            assert result.exit_code == 0
            return result.output

        return run

    def test_it_prints_each_step(self, run: object) -> None:
        """Forward, dry and back, each says what it does and where the store then is."""
        newest = read_migrations()[-1]
        assert callable(run)
        assert f"would apply {newest.title}" in run("--dry-run")
        assert f"is at migration {newest.number}" in run()
        assert "no table to change" in run()
        assert f"would take back {newest.title}" in run("--back", "--dry-run")
        assert f"take back {newest.title}" in run("--back")
        assert "keep accepted answers for 90 days" in run("--keep-days", "90")
        with pytest.raises(MigrationError, match="add --back"):
            run("--to", "1")
