"""`touchpulse report` on the retailer of the worked example, with the week before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dashboards.method_sql.ideal import ideal
from dashboards.method_sql.key import key
from dashboards.method_sql.reasons import reasons
from dashboards.report.read import Report, Span, read, spans
from dashboards.report.story import story
from dashboards.report.write import html, markdown
from schemas.catalogue import Catalogue
from streams.cli import app
from streams.edges.errors import UserError
from streams.edges.settings import Settings
from streams.edges.store import Store
from streams.edges.targets import store_targets
from streams.pure.method.report import seven_steps
from tests.kit import report as count
from tests.kit.clickhouse import fresh_database, migrated
from tests.kit.method import DAY_MS, END_MS, WEEK_MS, Scene, ask
from tests.kit.method import method_store as method_store
from tests.kit.rows import columns
from tests.kit.seed_method import EXAMPLE, retailer

NOW, BEFORE = spans(END_MS - WEEK_MS, END_MS)
TARGETS = Catalogue.load(EXAMPLE).targets
SECRET = "corner"


def two_weeks() -> Scene:
    """Convenience was 4 the week before and is 5; the app got worse; four customers name a corner twice each."""
    scene = retailer(END_MS)
    last: dict[str, Any] = {"days_ago": 8, "channel": "app"}
    scene.add("rating", aspect="convenience", experience=4, expectation=7, importance=9, times=40, **last)
    scene.add("rating", aspect="price", experience=7, times=4, **last)
    for number in range(4):
        here = {"touchpoint": SECRET, "customer": f"few-{number}", "channel": "app", "days_ago": 2}
        scene.add("rating", aspect="convenience", experience=1, times=2, **here)
    for score, times in ((5, 60), (1, 40)):
        scene.add("csat", scale="1-5", score=score, channel="app", days_ago=2, times=times)
    scene.add("csat", scale="1-5", score=5, channel="app", times=95, days_ago=8)
    scene.add("csat", scale="1-5", score=1, channel="app", times=5, days_ago=8)
    scene.add("csat", scale="1-5", score=1, channel="app", times=500, days_ago=2, respondent="employee")
    scene.add("ces", scale="1-5", direction="effort", score=1, channel="web", days_ago=8, times=40)
    scene.add("ces", scale="1-5", direction="effort", score=4, channel="web", days_ago=2, times=40)
    scene.add("nps", score=9, channel="store", days_ago=2, times=3)
    scene.add("purchase", amount=99.5, currency="CHF", days_ago=9)
    return scene


@pytest.fixture(scope="module")
def scene() -> Scene:
    return two_weeks()


@pytest.fixture(scope="module")
def kept(clickhouse_url: str, scene: Scene) -> Iterator[Store]:
    """A store of its own: laying the two weeks down once is enough."""
    with migrated(Settings(clickhouse_url=clickhouse_url, clickhouse_database=fresh_database())) as store:
        scene.lay(store)
        store_targets(store, TARGETS)
        store.insert_columns("names", columns("names", {"name": "app"}, {"name": "web"}))
        yield store


def told(store: Store, now: Span = NOW, before: Span = BEFORE, **more: Any) -> Report:
    return read(store, now, before, now_ms=END_MS + 2 * DAY_MS, **{"hide_under": 5, **more})


@pytest.fixture(scope="module")
def week(kept: Store) -> Report:
    """The report of all channels."""
    return told(kept)


def test_the_numbers_are_those_of_a_plain_count(week: Report, scene: Scene) -> None:
    """Every estimate of the seven steps and of the channels."""
    found = week
    now, before = count.inside(scene, NOW), count.inside(scene, BEFORE)
    hidden = {("convenience", SECRET)}
    wanted = seven_steps(count.period(now, full=True, hidden=hidden), count.period(before, full=False), TARGETS.ideal)
    assert found.steps == wanted
    assert found.steps.key is not None
    assert found.steps.key.weighted.value == pytest.approx(9 * (358 / 78 - 7))
    assert {(one.channel, one.scale): one.now for one in found.scores if one.now.n} == count.scores(now)
    assert {(one.channel, one.scale): one.before for one in found.scores if one.before.n} == count.scores(before)
    assert {name: (one.now, one.before, one.now_n) for name, one in found.sales.items()} == {
        "CHF": (None, 99.5, 0),
        "EUR": (7_000.0, None, 35),
    }


def test_the_worked_example_stands_on_the_page(method_store: Store) -> None:
    """The retailer alone: satisfaction -2, weighted -18, gap -5; empty cells stay unknown."""
    retailer(END_MS).lay(method_store)
    store_targets(method_store, TARGETS)
    found = story(told(method_store), "en")
    short = " ".join(found.sections[0].points)
    assert "satisfaction −2.0 (" in short
    assert "weighted satisfaction −18 (" in short
    assert "ideal of 10.0: −5.0 (" in short
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in found.sections[2].tables[0].rows}
    assert rows["service"] == ["6.0", "unknown: no answers", "unknown: no answers", "unknown: no answers"]


def test_the_report_says_what_the_boards_say(kept: Store, week: Report) -> None:
    """The boards' own queries over the same week."""
    steps = week.steps
    by_board = {row["aspect"]: row for row in ask(kept, key(), days=7)}
    assert [name for name, row in by_board.items() if row["is_key"]] == [steps.key.aspect if steps.key else ""]
    for one in steps.today:
        assert {name: by_board[one.aspect][name] for name in one.row()} == pytest.approx(one.row())
    for gap, row in zip(steps.ideal, ask(kept, ideal(), days=7), strict=True):
        assert row == pytest.approx(gap.row())
    for reason, row in zip(steps.brand_value, ask(kept, reasons(), days=7), strict=True):
        assert row == pytest.approx(reason.row())


