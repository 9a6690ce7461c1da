"""The survey page: signed links, one answer for an invitation, no mashing; Kafka is the in-memory one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from typer.testing import CliRunner

from schemas.catalogue import Catalogue, Survey
from schemas.decode import Decoder, Event
from schemas.scales import SCALES
from streams.cli import app
from streams.edges.gateway.links import Link, make_ticket, read_ticket
from streams.edges.gateway.survey_page import form, kind_of
from streams.edges.settings import Settings
from tests.kit.gateway import SECRET, Running, event, gateway, records

CATALOGUE = """
channels: {store: {medium: store}, web: {medium: web}, app: {medium: app}}
touchpoints:
  pickup: {stage: purchase, survey: {scale: csat-1-5, question: {en: "Was pick-up <quick>?", zh: "取货快吗？"}}}
  advice: {stage: pre_purchase, survey: {scale: nps-0-10, channel: web}}
  checkout: {stage: purchase}
locations: {store-1: {time_zone: Europe/Berlin}, store-2: {time_zone: Europe/Berlin}}
"""
NOW_MS = 1_800_000_000_000


@pytest.fixture(scope="module")
def survey_settings(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The module's topics, with a catalogue that asks."""
    path = tmp_path_factory.mktemp("catalogue") / "catalogue.yaml"
    path.write_text(CATALOGUE)
    return settings.model_copy(update={"catalogue_path": path})


@pytest.fixture(scope="module")
def asking(survey_settings: Settings) -> Iterator[Running]:
    """A gateway that serves the page."""
    with gateway(survey_settings) as running:
        yield running


@pytest.fixture
def customer(asking: Running) -> Iterator[httpx.Client]:
    """Somebody without a key."""
    with asking.client("") as client:
        yield client


def stored(settings: Settings, **wanted: Any) -> list[dict[str, Any]]:
    """Answers of the page that are in Kafka."""
    found = [orjson.loads(record.value) for record in records(settings, "touchpoints")]
    return [fields for fields in found if fields["producer"] == "survey-page" and wanted.items() <= fields.items()]


def test_an_invitation_is_worth_one_answer(customer: httpx.Client, settings: Settings) -> None:
    """Answering again, from another phone too, changes nothing: the id is the invitation's."""
    url = Link("pickup", "store-1", "inv-17").path(SECRET)
    assert customer.get(url).status_code == 200
    first = customer.post(url, data={"score": "5", "comment": "fine"})
    again = customer.post(url, data={"score": "1"})
    assert (first.status_code, again.status_code) == (200, 200)
    assert "Thank you! Your answer has arrived." in first.text
    assert "first answer counts" in again.text
    one, two = stored(settings, location="store-1")
    assert one["event_id"] == two["event_id"]
    assert (one["score"], one["channel"], one["comment"], one["scale"]) == (5, "store", "fine", "1-5")
    assert one["question"] == {"id": "pickup-csat-1-5", "version": 1}


def test_a_poster_is_worth_one_answer_for_each_opening(customer: httpx.Client, settings: Settings) -> None:
    url = Link("advice").path(SECRET)

    def ticket() -> str:
        found = re.search('name="ticket" value="([^"]+)"', customer.get(url).text)
        assert found is not None
        return found[1]

    one, two = ticket(), ticket()
    quick = customer.post(url, data={"score": "9", "ticket": one})
    assert (quick.status_code, "very quick" in quick.text) == (429, True)
    time.sleep(0.8)  # what is guarded is quickness itself
    for which in (one, two, one):
        assert customer.post(url, data={"score": "9", "ticket": which}).status_code == 200
    assert len({fields["event_id"] for fields in stored(settings, touchpoint="advice")}) == 2
    assert customer.post(url, data={"score": "9", "ticket": "made-up"}).status_code == 422


def test_mashing_is_slowed_down(survey_settings: Settings) -> None:
    """A child at a kiosk must not become fifty customers."""
    url = Link("pickup", "store-2").path(SECRET)
    with gateway(survey_settings) as running, running.client("") as kiosk:
        statuses = [kiosk.post(url, data={"score": "1", "ticket": "x"}).status_code for _ in range(30)]
        assert statuses.count(429) >= 8
        elsewhere = Link("pickup", "store-1").path(SECRET)
        assert kiosk.post(elsewhere, data={"score": "1", "ticket": "x"}).status_code == 422


@pytest.mark.parametrize(
    ("url", "status"),
    [
        pytest.param("/s/pickup", 403, id="unsigned"),
        pytest.param(Link("pickup", "store-1").path("x" * 32), 403, id="another-secret"),
        pytest.param(Link("pickup", "store-1").path(SECRET).replace("store-1", "store-2"), 403, id="another-store"),
        pytest.param(Link("pickup", "", "a").path(SECRET).replace("i=a", "i=b"), 403, id="another-invitation"),
        pytest.param(Link("pickup", "", "", 1_600_000_000).path(SECRET), 410, id="over"),
        pytest.param(Link("checkout").path(SECRET), 410, id="asks-nothing"),
        pytest.param(Link("gone").path(SECRET), 410, id="no-such-touchpoint"),
        pytest.param(Link("pickup").path(SECRET) + "x" * 5_000, 403, id="long"),
    ],
)
def test_only_our_own_links_open_the_page(customer: httpx.Client, url: str, status: int) -> None:
    """Nobody answers for another store, or after the end."""
    assert customer.get(url).status_code == status
    assert customer.post(url, data={"score": "5"}).status_code == status


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"score": "6"}, id="off-the-scale"),
        pytest.param({"score": "x"}, id="no-number"),
        pytest.param({"score": "٣"}, id="another-digit"),
        pytest.param({"score": "-1"}, id="negative"),
    ],
)
def test_a_form_without_a_choice_is_shown_again_with_what_was_written(
    customer: httpx.Client, data: dict[str, str]
) -> None:
    url = Link("pickup", "", "inv-choice").path(SECRET)
    answer = customer.post(url, data=data | {"comment": "<b>slow"})
    assert answer.status_code == 422
    assert "&lt;b&gt;slow" in answer.text


