"""A receipt can be checked against the answers it speaks of, and tells when the stored score is another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from streams.cli import app
from streams.edges.errors import UserError
from streams.edges.lanes import recount_late
from streams.edges.receipt import Receipt, receipts
from streams.edges.settings import Settings
from streams.edges.store import Store
from tests.kit.account import lay_down
from tests.kit.clickhouse import fresh_database, migrated
from tests.kit.logs import event, policy, record
from tests.kit.seed import MINUTE, SECOND, World, fill
from tests.store.test_lanes import store_answers


@pytest.fixture(scope="module")
def seeded(clickhouse_url: str) -> Iterator[tuple[Store, World]]:
    """Web: forty answers at checkout, thirty of them satisfied, and ten at search; all in the last five minutes."""
    with migrated(Settings(clickhouse_url=clickhouse_url, clickhouse_database=fresh_database())) as store:
        now_ms = store.now_us() // 1_000_000 * SECOND
        world = World(now_ms)
        world.add(now_ms - MINUTE, "web", "csat-1-5", [5] * 30 + [2] * 10, touchpoint="checkout")
        world.add(now_ms - 2 * MINUTE, "web", "csat-1-5", [3] * 10, touchpoint="search")
        world.add(now_ms - 2 * MINUTE, "web", "csat-1-7", [7] * 3, touchpoint="search")
        world.add(now_ms - 2 * MINUTE, "app", "csat-1-5", [1] * 7, touchpoint="search")
        world.add(now_ms - MINUTE, "web", "csat-1-5", [1] * 99, respondent="employee")
        fill(store.insert_columns, world, [world.window_end_ms()])
        yield store, world


def ask(seeded: tuple[Store, World], metric: str = "csat", **changes: Any) -> list[Receipt]:
    store, world = seeded
    asked = {"channel": "web", "place": {}, "at_ms": world.now_ms + 1, "window_s": 300, "now_ms": world.now_ms}
    return receipts(store, metric, live_topic="touchpoints", **{**asked, **changes})


def test_a_receipt_counts_each_point_and_never_mixes_scales(seeded: tuple[Store, World]) -> None:
    five, seven = ask(seeded)
    assert (five.scale, seven.scale) == ("csat-1-5", "csat-1-7")
    assert [(p.point, p.box, p.live, p.late) for p in five.points] == [(2, -1, 10, 0), (3, 0, 10, 0), (5, 1, 30, 0)]
    assert five.score.value == 60.0
    assert "30 / 50 x 100 = 60 %" in five.formula.value
    assert five.tier == "panes_10s"


def test_the_stored_score_is_found_equal(seeded: tuple[Store, World]) -> None:
    """For the channel, and for all channels together."""
    assert ask(seeded, scale="csat-1-5")[0].verdict == "equal"
    (everywhere,) = ask(seeded, channel="", scale="csat-1-5")
    assert (everywhere.verdict, everywhere.score.tally.n) == ("equal", 57)


def test_a_stored_score_that_is_another_is_told_with_the_reason(seeded: tuple[Store, World]) -> None:
    store, _ = seeded
    change = (
        "INSERT INTO scores SELECT * REPLACE (n {n} AS n, computed_ms + {later} AS computed_ms, "
        "{complete} AS complete) FROM scores FINAL "
        "WHERE dimension = 'channel' AND scores.channel = 'app' AND window_s = 300"
    )
    asked = {"channel": "app", "scale": "csat-1-5"}
    assert ask(seeded, **asked)[0].verdict == "equal"
    store.command(change.format(n="- 1", later=1, complete=0))
    assert "before every partition had been heard" in ask(seeded, **asked)[0].verdict
    store.command(change.format(n="- 1", later=2, complete=1))
    assert "more answers were stored after it was final" in ask(seeded, **asked)[0].verdict
    store.command(change.format(n="+ 9", later=3, complete=1))
    assert "run `touchpulse reconcile`" in ask(seeded, **asked)[0].verdict


def test_a_place_narrows_the_receipt(seeded: tuple[Store, World]) -> None:
    (receipt,) = ask(seeded, place={"touchpoint": "checkout"})
    assert receipt.score.tally.n == 40
    assert receipt.verdict.startswith("no stored score")
    (two,) = ask(seeded, place={"touchpoint": "checkout", "stage": ""}, scale="csat-1-5")
    assert "know one of" in two.verdict


def test_times_whose_fine_slices_are_gone_are_counted_from_coarser_ones(seeded: tuple[Store, World]) -> None:
    """Eight days on, 10 s slices have expired: the receipt says so, and that its window is wider."""
    _, world = seeded
    (receipt,) = ask(seeded, now_ms=world.now_ms + 8 * 86_400_000, scale="csat-1-5")
    assert receipt.tier == "panes_1m"
    assert receipt.score.tally.n == 50
    assert receipt.stretches == []
    assert "not kept any more" in receipt.notes[0] or "does not tell partitions" in receipt.notes[0]


def test_nobody_answered_is_a_sentence_and_with_a_scale_a_receipt(seeded: tuple[Store, World]) -> None:
    with pytest.raises(UserError, match="no nps answers of web"):
        ask(seeded, "nps")
    (silent,) = ask(seeded, "nps", scale="nps-0-10")
    assert silent.score.value is None
    assert silent.formula.value == "no number: no answers"


@pytest.fixture
def live(clickhouse_store: Store) -> Store:
    """A small log counted by the product itself: three blocks, the last one open."""
    start_ms = clickhouse_store.now_us() // 1_000 // 10_000 * 10_000 - 60_000
    bodies = [event(f"e{n}", start_ms + 400 * n, score=1 + n % 5) for n in range(40)]
    log = [record(offset, start_ms + 400 * offset + 100, body) for offset, body in enumerate(bodies)]
    lay_down(clickhouse_store, log, rules=policy(horizon=1_000))
    return clickhouse_store


def test_it_names_the_offsets_its_answers_lie_at_and_what_was_revised(live: Store) -> None:
    now_ms = live.now_us() // 1_000
    start_ms = int(live.rows("SELECT min(toUnixTimestamp64Milli(occurred_at)) FROM touchpoints")[0][0])
    store_answers(live, "late", event("late", start_ms, score=1), first_offset=999)
    recount_late(live, {start_ms - start_ms % 10_000})
    asked = {"channel": "web", "place": {}, "window_s": 300, "now_ms": now_ms, "live_topic": "touchpoints"}
    (receipt,) = receipts(live, "csat", at_ms=now_ms, **asked)  # type: ignore[arg-type]
    assert [(s.first_offset, s.next_offset, s.closed, s.answers) for s in receipt.stretches] == [
        (0, 16, True, 16), (16, 32, True, 16), (32, 40, False, 8),
    ]  # fmt: skip
    assert (receipt.score.tally.n, receipt.live.tally.n) == (41, 40)
    (revision,) = receipt.revisions
    assert (revision.why, revision.n_before, revision.n) == ("late", 0, 1)
    assert receipt.complete_until_ms == start_ms + 39 * 400 + 100


def test_the_command_shows_the_receipt_to_people_and_to_machines(live: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_URL", live._where)
    monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_DATABASE", live.database)
    shown = CliRunner().invoke(app, ["explain", "csat", "--channel", "web"], catch_exceptions=False)
    assert shown.exit_code == 0
    for words in (
        "CSAT of web",
        "16 / 40 x 100 = 40 %",
        "JASA 22 (1927)",
        "touchpoints[0] offsets 32 to 39 (open block",
    ):
        assert words in shown.output
    found = CliRunner().invoke(app, ["explain", "csat", "--channel", "web", "--json"], catch_exceptions=False)
    (receipt,) = orjson.loads(found.stdout)["receipts"]
    assert receipt["score"]["value"] == 40.0
    with pytest.raises(UserError, match="a moment is written"):
        CliRunner().invoke(app, ["explain", "csat", "--at", "yesterday"], catch_exceptions=False)
