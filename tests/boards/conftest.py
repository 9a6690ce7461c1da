"""A store with answers of known numbers, for the tests of the boards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from dashboards.feed import Row
from dashboards.macros import Shown, Style, Values, expand
from dashboards.panel import EVERY, Board, Panel
from streams.edges.settings import Settings
from streams.edges.store import Store
from tests.kit.clickhouse import fresh_database, migrated
from tests.kit.seed import DAY, HOUR, SECOND, World, fill, small_world
from tests.kit.seed_alerts import Alerted, lay_alerts
from tests.kit.seed_annotations import lay_annotations
from tests.kit.seed_method import lay_method
from tests.kit.seed_places import lay_morning

CHANNELS = ("app", "phone_in", "store", "web")
REGIONS = ("islands", "north-east", "north-west", "south", "west", "no region")
SPANS_MS = {"10 s tier": HOUR, "1 min tier": 2 * DAY, "1 h tier": 30 * DAY}


@dataclass(frozen=True)
class Seeded:
    """A store that holds a world, and a way to ask it what a panel asks."""

    store: Store
    world: World
    alerted: Alerted

    def values(self, board: Board, **chosen: str | list[str]) -> Values:
        """All channels, or the app where a board takes one; the defaults elsewhere; `chosen` wins."""
        several = any(variable.name == "channel" and variable.several for variable in board.variables)
        usual: dict[str, str | list[str]] = {
            "channel": list(CHANNELS) if several else "app",
            "producer": ["seed"],
            "window": "300",
            "scale": "csat-1-5",
            "hide_under": "5",
            "region": list(REGIONS),
            "rule": self.alerted.rules,
            "alert": self.alerted.chosen,
        }
        usual |= {variable.name: [EVERY] for variable in board.variables if variable.open}
        usual |= {variable.name: variable.default for variable in board.variables if variable.default}
        return {**usual, **chosen}

    def ask(
        self,
        board: Board,
        panel: Panel | str,
        *,
        span_ms: int = HOUR,
        style: Style = Style.PLUGIN_4,
        **chosen: str | list[str],
    ) -> list[Row]:
        """Rows of a panel (or of SQL) up to the world's now."""
        now_ms = self.world.now_ms
        sql, shortest_s = (panel, 10) if isinstance(panel, str) else (panel.sql, panel.min_interval_s)
        interval_ms = max(shortest_s * SECOND, span_ms // 240)
        shown = Shown(from_ms=now_ms - span_ms, to_ms=now_ms, interval_ms=interval_ms)
        return self.store.query(expand(sql, shown=shown, values=self.values(board, **chosen), style=style))


@pytest.fixture(scope="session")
def small(clickhouse_url: str) -> Iterator[Seeded]:
    """The small world of the kit, in a database of its own."""
    yield from seeded(clickhouse_url)


@pytest.fixture(scope="module")
def untouched(clickhouse_url: str) -> Iterator[Seeded]:
    """The same for one file alone: what others add to theirs is not in it."""
    yield from seeded(clickhouse_url)


def seeded(clickhouse_url: str) -> Iterator[Seeded]:
    """A small world, stored."""
    # Whole seconds: the macros know no finer ends of the time shown.
    world = small_world(int(time.time()) * SECOND)
    with migrated(Settings(clickhouse_url=clickhouse_url, clickhouse_database=fresh_database())) as store:
        fill(store.insert_columns, world, [world.window_end_ms() - number * 10 * SECOND for number in range(60)])
        lay_method(store, world.now_ms)
        lay_annotations(store, world.now_ms)
        lay_morning(store, world.now_ms)
        yield Seeded(store, world, lay_alerts(store.insert_columns, world.now_ms))
