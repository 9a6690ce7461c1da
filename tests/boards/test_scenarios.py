"""What the boards say of a scenario's past: the figures of the worked example, and nothing empty."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from dashboards.feed import Feed, span
from dashboards.library import BOARDS, board
from dashboards.panel import Board, Panel
from dashboards.parts import ACTIONS, ALERTS, COST, KEY_EXPERIENCE, LOYALTY
from streams.edges.settings import Settings
from streams.edges.simulator import COMPANIES
from streams.edges.simulator.clock import DAY_MS
from tests.kit.clickhouse import fresh_database, migrated
from tests.kit.scenarios import lay_past, on_screen, titled

OF_WEEKS = [one for one in BOARDS if span(one.shown.removeprefix("now-"))[1] * 1000 > 7 * DAY_MS]
"""Boards that look back over weeks: the others speak of what streams now."""


@pytest.fixture(scope="module", params=["retailer", pytest.param("bank", marks=pytest.mark.deep)])
def scenario(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def feed(scenario: str, clickhouse_url: str) -> Iterator[Feed]:
    """The past of the scenario, and nothing else."""
    now_ms = time.time_ns() // 1_000_000_000 * 1_000
    with migrated(Settings(clickhouse_url=clickhouse_url, clickhouse_database=fresh_database())) as store:
        lay_past(store, COMPANIES[scenario], now_ms)
        yield Feed(store, now_ms=lambda: now_ms)


@pytest.mark.deep  # every panel over a year of answers
async def test_each_board_of_weeks_has_something_to_show(feed: Feed) -> None:
    """Before the first live answer: nothing is said to be empty."""
    empty = [(one.uid, panel.title) for one, panel in panels_of(OF_WEEKS) if not await on_screen(feed, one, panel)]
    assert empty == []


async def test_the_retailers_boards_show_the_worked_example(scenario: str, feed: Feed) -> None:
    """Satisfaction -2, weighted -18, gap -5 of convenience, the key experience; 61,600 and 4,851,000."""
    if scenario != "retailer":
        pytest.skip("the worked example is a retailer's")
    aspects = {row["aspect"]: row for row in await titled(feed, board(KEY_EXPERIENCE), "Delta by aspect")}
    exact = ("experience", "expectation", "satisfaction", "importance", "weighted", "ideal", "gap")
    assert {name: tuple(row[column] for column in exact) for name, row in aspects.items()} == {
        "price": (7, 7, 0, None, None, 7, 0),
        "brand": (7, 7, 0, None, None, 7, 0),
        "service": (6, None, None, None, None, 6, 0),
        "product": (6, 7, -1, None, None, 6, 0),
        "convenience": (5, 7, -2, 9, -18, 10, -5),
        "relationship": (4, None, None, None, None, 4, 0),
    }
    convenience = aspects["convenience"]
    assert convenience["verdict"] == "key, first to mend"
    assert convenience["satisfaction_shown"].startswith("−2.0 ")
    assert convenience["weighted_shown"].startswith("−18 ")
    assert convenience["gap_shown"].startswith("−5.0 ")
    lost = {row["customers"]: row for row in await titled(feed, board(COST), "Where it is lost")}
    assert lost["who complain"]["lost"] == "61,600"
    assert lost["who stay silent"]["lost"] == "4,851,000"


async def test_the_banks_key_experience_is_not_what_is_first_to_mend(scenario: str, feed: Feed) -> None:
    """Convenience matters most; price falls furthest short, for what it matters."""
    if scenario != "bank":
        pytest.skip("in the retailer's example the two are the same")
    verdicts = {row["aspect"]: row["verdict"] for row in await titled(feed, board(KEY_EXPERIENCE), "Delta by aspect")}
    assert verdicts["price"] == "first to mend"
    assert verdicts["convenience"] == "key experience"


async def test_the_action_is_seen_to_have_helped(scenario: str, feed: Feed) -> None:
    """Beyond what changed anyway, over weeks on either side."""
    (action,) = await titled(feed, board(ACTIONS), "What each action changed, and what it brings in a year")
    assert action["what"] == COMPANIES[scenario].past.done.what
    assert action["verdict"] == "helped"


async def test_the_share_that_comes_back_is_about_the_declared_one(scenario: str, feed: Feed) -> None:
    """Of a year's first purchases, within 90 days."""
    (row,) = await titled(feed, board(LOYALTY), "Return rate")
    assert abs(row["value"] - COMPANIES[scenario].past.back_share) < 0.15


def panels_of(boards: list[Board]) -> Iterator[tuple[Board, Panel]]:
    for one in boards:
        if one.uid != ALERTS:
            yield from ((one, panel) for panel in one.panels)
