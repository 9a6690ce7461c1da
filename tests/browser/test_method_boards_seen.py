"""The boards with points in a plane, actions and voices, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Live, opened
from tests.browser.test_local_board import shows_everything

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1440, pytest.param(390, marks=pytest.mark.deep)])
@pytest.mark.parametrize("address", ["/trust", "/key-experience", "/journey", "/actions", "/voices"])
def test_every_panel_shows_something(live: Live, browser: Browser, address: str, width: int) -> None:
    """Wide and narrow; graphs are drawn, nothing is cut off at the side."""
    with opened(browser, f"{live.url}{address}", width=width) as seen:
        expect(seen.page.locator("section.panel").last).to_be_visible()
        for graph in seen.page.locator(".graph").all():
            expect(graph.locator("svg path").first).to_be_attached()
        shows_everything(seen)


def test_a_point_is_named_and_says_its_numbers(live: Live, browser: Browser) -> None:
    """Names are written in the graph; quadrants say what they mean."""
    with opened(browser, f"{live.url}/trust") as seen:
        graph = seen.page.locator(".p-scatter .graph")
        for words in ("app", "not liked", "liking 5.5"):
            expect(graph.locator("svg text", has_text=words).first).to_be_visible()


def test_what_was_done_is_drawn_on_the_graphs(live: Live, browser: Browser) -> None:
    """An action and a release, beside the alert, on the rolling score."""
    with opened(browser, f"{live.url}/channel?channel=app&shown=1h") as seen:
        panel = seen.page.locator("section.panel", has=seen.page.locator(".graph")).first
        for words in ("◆", "●", "▼"):
            expect(panel.locator("svg text", has_text=words).first).to_be_visible()
        for words in ("larger pay button (app / checkout)", "release: app 4.2 (app)", "note: heavy rain, few walk in"):
            expect(panel.locator(".happened span", has_text=words)).to_be_visible()
