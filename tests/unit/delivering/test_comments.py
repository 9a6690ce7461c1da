"""Comments on a page: best effort. A store that hangs or is away costs the page a second at most, and then nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from streams.edges.errors import Unavailable
from streams.edges.receivers import comments as module
from streams.edges.receivers.comments import LEFT_ALONE_S, Comments
from streams.edges.settings import Settings
from tests.kit.delivering import Cluster, Worker
from tests.kit.sendings import sending
from tests.kit.takers import InMemory


class Shelf:
    """A store of comments."""

    def __init__(self, *comments: str) -> None:
        self.comments = list(comments)
        self.asked = 0
        self.hangs: threading.Event | None = None
        self.away = False

    def rows(self, sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        self.asked += 1
        if self.hangs is not None:
            self.hangs.wait(10)
        if self.away:
            raise Unavailable("the store is away")
        return [(comment,) for comment in self.comments]


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def shelf() -> Shelf:
    return Shelf("The till was closed.", "Ring me: +49 30 901820 or kim@example.org")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def comments(shelf: Shelf, clock: Clock) -> Iterator[Comments]:
    found = Comments(Settings(), lambda: shelf, clock)
    yield found
    if shelf.hangs is not None:
        shelf.hangs.set()
    found.close()


async def test_a_page_quotes_customers_without_their_personal_data(comments: Comments) -> None:
    cluster, team = Cluster(), InMemory("team")
    cluster.emit(sending("a"))
    await (await Worker(cluster, team, comments=comments).start()).work()
    assert "The till was closed." in team.notes[0].body
    assert "[phone]" in team.notes[0].body
    assert "901820" not in team.notes[0].body
    assert "kim@example.org" not in team.notes[0].body
    assert "The till" not in str(cluster.told), "and nowhere else is it kept"


async def test_what_a_customer_wrote_calls_nobody_and_is_cut(comments: Comments, shelf: Shelf) -> None:
    shelf.comments = ["<!channel> @all `x`\nnext", "é" * 1_000]
    short, long = await comments.of(sending().page)
    assert short == "‹!channel› ＠all 'x' next"
    assert len(long) == 200


async def test_a_store_that_hangs_delays_the_page_by_its_second_and_the_next_page_not_at_all(
    comments: Comments, shelf: Shelf, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_S", 0.05)
    shelf.hangs = threading.Event()
    async with asyncio.timeout(2):
        assert await comments.of(sending("a").page) == []
    monkeypatch.setattr(module, "WAIT_S", 60.0)
    clock.s += LEFT_ALONE_S + 1
    async with asyncio.timeout(2):
        assert await comments.of(sending("b").page) == [], "the thread still hangs"
    assert shelf.asked == 1


async def test_while_the_store_is_away_nobody_asks_it_for_every_page(
    comments: Comments, shelf: Shelf, clock: Clock
) -> None:
    shelf.away = True
    for number in range(5):
        assert await comments.of(sending(f"a{number}").page) == []
    assert shelf.asked == 1
    shelf.away = False
    clock.s += LEFT_ALONE_S
    assert len(await comments.of(sending("z").page)) == 2
    assert len(await comments.of(sending("z").page)) == 2, "for its other receivers"
    assert shelf.asked == 3 - 1


@pytest.mark.parametrize(
    "changes", [{"send": "resolve"}, {"kind": "heartbeat"}, {"kind": "silent"}, {"kind": "late"}, {"shadow": True}]
)
async def test_where_no_comment_helps_none_is_asked_for(
    comments: Comments, shelf: Shelf, changes: dict[str, Any]
) -> None:
    send = changes.pop("send", "page")
    assert await comments.of(sending("a", send, **changes).page) == []
    assert shelf.asked == 0
