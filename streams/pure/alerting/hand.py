"""What waits for one receiver: which sending goes next, which another replaces, and when one is tried again.

Why pure: a receiver that is down for a day is what this is for, and a test walks through that day in milliseconds.

Order. Sendings of one alert go in the order they were made: its end never overtakes its page. Between alerts, what
wakes somebody goes before tickets, repeats and ends. One that is refused again and again holds up only its own alert.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from streams.pure.alerting.messages import PageMessage
from streams.pure.alerting.page import Page

ROOM = 200
"""Sendings of one receiver in memory; further ones wait in the log."""
LEAST_PAUSE_MS, MOST_PAUSE_MS = 1_000, 300_000
MOST_ASKED_MS = 3_600_000
"""A receiver may ask for a longer pause, up to this."""
QUIET_MS = 30_000
"""Longest pause of a receiver that takes nothing: so soon it is noticed that it is back."""
OUTAGE = 3
"""Failures in a row from which on the receiver is taken to be away, not one sending to be odd."""
GIVEN_UP_MS = 24 * 3_600_000
"""Older than this, a sending is not worth telling one by one."""
STALE_BEAT_MS = 900_000
"""A sign of life this old says nothing about now."""
DIGEST_FROM = 10
"""So many waiting tickets, repeats and ends are told to people as one message."""
DIGEST_MOST = 100


@dataclass(slots=True, eq=False)
class Item:
    """One sending for one receiver.

    Attributes:
        offset: of its record in the log; -1 where it has none.
        tries: attempts so far.
        repeated: an attempt before may have reached the receiver.
        due_ms: not before.
        error: why the last attempt failed.
        sending: an attempt is under way.
    """

    offset: int
    message: PageMessage
    tries: int = 0
    repeated: bool = False
    due_ms: int = 0
    error: str = ""
    sending: bool = False

    @property
    def page(self) -> Page:
        """What it says."""
        return self.message.page


class Hand:
    """The sendings of one receiver that are in memory.

    Args:
        room: how many.
    """

    def __init__(self, room: int = ROOM) -> None:
        self._most = room
        self._items: dict[str, Item] = {}  # by page, in the order of the log
        self._failures = 0
        self._quiet_until_ms = 0

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items.values())

    def __contains__(self, page_id: str) -> bool:
        return page_id in self._items

    @property
    def room(self) -> int:
        """How many more may be taken."""
        return self._most - len(self._items)

    @property
    def is_low(self) -> bool:
        """Whether it is time to take more in: not one by one."""
        return self.room >= self._most // 4

    @property
    def first_offset(self) -> int | None:
        """Of the oldest record that is not done with; None if there is none."""
        return min((item.offset for item in self._items.values() if item.offset >= 0), default=None)

    def take(self, item: Item) -> list[Item]:
        """Takes one in; returns those that it replaces, which are out: what still stands is said by the newer one."""
        page = item.page
        replaced = [
            other
            for other in self._items.values()
            if not other.sending
            and (
                (other.page.send == "repeat" and other.page.alert_id == page.alert_id)
                or (page.kind == other.page.kind == "heartbeat" and page.rule == other.page.rule)
            )
        ]
        self.drop(replaced)
        self._items[page.id] = item
        return replaced

    def drop(self, items: Iterable[Item]) -> None:
        """They are done with."""
        for item in items:
            self._items.pop(item.page.id, None)

    def expired(self, now_ms: int) -> list[Item]:
        """Those that were tried for long enough; they are out."""
        over = [item for item in self._items.values() if not item.sending and is_old(item.page, now_ms)]
        self.drop(over)
        return over

    def choose(self, now_ms: int, *, digest: bool = False) -> list[Item]:
        """What to send now: one, or with `digest` many that are told as one; [] if nothing is due."""
        if now_ms < self._quiet_until_ms:
            return []
        ready = [item for item in self._heads() if item.due_ms <= now_ms]
        waking = next((item for item in ready if item.page.send == "page"), None)
        if waking is not None:
            return [waking]
        many = self._together(now_ms) if digest else []
        return many if len(many) >= DIGEST_FROM else ready[:1]

    def delivered(self, items: Iterable[Item], now_ms: int) -> None:
        """The receiver took them. After an outage everything else may go at once."""
        self.drop(items)
        if self._failures >= OUTAGE:
            self.hasten(now_ms)
        self._failures, self._quiet_until_ms = 0, 0

    def hasten(self, now_ms: int) -> None:
        """There is a reason to try everything again now."""
        self._quiet_until_ms = 0
        for item in self._items.values():
            item.due_ms = min(item.due_ms, now_ms)

    def failed(
        self, items: Iterable[Item], now_ms: int, error: str, *, asked_ms: int = 0, unclear: bool = False
    ) -> None:
        """An attempt failed.

        Args:
            asked_ms: pause the receiver asked for.
            unclear: it may have been taken all the same.
        """
        self._failures += 1
        asked_ms = min(asked_ms, MOST_ASKED_MS)
        for item in items:
            item.sending, item.error, item.repeated = False, error, item.repeated or unclear
            item.due_ms = now_ms + max(pause_ms(item.tries), asked_ms)
        quiet_ms = min(QUIET_MS, pause_ms(self._failures)) if self._failures > 1 else 0
        self._quiet_until_ms = now_ms + max(quiet_ms, asked_ms)

    def due_ms(self) -> int | None:
        """When to look again; None: not before something comes in."""
        due = min((item.due_ms for item in self._heads()), default=None)
        return None if due is None else max(due, self._quiet_until_ms)

    def _heads(self) -> list[Item]:
        """The first of each alert, in the order of the log; none of an alert that is being sent."""
        seen: set[str] = set()
        heads = []
        for item in self._items.values():
            if item.page.alert_id not in seen and not item.sending:
                heads.append(item)
            seen.add(item.page.alert_id)
        return heads

    def _together(self, now_ms: int) -> list[Item]:
        """All that is due and wakes nobody, in order; of an alert only what has nothing else before it."""
        blocked: set[str] = set()
        many: list[Item] = []
        for item in self._items.values():
            waits = item.sending or item.due_ms > now_ms or item.page.send == "page"
            if waits or item.page.alert_id in blocked:
                blocked.add(item.page.alert_id)
            elif len(many) < DIGEST_MOST:
                many.append(item)
        return many


def pause_ms(tries: int) -> int:
    """Pause after so many failures: 1 s, doubling, 5 min at most."""
    return int(min(MOST_PAUSE_MS, LEAST_PAUSE_MS * 2 ** min(max(0, tries - 1), 20)))


def is_old(page: Page, now_ms: int) -> bool:
    """Whether a sending comes too late to be told by itself."""
    return now_ms - page.at_ms > (STALE_BEAT_MS if page.kind == "heartbeat" else GIVEN_UP_MS)
