"""The survey page in a real browser: without scripts, by keyboard, for who does not see, in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Browser, Page, expect

from streams.edges.gateway.links import Link
from streams.edges.memory_broker import MemoryBroker
from streams.edges.settings import Settings
from tests.kit.gateway import SECRET, Running, gateway, records

pytestmark = pytest.mark.browser

EXAMPLE = Path(__file__).parents[2] / "deploy" / "catalogue" / "example.yaml"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The example catalogue, on an in-memory broker."""
    with MemoryBroker({"touchpoints": 4, "rejected": 4}) as broker:
        yield Settings(
            kafka_brokers=broker.bootstrap,
            keys_path=tmp_path_factory.mktemp("keys") / "keys.yaml",
            gateway_secret=SECRET,
            catalogue_path=EXAMPLE,
        )


@pytest.fixture(scope="module")
def running(settings: Settings) -> Iterator[Running]:
    with gateway(settings) as found:
        yield found


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A phone without scripts; fails if the page complained, or asked anyone else for anything."""
    trouble: list[str] = []
    context = browser.new_context(
        java_script_enabled=False,
        viewport={"width": 360, "height": 740},
        color_scheme=request.param,
        locale="en-GB",
    )
    found = context.new_page()
    found.on("console", lambda m: trouble.append(m.text) if m.type in ("error", "warning") else None)
    found.on("request", lambda r: None if r.url.startswith(("http://127.0.0.1", "data:")) else trouble.append(r.url))
    yield found
    context.close()
    assert trouble == []


def open_link(page: Page, running: Running, invitation: str) -> None:
    page.goto(running.url + Link("pickup", "store-hamburg", invitation).path(SECRET))


def test_a_customer_answers_by_keyboard_alone(page: Page, running: Running, settings: Settings) -> None:
    """Tab, arrows, words, Enter; the answer is in Kafka."""
    invitation = f"keys-{id(page)}"
    open_link(page, running, invitation)
    page.keyboard.press("Tab")  # the other language
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("quick and friendly")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Thank you")
    wanted = Link("pickup", "store-hamburg", invitation).event_id()
    (fields,) = [
        f for f in map(orjson.loads, (r.value for r in records(settings, "touchpoints"))) if f["event_id"] == wanted
    ]
    assert (fields["score"], fields["comment"], fields["location"]) == (4, "quick and friendly", "store-hamburg")


def test_a_screen_reader_is_told_what_each_part_is(page: Page, running: Running) -> None:
    """The question names the group, the ends of the scale are said, the hint belongs to its field."""
    open_link(page, running, "reader")
    group = page.get_by_role("group", name="How satisfied were you with us today?")
    expect(group.get_by_role("radio")).to_have_count(5)
    expect(group.get_by_role("radio", name="1: very dissatisfied")).to_be_visible()
    expect(group.get_by_role("radio", name="3", exact=True)).to_be_visible()
    field = page.get_by_role("textbox", name="Anything you want to tell us (optional)")
    expect(field).to_have_accessible_description("Please write no names, addresses or numbers.")
    expect(page.get_by_role("button", name="Send")).to_be_visible()


def test_the_other_language_is_one_click_away(page: Page, running: Running) -> None:
    open_link(page, running, "language")
    page.get_by_role("link", name="中文").click()
    expect(page.get_by_role("group", name="您对我们今天的服务满意吗？")).to_be_visible()
    page.get_by_role("radio", name="5: 非常满意").check()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("status")).to_contain_text("谢谢")


def test_nothing_is_sent_without_a_choice(page: Page, running: Running) -> None:
    """The browser itself asks for one."""
    open_link(page, running, "empty")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("group")).to_be_visible()
    expect(page.get_by_role("status")).to_have_count(0)


def test_it_fits_a_phone_and_can_be_read(page: Page, running: Running) -> None:
    """No sideways scrolling; text and paper differ by 4.5 to 1 at least (WCAG 2.2, 1.4.3), dark or light."""
    open_link(page, running, "fits")
    boxes = [box for item in page.locator("main *:visible").all() if (box := item.bounding_box())]
    assert max(box["x"] + box["width"] for box in boxes) <= 360
    for place in ("legend", ".hint", ".ends", "nav a", "button"):
        shown = page.locator(place).first
        ink, paper = shown.evaluate(_COLOURS)
        assert _contrast(ink, paper) >= 4.5, (place, ink, paper)


_COLOURS = """element => {
  const ink = getComputedStyle(element).color;
  let paper = 'rgba(0, 0, 0, 0)';
  for (let at = element; at && paper === 'rgba(0, 0, 0, 0)'; at = at.parentElement)
    paper = getComputedStyle(at).backgroundColor;
  return [ink, paper];
}"""


def _contrast(ink: str, paper: str) -> float:
    """Contrast ratio of two CSS colours. Source: WCAG 2.2, relative luminance."""

    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(ink), luminance(paper)))
    return (high + 0.05) / (low + 0.05)
