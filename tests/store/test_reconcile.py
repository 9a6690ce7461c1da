"""An account that balances says so; one with a single row taken away or added says where."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import orjson
import pytest
from typer.testing import CliRunner

from streams.cli import app
from streams.edges.log_reach import Log, Reach
from streams.edges.reconcile import Reconciliation, doubts, reconcile, unreconciled
from streams.edges.settings import Settings
from streams.edges.store import Store
from tests.kit.account import LOG, TOPIC, lay_down, sample
from tests.kit.clickhouse import fresh_database, migrated

HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def kept(clickhouse_url: str) -> Iterator[Store]:
    with migrated(Settings(clickhouse_url=clickhouse_url, clickhouse_database=fresh_database())) as store:
        yield store


@pytest.fixture
def store(kept: Store) -> Store:
    """Two hours ago sixty records came, and all of them are stored."""
    for table in ("touchpoints", "rejected", "ledger", "panes_10s", "stored_offsets", "ledger_minutes", "late_answers"):
        kept.command(f"TRUNCATE TABLE {table}")
    lay_down(kept, sample(_now_ms(kept) - 2 * HOUR_MS))
    return kept


def _now_ms(store: Store) -> int:
    return store.now_us() // 1_000


def look(store: Store, log: Log | None = None, *, later_ms: int = 0) -> Reconciliation:
    now_ms = _now_ms(store) + later_ms
    return reconcile(store, from_ms=now_ms - 24 * HOUR_MS, to_ms=now_ms, now_ms=now_ms, live_topic=TOPIC, log=log)


def delete(store: Store, table: str, where: str) -> None:
    store.command(f"ALTER TABLE {table} DELETE WHERE {where} SETTINGS mutations_sync = 2")


def test_an_account_that_balances_says_that_nothing_is_missing(store: Store) -> None:
    """And names what became of each of the sixty offsets."""
    result = look(store)
    assert result.troubles == []
    assert result.line == "nothing missing: 60 offsets in 4 blocks: 53 accepted, 2 duplicate, 3 late, 2 rejected"
    (hour,) = {(hour.topic, hour.partition) for hour in result.hours}
    assert hour == (TOPIC, 0)
    assert sum(hour.offsets for hour in result.hours) == 60
    assert unreconciled(store) == 0


def test_storing_everything_again_changes_nothing(store: Store) -> None:
    """A retry of an insert whose fate was unknown is harmless here too."""
    lay_down(store, sample(_now_ms(store) - 2 * HOUR_MS))
    assert look(store).troubles == []


BREAKS: dict[str, tuple[Callable[[Store], None], str]] = {
    "an answer was never stored": (
        lambda store: _without_offset(store, "touchpoints", 17),
        "1 answers were counted and never stored",
    ),
    "a late retry was never stored": (
        lambda store: _without_offset(store, "touchpoints", 40),
        "1 answers were counted and never stored",
    ),
    "a reject was never stored": (
        lambda store: _without_offset(store, "rejected", 50),
        "1 rejects were counted and never stored",
    ),
    "a stored answer is gone": (
        lambda store: delete(store, "touchpoints", "offset = 17"),
        "1 accepted rows were stored and are gone",
    ),
    "a stored late answer is gone": (
        lambda store: delete(store, "touchpoints", "event_id = 'e30'"),
        "1 late or imported answers were stored and are gone",
    ),
    "a stored reject is gone": (
        lambda store: delete(store, "rejected", "offset = 12"),
        "1 rejected rows were stored and are gone",
    ),
    "a block of the ledger is gone": (
        lambda store: delete(store, "ledger", "block = 16"),
        "16 offsets are in no block",
    ),
    "a block counts fewer than it holds": (
        lambda store: _ledger(store, 32, accepted=-1),
        "1 are in no class",
    ),
    "a block counts more than it holds": (lambda store: _ledger(store, 32, duplicate=2), "2 more are classed"),
    "two blocks overlap": (lambda store: _overlap(store), "the first 6 are in another block too"),
    "an answer is stored twice under two offsets": (
        lambda store: store.command(
            "INSERT INTO touchpoints SELECT * REPLACE ('other' AS event_id, 12 AS offset, 9 AS rank) FROM touchpoints "
            "WHERE touchpoints.offset = 11"
        ),
        "1 answers are stored and were never counted",
    ),
}


def _without_offset(store: Store, table: str, offset: int) -> None:
    """As if the row had never come: the book of offsets is made anew without it."""
    delete(store, table, f"offset = {offset}")
    store.command("TRUNCATE TABLE stored_offsets")
    log = [item for item in sample(_now_ms(store) - 2 * HOUR_MS) if item.offset != offset]
    before = store.rows("SELECT * FROM ledger FINAL ORDER BY block")
    store.command("CREATE TABLE kept_ledger AS ledger ENGINE = Memory")
    store.command("INSERT INTO kept_ledger SELECT * FROM ledger FINAL")
    lay_down(store, log)
    store.command("TRUNCATE TABLE ledger")
    store.command("INSERT INTO ledger SELECT * FROM kept_ledger")
    store.command("DROP TABLE kept_ledger SYNC")
    assert len(store.rows("SELECT * FROM ledger FINAL ORDER BY block")) == len(before)


def _ledger(store: Store, block: int, **more: int) -> None:
    changes = ", ".join(f"{name} + {n} AS {name}" for name, n in more.items())
    store.command(
        f"INSERT INTO ledger SELECT * REPLACE ({changes}, version + 1 AS version) FROM ledger FINAL "
        f"WHERE block = {block}"
    )


def _overlap(store: Store) -> None:
    store.command(
        "INSERT INTO ledger SELECT * REPLACE (26 AS block, 26 AS first_offset, 6 AS accepted, 0 AS duplicate, "
        "0 AS late, 0 AS rejected) FROM ledger FINAL WHERE next_offset = 32"
    )


@pytest.mark.parametrize(("spoil", "words"), list(BREAKS.values()), ids=list(BREAKS))
def test_a_single_row_taken_away_or_added_is_found(store: Store, spoil: Callable[[Store], None], words: str) -> None:
    """An account that cannot fail proves nothing."""
    spoil(store)
    result = look(store)
    assert result.line.startswith("MISSING: ")
    assert any(words in sentence for sentence in result.troubles), result.troubles
    assert result.missing > 0


@pytest.mark.parametrize("name", [name for name in BREAKS if not name.endswith(" is gone") or "block" in name])
def test_the_metric_finds_what_was_never_stored_or_never_counted(store: Store, name: str) -> None:
    """It reads no answers, so what was deleted by hand later is not its business."""
    assert unreconciled(store) == 0
    BREAKS[name][0](store)
    assert unreconciled(store) > 0


def test_what_is_young_may_still_be_on_its_way(store: Store) -> None:
    """Ledger and answers come by different topics: the ledger may be first, but not for ever."""
    for table in ("touchpoints", "rejected", "ledger", "stored_offsets", "late_answers"):
        store.command(f"TRUNCATE TABLE {table}")
    lay_down(store, sample(_now_ms(store) - 60_000))
    delete(store, "touchpoints", "offset > 55")
    delete(store, "stored_offsets", "kind = 'rejected'")
    store.command("CREATE TABLE some AS stored_offsets ENGINE = Memory")
    store.command(
        "INSERT INTO some SELECT topic, log_id, partition, span, kind, bitmapSubsetInRange(offsets, 0, 56), stored_at "
        "FROM stored_offsets FINAL"
    )
    store.command("TRUNCATE TABLE stored_offsets")
    store.command("INSERT INTO stored_offsets SELECT * FROM some")
    store.command("DROP TABLE some SYNC")
    now = look(store)
    assert now.troubles == []
    assert now.young == 4 + 2
    assert now.line.endswith("6 more are on their way into the store")
    assert look(store, later_ms=600_000).missing == 4 + 2


def test_offsets_without_an_event_are_explained_by_the_log_or_not_at_all(store: Store) -> None:
    """A transaction's marker takes an offset; only the log can tell it from a loss."""
    _ledger(store, 32, accepted=-1)
    now_ms = _now_ms(store)
    (stretch,) = doubts(store, from_ms=now_ms - 24 * HOUR_MS, to_ms=now_ms, now_ms=now_ms)
    assert (stretch.first, stretch.end) == (32, 48)
    reaches = {(TOPIC, 0): Reach(LOG, 0, 60)}
    assert "not asked" in look(store).troubles[0]
    assert "no longer reaches" in look(store, Log(reaches, {})).troubles[0]
    told = look(store, Log(reaches, {stretch: 15}))
    assert not [sentence for sentence in told.troubles if "no class" in sentence]
    assert any("transaction's marker" in note for note in told.notes)
    assert "holds 16 records" in look(store, Log(reaches, {stretch: 16})).troubles[0]


