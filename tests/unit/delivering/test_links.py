"""Links on pages, over HTTP: opening one changes nothing, a form answers once, and nobody makes one up."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from streams.edges.errors import Unavailable
from streams.edges.links.door import BURST, LinkDoor
from streams.edges.links.page import ANSWERS
from streams.edges.links.signed import TICKET_MS, VALID_MS, PageLink
from streams.edges.receivers.note import Links, Notes, replace_page
from streams.edges.receivers.spec import ReceiverFile
from streams.pure.alerting.inputs import Act
from streams.pure.alerting.messages import PageMessage
from tests.kit.delivering import SECRET
from tests.kit.sendings import AT_MS, sending

OFFSET = 7


class Site:
    """The links of one installation, and what was answered."""

    def __init__(self) -> None:
        self.now_ms = AT_MS + 60_000
        self.acts: list[Act] = []
        self.kafka_away = self.forgotten = False
        self.page = sending("a", scope={"channel": "app <b>&"}).page
        self.url = ""
        file = ReceiverFile.model_validate(
            {"version": 1, "receivers": [{"name": "x", "kind": "alertmanager", "url": "http://localhost"}]}
        )
        self.notes = Notes(file, Links(), None, 5)

    async def at(self, offset: int) -> PageMessage | None:
        if self.kafka_away:
            raise Unavailable("away")
        found = sending("another") if offset != OFFSET else replace_page(sending("a"), self.page)
        return None if self.forgotten else found

    async def take(self, act: Act) -> None:
        if self.kafka_away:
            raise Unavailable("away")
        self.acts.append(act)

    def link(self, offset: int = OFFSET, secret: str = SECRET) -> str:
        return PageLink.to(self.page, offset).url(self.url, secret)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    listener = socket.create_server(("127.0.0.1", 0))
    site.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    door = LinkDoor(
        SECRET, site.url, at=site.at, told=lambda sending: site.notes.note(sending, -1, site.now_ms), take=site.take,
        now_ms=lambda: site.now_ms,
    )  # fmt: skip
    await door.serve(listener)
    yield site
    await door.close()


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, headers={"accept-language": "en"}) as client:
        yield client


def ticket_of(page: httpx.Response) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


async def answer(browser: httpx.AsyncClient, link: str, what: str = "acknowledge", who: str = "Kim") -> httpx.Response:
    ticket = ticket_of(await browser.get(link))
    return await browser.post(link, data={"ticket": ticket, "what": what, "who": who})


async def test_a_scanner_that_opens_every_link_it_sees_changes_nothing(site: Site, browser: httpx.AsyncClient) -> None:
    page = await browser.get(site.link())
    assert page.status_code == 200
    assert (await browser.head(site.link())).status_code == 200
    for found in re.findall(r'href="([^"]+)"', page.text):
        if found.startswith("?"):
            await browser.get(site.link().partition("?")[0] + found.replace("&amp;", "&"))
    assert site.acts == []


async def test_the_page_says_what_was_sent_and_needs_nothing_from_outside(
    site: Site, browser: httpx.AsyncClient
) -> None:
    page = await browser.get(site.link())
    assert "bad CSAT answers rose from 10 % to 21 %" in page.text
    assert "app &lt;b&gt;&amp;amp;" not in page.text
    assert "app &lt;b&gt;&amp;" in page.text, "names come from producers"
    assert "<script" not in page.text
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page.text)
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer", "the address is the key"
    chinese = await browser.get(site.link() + "&lang=zh")
    assert "差评率" in chinese.text
    assert "确认接手" in chinese.text
    assert 'lang="zh-Hans"' in chinese.text


@pytest.mark.parametrize("what", ANSWERS)
async def test_each_button_is_one_answer_with_its_name(site: Site, browser: httpx.AsyncClient, what: str) -> None:
    done = await answer(browser, site.link(), what, " Kim \x00Lee ")
    assert done.status_code == 200
    assert "Kim Lee" in done.text
    assert site.acts == [Act(site.now_ms, what, "a", "Kim Lee")]


async def test_only_what_judges_by_its_own_past_can_be_told_that_this_is_how_it_is_now(
    site: Site, browser: httpx.AsyncClient
) -> None:
    assert 'value="rebase"' in (await browser.get(site.link())).text
    site.page = sending("a", kind="level").page
    page = await browser.get(site.link())
    assert 'value="rebase"' not in page.text
    assert 'value="acknowledge"' in page.text


async def test_a_double_click_is_one_answer(site: Site, browser: httpx.AsyncClient) -> None:
    ticket = ticket_of(await browser.get(site.link()))
    for _ in range(2):
        done = await browser.post(site.link(), data={"ticket": ticket, "what": "useful", "who": "Kim"})
        assert done.status_code == 200
    assert len(site.acts) == 1


async def test_nobody_makes_a_link_up_or_turns_one_into_another(site: Site, browser: httpx.AsyncClient) -> None:
    link = site.link()
    path, _, query = link.partition("?")
    fields = dict(parse_qsl(query))
    forged = [
        site.link(secret="x" * 32),
        link.replace("/a/a?", "/a/b?"),
        *(f"{path}?{urlencode({**fields, name: '9' * 9})}" for name in ("page", "at", "until", "sig")),
        path,
        f"{path}?{urlencode({**fields, 'at': '²'})}",
    ]
    for one in forged:
        assert (await browser.get(one)).status_code == 403, one
        refused = await browser.post(one, data={"what": "acknowledge", "who": "Kim", "ticket": "x"})
        assert refused.status_code == 403
    assert site.acts == []


async def test_a_link_holds_for_seven_days(site: Site, browser: httpx.AsyncClient) -> None:
    ticket = ticket_of(await browser.get(site.link()))
    site.now_ms = AT_MS + VALID_MS
    assert (await browser.get(site.link())).status_code == 410
    assert (await browser.post(site.link(), data={"ticket": ticket, "what": "useful", "who": "K"})).status_code == 410
    assert site.acts == []


async def test_a_form_must_have_been_opened_here_and_lately(site: Site, browser: httpx.AsyncClient) -> None:
    """Nor may another site send one in somebody's name."""
    ticket = ticket_of(await browser.get(site.link()))
    other = ticket_of(await browser.get(site.link(offset=OFFSET + 1)))
    given = {"what": "acknowledge", "who": "Kim"}
    assert (await browser.post(site.link(), data=given)).status_code == 422
    assert (await browser.post(site.link(), data={**given, "ticket": other})).status_code == 422
    abroad = {"origin": "https://evil.example.org"}
    assert (await browser.post(site.link(), data={**given, "ticket": ticket}, headers=abroad)).status_code == 422
    site.now_ms += TICKET_MS + 1
    late = await browser.post(site.link(), data={**given, "ticket": ticket})
    assert late.status_code == 422
    assert "too long" in late.text
    assert 'value="Kim"' in late.text, "nobody writes their name twice"
    assert site.acts == []


