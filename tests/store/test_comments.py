"""The comments of a page, out of the real store: of the right answers, and of nobody who would be known by them."""

from __future__ import annotations

import pytest

from streams.edges.receivers import comments as module
from streams.edges.receivers.comments import Comments, query
from streams.edges.settings import Settings
from streams.edges.store import Store
from streams.pure.alerting.page import Page
from tests.kit.rows import columns
from tests.kit.sendings import AT_MS, sending

BAD = {"metrics": ["csat"], "scales": ["csat-1-5"], "bins": [1], "boxes": [-1]}


def put(store: Store, event: str, at_ms: int, **more: object) -> None:
    store.insert_columns(
        "touchpoints",
        columns(
            "touchpoints",
            {
                "event_id": event, "channel": "app", "location": "", "occurred_at": at_ms, "stored_at": at_ms + 500,
                "appended_at": at_ms, "customer": f"c-{event}", "comment": f"words of {event}", **BAD, **more,
            },
        ),
    )  # fmt: skip


async def told(store: Store, page: Page, least: int) -> list[str]:
    comments = Comments(Settings(hide_under=least), lambda: store)
    try:
        return await comments.of(page)
    finally:
        comments.close()


async def test_the_newest_comments_in_scope_are_quoted_where_enough_customers_answered(
    clickhouse_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One body, since making the tables takes longer than asking."""
    monkeypatch.setattr(module, "WAIT_S", 20.0)
    store, page = clickhouse_store, sending().page
    for number in range(4):
        put(store, f"e{number}", AT_MS - 60_000 + number * 1_000)
    put(store, "before", AT_MS - 20 * 3_600_000)
    put(store, "web", AT_MS - 30_000, channel="web")
    put(store, "good", AT_MS - 30_000, bins=[5], boxes=[1])
    put(store, "test", AT_MS - 30_000, **{"class": "test"})
    put(store, "staff", AT_MS - 30_000, respondent="employee")
    put(store, "still", AT_MS - 30_000, comment="")
    newest = ["words of e3", "words of e2", "words of e1"]
    assert await told(store, page, 5) == newest
    # Seven answered there within a day: four badly, one before, one well, one without words.
    assert await told(store, page, 7) == newest
    assert await told(store, page, 8) == [], "who wrote them could be known"
    for number in range(10):
        put(store, f"again{number}", AT_MS - 90_000, customer="c-e1", comment="")
    assert await told(store, page, 8) == [], "who answers ten times is still one customer"


def test_names_and_times_are_parameters_and_never_sql() -> None:
    sql, params = query(sending(scope={"channel": "a'; DROP TABLE x --, b"}).page, 5)
    assert "DROP" not in sql
    assert params["channel"] == ["a'; DROP TABLE x --", "b"]
