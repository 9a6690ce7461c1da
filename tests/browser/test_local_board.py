"""The local board as a person sees it, in a real browser, on seeded data."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, expect

from dashboards.library import BOARDS
from dashboards.page import path
from streams.edges.settings import Settings
from tests.browser.conftest import Live, Watched, board_process, free_port, opened
from tests.kit.clickhouse import ServerProcess
from tests.kit.seed import fill, small_world

pytestmark = pytest.mark.browser

SEEN_S = 6
"""Longest time from a row in the store to its number on the screen."""


def stored_scores(live: Live) -> dict[tuple[str, str], dict[str, Any]]:
    """The newest score of each series, asked for in another way than the board does."""
    rows = live.store.query(
        "SELECT channel, metric, scale, value, lower, upper, n FROM scores FINAL "
        "WHERE window_s = 300 AND dimension = 'channel' AND (channel, metric, scale, as_of) IN ("
        "SELECT channel, metric, scale, max(as_of) FROM scores "
        "WHERE window_s = 300 AND dimension = 'channel' GROUP BY channel, metric, scale)"
    )
    return {(row["channel"], row["scale"]): row for row in rows}


def in_words(row: dict[str, Any]) -> str:
    """As a person would write the number down."""
    value = row["value"]
    if value is None:
        return "no answers"
    text = {"csat": f"{value:.1f} %", "ces": f"{value:.2f}", "nps": f"{value:+.1f}"}[row["metric"]]
    return text.removeprefix("+") if text == "+0.0" else text.replace("-", "−")


def test_the_numbers_on_the_screen_are_those_of_the_store(live: Live, browser: Browser) -> None:
    """Every channel, every question: value, and n, to the last digit the page shows and carries."""
    stored = stored_scores(live)
    with opened(browser, live.url) as seen:
        shown = seen.page.eval_on_selector_all(
            ".card li.line",
            """lines => lines.map(line => ({
                channel: line.closest('.card').querySelector('h3').textContent, scale: line.dataset.key,
                exact: line.querySelector('.v').dataset.value, text: line.querySelector('.v').textContent,
                n: line.querySelector('.n').textContent}))""",
        )
    assert {(line["channel"], line["scale"]) for line in shown} == set(stored)
    for line in shown:
        row = stored[(line["channel"], line["scale"])]
        assert line["text"] == in_words(row)
        assert line["n"] == f"n {row['n']:,}"
        assert line["exact"] == ("" if row["value"] is None else repr(row["value"]))


def test_every_board_opens_by_its_bare_address(live: Live) -> None:
    """As somebody types it who was told the name; what a board needs beyond its own choices has a default."""
    for board in BOARDS:
        with urlopen(f"{live.url}{path(board.uid)}", timeout=30) as answer:
            assert answer.status == 200


def test_the_channel_that_dropped_stands_first_and_says_so(live: Live, browser: Browser) -> None:
    """What, where and why, in two looks: the card, then the touchpoint and the customers' words."""
    with opened(browser, live.url) as seen:
        first = seen.page.locator(".card").first
        expect(first.locator("h3")).to_have_text("app")
        expect(first.locator(".flag.bad")).to_have_text("▼ worsening")
        first.click()
        seen.page.wait_for_url("**/channel?**")
        expect(seen.page.locator(".matrix td.down")).to_contain_text("now")
        row = seen.page.locator(".matrix tr", has=seen.page.locator("td.down"))
        expect(row.locator("th")).to_have_text("checkout")
        expect(seen.page.locator(".rows td.c-comment").first).to_be_visible()


def test_a_live_change_is_seen_within_seconds(live: Live, browser: Browser) -> None:
    """Without a reload, and without losing the keyboard's place."""
    with opened(browser, live.url) as seen:
        card = seen.page.locator(".card[data-key=email]")
        value = card.locator("li.line[data-key='nps-0-10'] .v")
        before = value.text_content()
        card.focus()
        started = time.monotonic()
        live.answer("email", "nps-0-10", [10] * 41)
        wanted = in_words(stored_scores(live)[("email", "nps-0-10")])
        assert wanted != before
        expect(value).to_have_text(wanted, timeout=SEEN_S * 1_000)
        assert time.monotonic() - started < SEEN_S
        assert seen.page.evaluate("document.activeElement.dataset.key") == "email"


