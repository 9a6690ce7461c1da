"""Signed links to one page: whoever holds one may answer for that alert, and for no other.

Nothing is stored: a link names the page's place in the log, which keeps pages for longer than links hold. The same
page has the same link, whoever makes it. A form that was opened carries a ticket, so that an old one is not sent again.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, urlencode

import msgspec

from streams.edges.gateway.tokens import sign, signed
from streams.pure.alerting.page import Page

VALID_MS = 7 * 24 * 3_600_000
"""How long a link holds, from the page's own time."""
TICKET_MS = 2 * 3_600_000
"""How long an opened form may lie."""


@dataclass(frozen=True, slots=True)
class PageLink:
    """What a link says.

    Attributes:
        offset: of the page's record in topic `alerts`.
        until_s: seconds since 1970 at which it ends.
    """

    alert_id: str
    page_id: str
    offset: int
    until_s: int

    @classmethod
    def to(cls, page: Page, offset: int) -> Self:
        """The link of a page."""
        return cls(page.alert_id, page.id, offset, (page.at_ms + VALID_MS) // 1000)

    def url(self, base: str, secret: str) -> str:
        """As it stands on the page; `base` is where the links are served."""
        query = {"page": self.page_id, "at": self.offset, "until": self.until_s, "sig": self.signature(secret)}
        return f"{base.rstrip('/')}/a/{quote(self.alert_id, safe='')}?{urlencode(query)}"

    def signature(self, secret: str) -> str:
        """What proves that we made it."""
        return sign(secret, "page link v1", self._payload())

    @classmethod
    def opened(cls, alert_id: str, query: Mapping[str, str], secret: str) -> Self | None:
        """The link somebody came by, if we made it; it may be over."""
        numbers = [query.get(name, "") for name in ("at", "until")]
        if not secret or not all(text.isascii() and text.isdigit() and len(text) < 19 for text in numbers):
            return None
        link = cls(alert_id, query.get("page", ""), int(numbers[0]), int(numbers[1]))
        ours = signed(secret, "page link v1", link._payload(), query.get("sig", ""))
        return link if ours else None

    def is_over(self, now_ms: int) -> bool:
        """Whether it holds no more."""
        return self.until_s * 1000 <= now_ms

    def ticket(self, secret: str, now_ms: int) -> str:
        """What a form opened now carries."""
        text = f"{now_ms}.{secrets.token_hex(8)}"
        return f"{text}.{sign(secret, 'page form v1', self._payload() + text.encode())}"

    def takes(self, secret: str, ticket: str, now_ms: int) -> bool:
        """Whether a form was opened by this link, and lately."""
        text, _, signature = ticket.rpartition(".")
        if not signed(secret, "page form v1", self._payload() + text.encode(errors="replace"), signature):
            return False
        return 0 <= now_ms - int(text.partition(".")[0]) <= TICKET_MS

    def _payload(self) -> bytes:
        return msgspec.json.encode([self.alert_id, self.page_id, self.offset, self.until_s])