async def test_without_a_name_or_with_an_unknown_button_nothing_is_done(site: Site, browser: httpx.AsyncClient) -> None:
    assert (await answer(browser, site.link(), who="   ")).status_code == 422
    assert (await answer(browser, site.link(), what="delete")).status_code == 422
    huge = await browser.post(site.link(), data={"what": "useful", "who": "x" * 100_000})
    assert huge.status_code == 413
    assert site.acts == []


async def test_a_link_takes_no_flood_of_answers(site: Site, browser: httpx.AsyncClient) -> None:
    ticket = ticket_of(await browser.get(site.link()))
    given = {"ticket": ticket, "what": "none", "who": "Kim"}
    answers = [(await browser.post(site.link(), data=given)).status_code for _ in range(3 * BURST)]
    assert set(answers[:BURST]) == {422}
    assert answers.count(429) > BURST
    assert site.acts == []


async def test_while_kafka_is_away_the_answer_is_asked_for_again(site: Site, browser: httpx.AsyncClient) -> None:
    ticket = ticket_of(await browser.get(site.link()))
    given = {"ticket": ticket, "what": "acknowledge", "who": "Kim"}
    site.kafka_away = True
    failed = await browser.post(site.link(), data=given)
    assert failed.status_code == 503
    assert "in a moment" in failed.text
    site.kafka_away = False
    assert (await browser.post(site.link(), data=given)).status_code == 200
    assert len(site.acts) == 1


async def test_what_is_no_longer_in_the_log_can_be_answered_all_the_same(
    site: Site, browser: httpx.AsyncClient
) -> None:
    """And what now lies at its place is not shown for it: the topic may have been made anew."""
    site.forgotten = True
    assert "no longer at hand" in (await browser.get(site.link())).text
    site.forgotten = False
    elsewhere = await browser.get(site.link(offset=OFFSET + 1))
    assert "no longer at hand" in elsewhere.text
    assert (await answer(browser, site.link(offset=OFFSET + 1))).status_code == 200
    assert [act.alert_id for act in site.acts] == ["a"]


def test_the_same_page_has_the_same_link_whoever_makes_it() -> None:
    one, other = Links("https://a.example.org/x", SECRET), Links("https://a.example.org/x/", SECRET)
    page = sending("a b/ü").page
    assert one.to(page, 3) == other.to(page, 3)
    assert urlsplit(one.to(page, 3)).path == "/x/a/a%20b%2F%C3%BC"
    assert one.to(sending("b", kind="heartbeat").page, 3) == ""
    assert Links("https://a.example.org", "").to(page, 3) == ""
