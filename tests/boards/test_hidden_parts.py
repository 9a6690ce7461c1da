"""With a place chosen where two customers answered, no panel of any board tells what they said.

How it is seen without a list of panels: nothing that is shown holds a number. And two places are alike in all but what
their two customers answered, how often and in which words: where these are hidden, a panel says the same of both.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from dashboards import sql
from dashboards.channel import CHANNEL
from dashboards.drivers import DRIVERS
from dashboards.feed import Row
from dashboards.library import BOARDS
from dashboards.overview import OVERVIEW
from dashboards.panel import EVERY, Board, Panel
from dashboards.voices import VOICES
from schemas.catalogue import Catalogue
from streams.edges.settings import Settings
from streams.edges.store import Store
from streams.edges.targets import store_targets
from tests.boards.conftest import Seeded
from tests.kit.clickhouse import fresh_database, migrated
from tests.kit.method import Scene
from tests.kit.seed import HOUR, World
from tests.kit.seed_alerts import alerted
from tests.kit.seed_method import EXAMPLE

CHANNEL_NAME, OTHER_CHANNEL = "app", "web"
TWINS, FEW_TWINS, MANY = ("Nook", "Corner"), ("Stall", "Booth"), "Square"
"""Places of two customers each, of two with four answers in all, and one of six customers."""
COUNT_ANSWERS = {(OVERVIEW.uid, 1), (OVERVIEW.uid, 3), (OVERVIEW.uid, 4), (CHANNEL.uid, 1), (CHANNEL.uid, 2)}
"""Rolling scores: summed where no customers are known."""
TELLS_NO_ANSWER = {(OVERVIEW.uid, 2)}
"""Up to when sources are counted."""
TELL_OF_NOBODY = {"places", "weight_shown"}
"""Columns: how many places there are, and what the target file says."""
WORD, GREW = "gorse", VOICES.panel(1)
DRAWS_MANY_ONLY = {(DRIVERS.uid, 1)}
"""From thirty customers on, whatever is hidden."""


def heeds_a_place(panel: Panel) -> bool:
    return any("${location:sqlstring}" in query for query in panel.queries)


PANELS = [
    pytest.param(board, panel, id=f"{board.uid}-{panel.id}")
    for board in BOARDS
    for panel in board.panels
    if heeds_a_place(panel) and (board.uid, panel.id) not in TELLS_NO_ANSWER
]


def visited(scene: Scene, place: str, *, people: int, times: int, better: int) -> None:
    """Each of so many people does everything that a board tells of, so often.

    Args:
        better: 0 or 1, added to their answers.
    """
    word = f"{WORD}{better}"
    for number in range(people):
        who: dict[str, Any] = {"customer": f"{place}-{number}", "channel": CHANNEL_NAME, "segment": "new"}
        now: dict[str, Any] = {"location": place, "times": times, "minutes_ago": 20, **who}
        till: dict[str, Any] = {"touchpoint": "till", "stage": "purchase"}
        unhappy: dict[str, Any] = {"scale": "1-5", "score": 1 + (number + better) % 2, "comment": f"the {word} again"}
        scene.add("csat", **unhappy, **till, **now)
        scene.add("csat", **unhappy, **till, **{**now, "minutes_ago": 50})
        scene.add("csat", scale="1-5", score=4 + better, **till, **now)
        scene.add("nps", score=6 + 3 * better, **now)
        asked: dict[str, Any] = {"aspect": "price", "importance": 6 + better, "expectation_from": "promotion"}
        scene.add("rating", experience=5 + better, expectation=7 - better, **asked, **till, **now)
        scene.add("rating", aspect="price", experience=2 + better, **till, **{**now, "channel": OTHER_CHANNEL})
        scene.add("rating", aspect="price", experience=8 + better, respondent="employee", **now)
        scene.add("trust", integrity=6 + better, ability=6 - better, affinity=7 - number, consistency=5, **now)
        waits: dict[str, Any] = {
            "wait_s": 400 if better else 20,
            "first_contact": better == 0,
            "self_service": better == 1,
        }
        scene.add("interaction", **waits, **till, **now)
        scene.add("signal", signal="rage_tap", size=2 + better, unit="taps", **till, **now)
        scene.add("complaint", severity=1, **now)
        scene.add("emotion", valence=0.5 - better, action=f"digs {word}", need=f"a {word}", **till, **now)


@pytest.fixture(scope="module")
def square(clickhouse_url: str) -> Iterator[Seeded]:
    """A store that holds these places and no other."""
    now_ms = int(time.time()) * 1_000
    scene = Scene(end_ms=now_ms)
    for better, place in enumerate(TWINS):
        visited(scene, place, people=2, times=3 + better, better=better)
    visited(scene, MANY, people=6, times=3, better=0)
    desk: dict[str, Any] = {"touchpoint": "desk", "channel": CHANNEL_NAME, "minutes_ago": 20}
    for number in range(2):
        scene.add("csat", scale="1-5", score=1, comment=WORD, customer=f"d{number}", times=3, **desk)
    for minutes_ago, people in ((20, 5), (180, 2)):
        for number in range(people):
            worse: dict[str, Any] = {"location": "Turn", "channel": CHANNEL_NAME, "minutes_ago": minutes_ago}
            scene.add("csat", scale="1-5", score=1, comment=WORD, customer=f"t{number}", times=3, **worse)
    for place, times in ((FEW_TWINS[0], 3), (FEW_TWINS[1], 4), (MANY, 6)):
        here: dict[str, Any] = {"location": place, "channel": CHANNEL_NAME, "minutes_ago": 1}
        scene.add("csat", scale="1-5", score=1, times=times, **here)
    with migrated(Settings(clickhouse_url=clickhouse_url, clickhouse_database=fresh_database())) as store:
        laid(store, scene)
        yield Seeded(store, World(now_ms), alerted(now_ms))


def laid(store: Store, scene: Scene) -> None:
    scene.add_to(store, {"panes_10s": 10_000})
    example = Catalogue.load(EXAMPLE)
    store_targets(store, example.targets, example.locations)


def ask(square: Seeded, board: Board, query: str, place: str, least: str = "5", **more: Any) -> list[Row]:
    """Rows of a panel that tell of a place."""
    several = board.variable("channel").several
    chosen: dict[str, Any] = {
        "channel": [CHANNEL_NAME, OTHER_CHANNEL] if several else CHANNEL_NAME,
        "location": [place],
        **more,
    }
    # Compiling an expression to machine code takes longer than any of these small queries.
    quick = query if "SETTINGS" in query else f"{query}\nSETTINGS compile_expressions = 0"
    return square.ask(board, quick, span_ms=HOUR, **{"hide_under": least, **chosen})


def telling(row: Row) -> dict[str, Any]:
    """The cells of a row that hold a number, a sign that stands for one, or a word that a customer wrote."""
    found = {}
    for name, value in row.items():
        text = str(value or "")
        for harmless in ("fewer than 5 customers", "○ < 5 customers", *sql.LABELS.values()):
            text = text.replace(harmless, "")
        if name not in TELL_OF_NOBODY and re.search(rf"[0-9▲▼●]|{WORD}", text):
            found[name] = value
    return found


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_what_two_customers_of_a_place_say_is_told_by_no_panel(square: Seeded, board: Board, panel: Panel) -> None:
    rows = ask(square, board, panel.sql, alike(board, panel)[0])
    assert [telling(row) for row in rows if telling(row)] == []


@pytest.mark.parametrize("panel", VOICES.panels, ids=lambda panel: str(panel.id))
def test_a_touchpoint_chosen_is_a_part_too(square: Seeded, panel: Panel) -> None:
    """Two customers of one touchpoint are as few as two of one place."""
    rows = ask(square, VOICES, panel.sql, EVERY, touchpoint=["desk"])
    assert [telling(row) for row in rows if telling(row)] == []


def test_how_two_customers_answered_before_is_not_told_either(square: Seeded) -> None:
    """Five name it now, which is enough; the share of the two before them is theirs."""
    rows = ask(square, VOICES, GREW.sql, "Turn")
    (row,) = [row for row in rows if row["term"] == WORD]
    assert (row["now_shown"], row["before_shown"]) == ("100 % (15 of 15)", "hidden: fewer than 5 customers")
    assert (row["z"], row["log_odds"]) == (None, None)
    (row,) = [row for row in ask(square, VOICES, GREW.sql, "Turn", "2") if row["term"] == WORD]
    assert row["before_shown"] == "100 % (6 of 6)"


def told(square: Seeded, board: Board, panel: Panel, place: str, least: str = "5") -> list[str]:
    """All that a panel says of a place, its name apart."""
    return [
        str(row).replace(place, "PLACE") for query in panel.queries for row in ask(square, board, query, place, least)
    ]


def alike(board: Board, panel: Panel) -> tuple[str, str]:
    """Two places of which the panel must say the same."""
    return FEW_TWINS if (board.uid, panel.id) in COUNT_ANSWERS else TWINS


@pytest.mark.deep
@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_what_is_hidden_makes_no_difference(square: Seeded, board: Board, panel: Panel) -> None:
    """Not to an order, a verdict or a line either; and it would, were nothing hidden: else nothing were tried here."""
    one, other = alike(board, panel)
    assert told(square, board, panel, one) == told(square, board, panel, other)
    if (board.uid, panel.id) not in DRAWS_MANY_ONLY:
        assert told(square, board, panel, one, "0") != told(square, board, panel, other, "0")


@pytest.mark.deep
@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_what_enough_customers_say_is_told_whole(square: Seeded, board: Board, panel: Panel) -> None:
    assert told(square, board, panel, MANY) == told(square, board, panel, MANY, "0") != []
