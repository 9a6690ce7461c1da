"""History is what its answers add up to; where it is not, a rebuild finds it, says so, and can put it right."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import orjson
import pytest
from typer.testing import CliRunner

from streams.cli import app
from streams.edges.errors import UserError
from streams.edges.lanes import TIER_WIDTHS_S, recount_late, recount_tiers
from streams.edges.rebuild import Rebuild, rebuild
from streams.edges.revisions import revisions
from streams.edges.settings import Settings
from streams.edges.store import Store
from tests.kit.account import lay_down, sample
from tests.kit.clickhouse import fresh_database, migrated
from tests.kit.logs import event, policy, record
from tests.kit.seed import World, fill

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
LATER_MS = 60_000
"""Rows are stamped as they are stored; a minute on, nothing is on its way any more."""


@pytest.fixture(scope="module")
def kept(clickhouse_url: str) -> Iterator[Store]:
    with migrated(Settings(clickhouse_url=clickhouse_url, clickhouse_database=fresh_database())) as store:
        yield store


@pytest.fixture
def empty(kept: Store) -> Store:
    for table in (*TIER_WIDTHS_S, "touchpoints", "rejected", "ledger", "late_answers", "revisions", "scores"):
        kept.command(f"TRUNCATE TABLE {table}")
    return kept


@pytest.fixture
def store(empty: Store) -> Store:
    """Sixty records of two hours ago, counted, with their late answers and their minutes and hours."""
    lay_down(empty, sample(_start_ms(empty)))
    recount_late(empty, _late_slices(empty))
    recount_tiers(empty, {})
    return empty


def _start_ms(store: Store) -> int:
    """Far enough into an hour that nothing of it lies in another."""
    return (store.now_us() // 1_000 - 2 * HOUR_MS) // HOUR_MS * HOUR_MS + 600_000


def _late_slices(store: Store) -> set[int]:
    sql = "SELECT DISTINCT intDiv(toUnixTimestamp64Milli(occurred_at), 10000) * 10000 FROM touchpoints "
    return {int(row[0]) for row in store.rows(sql + "WHERE class IN ('late', 'import')")}


def run(store: Store, *, apply: bool = False, later_ms: int = LATER_MS, **changes: int) -> Rebuild:
    now_ms = store.now_us() // 1_000 + later_ms
    span = {"from_ms": now_ms - 4 * HOUR_MS, "to_ms": now_ms, **changes}
    return rebuild(store, now_ms=now_ms, apply=apply, **span)


def test_history_is_what_its_answers_add_up_to(store: Store) -> None:
    """All tiers, both lanes."""
    result = run(store)
    assert result.same, result.differences
    assert len(result.compared) == 6
    assert result.on_their_way == 0


def delete(store: Store, table: str, where: str) -> None:
    store.command(f"ALTER TABLE {table} DELETE WHERE {where} SETTINGS mutations_sync = 2")


def _more(store: Store, table: str, lane: str) -> None:
    """One bar grows by one; live ones as if the block's last record had been counted wrongly."""
    place = "block = 16 AND " if table == "panes_10s" and lane == "live" else ""
    (key,) = store.rows(f"SELECT min((slice, bin)) FROM {table} FINAL WHERE {place} lane = '{lane}' AND n > 0")
    start, point = key[0]
    store.command(
        f"INSERT INTO {table} SELECT * REPLACE (n + 1 AS n) FROM {table} FINAL WHERE {place} lane = '{lane}' "
        f"AND slice = toDateTime({int(start.timestamp())}, 'UTC') AND bin = {point} AND {table}.n > 0 LIMIT 1"
    )


BREAKS: dict[str, Callable[[Store], None]] = {
    "a live cell lost": lambda store: delete(store, "panes_10s", "lane = 'live' AND block = 16 AND bin = 4"),
    "a live cell too much": lambda store: _more(store, "panes_10s", "live"),
    "a late bar lost": lambda store: delete(store, "panes_10s", "lane = 'late' AND bin = 2"),
    "a late bar too much": lambda store: _more(store, "panes_1h", "late"),
    "a minute lost": lambda store: delete(store, "panes_1m", "lane = 'live' AND bin = 3"),
    "an hour too much": lambda store: _more(store, "panes_1h", "live"),
}


