"""Single events behind the boards: each as it stands; of very many, some customers'; of very few, no number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from dashboards.journey import JOURNEY
from dashboards.macros import Shown, expand
from dashboards.method_sql.source import drawn, events
from dashboards.panel import EVERY
from streams.apps.touchpoint_rows import TouchpointRows
from streams.edges.store import Store
from tests.kit.method import DAY_MS, END_MS, HOUR_MS, Scene, ask
from tests.kit.method import method_store as method_store

Query = Callable[[str], str]


def paths(store: Store, most: int) -> Counter[str]:
    """Events told of each customer, of at most about so many."""
    return Counter(row["customer"] for row in ask(store, drawn("customer", most=most)))


def test_of_very_many_events_a_customers_path_is_there_as_a_whole_or_not_at_all(method_store: Store) -> None:
    scene = Scene()
    for customer in range(200):
        for place in ("find", "pay", "use"):
            scene.add("visit", touchpoint=place, customer=f"c{customer}")
    scene.lay(method_store)
    some = paths(method_store, 100)
    assert set(some.values()) == {3}
    assert len(some) == 34  # the first whose events make a hundred
    assert paths(method_store, 100) == some
    assert some.keys() < paths(method_store, 300).keys()
    assert len(paths(method_store, 600)) == 200


def test_strangers_are_drawn_one_by_one(method_store: Store) -> None:
    """All without a pseudonym as one customer would be all of them or none."""
    scene = Scene()
    for minute in range(1, 101):
        scene.add("visit", touchpoint="pay", minutes_ago=minute)
    scene.lay(method_store)
    assert paths(method_store, 10).total() == 10


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(lambda where: drawn("touchpoint", where), id="drawn"),
        pytest.param(lambda where: events("touchpoint", (), where), id="events"),
    ],
)
def test_an_event_is_what_its_newest_row_says(method_store: Store, query: Query) -> None:
    """An accepted row outranks a late one that said something else, whether what it says is asked for or not."""
    scene = Scene()
    scene.add("visit", touchpoint="pay")
    scene.lay(method_store)
    was = TouchpointRows()
    was.origin("scene", "scene", 0)
    was.add(scene.events[0], "late", 1, END_MS)
    columns = was.columns()
    method_store.insert_columns("touchpoints", columns | {"touchpoint": ["find"]})
    assert [row["touchpoint"] for row in ask(method_store, query("1"))] == ["pay"]
    assert ask(method_store, query("touchpoint = 'find'")) == []
    assert [row["touchpoint"] for row in ask(method_store, query("touchpoint = 'pay'"))] == ["pay"]


def along_the_way(store: Store, least: int = 5) -> dict[str, dict[str, Any]]:
    """Rows of the journey's table by touchpoint."""
    values = {"stage": [EVERY], "location": [EVERY], "segment": [EVERY], "channel": ["store"]}
    shown = Shown(from_ms=END_MS - 140 * DAY_MS, to_ms=END_MS, interval_ms=HOUR_MS)
    sql = expand(JOURNEY.panel(1).sql, shown=shown, values={**values, "quiet": "604800", "hide_under": str(least)})
    return {row["touchpoint"]: row for row in store.query(sql)}


def test_a_feeling_and_a_leaving_of_very_few_are_hidden_among_many_who_were_here(method_store: Store) -> None:
    """Twenty were here: two told a feeling, and the journey of two more has ended."""
    scene = Scene()
    for customer in range(20):
        scene.add("visit", touchpoint="pay", customer=f"c{customer}", days_ago=20 if customer < 2 else 1)
    for customer in (5, 6):
        scene.add("emotion", valence=-0.9, touchpoint="pay", customer=f"c{customer}")
    for customer in range(6):
        scene.add("emotion", valence=-0.5, touchpoint="find", customer=f"c{customer}", days_ago=30)
    scene.lay(method_store)
    found = along_the_way(method_store)
    pay, find = found["pay"], found["find"]
    assert pay["valence_shown"] == pay["left_shown"] == "hidden: fewer than 5 customers"
    assert (pay["curve"], pay["valence_exact"], pay["left_exact"]) == ("", None, None)
    assert (find["valence_exact"], find["curve"]) == (pytest.approx(-0.5), "▼▼▼")
    assert along_the_way(method_store, least=1)["pay"]["valence_exact"] == pytest.approx(-0.9)


def test_a_touchpoint_of_very_few_tells_no_words(method_store: Store) -> None:
    scene = Scene()
    for customer in range(4):
        scene.add("emotion", valence=0.5, action="parks", touchpoint="pay", customer=f"c{customer}", times=9)
    scene.lay(method_store)
    (row,) = along_the_way(method_store).values()
    assert (row["they_do"], row["left_shown"], row["valence_exact"]) == ("", "", None)
    assert along_the_way(method_store, least=4)["pay"]["they_do"] == "parks (36)"
