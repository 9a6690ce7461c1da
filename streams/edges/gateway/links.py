"""Signed links to the survey page: who may answer, where, and how often.

A link names touchpoint, location, and either an invitation (one answer, for ever: the event's id is derived from
it) or none (a poster: each opening of the page is worth one answer). Names cannot be changed without the secret,
so nobody answers for another store.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote, urlencode

import msgspec

from streams.edges.gateway.tokens import sign, signed

TICKET_MS = 2 * 3_600_000
"""How long a page may lie open before it is answered."""
LEAST_MS = 700
"""Nobody reads and answers quicker; who does is a machine, or mashes."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says."""

    touchpoint: str
    location: str = ""
    invitation: str = ""
    expires_s: int = 0
    """Seconds since 1970; 0: never."""

    def path(self, secret: str) -> str:
        """The link after the host's name."""
        given = {"l": self.location, "i": self.invitation, "e": str(self.expires_s or "")}
        query = {name: value for name, value in given.items() if value} | {
            "k": sign(secret, "link v1", self._payload())
        }
        return f"/s/{quote(self.touchpoint, safe='')}?{urlencode(query)}"

    def is_signed(self, secret: str, signature: str) -> bool:
        """Whether we made it."""
        return bool(secret) and signed(secret, "link v1", self._payload(), signature)

    def event_id(self) -> str:
        """Id of the one answer to its invitation; a link that is made again, for longer, keeps it."""
        names = msgspec.json.encode([self.touchpoint, self.location, self.invitation])
        return f"i-{sha256(names).hexdigest()[:40]}"

    def _payload(self) -> bytes:
        return msgspec.json.encode([self.touchpoint, self.location, self.invitation, self.expires_s])


def make_ticket(secret: str, link: Link, now_ms: int) -> str:
    """What a page without an invitation carries: when it was opened, and the id of its answer."""
    text = f"{now_ms}.{secrets.token_hex(12)}"
    return f"{text}.{sign(secret, 'ticket v1', f'{link}{text}'.encode())}"


def read_ticket(secret: str, link: Link, ticket: str, now_ms: int) -> tuple[str, int] | None:
    """Id of the answer and age of the page in ms; None if the ticket is not ours, or over."""
    text, _, signature = ticket.rpartition(".")
    if not signed(secret, "ticket v1", f"{link}{text}".encode(errors="replace"), signature):
        return None
    opened, _, number = text.partition(".")
    age_ms = now_ms - int(opened)
    return (f"p-{number}", age_ms) if age_ms <= TICKET_MS else None
