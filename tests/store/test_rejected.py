"""Rejected events are found, shown with their very bytes, and judged by the contract in force."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from streams.cli import app
from streams.edges.errors import UserError
from streams.edges.rejected import KEPT_BYTES, Filters, count, each, find, find_one, judge, replay
from streams.edges.store import Store
from streams.pure.policies import Regime
from tests.kit.logs import START_MS, event, policy, rulebook
from tests.kit.rows import columns

TOPICS = ["touchpoints", "touchpoints.import"]
GOOD = orjson.dumps(event("a", START_MS))


@pytest.fixture
def store(clickhouse_store: Store) -> Store:
    """Five rejects of two producers, from a time when the contract was another."""
    now_ms = clickhouse_store.now_us() // 1_000
    kept: list[dict[str, Any]] = [
        {"offset": 1, "producer": "shop", "reason": "unknown_name", "raw": GOOD},
        {"offset": 2, "producer": "shop", "reason": "off_scale", "raw": orjson.dumps(event("b", START_MS, score=9))},
        {"offset": 3, "producer": "", "reason": "bad_utf8", "raw": b"\xff\xfe\x00"},
        {"offset": 4, "producer": "till", "reason": "too_large", "raw": b"x" * KEPT_BYTES},
        {"offset": 5, "producer": "till", "reason": "unknown_name", "raw": b"", "log_id": "log-2"},
    ]
    rows = [{"appended_at": now_ms - 10_000 + 1_000 * n, **row} for n, row in enumerate(kept)]
    clickhouse_store.insert_columns("rejected", columns("rejected", *rows))
    return clickhouse_store


@pytest.fixture
def contract() -> Regime:
    return rulebook(policy()).at(START_MS)


def test_they_are_found_by_producer_reason_time_and_id(store: Store) -> None:
    def offsets(filters: Filters) -> list[int]:
        return [one.offset for one in find(store, filters)]

    assert offsets(Filters()) == [5, 4, 3, 2, 1]
    assert offsets(Filters(producer="shop")) == [2, 1]
    assert offsets(Filters(reason="unknown_name", limit=1)) == [5]
    assert offsets(Filters(since_ms=find(store, Filters())[1].appended_ms)) == [5, 4]
    assert offsets(Filters(ids=("log-2/3/5", "log-1/3/2", "log-1/3/5"))) == [5, 2]
    assert count(store, Filters(producer="shop", limit=1)) == 2
    with pytest.raises(UserError, match="log/partition/offset"):
        find(store, Filters(ids=("5",)))
    with pytest.raises(UserError, match="kept for two weeks"):
        find_one(store, "log-1/3/99")


def test_all_are_read_in_portions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of rejects must not become a flood of memory."""
    monkeypatch.setattr("streams.edges.rejected.PORTION", 2)
    assert [one.offset for one in each(store, Filters())] == [1, 2, 3, 4, 5]
    assert [one.offset for one in each(store, Filters(limit=2))] == [4, 5]


def test_each_is_judged_by_what_the_contract_says_now(store: Store, contract: Regime) -> None:
    """What is taken is keyed as its producer should have; of the others the reason is told."""
    judged = {one.offset: judge(one, contract, START_MS, TOPICS) for one in find(store, Filters())}
    assert judged[1] == b"shop:a"
    assert "still rejected (off_scale)" in str(judged[2])
    assert "still rejected (bad_utf8)" in str(judged[3])
    assert "only its first 262,144 bytes were kept" in str(judged[4])
    assert "no bytes" in str(judged[5])
    first = find_one(store, "log-1/3/1")
    assert "ahead of the broker's clock" in str(judge(first, contract, START_MS - 60_000, TOPICS))
    assert "no topic of this installation" in str(judge(first, contract, START_MS, ["other.touchpoints"]))


async def test_a_dry_run_says_what_would_be_sent(store: Store, contract: Regime) -> None:
    done: list[int] = []
    result = await replay(
        each(store, Filters()), contract, topics=TOPICS, now_ms=lambda: START_MS, producer=None, told=done.append
    )
    assert (result.looked_at, result.sent, len(result.refused)) == (5, ["log-1/3/1"], 4)
    assert done == [1, 2, 3, 4, 5]


def test_the_commands_show_them_to_people_and_to_machines(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_URL", store._where)
    monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_DATABASE", store.database)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["rejected", *arguments], catch_exceptions=False)
        assert done.exit_code == 0
        return done.stdout

    assert "2 of 2 rejected events" in run("list", "--producer", "shop")
    listed = orjson.loads(run("list", "--limit", "1", "--json"))
    assert (listed["total"], listed["rejected"][0]["id"]) == (5, "log-2/3/5")
    shown = run("show", "log-1/3/1")
    assert '"event_id": "a"' in shown
    assert "not known whether it would be taken now: TOUCHPULSE_KAFKA_BROKERS is not set" in shown
    assert orjson.loads(run("show", "log-1/3/3", "--json"))["raw"] == "\\xff\\xfe\x00"
