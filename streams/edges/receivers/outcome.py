"""What a receiver's answer means: taken, to be tried again, or never.

NotTaken    try again later; `unclear` where it may have been taken all the same
Refused     it will never be taken as it is: trying again would be for nothing

Neither ever holds an address, a key, or what a library says of a connection: these are where secrets stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from streams.edges.errors import TouchpulseError

AGAIN = (408, 425, 429)
"""Client errors that pass."""
MENDED_BY_PEOPLE = {
    401: "its user or token is not accepted",
    403: "its user or token may not do this",
    404: "nothing is at its address",
    407: "a proxy wants a user",
}
"""Answers that say something of our settings and nothing of the page: once mended, the page is still to be told."""
MOST_SAID = 200
MASK = "***"
LEAST_MASKED = 4


class NotTaken(TouchpulseError):
    """Not taken now. Try again, not before `retry_after_s`."""

    def __init__(self, message: str, *, retry_after_s: float = 0.0, unclear: bool = False) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.unclear = unclear


class Refused(TouchpulseError):
    """Never taken as it is. The text says why."""


def judged(status: int, said: str, headers: Mapping[str, str], secrets: Iterable[str]) -> str:
    """What an HTTP answer means.

    Args:
        said: beginning of its body.
        secrets: what is taken out of that: some servers repeat what they were sent.
    Returns:
        What came back, in words.
    Raises:
        NotTaken, Refused: it is no success.
    """
    told = f"answered {status}"
    if 200 <= status < 300:
        return told
    text = " ".join(masked(said, secrets).split())[:MOST_SAID]
    told = f"{told}: {text}" if text else told
    if status >= 500 or status in AGAIN:
        # 503 and 429 turn away at the door; whoever failed inside may have done what was asked.
        unclear = status >= 500 and status != 503
        raise NotTaken(told, retry_after_s=retry_after_s(headers.get("Retry-After", "")), unclear=unclear)
    if status < 400:
        raise NotTaken(f"answered {status}, a redirection: set the address it leads to")
    if status in MENDED_BY_PEOPLE:
        raise NotTaken(f"{MENDED_BY_PEOPLE[status]} ({told}): mend it in the file of receivers")
    raise Refused(told)


def masked(text: str, secrets: Iterable[str]) -> str:
    """A text without any of the secrets."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= LEAST_MASKED:
            text = text.replace(secret, MASK)
    return text


def retry_after_s(text: str) -> float:
    """The header Retry-After in seconds, given as a number or a date; 0 if absent or unreadable."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0
