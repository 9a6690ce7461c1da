"""What is normal, learnt from stored history: with it the first night is no surprise, and a real drop still is one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from streams.edges.rules_file import load
from streams.edges.rules_past import Learnt, learn
from streams.edges.settings import Settings
from streams.edges.store import Store
from streams.pure.alerting.engine import Engine
from streams.pure.alerting.inputs import Past, Row, Slice
from streams.pure.alerting.rules import RuleFile
from streams.pure.cells import decode, encode
from tests.kit.clickhouse import fresh_database, migrated
from tests.kit.seed import DAY, HOUR, MINUTE, World, fill

RULES = """
version: 1
rules:
  - {name: channel, kind: worsening, metric: csat, scale: csat-1-5, scope: {channel: each}, adjust_for: [touchpoint]}
  - {name: goal, kind: level, metric: csat, scale: csat-1-5, scope: {channel: each}, below: 80}
"""
DAYS = 28
A_MINUTE_HALF = 15


def share(at_ms: int) -> float:
    """Nights are bad: who is awake then has trouble."""
    return 0.35 if at_ms % DAY < 8 * HOUR else 0.06


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RuleFile:
    path = Path(tmp_path_factory.mktemp("rules")) / "rules.yaml"
    path.write_text(RULES, encoding="utf-8")
    return load(path).rules


@pytest.fixture(scope="module")
def history(clickhouse_url: str, rules: RuleFile) -> Iterator[tuple[list[Learnt], int]]:
    """(what is learnt of four weeks, midnight after them)."""
    settings = Settings(clickhouse_url=clickhouse_url, clickhouse_database=fresh_database())
    with migrated(settings) as store:
        until_ms = store.now_us() // 1_000 // DAY * DAY
        _fill(store, until_ms)
        parts: list[tuple[str, float]] = []
        found = learn(settings, rules, until_ms - DAYS * DAY, until_ms, lambda *told: parts.append(told))
        assert parts[-1] == ("channel", 1.0)
        yield found, until_ms


def _fill(store: Store, until_ms: int) -> None:
    dice, world = random.Random(5), World(until_ms)
    for at_ms in range(until_ms - DAYS * DAY, until_ms, A_MINUTE_HALF * MINUTE):
        world.add(at_ms, "app", "csat-1-5", [1 if dice.random() < share(at_ms) else 5], touchpoint="pay")
    for at_ms in range(until_ms - 2 * DAY, until_ms, HOUR):
        world.add(at_ms, "web", "csat-1-5", [4], touchpoint="pay")
    fill(store.insert_columns, world, [])


def pages(engine: Engine, from_ms: int, hours: int, bad: float | None = None) -> list[int]:
    """Minutes after which it paged, of hours with twenty answers a quarter of an hour."""
    dice, found = random.Random(9), []
    for at_ms in range(from_ms, from_ms + hours * HOUR, A_MINUTE_HALF * MINUTE):
        worse = sum(dice.random() < (share(at_ms) if bad is None else bad) for _ in range(20))
        row = Row("app", "", "pay", "", "", "", "csat", "csat-1-5", [(1, worse), (5, 20 - worse)])
        for step in engine.handle(Slice(at_ms, at_ms + 10_000, [row])):
            if step.page is not None and step.page.rule == "channel" and step.page.send in ("page", "ticket"):
                found.append((at_ms - from_ms) // MINUTE)
    return found


def told(engine: Engine, past: Past) -> None:
    """As it comes over the wire."""
    message = decode(encode(past))
    assert isinstance(message, Past)
    assert engine.handle(message) == []


def test_history_knows_every_hour_of_the_week_and_says_what_it_does_not_know(
    history: tuple[list[Learnt], int],
) -> None:
    app, web = history[0]
    assert (app.past.rule, app.past.key, app.hours, app.why_not) == ("channel", ["app"], 168, "")
    assert app.n == pytest.approx(DAYS * 96, rel=0.2), "the oldest count a little less"
    assert (web.past.key, web.why_not) == (["web"], "too few answers")


def test_with_its_past_the_first_night_pages_nobody_and_a_real_drop_does(
    rules: RuleFile, history: tuple[list[Learnt], int]
) -> None:
    found, midnight_ms = history
    morning_ms = midnight_ms + 8 * HOUR
    by_itself = Engine(rules)
    assert pages(by_itself, morning_ms, 16 + 8), "it has seen only a day, and takes the night for a drop"
    informed = Engine(rules)
    told(informed, found[0].past)
    assert pages(informed, morning_ms, 16 + 8) == []
    assert pages(informed, midnight_ms + 32 * HOUR, 6, bad=0.25), "by day a quarter is bad news"


def test_a_past_is_passed_over_where_it_does_not_belong(rules: RuleFile, history: tuple[list[Learnt], int]) -> None:
    past = history[0][0].past
    other = Engine(rules)
    told(other, msgspec.structs.replace(past, rule="gone"))
    told(other, msgspec.structs.replace(past, rule="goal"))
    told(other, msgspec.structs.replace(past, settings="as it was"))
    assert other.all_series() == []
    engine = Engine(rules)
    told(engine, past)
    (series,) = engine.state.series["channel"].values()
    assert series.watch is not None
    known = series.watch.baseline.n
    told(engine, msgspec.structs.replace(past, baseline=msgspec.structs.replace(past.baseline, n=known - 1)))
    assert series.watch.baseline.n == known, "it knows more by itself"
