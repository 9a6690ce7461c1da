"""The pipeline board says what the command says, and nothing at all where nothing has happened."""

from __future__ import annotations

import pytest

from dashboards.macros import Shown, expand
from dashboards.panel import Panel
from dashboards.pipeline import PIPELINE
from streams.edges.reconcile import reconcile
from streams.edges.store import Store
from tests.boards.conftest import Seeded
from tests.kit.account import TOPIC, lay_down, sample
from tests.kit.seed import HOUR

PANELS = [pytest.param(panel, id=str(panel.id)) for panel in PIPELINE.panels]


def ask(store: Store, panel_id: int, *, hours: int = 6) -> list[dict[str, object]]:
    now_ms = store.now_us() // 1_000
    shown = Shown(from_ms=now_ms - hours * HOUR, to_ms=now_ms, interval_ms=60_000)
    return store.query(expand(PIPELINE.panel(panel_id).sql, shown=shown, values={"channel": ["web", "app"]}))


@pytest.mark.parametrize("panel", PANELS)
def test_an_empty_store_shows_words_and_no_error(clickhouse_store: Store, panel: Panel) -> None:
    """The first look at a new installation."""
    assert ask(clickhouse_store, panel.id) == []


def test_a_seeded_world_balances(small: Seeded) -> None:
    (row,) = small.ask(PIPELINE, PIPELINE.panel(1))
    assert str(row["verdict"]).startswith("nothing missing: ")


def test_board_and_command_find_the_same(clickhouse_store: Store) -> None:
    """One account, worded once: the line on the board is the line of the command."""
    start_ms = clickhouse_store.now_us() // 1_000 - 2 * HOUR
    lay_down(clickhouse_store, sample(start_ms))
    clickhouse_store.command("ALTER TABLE ledger DELETE WHERE block = 16 SETTINGS mutations_sync = 2")
    (row,) = ask(clickhouse_store, 1)
    assert str(row["verdict"]).startswith("MISSING: 44 offsets in 3 blocks = ")
    assert "16 in no block" in str(row["verdict"])
    now_ms = clickhouse_store.now_us() // 1_000
    result = reconcile(clickhouse_store, from_ms=start_ms, to_ms=now_ms, now_ms=now_ms, live_topic=TOPIC)
    assert result.missing == 16
    assert sum(int(str(hour["wrong"])) for hour in ask(clickhouse_store, 6)) == 16


def test_minutes_add_up_to_the_classes(clickhouse_store: Store) -> None:
    """Sums of a block run on from minute to minute; each minute shows what came in it."""
    laid = lay_down(clickhouse_store, sample(clickhouse_store.now_us() // 1_000 - 2 * HOUR))
    minutes = ask(clickhouse_store, 5)
    assert {name: sum(int(str(row[name])) for row in minutes) for name in laid.classes} == laid.classes
    points = ask(clickhouse_store, 4)
    assert sum(float(str(point["n"])) for point in points) == 60.0
