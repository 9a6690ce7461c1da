"""One receiver's way: which sendings are for it, each tried until it is taken, in its own task.

The protocol, for each sending: `trying` is written down before anything is handed over, `delivered` after. Who finds
`trying` without an end, after a crash, sends it again and says that it may be a repeat. So nothing is lost, and at
most the one sending that was under way comes twice, with the same key.

A receiver that is down holds up its own lane and nothing else: the lane stops reading when its hands are full, and
what it has not read stays in Kafka.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

from streams.apps.base import log
from streams.apps.delivery_book import FINAL, Book
from streams.apps.page_log import PageLog
from streams.edges import metrics
from streams.edges.errors import Unavailable
from streams.edges.receivers.make import Receiver
from streams.edges.receivers.note import MISSED, Notes
from streams.edges.receivers.outcome import NotTaken, Refused
from streams.edges.receivers.spec import ReceiverFile
from streams.pure.alerting.hand import OUTAGE, Hand, Item, is_old
from streams.pure.alerting.messages import DeliveryMessage, PageMessage
from streams.pure.alerting.page import Page

RETRY_S = 1.0
"""Pause while Kafka is away: without `trying` nothing is handed over."""
SLACK_S = 1.0
"""A receiver that minds its own time says better what it waited for."""


@dataclass(slots=True)
class Desk:
    """What all lanes share.

    Attributes:
        file: who there is, and who is told by default.
        receivers: by name.
        where: the file's name, for who has to mend it.
        tell: writes down what became of sendings; returns once it is durable.
    """

    file: ReceiverFile
    receivers: Mapping[str, Receiver]
    notes: Notes
    pages: PageLog
    book: Book
    tell: Callable[[Sequence[DeliveryMessage]], Awaitable[None]]
    now_ms: Callable[[], int]
    where: str = ""
    timeout_s: float = 10.0
    sleep: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep)

    def told(self, message: PageMessage) -> frozenset[str]:
        """Names of who is told of a sending; nobody of one in shadow.

        Where a rule names somebody unknown, the default ones are told at once: a slip of the pen wakes nobody.
        """
        page = message.page
        if page.shadow:
            return frozenset()
        default = frozenset(
            name for name in self.file.default if page.kind != "heartbeat" or self.receivers[name].hears_beats
        )
        named = frozenset(message.receivers) or default
        return named if named <= self.file.names else named | default


class Lane:
    """The sendings of one receiver.

    Args:
        name: of the receiver; there may be none of that name (yet).
        begin: offset of the first record to look at.
    """

    def __init__(self, name: str, desk: Desk, begin: int) -> None:
        self.name = name
        self.hand = Hand()
        self._desk = desk
        self._next = begin
        self._wake = asyncio.Event()
        self._failures = 0
        self._failing_since_ms = 0
        self._over = False

    @property
    def open_from(self) -> int:
        """Offset of the first record that this lane is not done with."""
        first = self.hand.first_offset
        return self._next if first is None else min(first, self._next)

    def wake(self) -> None:
        """There may be something new."""
        self._wake.set()

    def hasten(self) -> None:
        """The receiver is another one now: what failed is tried again at once."""
        self.hand.hasten(self._desk.now_ms())
        self._wake.set()

    def end(self) -> None:
        """Begins nothing more; what is under way ends by itself."""
        self._over = True
        self._wake.set()

    async def run(self) -> None:
        """Works until told to end."""
        while not self._over:
            self._wake.clear()
            try:
                again_ms = await self.step()
            except Unavailable as error:
                log.warning("receiver %s waits: %s", self.name, error)
                again_ms = self._desk.now_ms() + round(1000 * RETRY_S)
            wait_s = None if again_ms is None else max(0.0, (again_ms - self._desk.now_ms()) / 1000)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()

    async def step(self) -> int | None:
        """Does what is due now; when to look again, or None: not before something comes in.

        Raises:
            Unavailable: Kafka is away; nothing is lost by it.
        """
        now_ms = self._desk.now_ms()
        await self._fill(now_ms)
        await self._give_up(now_ms)
        receiver = self._desk.receivers.get(self.name)
        chosen = self.hand.choose(now_ms, digest=receiver is not None and receiver.for_people)
        if not chosen:
            return self.hand.due_ms()
        await self._attempt(receiver, chosen)
        return self._desk.now_ms()

    # -- taking in -----------------------------------------------------------------------------------

    async def _fill(self, now_ms: int) -> None:
        while self.hand.is_low:
            found, following = await self._desk.pages.read(self._next)
            if following == self._next:
                return
            replaced: list[tuple[Item, str]] = []
            late: list[Item] = []
            for offset, message in found:
                if self.hand.room <= 0:
                    following = offset
                    break
                item = self._item(offset, message)
                if item is None:
                    continue
                if is_old(item.page, now_ms):
                    late.append(item)
                    continue
                by = f"replaced by {item.page.id}, which came before it could be delivered"
                replaced += [(other, by) for other in self.hand.take(item)]
            why = "older than a day when it could be delivered"
            await self._tell([*replaced, *((item, why) for item in late)], "refused")
            self._missed(late, now_ms)
            self._next = following

    def _item(self, offset: int, message: PageMessage) -> Item | None:
        page = message.page
        if self.name not in self._desk.told(message) or page.id in self.hand:
            return None
        known = self._desk.book.of(page.id, self.name)
        if known is None:
            return Item(offset, message)
        if known.state in FINAL:
            return None
        return Item(offset, message, known.tries, repeated=known.state == "trying", error=known.error)

    async def _give_up(self, now_ms: int) -> None:
        over = self.hand.expired(now_ms)
        await self._tell([(item, f"not taken within a day: {item.error or 'no attempt'}") for item in over], "refused")
        self._missed(over, now_ms)

    def _missed(self, items: Sequence[Item], now_ms: int) -> None:
        """People are told in one line how many came too late; what still stands is told by its next repeat."""
        receiver = self._desk.receivers.get(self.name)
        items = [item for item in items if item.page.kind not in ("heartbeat", MISSED)]
        if not items or receiver is None or not receiver.for_people:
            return
        last = items[-1]
        times_ms, count = [item.page.at_ms for item in items], len(items)
        if earlier := [item for item in self.hand if item.page.kind == MISSED and not item.sending]:
            times_ms += [earlier[0].page.since_ms, earlier[0].page.until_ms]
            count += earlier[0].page.n
            self.hand.drop(earlier)
        page = Page(
            id=f"{MISSED}|{self.name}|{last.page.id}", alert_id=MISSED, rule="", kind=MISSED, send="ticket",
            at_ms=now_ms, scope={}, n=count, since_ms=min(times_ms), until_ms=max(times_ms),
        )  # fmt: skip
        self.hand.take(Item(-1, msgspec.structs.replace(last.message, page=page, receivers=[self.name])))

    # -- handing over --------------------------------------------------------------------------------

    async def _attempt(self, receiver: Receiver | None, items: Sequence[Item]) -> None:
        for item in items:
            item.sending = True
            item.tries += 1
        try:
            await self._hand_over(receiver, items)
        finally:
            for item in items:
                item.sending = False

    async def _hand_over(self, receiver: Receiver | None, items: Sequence[Item]) -> None:
        desk = self._desk
        try:
            note = await desk.notes.of(items, desk.now_ms())
            await self._tell([(item, "") for item in items], "trying")
            if receiver is None:
                raise NotTaken(f"there is no receiver of this name: add it to {desk.where}")
            async with asyncio.timeout(receiver.timeout_s + SLACK_S):
                await receiver.hand_over(note)
        except Refused as error:
            log.error("receiver %s refuses %s: %s", self.name, items[0].page.id, error)
            await self._tell([(item, str(error)) for item in items], "refused")
            self.hand.drop(items)
        except NotTaken as error:
            await self._failed(items, str(error), round(1000 * error.retry_after_s), unclear=error.unclear)
        except TimeoutError:
            waited_s = receiver.timeout_s if receiver is not None else 0.0
            await self._failed(items, f"did not answer within {waited_s:g} s", unclear=True)
        except Exception as error:  # a mistake of ours or a library's: its text may hold an address, its place does not
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
            await self._failed(items, f"failed with {type(error).__name__} at {place}", unclear=True)
        else:
            await self._delivered(items)

    async def _delivered(self, items: Sequence[Item]) -> None:
        await self._tell([(item, "") for item in items], "delivered")
        now_ms = self._desk.now_ms()
        for item in items:
            if item.page.kind not in ("heartbeat", MISSED):
                metrics.DELIVERY_S.observe(max(0, now_ms - item.page.at_ms) / 1000)
        if self._failures >= OUTAGE:
            minutes = (now_ms - self._failing_since_ms) / 60_000
            log.warning("receiver %s takes pages again after %.1f min", self.name, minutes)
        self._failures = 0
        self.hand.delivered(items, now_ms)

    async def _failed(self, items: Sequence[Item], error: str, asked_ms: int = 0, *, unclear: bool = False) -> None:
        now_ms = self._desk.now_ms()
        if not self._failures:
            self._failing_since_ms = now_ms
            log.warning("receiver %s did not take %s, tried again: %s", self.name, items[0].page.id, error)
        self._failures += 1
        self.hand.failed(items, now_ms, error, asked_ms=asked_ms, unclear=unclear)
        await self._tell([(item, error) for item in items], "failed")

    async def _tell(self, words: Sequence[tuple[Item, str]], state: str) -> None:
        """Writes down what became of sendings, however long Kafka is away: what is not durable does not count."""
        if not words:
            return
        desk, now_ms = self._desk, self._desk.now_ms()
        told = [
            DeliveryMessage(
                item.page.id, item.page.alert_id, item.page.rule, self.name, state, now_ms, item.tries, error
            )
            for item, error in words
        ]
        while True:
            try:
                await desk.tell(told)
                break
            except Unavailable as error:
                log.warning("receiver %s waits for Kafka: %s", self.name, error)
                await desk.sleep(RETRY_S)
        for message in told:
            desk.book.note(message, now_ms)
        metrics.DELIVERIES.labels(self.name, state).inc(len(told))
