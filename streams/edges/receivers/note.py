"""What one receiver is handed: a page in words, with its links.

Everything that may fail or be slow (comments) comes with a bound; what cannot be said in the words set is said in the
built-in ones: a mistake in a template must not keep a page back.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from streams.edges.links.signed import PageLink
from streams.edges.receivers.board_link import board_link
from streams.edges.receivers.comments import Comments
from streams.edges.receivers.spec import ReceiverFile
from streams.pure.alerting.hand import Item
from streams.pure.alerting.messages import PageMessage
from streams.pure.alerting.page import Page
from streams.pure.alerting.season import Calendar
from streams.pure.alerting.words import TEMPLATES, told

log = logging.getLogger("touchpulse")
LISTED = 20
"""Headlines that a digest shows."""
MISSED = "missed"
"""Kind of the summary of what came too late; no rule makes one."""
WORDS = {
    "en": {
        "board": "Board",
        "answer": "Acknowledge it, or say whether it was useful",
        "digest": "{n} notices waited for this receiver",
        "more": "and {n} more",
        "missed": "{n} notices from {since} to {until} came too late: nobody was told of them here for a day or longer",
    },
    "zh": {
        "board": "看板",
        "answer": "确认接手,或评价此通知是否有用",
        "digest": "有 {n} 条通知等待过此接收方",
        "more": "另有 {n} 条",
        "missed": "{since} 至 {until} 的 {n} 条通知已过时:一天或更久未能送达此处",
    },
}


@dataclass(frozen=True, slots=True)
class Note:
    """One handing over.

    Attributes:
        page: as data.
        headline, body: in words; the body without links.
        now_ms: when it is handed over.
        board_url, answer_url: '' where there is none.
        key: the same whenever this page is handed over.
    """

    page: Page
    headline: str
    body: str
    now_ms: int
    language: str = "en"
    zone: str = "UTC"
    board_url: str = ""
    answer_url: str = ""
    key: str = ""

    def text(self) -> str:
        """The body with its links, for people."""
        words = WORDS[self.language]
        links = [
            f"{words[name]}: {url}" for name, url in (("board", self.board_url), ("answer", self.answer_url)) if url
        ]
        return "\n\n".join(filter(None, (self.body, "\n".join(links))))


@dataclass(frozen=True, slots=True)
class Links:
    """Where links on pages lead.

    Attributes:
        url, secret: of the links that take an answer; '' for none.
    """

    url: str = ""
    secret: str = field(default="", repr=False)

    def to(self, page: Page, offset: int) -> str:
        """The link of a page; '' where there is none."""
        if not (self.url and self.secret) or offset < 0 or page.kind in ("heartbeat", MISSED):
            return ""
        return PageLink.to(page, offset).url(self.url, self.secret)


class Notes:
    """Makes notes of sendings.

    Args:
        file: words, and where the boards are.
        links: where an answer is taken.
        comments: what customers wrote; None: not told.
        hide_under: places with fewer answers are not named.
    """

    def __init__(self, file: ReceiverFile, links: Links, comments: Comments | None, hide_under: int) -> None:
        self.file = file
        self._links = links
        self._comments = comments
        self._hide_under = hide_under

    async def of(self, items: Sequence[Item], now_ms: int) -> Note:
        """The note of one sending, or of many as one."""
        if len(items) > 1:
            return self._digest(items, now_ms)
        (item,) = items
        page = self.shown(item.page, repeated=item.repeated)
        if self._comments is not None:
            page = msgspec.structs.replace(page, comments=await self._comments.of(page))
        return self.note(replace_page(item.message, page), item.offset, now_ms)

    def shown(self, page: Page, *, repeated: bool = False) -> Page:
        """The page as people may see it: no place of so few answers that it would be about somebody."""
        seen = [part for part in page.contributors if part.n >= self._hide_under]
        return msgspec.structs.replace(
            page,
            contributors=seen,
            possibly_repeated=repeated or page.possibly_repeated,
            runbook=self._runbook(page.runbook),
        )

    def _runbook(self, named: str) -> str:
        """A name becomes an address where the file says where runbooks are; an address stays."""
        if not named or "://" in named or not self.file.runbook_url:
            return named
        return f"{self.file.runbook_url}/{named.lstrip('/')}"

    def note(self, message: PageMessage, offset: int, now_ms: int) -> Note:
        """A sending in words, with its links."""
        page, language = message.page, message.language if message.language in TEMPLATES else "en"
        calendar = _calendar(message.zone)
        if page.kind == MISSED:
            said = WORDS[language]["missed"].format(
                n=page.n,
                since=f"{calendar.local(page.since_ms):%Y-%m-%d %H:%M}",
                until=f"{calendar.local(page.until_ms):%Y-%m-%d %H:%M}",
            )
            return Note(page, said, "", now_ms, language, message.zone, key=page.id)
        headline, body = _told(page, language, calendar, self.file.templates.get(language, {}))  # type: ignore[call-overload]
        board = board_link(page, self.file.board_url, local=self.file.board == "local", now_ms=now_ms)
        answer = self._links.to(page, offset)
        return Note(page, headline, body, now_ms, language, message.zone, board, answer, key=page.id)

    def _digest(self, items: Sequence[Item], now_ms: int) -> Note:
        notes = [self.note(replace_page(item.message, self.shown(item.page)), -1, now_ms) for item in items]
        last = notes[-1]
        words = WORDS[last.language]
        lines = [f"• {note.headline}" for note in notes[:LISTED]]
        lines += [words["more"].format(n=len(notes) - LISTED)] if len(notes) > LISTED else []
        return replace(
            last, headline=words["digest"].format(n=len(notes)), body="\n".join(lines), answer_url="", key=last.key
        )


def replace_page(message: PageMessage, page: Page) -> PageMessage:
    """The same sending with another page."""
    return msgspec.structs.replace(message, page=page)


def _told(page: Page, language: str, calendar: Calendar, own: Mapping[str, str]) -> tuple[str, str]:
    try:
        return told(page, language, calendar, own)
    except (ValueError, KeyError) as error:
        log.error("the templates for %s in %s cannot be used, told in built-in words: %s", page.kind, language, error)
        return told(page, language, calendar)


def _calendar(zone: str) -> Calendar:
    calendar = Calendar(zone)
    try:
        calendar.local(0)
        return calendar
    except (ValueError, LookupError, OSError):
        return Calendar()
