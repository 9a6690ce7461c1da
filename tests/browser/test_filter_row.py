"""The filter row and the way down to the answers, as somebody uses them with mouse and keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Live, opened

pytestmark = pytest.mark.browser


def test_several_channels_are_ticked_and_stand_in_the_address(live: Live, browser: Browser) -> None:
    """Nothing is asked for before the list closes; then one view can be sent to somebody."""
    with opened(browser, live.url) as seen:
        every = seen.page.locator(".card").count()
        channels = seen.page.locator("details.several", has_text="Channels")
        expect(channels.locator("summary b")).to_have_text("All")
        channels.locator("summary").press("Enter")
        for name in ("app", "web"):
            channels.get_by_role("checkbox", name=name, exact=True).press("Space")
        assert "channel=" not in seen.page.url
        seen.page.keyboard.press("Escape")
        seen.page.wait_for_url("**channel=app&channel=web**")
        expect(seen.page.locator(".card h3")).to_have_count(2)
        assert every > 2
        expect(seen.page.locator("details.several", has_text="Channels").locator("summary b")).to_have_text("app, web")


def test_a_stage_narrows_the_numbers_and_goes_along_to_the_next_board(live: Live, browser: Browser) -> None:
    with opened(browser, live.url) as seen:
        whole = seen.page.locator(".card .n").first.inner_text()
        stages = seen.page.locator("details.several", has_text="Stages")
        stages.locator("summary").click()
        stages.get_by_role("checkbox", name="Purchase", exact=True).check()
        seen.page.locator("h1").click()
        seen.page.wait_for_url("**stage=purchase**")
        expect(seen.page.locator(".card .n").first).not_to_have_text(whole)
        seen.page.get_by_role("link", name="Touchpoints").first.click()
        seen.page.wait_for_url("**/matrix?**stage=purchase**")
        expect(seen.page.locator("table.matrix thead th")).to_have_text(["Purchase"])


def test_a_touchpoint_leads_to_the_answers_behind_it(live: Live, browser: Browser) -> None:
    """As many as the row said, with time and channel kept."""
    with opened(browser, f"{live.url}/matrix?shown=24h") as seen:
        row = seen.page.locator(".p-table tbody tr").first
        counted = re.search(r"n ([\d,]+)", row.inner_text())
        assert counted is not None
        touchpoint = row.locator("td.c-at_touchpoint a")
        name = touchpoint.inner_text()
        touchpoint.click()
        seen.page.wait_for_url(f"**/voices?**touchpoint={name}**shown=24h**")
        expect(seen.page.locator(".p-stat").first).to_contain_text(counted[1].replace(",", ""))
        behind = seen.page.locator("section.panel", has_text="The answers behind").locator("tbody tr")
        expect(behind.first).to_be_visible()
        assert set(behind.locator("td.c-touchpoint").all_inner_texts()) <= {name, "–"}
