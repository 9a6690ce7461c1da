"""The overview on a wall: legible at four metres, and nothing cut off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from dashboards.wall import LOOKED_UP_VH, READ_VH
from tests.browser.conftest import Live, opened

pytestmark = pytest.mark.browser

SIZES = """() => [...document.querySelectorAll('main *')].filter(
  one => [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())
).map(one => [one.className, parseFloat(getComputedStyle(one).fontSize), one.scrollWidth - one.clientWidth,
  one.getBoundingClientRect().bottom, one.getBoundingClientRect().right])"""


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160)])
def test_everything_on_the_wall_is_legible_at_four_metres(
    live: Live, browser: Browser, width: int, height: int
) -> None:
    """No smaller letter than reckoned, no line outside the screen, nothing to choose."""
    with opened(browser, f"{live.url}/?wall=1", width=width, height=height) as seen:
        expect(seen.page.locator(".wall-rows li").first.locator(".name")).to_have_text("app")
        expect(seen.page.locator(".wall-rows li").first.locator(".flag")).to_have_text("▼ worsening")
        assert seen.page.locator("select, nav, a").count() == 0
        widest = seen.page.locator(".wall-rows").bounding_box()
        assert widest
        assert widest["width"] > 0.9 * width
        written = seen.page.evaluate(SIZES)
        assert len(written) > 10
        for name, size_px, cut_px, bottom, right in written:
            read = any(part in ("name", "v", "t", "flag") for part in name.split())
            assert size_px >= height * (READ_VH if read else LOOKED_UP_VH) / 100 - 0.1, (name, size_px)
            assert cut_px <= 1, name
            assert bottom <= height, name
            assert right <= width, name
        assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert seen.page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_the_wall_has_the_worst_channels_of_the_overview_in_its_order(live: Live, browser: Browser) -> None:
    """And says how many it leaves out."""
    with opened(browser, live.url) as seen:
        cards = seen.page.eval_on_selector_all(".card h3", "all => all.map(one => one.textContent)")
    with opened(browser, f"{live.url}/overview?wall=1", width=1920, height=1080) as seen:
        rows = seen.page.eval_on_selector_all(".wall-rows .name", "all => all.map(one => one.textContent)")
        assert rows == cards[:4]
        expect(seen.page.locator(".wall-rest")).to_contain_text(f"{len(cards) - 4} more")
