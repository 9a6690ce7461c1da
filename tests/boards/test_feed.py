"""The page asks the store no more often than needed, and never for what is not on offer."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from dashboards.feed import SPANS, Feed, span
from dashboards.library import BOARDS
from dashboards.overview import OVERVIEW
from streams.edges.errors import Unavailable


class Store:
    """Counts what it is asked; may be away, may be held."""

    def __init__(self, names: list[str] | None = None) -> None:
        self.asked: list[str] = []
        self.names = names if names is not None else ["app", "web"]
        self.away = False
        self.open = threading.Event()
        self.open.set()

    def query(self, sql: str) -> list[dict[str, Any]]:
        self.asked.append(sql)
        assert self.open.wait(5)
        if self.away:
            raise Unavailable("the store is away")
        return [{"name": name} for name in self.names]


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def feed(store: Store, clock: Clock | None = None) -> Feed:
    return Feed(store, now_ms=lambda: 1_795_000_000_000, keep_s=1.0, clock=clock or Clock())


async def test_many_readers_cost_the_store_one_query() -> None:
    """Ten people look at one board while the store is slow."""
    store = Store()
    one = feed(store)
    store.open.clear()
    readers = [asyncio.create_task(one.rows("SELECT 1", {}, span_s=60)) for _ in range(10)]
    await asyncio.sleep(0)
    store.open.set()
    found = await asyncio.gather(*readers)
    assert len(store.asked) == 1
    assert found == [[{"name": "app"}, {"name": "web"}]] * 10


async def test_an_answer_is_asked_for_again_when_it_is_old() -> None:
    """Else nothing would ever change on the screen."""
    store, clock = Store(), Clock()
    one = feed(store, clock)
    await one.rows("SELECT 1", {}, span_s=60)
    clock.now_s += 0.5
    await one.rows("SELECT 1", {}, span_s=60)
    assert len(store.asked) == 1
    clock.now_s += 1.0
    await one.rows("SELECT 1", {}, span_s=60)
    assert len(store.asked) == 2


async def test_a_reader_who_leaves_does_not_take_the_answer_along() -> None:
    """A closed tab is not a cancelled query for the others."""
    store = Store()
    one = feed(store)
    store.open.clear()
    leaving, staying = (asyncio.create_task(one.rows("SELECT 1", {}, span_s=60)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    store.open.set()
    assert await staying == [{"name": "app"}, {"name": "web"}]


async def test_a_store_that_comes_back_is_asked_again() -> None:
    """An error is not kept longer than an answer."""
    store, clock = Store(), Clock()
    one = feed(store, clock)
    store.away = True
    with pytest.raises(Unavailable):
        await one.rows("SELECT 1", {}, span_s=60)
    store.away = False
    clock.now_s += 2
    assert await one.rows("SELECT 1", {}, span_s=60)


async def test_what_is_not_on_offer_cannot_be_chosen() -> None:
    """An address may hold anything: unknown windows and channels fall back."""
    asked = {"channel": ["nobody", "web"], "window": ["1; DROP TABLE scores"], "scale": ["nps-0-10"]}
    chosen = await feed(Store()).chosen(OVERVIEW, asked)
    everything = {"stage": ["*"], "location": ["*"], "segment": ["*"]}
    assert chosen == {"channel": ["web"], **everything, "window": "300", "scale": "nps-0-10", "hide_under": "5"}


async def test_without_a_choice_all_channels_are_shown_also_new_ones() -> None:
    """All is all there are now; before the first answer there are none, which must not be an error."""
    assert (await feed(Store()).chosen(OVERVIEW, {}))["channel"] == ["app", "web"]
    assert (await feed(Store([])).chosen(OVERVIEW, {}))["channel"] == [""]
    assert (await feed(Store([])).chosen(BOARDS[1], {}))["channel"] == ""


@pytest.mark.parametrize("name", [name for name, _, _ in SPANS])
def test_a_graph_has_points_enough_and_not_too_many(name: str) -> None:
    """A quarter of an hour or twelve years: a step of at least 10 s, at most a few hundred points."""
    _, seconds = span(name)
    shown = feed(Store()).shown(seconds)
    assert shown.interval_ms >= 10_000
    assert 50 <= seconds * 1_000 / shown.interval_ms <= 400


def test_an_unknown_time_to_show_is_an_hour() -> None:
    """Somebody typed it."""
    assert span("forever") == ("1h", 3_600)
