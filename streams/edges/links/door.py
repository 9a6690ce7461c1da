"""Serves the links on pages: `GET /a/{alert}` shows what was said, `POST` takes one answer.

Mail scanners and chat previews open every link they see: opening one changes nothing, and only the form that it shows
does. Whoever holds a link may answer, as it stands on a page that was sent to them: there is no log-in, and so nothing
that another site could use in somebody's name; a form must have been opened here, lately, all the same.
"""

from __future__ import annotations

import logging
import socket
import time
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from streams.edges.errors import SettingsError, Unavailable
from streams.edges.gateway.grants import Bucket
from streams.edges.links.page import ANSWERS, MOST_NAME, STYLE, form, message
from streams.edges.links.signed import PageLink
from streams.edges.receivers.note import Note
from streams.edges.settings import PREFIX
from streams.pure.alerting.inputs import Act
from streams.pure.alerting.messages import PageMessage

log = logging.getLogger("touchpulse")
MOST_BYTES = 8 * 1024
RATE, BURST, KEPT = 0.2, 10, 1_000
"""Answers by one link, a second and at once; links remembered for that."""
USED = 10_000
"""Forms taken lately, so that a double click is one answer."""
_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
    "content-security-policy": "default-src 'none'; img-src data:; form-action 'self'; frame-ancestors 'none';"
    f" base-uri 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'",
}

Told = Callable[[PageMessage], Note]
At = Callable[[int], Awaitable[PageMessage | None]]
Take = Callable[[Act], Awaitable[None]]


class LinkDoor:
    """Answers of people who got a page.

    Args:
        secret: of the links.
        url: where people reach them.
        at: the sending at an offset of the log; None if there is none. Raises Unavailable.
        told: a sending in words.
        take: hands an answer on; returns once it is durable. Raises Unavailable.
    """

    def __init__(self, secret: str, url: str, *, at: At, told: Told, take: Take, now_ms: Callable[[], int]) -> None:
        self._secret = secret
        self._host = urlsplit(url).netloc
        self._at, self._told, self._take = at, told, take
        self._now_ms = now_ms
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._used: OrderedDict[str, str] = OrderedDict()
        self._runner: web.AppRunner | None = None

    async def serve(self, listener: socket.socket) -> None:
        """Begins to serve."""
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_get("/a/{alert}", self._show)
        app.router.add_post("/a/{alert}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, keepalive_timeout=10)  # URLs are keys
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()

    async def close(self) -> None:
        """Ends."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _show(self, request: web.Request) -> web.Response:
        language, found = _language(request), self._open(request)
        if isinstance(found, tuple):
            return _html(message(language, found[1]), found[0])
        return await self._form(found, request, language)

    async def _answer(self, request: web.Request) -> web.Response:
        language, found = _language(request), self._open(request)
        if isinstance(found, tuple):
            return _html(message(language, found[1]), found[0])
        fields = await request.post()
        given = {name: text for name, text in fields.items() if isinstance(text, str)}
        who = "".join(sign for sign in given.get("who", "") if sign.isprintable()).strip()[:MOST_NAME]
        what, ticket = given.get("what", ""), given.get("ticket", "")
        word = self._refusal(found, request, ticket, what, who)
        if not word and ticket not in self._used:
            try:
                await self._take(Act(self._now_ms(), what, found.alert_id, who))
            except Unavailable as error:
                log.warning("an answer to %s could not be taken: %s", found.page_id, error)
                word = "again"
            else:
                log.info("%s of alert %s by %s", what, found.alert_id, who)
                self._used[ticket] = what
                if len(self._used) > USED:
                    self._used.popitem(last=False)
        if word:
            return await self._form(found, request, language, who=who, word=word)
        return _html(message(language, f"thanks_{self._used[ticket]}", who), 200)

    def _open(self, request: web.Request) -> PageLink | tuple[int, str]:
        """The link somebody came by; else status and sentence."""
        link = PageLink.opened(request.match_info["alert"], request.query, self._secret)
        if link is None:
            return 403, "bad_link"
        return (410, "over") if link.is_over(self._now_ms()) else link

    def _refusal(self, link: PageLink, request: web.Request, ticket: str, what: str, who: str) -> str:
        """Why an answer is not taken, as the name of a sentence; '' if it is."""
        origin = request.headers.get("origin", "")
        if origin not in ("", "null") and urlsplit(origin).netloc not in (self._host, request.host):
            return "reopen"
        if not self._has_room(link):
            return "slower"
        if not link.takes(self._secret, ticket, self._now_ms()):
            return "reopen"
        if what not in ANSWERS:
            return "choose"
        return "" if who else "who_missing"

    def _has_room(self, link: PageLink) -> bool:
        bucket = self._buckets.setdefault(link.alert_id, Bucket(RATE, BURST))
        self._buckets.move_to_end(link.alert_id)
        if len(self._buckets) > KEPT:
            self._buckets.popitem(last=False)
        if bucket.wait_s(time.monotonic()):
            return False
        bucket.charge(1)
        return True

    async def _form(
        self, link: PageLink, request: web.Request, language: str, *, who: str = "", word: str = ""
    ) -> web.Response:
        note = await self._note(link, language)
        other = {**request.query, "lang": "zh" if language == "en" else "en"}
        text = form(
            language,
            kind=note.page.kind if note else "",
            headline=note.headline if note else "",
            body=note.body if note else "",
            board_url=note.board_url if note else "",
            ticket=link.ticket(self._secret, self._now_ms()),
            other_url=f"?{urlencode(other)}",
            who=who,
            word=word,
        )
        return _html(text, {"": 200, "slower": 429, "again": 503}.get(word, 422))

    async def _note(self, link: PageLink, language: str) -> Note | None:
        """The page in words, in the reader's language; None where it cannot be had."""
        try:
            found = await self._at(link.offset)
        except Unavailable as error:
            log.warning("%s cannot be shown: %s", link.page_id, error)
            return None
        if found is None or found.page.alert_id != link.alert_id:
            return None
        return self._told(PageMessage(found.page, [], language, found.zone))


def listener_of(port: int) -> socket.socket:
    """The port, bound.

    Raises:
        SettingsError: it is taken.
    """
    try:
        return socket.create_server(("", port))
    except OSError as error:
        raise SettingsError(f"{PREFIX}LINKS_PORT: cannot listen on port {port} ({error.strerror})") from None


def _language(request: web.Request) -> str:
    asked = request.query.get("lang", "") or request.headers.get("accept-language", "")
    for part in asked.split(","):
        if (word := part.strip().lower()[:2]) in ("en", "zh"):
            return word
    return "en"


def _html(text: str, status: int, headers: Mapping[str, str] = _HEADERS) -> web.Response:
    return web.Response(text=text, status=status, headers=headers, content_type="text/html", charset="utf-8")
