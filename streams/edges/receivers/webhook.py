"""Signed JSON for programs of one's own.

A request carries `Idempotency-Key` (the page's id, the same again after a crash on our side or no answer on theirs)
and `Touchpulse-Signature: t=<seconds since 1970>,v1=<hex>`, where v1 is HMAC-SHA256 with the secret over t, a dot and
the body as it came. Whoever receives compares v1 in constant time, refuses a t more than five minutes off, and answers
2xx once it has the page for good; a key it knows already is answered 2xx and nothing else is done. 408, 425, 429 and
5xx are tried again, everything else is final.
"""

from __future__ import annotations

import hmac
from typing import Any

import msgspec

from streams.edges.receivers.http import Poster
from streams.edges.receivers.note import Note
from streams.edges.receivers.spec import Webhook

SIGNATURE = "Touchpulse-Signature"


class ToWebhook:
    """One program."""

    for_people = False
    hears_beats = True

    def __init__(self, spec: Webhook) -> None:
        self.name, self.timeout_s = spec.name, spec.timeout_s
        self._secret = spec.secret.get_secret_value()
        self._poster = Poster(spec.url.get_secret_value(), secrets=[self._secret], timeout_s=spec.timeout_s)

    async def hand_over(self, note: Note) -> str:
        """Raises NotTaken, Refused."""
        body = msgspec.json.encode(content(note))
        headers = {"Idempotency-Key": note.key, SIGNATURE: signature(self._secret, note.now_ms // 1000, body)}
        return await self._poster.post(body, headers)

    async def close(self) -> None:
        """Closes the connections."""
        await self._poster.close()


def content(note: Note) -> dict[str, Any]:
    """The body: the page as data and in words, and its links."""
    return {
        "version": 1,
        "event": note.page.send,
        "page_id": note.page.id,
        "alert_id": note.page.alert_id,
        "headline": note.headline,
        "body": note.body,
        "language": note.language,
        "zone": note.zone,
        "board_url": note.board_url,
        "answer_url": note.answer_url,
        "page": note.page,
    }


def signature(secret: str, at_s: int, body: bytes) -> str:
    """The signature of a body sent at that second."""
    digest = hmac.new(secret.encode(), f"{at_s}.".encode() + body, "sha256").hexdigest()
    return f"t={at_s},v1={digest}"