SOON = ("a late bar lost", "a minute lost", "an hour too much")
"""One of each table; the others take a quarter of a minute and are deep."""


@pytest.mark.parametrize(
    "spoil",
    [pytest.param(spoil, id=name, marks=() if name in SOON else pytest.mark.deep) for name, spoil in BREAKS.items()],
)
def test_what_differs_is_found_and_put_right(store: Store, spoil: Callable[[Store], None]) -> None:
    """And the second look finds nothing."""
    spoil(store)
    before = run(store)
    assert not before.same
    assert before.mended == 0
    after = run(store, apply=True)
    assert after.mended == sum(after.differing.values()) == sum(before.differing.values())
    assert run(store).same


def test_a_live_bar_put_right_is_visibly_revised(store: Store) -> None:
    _more(store, "panes_10s", "live")
    run(store, apply=True)
    told = revisions(
        store, from_ms=0, to_ms=store.now_us() // 1_000, metric="csat", scale="csat-1-5", touchpoint="checkout"
    )
    (revision,) = [one for one in told if one.lane == "live"]
    assert (revision.why, revision.n_before - revision.n) == ("rebuild", 1)
    (now,) = store.rows(
        "SELECT sum(n) FROM panes_10s FINAL WHERE lane = 'live' AND channel = {channel:String} "
        "AND slice = toDateTime({slice:Int64}, 'UTC')",
        {"channel": revision.channel, "slice": revision.slice_ms // 1_000},
    )
    assert int(now[0]) == revision.n
    run(store, apply=True)
    assert len(revisions(store, from_ms=0, to_ms=2**42, metric="csat", scale="csat-1-5", touchpoint="checkout")) == len(
        told
    )


def test_a_block_counted_again_after_a_crash_does_not_undo_the_mending(store: Store) -> None:
    """The same cells come again with the versions they had: those stay below."""
    delete(store, "panes_10s", "lane = 'live' AND block = 16 AND bin = 4")
    _more(store, "panes_10s", "live")
    wrong = store.rows("SELECT sum(n) FROM panes_10s FINAL WHERE lane = 'live' AND block = 16")
    store.command("CREATE TABLE sent AS panes_10s ENGINE = Memory")
    store.command("INSERT INTO sent SELECT * FROM panes_10s FINAL WHERE lane = 'live' AND block = 16")
    run(store, apply=True)
    right = store.rows("SELECT sum(n) FROM panes_10s FINAL WHERE lane = 'live' AND block = 16")
    assert right != wrong
    store.command("INSERT INTO panes_10s SELECT * FROM sent")
    store.command("DROP TABLE sent SYNC")
    assert store.rows("SELECT sum(n) FROM panes_10s FINAL WHERE lane = 'live' AND block = 16") == right


def test_a_cell_of_an_open_block_is_left_to_the_counting(store: Store) -> None:
    """It will be told again, with all that came since."""
    delete(store, "panes_10s", "lane = 'live' AND block = 48")
    result = run(store, apply=True)
    assert result.mended == 0
    assert [why for why in result.left if "still open" in why]
    assert not run(store).same


def test_names_counted_as_other_are_compared_together(empty: Store) -> None:
    """A flood of names is no difference, but a lost answer among them is one, and cannot be put right from here."""
    start_ms = _start_ms(empty)
    bodies = [event(f"e{n}", start_ms + 900 * n, score=1 + n % 5, location=f"shop {n}") for n in range(40)]
    log = [record(offset, start_ms + 1_000 * offset, body) for offset, body in enumerate(bodies)]
    lay_down(empty, log, rules=policy(max_series=3, horizon=1_000))
    recount_tiers(empty, {})
    overflow = empty.rows("SELECT sum(n) FROM panes_10s FINAL WHERE touchpoint = 'other'")[0][0]
    assert overflow > 20
    assert run(empty).same
    delete(empty, "panes_10s", "touchpoint = 'other' AND bin = 2 AND block = 16")
    result = run(empty, apply=True)
    assert result.differing["panes_10s, live lane"] == len([d for d in result.differences if d.folded]) > 0
    assert result.mended == 0
    assert [why for why in result.left if "too many" in why]


def test_what_came_just_now_is_on_its_way_and_no_difference(store: Store) -> None:
    delete(store, "panes_10s", "lane = 'live' AND block = 16")
    now = run(store, later_ms=0)
    assert now.same
    assert now.on_their_way > 0
    assert not run(store).same


def test_what_has_expired_is_said_and_not_called_a_difference(store: Store) -> None:
    """10 s panes are kept for a week, answers for four hundred days."""
    ten_days_on = run(store, later_ms=10 * DAY_MS, from_ms=_start_ms(store) - HOUR_MS)
    assert "panes_10s, live lane: what is older cannot be rebuilt, its bars have expired" in ten_days_on.notes
    assert ten_days_on.same
    two_years_on = run(store, later_ms=700 * DAY_MS, from_ms=_start_ms(store) - HOUR_MS)
    assert "panes_1h, live lane: what is older cannot be rebuilt, its answers have expired" in two_years_on.notes
    with pytest.raises(UserError, match="--from must lie before --to"):
        run(store, to_ms=0)


def seeded(store: Store) -> int:
    """Scores of ten windows, all of them final; returns the end of the last."""
    end_ms = _start_ms(store)
    world = World(end_ms, heard_ms=end_ms + 20_000)
    world.add(end_ms - 60_000, "web", "csat-1-5", [5] * 30 + [2] * 10, touchpoint="checkout")
    world.add(end_ms - 45_000, "app", "csat-1-5", [1] * 7)
    fill(store.insert_columns, world, [end_ms + 10_000 - 10_000 * n for n in range(10)])
    return end_ms


def test_final_scores_are_what_their_answers_give(empty: Store) -> None:
    """Every window of every length, for each channel and for all."""
    seeded(empty)
    assert empty.rows("SELECT count() FROM scores FINAL WHERE complete")[0][0] == 90
    assert run(empty).scores == []
    empty.command(
        "INSERT INTO scores SELECT * REPLACE (bad + 1 AS bad, computed_ms + 1 AS computed_ms) FROM scores FINAL "
        "WHERE channel = 'app' AND window_s = 300 LIMIT 1"
    )
    (wrong,) = run(empty).scores
    assert (wrong["channel"], wrong["window_s"], wrong["bad"]) == ("app", 300, wrong["bad_most"] + 1)


def test_an_answer_that_came_after_a_score_was_final_may_or_may_not_be_in_it(empty: Store) -> None:
    """It is live still, and stands in history; the score of a window that had ended was told without it."""
    end_ms = seeded(empty)
    empty.command(
        "INSERT INTO touchpoints SELECT * REPLACE ('straggler' AS event_id, "
        f"fromUnixTimestamp64Milli({end_ms + 15_000}) AS appended_at) FROM touchpoints LIMIT 1"
    )
    assert run(empty).scores == []
    empty.command("INSERT INTO touchpoints SELECT * REPLACE ('prompt' AS event_id) FROM touchpoints LIMIT 1")
    assert run(empty).scores


def test_the_command_prints_the_difference_and_says_so_by_its_exit_code(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_URL", store._where)
    monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_DATABASE", store.database)
    store.command(
        "ALTER TABLE panes_10s UPDATE stored_at = stored_at - toIntervalHour(1) WHERE 1 SETTINGS mutations_sync = 2"
    )
    for table in ("panes_1m", "panes_1h", "touchpoints"):
        store.command(f"CREATE TABLE moved AS {table}")
        store.command(f"INSERT INTO moved SELECT * REPLACE (stored_at - toIntervalHour(1) AS stored_at) FROM {table}")
        store.command(f"EXCHANGE TABLES moved AND {table}")
        store.command("DROP TABLE moved SYNC")
    good = CliRunner().invoke(app, ["rebuild", "--from", "4h"], catch_exceptions=False)
    assert good.exit_code == 0, good.output
    assert "no difference" in good.stdout
    delete(store, "panes_10s", "lane = 'live' AND block = 16 AND bin = 4")
    bad = CliRunner().invoke(app, ["rebuild", "--from", "4h", "--json"], catch_exceptions=False)
    assert bad.exit_code == 1
    found = orjson.loads(bad.stdout)
    assert not found["same"]
    assert found["differences"][0]["n_true"] > found["differences"][0]["n"]
    assert CliRunner().invoke(app, ["rebuild", "--from", "4h", "--apply"], catch_exceptions=False).exit_code == 0
