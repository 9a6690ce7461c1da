"""What people say about alerts, from the command line to the record the engine reads."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from streams.cli import app
from streams.edges.errors import UserError
from streams.edges.memory_broker import MemoryBroker
from streams.edges.settings import Settings
from streams.edges.store import Store
from streams.pure.alerting.inputs import Act, Past, Silencing
from streams.pure.alerting.silences import Silence, matching
from streams.pure.cells import decode
from tests.kit.alerts import MINUTE, Scene, Told
from tests.kit.clickhouse import fresh_database, migrated
from tests.kit.gateway import records
from tests.kit.seed import World, fill

HOUR = 60 * MINUTE
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def kept(clickhouse_url: str) -> Iterator[Store]:
    with migrated(Settings(clickhouse_url=clickhouse_url, clickhouse_database=fresh_database())) as store:
        yield store


@pytest.fixture
def store(kept: Store) -> Store:
    for table in ("alert_history", "pages"):
        kept.command(f"TRUNCATE TABLE {table}")
    return kept


@pytest.fixture
def run(store: Store, clickhouse_url: str, memory_broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch) -> Run:
    memory_broker.create_topic("signals", partitions=1)
    values = {"KAFKA_BROKERS": memory_broker.bootstrap, "CLICKHOUSE_URL": clickhouse_url,
              "CLICKHOUSE_DATABASE": store.database}  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(f"TOUCHPULSE_{name}", value)
    monkeypatch.setenv("USER", "kim")
    return lambda *arguments: CliRunner().invoke(app, arguments)


def heard(memory_broker: MemoryBroker) -> list[tuple[str, Any]]:
    """Keys and messages on `signals`."""
    found = records(Settings(kafka_brokers=memory_broker.bootstrap), "signals")
    return [((record.key or b"").decode(), decode(record.value)) for record in found]


def stands(store: Store, **more: Any) -> Told:
    now_ms, scene = time.time_ns() // 1_000_000, Scene()
    told = scene.alert("channel-worsens", {"channel": "app"}, now_ms - HOUR, **more).fire(now_ms - HOUR, "x")
    scene.lay(store.insert_columns)
    return told


def test_each_word_reaches_the_engine_under_a_key_of_its_own(
    store: Store, run: Run, memory_broker: MemoryBroker
) -> None:
    """By the id of the alert or of its page; the name is the one said, else that of the environment."""
    told = stands(store)
    assert "yours now" in run("alerts", "ack", f"{told.id}-1").output
    for word in ("rebase", "useful", "useless"):
        assert f"app, {told.rule}: " in run("alerts", word, told.id, "--who", "Lee").output
    found = heard(memory_broker)
    assert [(act.what, act.alert_id, act.who) for _, act in found if isinstance(act, Act)] == [
        ("acknowledge", told.id, "kim"), ("rebase", told.id, "Lee"), ("useful", told.id, "Lee"),
        ("useless", told.id, "Lee"),
    ]  # fmt: skip
    assert len({key for key, _ in found}) == 4
    assert all(key.startswith("act|") for key, _ in found)
    assert all(abs(act.at_ms - time.time_ns() // 1_000_000) < MINUTE for _, act in found)


def refused(result: Any, words: str) -> None:
    assert isinstance(result.exception, UserError), result.output
    assert words in str(result.exception)


def test_what_would_do_nothing_is_refused_with_its_reason(
    store: Store, run: Run, memory_broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing is sent."""
    refused(run("alerts", "ack", "nope"), "no alert and no page nope is known")
    level, now_ms = stands(store, kind="level"), time.time_ns() // 1_000_000
    refused(run("alerts", "rebase", level.id), "judges by a fixed goal")
    scene = Scene()
    over = scene.alert("channel-worsens", {"channel": "web"}, now_ms - HOUR).fire(now_ms - HOUR, "x")
    over.resolve(now_ms - MINUTE, "clear")
    scene.lay(store.insert_columns)
    refused(run("alerts", "ack", over.id), "is over: there is nothing to acknowledge")
    refused(run("silences", "end", "s-1"), "no silence s-1 is known")
    refused(run("silences", "add", "--reason", "x", "--until", "2h"), "a silence of everything is refused")
    refused(run("silences", "add", "--reason", " ", "--until", "2h", "--rule", "x"), "needs an owner and a reason")
    refused(run("silences", "add", "--reason", "x", "--until", "40d", "--rule", "x"), "30 days at most")
    refused(run("silences", "add", "--reason", "x", "--until", "2020-01-01", "--rule", "x"), "ends after it begins")
    refused(run("silences", "add", "--reason", "x", "--until", "soon", "--rule", "x"), "--until: a moment is written")
    assert run("silences", "add", "--rule", "x").exit_code == 2, "reason and end must be given"
    monkeypatch.delenv("USER")
    refused(run("alerts", "useful", level.id), "who are you?")
    assert heard(memory_broker) == []