def test_four_customers_of_a_touchpoint_are_hidden_with_the_reason(kept: Store, week: Report) -> None:
    """Its number stands nowhere, and its place in the order says nothing; set to 0 it is shown."""
    assert week.hidden == (SECRET,)
    rows = story(week, "en").sections[5].tables[0].rows
    assert [cell.text for cell in rows[-1]] == [SECRET, "hidden: fewer than 5 customers"]
    assert SECRET not in "".join(figure.svg for figure in story(week, "en").sections[5].figures)
    assert SECRET in {one.touchpoint for one in told(kept, hide_under=0).steps.causes}


def test_what_moved_is_told_with_whether_it_is_more_than_chance(week: Report) -> None:
    """CSAT fell, effort rose, which is worse; three answers say nothing; sales stand beside it."""
    verdicts = {(one.channel, one.scale): one.verdict for one in week.scores}
    assert verdicts == {
        ("app", "csat-1-5"): "worse",
        ("web", "ces-effort-1-5"): "worse",
        ("store", "nps-0-10"): "unknown",
    }
    page = html(story(week, "en"))
    assert "▼ worse, more than chance" in page
    assert "○ +100.0" in page
    assert "no purchases" in page


def test_one_channel_alone(kept: Store, scene: Scene) -> None:
    found = told(kept, channel="web")
    now, before = (count.inside(scene, span, "web") for span in (NOW, BEFORE))
    wanted = seven_steps(count.period(now, full=True), count.period(before, full=False), TARGETS.ideal)
    assert found.steps == wanted
    assert {one.channel for one in found.scores} == {"web"}


def test_a_channel_nobody_knows_is_a_sentence(kept: Store) -> None:
    with pytest.raises(UserError, match="nothing ever came from 'wbe'; known: app, web"):
        told(kept, channel="wbe")


def test_a_period_without_data_is_a_sentence_and_a_page(kept: Store) -> None:
    """Every heading is there, and below each why it is empty."""
    found = told(kept, *spans(END_MS - 400 * DAY_MS, END_MS - 390 * DAY_MS))
    assert found.is_empty
    page = markdown(story(found, "en"))
    assert page.count("\n## ") == 10
    assert "There are no answers" in page
    assert "held against" in page


def test_a_source_that_is_behind_is_told_before_the_first_number(kept: Store, week: Report) -> None:
    """Two days later nothing of it is news any more."""
    heard = {"heard_until": END_MS - 300_000, "record_time": END_MS - 300_000, "stored_at": END_MS}
    kept.insert_columns("ledger", columns("ledger", heard))
    found = read(kept, NOW, BEFORE, now_ms=END_MS, hide_under=5)
    (warning,) = story(found, "en").warnings
    assert warning.startswith("Not complete: every source is counted until 2026-06-17 23:55 UTC")
    assert week.counted_ms is None


def test_a_time_that_can_not_be_told_is_a_sentence() -> None:
    with pytest.raises(UserError, match="before --to"):
        spans(END_MS, END_MS)
    with pytest.raises(UserError, match="must end before"):
        spans(END_MS - WEEK_MS, END_MS, END_MS - WEEK_MS - DAY_MS)


def test_the_ends_move_out_to_whole_hours() -> None:
    """And the period before is as long, wherever it begins."""
    now, before = spans(END_MS - WEEK_MS + 1, END_MS + 1, END_MS - 4 * WEEK_MS)
    assert now == Span(END_MS - WEEK_MS, END_MS + 3_600_000)
    assert (before.from_ms, before.to_ms - before.from_ms) == (END_MS - 4 * WEEK_MS, now.to_ms - now.from_ms)


def test_the_command_writes_what_it_says(
    kept: Store, clickhouse_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page, text and pictures; Chinese where asked for; the fit as it was written."""
    monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_URL", clickhouse_url)
    monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_DATABASE", kept.database)
    (tmp_path / "fit.yaml").write_text("strategy: near the customer\n")
    span = ("--from", "2026-06-11", "--to", "2026-06-18")
    done = CliRunner().invoke(
        app, ["report", *span, "--lang", "zh", "--fit", str(tmp_path / "fit.yaml"), "--out", str(tmp_path / "out")]
    )
    assert done.exit_code == 0, done.output
    written = {Path(line) for line in done.output.splitlines()}
    assert written == set((tmp_path / "out").iterdir())
    page = (tmp_path / "out" / "report.html").read_text()
    assert 'lang="zh"' in page
    assert "near the customer" in page
    assert "关键体验" in page
