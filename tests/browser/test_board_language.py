"""The local board in Chinese, as a person sees it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from streams.edges.settings import Settings
from tests.browser.conftest import Live, board_process, opened

pytestmark = [pytest.mark.browser, pytest.mark.deep]


def test_a_chinese_board_speaks_chinese(live: Live, browser: Browser, clickhouse_url: str) -> None:
    """Titles, choices, words of rows and the page's own; and the way to how a number is computed."""
    settings = Settings(clickhouse_url=clickhouse_url, clickhouse_database=live.store.database)
    with board_process(settings, "--lang", "zh") as url:
        with opened(browser, f"{url}/key-experience") as seen:
            expect(seen.page.locator("html")).to_have_attribute("lang", "zh-CN")
            expect(seen.page.locator("nav")).to_contain_text("关键体验")
            expect(seen.page.locator(".p-stat").first).to_contain_text("便利", timeout=20_000)
            why = seen.page.locator(".why-panel").first
            why.locator("summary").click()
            why.get_by_role("link", name="计算方法").click()
            seen.page.wait_for_url("**/method#key-experience")
            expect(seen.page.locator("#key-experience")).to_be_in_viewport()
        with opened(browser, f"{url}/overview") as seen:
            expect(seen.page.locator(".card .flag.bad").first).to_have_text("▼ 恶化")
            expect(seen.page.locator(".stamp")).to_contain_text("数据完整至")
        with opened(browser, f"{url}/overview?wall=1") as seen:
            expect(seen.page.locator(".wall-rows .flag.bad").first).to_have_text("▼ 恶化")