def test_records_that_expired_uncounted_are_missing_and_those_to_come_are_not(store: Store) -> None:
    """The log's own ends say what the ledger has not seen."""
    assert "5 records expired" in look(store, Log({(TOPIC, 0): Reach(LOG, 65, 70)})).troubles[0]
    behind = look(store, Log({(TOPIC, 0): Reach(LOG, 0, 70)}))
    assert behind.troubles == []
    assert "10 records are not counted yet" in behind.notes[0]


def test_rows_that_have_expired_are_told_apart_from_lost_ones(store: Store) -> None:
    """Rejects are kept for two weeks; the ledger for ever."""
    result = look(store, later_ms=13 * 24 * HOUR_MS)
    assert result.troubles == []
    now_ms = _now_ms(store) + 13 * 24 * HOUR_MS
    everything = reconcile(store, from_ms=0, to_ms=now_ms, now_ms=now_ms, live_topic=TOPIC)
    assert any("4 blocks not compared with the rows of rejected: those have expired" in n for n in everything.notes)
    assert everything.troubles == []


def test_the_command_ends_in_one_line_and_says_by_its_exit_code_whether_anything_is_missing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For people, and for a job that runs every night."""
    url = store._where
    monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_URL", url)
    monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_DATABASE", store.database)
    good = CliRunner().invoke(app, ["reconcile", "--from", "24h"])
    assert good.exit_code == 0, good.output
    assert good.stdout.strip().splitlines()[-1].startswith("nothing missing: 60 offsets")
    delete(store, "ledger", "block = 16")
    bad = CliRunner().invoke(app, ["reconcile", "--json"])
    assert bad.exit_code == 1
    found = orjson.loads(bad.stdout)
    assert found["line"].startswith("MISSING: ")
    assert found["missing"] == 16
