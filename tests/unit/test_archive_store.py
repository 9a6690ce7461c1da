"""Scores do not wait until events are stored: people look at them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from streams.apps.archive import Archiving, Buffer
from streams.apps.rules import Rules
from streams.edges.errors import Unavailable
from streams.edges.settings import Settings


class SlowStore:
    """Takes one table only after another has come; may be away."""

    def __init__(self, *, last: str, after: str, away: str = "") -> None:
        self.stored: list[str] = []
        self._last, self._after, self._away = last, after, away
        self._came = threading.Event()

    def insert_columns(self, table: str, columns: Mapping[str, Sequence[Any]]) -> None:
        if table == self._last:
            assert self._came.wait(10)
        if table == self._away:
            raise Unavailable(f"{table} is away")
        self.stored.append(table)
        if table == self._after:
            self._came.set()

    def rows(self, sql: str, params: object = None) -> list[tuple[Any, ...]]:
        return [(0, 0)]


def archiving(store: SlowStore) -> Archiving:
    settings = Settings(kafka_brokers="127.0.0.1:1")
    return Archiving(settings, store, Rules(settings), lambda topic: topic)  # type: ignore[arg-type]


def buffer() -> Buffer:
    found = Buffer()
    found.tables["ledger"].row(block=0)
    found.tables["scores"].row(n=1)
    return found


async def test_scores_are_stored_while_events_still_wait() -> None:
    store = SlowStore(last="ledger", after="scores")
    await archiving(store)._store_all(buffer())
    assert store.stored == ["scores", "ledger"]


async def test_one_way_that_fails_does_not_hide_the_other_and_is_told() -> None:
    store = SlowStore(last="ledger", after="scores", away="ledger")
    with pytest.raises(Unavailable, match="ledger"):
        await archiving(store)._store_all(buffer())
    assert store.stored == ["scores"]
    assert asyncio.all_tasks() == {asyncio.current_task()}, "nothing goes on beside the next try"