def test_a_silence_keeps_quiet_what_it_says_it_does(store: Store, run: Run, memory_broker: MemoryBroker) -> None:
    """What the command lists is what the engine's own rule matches; one that matches nothing is warned of."""
    told, now_ms = stands(store), time.time_ns() // 1_000_000
    said = run(
        "silences", "add", "--reason", "payment fix", "--until", "2h", "--channel", "app", "--owner", "Kim"
    ).output
    assert f"keeps quiet: app, channel-worsens ({told.id})" in said
    said = run(
        "silences", "add", "--reason", "x", "--until", "30m", "--rule", "channel-worsens", "--channel", "web"
    ).output
    assert "matches nothing that stands now" in said
    (first_key, first), (_, second) = heard(memory_broker)
    assert isinstance(first, Silencing)
    assert first_key.startswith(f"silence|{first.silence.id}|")
    assert (first.silence.owner, first.silence.reason, first.silence.scope) == (
        "Kim",
        "payment fix",
        {"channel": "app"},
    )
    assert abs(first.silence.to_ms - now_ms - 2 * HOUR) < MINUTE
    assert matching([first.silence], told.rule, told.scope, now_ms + MINUTE) is not None
    assert matching([second.silence], told.rule, told.scope, now_ms + MINUTE) is None


def test_a_silence_is_ended_by_its_id(store: Store, run: Run, memory_broker: MemoryBroker) -> None:
    now_ms, scene = time.time_ns() // 1_000_000, Scene()
    silence = Silence("s-7", "Kim", "till update", now_ms - HOUR, now_ms + HOUR, "", {"channel": "store"})
    scene.silence(silence, at_ms=silence.from_ms)
    scene.lay(store.insert_columns)
    assert "ends now, by kim" in run("silences", "end", "s-7").output
    ((_, ended),) = heard(memory_broker)
    assert isinstance(ended, Silencing)
    assert (ended.end, ended.silence.id) == (True, "s-7")


def test_an_answer_to_an_alert_does_not_wait_for_the_store(
    run: Run, memory_broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ClickHouse may be what is down at night."""
    monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_URL", "http://127.0.0.1:9")
    said = run("alerts", "ack", "5d1f0c2a9b7e4410-2")
    assert said.exit_code == 0
    assert re.search("the store is away", said.output)
    ((_, act),) = heard(memory_broker)
    assert act.alert_id == "5d1f0c2a9b7e4410"
    said = run("silences", "add", "--reason", "x", "--until", "30m", "--rule", "channel-worsens")
    assert (said.exit_code, len(heard(memory_broker))) == (0, 2)


def test_what_history_says_is_normal_reaches_the_engine(
    store: Store, run: Run, memory_broker: MemoryBroker, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "version: 1\nrules:\n"
        "  - {name: channel, kind: worsening, metric: csat, scale: csat-1-5, scope: {channel: each}}\n"
    )
    world = World(time.time_ns() // 1_000_000 // MINUTE * MINUTE)
    for hour in range(1, 4):
        world.add(world.now_ms - hour * HOUR, "app", "csat-1-5", [5] * 360 + [1] * 40)
    fill(store.insert_columns, world, [])
    shown = run("rules", "learn", "--rules", str(rules), "--dry-run").output
    assert "1 of 1 series are known from history; nobody was told" in shown
    assert heard(memory_broker) == []
    assert "takes over" in run("rules", "learn", "--rules", str(rules)).output
    ((key, past),) = heard(memory_broker)
    assert key.startswith("past|")
    assert isinstance(past, Past)
    assert (past.rule, past.key) == ("channel", ["app"])
    assert past.baseline.n == pytest.approx(1_200, rel=0.01)  # hours ago fade a little already