def test_odd_bodies_break_nothing(customer: httpx.Client) -> None:
    url = Link("pickup", "", "inv-odd").path(SECRET)
    assert customer.post(url, content=b"\xff\xfe").status_code == 400
    assert customer.post(url, content=b"a=1&" * 50).status_code == 400
    assert customer.post(url, content=b"comment=" + b"x" * 50_000).status_code == 413


def test_the_language_follows_the_browser_and_the_link(customer: httpx.Client) -> None:
    """What a store wrote itself is shown as text, never as HTML."""
    url = Link("pickup").path(SECRET)
    english = customer.get(url, headers={"accept-language": "fr,en;q=0.5"}).text
    assert "Was pick-up &lt;quick&gt;?" in english
    assert '<html lang="en">' in english
    chinese = customer.get(url, headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"}).text
    assert "取货快吗？" in chinese
    assert '<html lang="zh-Hans">' in chinese
    assert "取货快吗？" in customer.get(f"{url}&lang=zh").text


@pytest.mark.parametrize("scale", sorted(Survey.model_json_schema()["properties"]["scale"]["enum"]))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_scale_can_be_asked_and_its_answers_count(scale: str, language: str) -> None:
    """Each point of each scale makes a valid event on just that scale."""
    page = form(Survey(scale=scale), language, "?")  # type: ignore[arg-type]  # one of them
    points = [int(point) for point in re.findall('value="(\\d+)" required', page)]
    assert points == list(range(SCALES[scale].low, SCALES[scale].high + 1))
    kind, fields = kind_of(scale)
    base = {name: value for name, value in event("x", producer="p").items() if name != "scale"}
    for point in points:
        found = Decoder().decode(orjson.dumps(base | {"kind": kind, "score": point} | fields))
        assert isinstance(found, Event)
        assert [(answer[1], answer[2]) for answer in found.answers] == [(scale, point)]


def test_a_ticket_is_good_for_its_link_and_its_time() -> None:
    link = Link("pickup", "store-1")
    ticket = make_ticket(SECRET, link, NOW_MS)
    found = read_ticket(SECRET, link, ticket, NOW_MS + 5_000)
    assert found is not None
    assert found[1] == 5_000
    assert read_ticket(SECRET, link, ticket, NOW_MS + 3 * 3_600_000) is None
    assert read_ticket(SECRET, Link("pickup", "store-2"), ticket, NOW_MS) is None
    for forged in ("", ".", "..", "1.2.3", ticket + "x", "é.é.é"):
        assert read_ticket(SECRET, link, forged, NOW_MS) is None


def test_a_survey_on_an_unknown_channel_is_a_mistake_in_the_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.yaml"
    path.write_text(CATALOGUE.replace("channel: web}", "channel: wap}"))
    with pytest.raises(ValueError, match=r"touchpoints\.advice\.survey: channel 'wap' is not in the catalogue"):
        Catalogue.load(path)


def test_the_words_of_a_survey_change_nothing_that_is_counted(tmp_path: Path) -> None:
    """Rewording a question must not need new rules of counting."""
    path = tmp_path / "catalogue.yaml"
    path.write_text(CATALOGUE)
    before = Catalogue.load(path).deciding()
    path.write_text(CATALOGUE.replace("quick", "easy"))
    assert Catalogue.load(path).deciding() == before


def test_the_printed_code_opens_the_page(customer: httpx.Client, survey_settings: Settings) -> None:
    """The link a store prints is one the gateway takes; names that do not exist are found before printing."""
    env = {
        "TOUCHPULSE_GATEWAY_SECRET": SECRET,
        "TOUCHPULSE_CATALOGUE_PATH": str(survey_settings.catalogue_path),
    }

    def qr(*arguments: str) -> Any:
        return CliRunner().invoke(app, ["qr", *arguments, "--url", "https://ask.example.org/"], env=env)

    link = qr("pickup", "--location", "store-1", "--days", "7", "--link").stdout.strip()
    assert link.startswith("https://ask.example.org/s/pickup?l=store-1&e=")
    assert customer.get(link.removeprefix("https://ask.example.org")).status_code == 200
    svg = qr("pickup", "--location", "store-1").stdout
    assert svg.startswith("<svg")
    assert "<path" in svg
    assert "did you mean 'pickup'" in str(qr("pikup").exception)
    assert "did you mean 'store-1'" in str(qr("pickup", "--location", "store1").exception)