def test_few_answers_are_grey_and_silence_is_words(live: Live, browser: Browser) -> None:
    """Grey against the firm number beside it; no digit where nobody answered."""
    with opened(browser, live.url) as seen:
        silent = seen.page.locator(".card", has_text="kiosk").locator("li.line .v").first
        expect(silent).to_have_text("no answers")
        firm = seen.page.locator("li.line:not(.few) .v").first
        few = seen.page.locator("li.line.few .v").first
        colour = "element => getComputedStyle(element).color"
        assert firm.evaluate(colour) != few.evaluate(colour)


def test_a_name_with_markup_is_only_a_name(live: Live, browser: Browser) -> None:
    """Channel names come from producers."""
    with opened(browser, live.url) as seen:
        expect(seen.page.locator(".card h3", has_text="<i>kiosk</i>")).to_be_visible()
        assert seen.page.locator(".card h3 i").count() == 0


def shows_everything(seen: Watched) -> None:
    """No panel is empty, and none reaches beyond the screen."""
    for panel in seen.page.locator("section.panel").all():
        assert panel.locator(".nothing").count() == 0, panel.inner_text()
        drawn = ".graph svg path, .card, .stat, .matrix td, .rank, .spans i, .events li, .rows td"
        assert panel.locator(drawn).count() > 0
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("address", ["/", "/overview?window=3600&scale=nps-0-10", "/channel?channel=store&shown=6h"])
@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (390, False)])
def test_every_panel_shows_something_on_every_screen(
    live: Live, browser: Browser, address: str, width: int, dark: bool
) -> None:
    """Wide and narrow, light and dark: no empty panel, nothing cut off at the side."""
    with opened(browser, live.url + address, width=width, dark=dark) as seen:
        shows_everything(seen)
        background = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(int(part) for part in background[4:-1].split(",")[:3]) < 200) is dark


def test_a_click_on_an_alert_tells_why(live: Live, browser: Browser) -> None:
    """Its steps, and not those of the alert that was chosen before; also on the phone that just rang."""
    with opened(browser, f"{live.url}/alerts", width=390) as seen:
        shows_everything(seen)
        seen.page.get_by_role("link", name="pickup", exact=True).first.click()
        seen.page.wait_for_url("**alert=**")
        expect(seen.page.locator(".rows td.c-why", has_text="acknowledged by Kim")).to_be_visible()


def test_dark_or_light_is_a_choice_that_stays(live: Live, browser: Browser) -> None:
    """Over a reload, and from one board to the next."""
    with opened(browser, live.url) as seen:
        seen.page.get_by_role("button", name="Switch between dark and light").click()
        assert seen.page.evaluate("document.documentElement.dataset.theme") == "dark"
        seen.page.get_by_role("link", name="Channel").first.click()
        seen.page.wait_for_url("**/channel?**")
        assert seen.page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_choices_work_from_the_keyboard_and_stand_in_the_address(live: Live, browser: Browser) -> None:
    """So that a view can be sent to somebody."""
    with opened(browser, live.url) as seen:
        seen.page.get_by_label("Window").select_option(label="1 hour")
        seen.page.wait_for_url("**window=3600**")
        expect(seen.page.get_by_label("Window")).to_have_value("3600")
        expect(seen.page.locator(".spark figcaption").first).to_contain_text("rolling 1 hour")
        card = seen.page.locator(".card").first
        card.focus()
        card.press("Enter")
        seen.page.wait_for_url("**/channel?**window=3600**")


def test_a_store_that_goes_away_is_told_and_comes_back_by_itself(browser: Browser, tmp_path: Path) -> None:
    """The last numbers stay in sight, with a notice that they may be old."""
    port = free_port()
    folder = tmp_path / "store"
    server = ServerProcess(folder, port=port)
    settings = Settings(clickhouse_url=server.url)
    try:
        from streams.edges.migrate import migrate
        from streams.edges.store import Store

        with Store.connect(settings) as store:
            migrate(store)
            fill(store.insert_columns, small_world(time.time_ns() // 1_000_000))
        with board_process(settings) as url, opened(browser, url) as seen:
            expect(seen.page.locator(".card").first).to_be_visible()
            server.stop()
            expect(seen.page.get_by_role("alert")).to_contain_text("does not answer", timeout=15_000)
            expect(seen.page.locator(".card").first).to_be_visible()
            server = ServerProcess(folder, port=port)
            expect(seen.page.get_by_role("alert")).to_have_count(0, timeout=15_000)
    finally:
        if server.process.poll() is None:
            server.stop()
