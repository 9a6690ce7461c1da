"""What became of each sending at each receiver: read back after a start, and kept while anybody could ask again."""

from __future__ import annotations

from dataclasses import dataclass
from sys import intern

from streams.pure.alerting.messages import DeliveryMessage

KNOWN_MS = 7 * 24 * 3_600_000
"""The engine says nothing again that is older."""
FINAL = ("delivered", "refused")


@dataclass(frozen=True, slots=True)
class Known:
    """The last word on a sending at a receiver; see DeliveryMessage."""

    state: str
    tries: int
    at_ms: int
    error: str


class Book:
    """What became of each sending at each receiver, as far as anybody could ask again: a week's signs of life too."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Known] = {}

    def note(self, message: DeliveryMessage, now_ms: int) -> None:
        """Takes one in, unless it is too old to be asked for; a final word stays."""
        key = (message.page_id, intern(message.receiver))
        known = self._known.get(key)
        if now_ms - message.at_ms <= KNOWN_MS and (known is None or known.state not in FINAL or message.state in FINAL):
            self._known[key] = Known(intern(message.state), message.tries, message.at_ms, intern(message.error))

    def of(self, page_id: str, receiver: str) -> Known | None:
        """The last word; None if nothing was ever tried."""
        return self._known.get((page_id, receiver))

    def forget(self, now_ms: int) -> None:
        """Drops what has become too old."""
        old = [key for key, known in self._known.items() if now_ms - known.at_ms > KNOWN_MS]
        for key in old:
            del self._known[key]
