"""The rules of counting as a worker follows them: read at the start, kept up with, never stale.

No batch is handled by rules older than half of what a change is announced ahead: so whoever was frozen or
cut off learns of a change before meeting the first record it holds for.
"""

from __future__ import annotations

import asyncio
import time

from schemas.decode import Decoder
from streams.apps.base import log
from streams.apps.transport import BatchConsumer
from streams.edges.errors import Unavailable, UserError
from streams.edges.rulebook import ANNOUNCED_REFRESHES, LogEntry, Reader, differences, first_entry
from streams.edges.settings import Settings
from streams.pure.policies import Rulebook

RETRY_S = 1.0


class LargerHorizon(UserError):
    """Memory must reach further back than this worker read: it starts again and reads it."""


class Rules:
    """Policies and logs in force.

    Args:
        settings: where the brokers are. With the in-memory broker there is no topic: the rules are those set.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limit_s = settings.rules_refresh_s * ANNOUNCED_REFRESHES / 2
        self._read_at_s = float("-inf")
        self._reader = None if settings.memory_broker else Reader(settings)
        self._book: Rulebook | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def book(self) -> Rulebook:
        """The policies; known after `refresh`."""
        assert self._book is not None
        return self._book

    async def refresh(self) -> None:
        """Reads what was announced since.

        Raises:
            Unavailable: the brokers do not answer.
            UserError: the rules do not fit this worker; says what to do.
        """
        async with self._one_at_a_time:
            began_s = time.monotonic()
            if self._reader is None:
                if self._book is None:
                    self._book = _as_set(self._settings)
            elif await self._reader.refresh() or self._book is None:
                self._adopt(self._reader)
            self._read_at_s = began_s

    def _adopt(self, reader: Reader) -> None:
        if not reader.book.policies:
            raise UserError("the rules of counting are not written down: run `touchpulse topics apply` first")
        latest = reader.book.policies[-1]
        if self._book is None and (wrong := differences(self._settings, latest)):
            raise UserError(
                f"{', '.join(wrong)}: not what policy {latest.policy.number} says; leave it out, or announce the "
                "change with `touchpulse policy announce`"
            )
        book = reader.book.rulebook()
        if self._book is not None and book.horizon > self._book.horizon:
            raise LargerHorizon(
                f"policy {latest.policy.number} has a larger horizon: starting again to read back "
                f"{book.horizon} records"
            )
        self._book = book

    async def fresh(self) -> None:
        """Returns once the rules are young enough to handle what was fetched up to now; waits for the brokers."""
        while time.monotonic() - self._read_at_s > self._limit_s:
            try:
                await self.refresh()
            except Unavailable as error:
                log.warning("rules are old, waiting for the brokers: %s", error)
                await asyncio.sleep(RETRY_S)

    async def keep_up(self) -> None:
        """What runs every `rules_refresh_s`: old rules are `fresh`'s to mind, not a reason to stop."""
        try:
            await self.refresh()
        except Unavailable as error:
            log.warning("%s", error)

    def follows_another(self, consumer: BatchConsumer, topic: str, log_id: str) -> bool:
        """Whether a log follows an earlier one of its topic.

        Raises:
            UserError: the log is not the one written down: counting it could count answers twice.
        """
        if self._reader is None:
            return False
        entry: LogEntry | None = self._reader.book.logs.get(log_id)
        if entry is None:
            raise UserError(f"the topic {topic} was made anew: run `touchpulse topics apply` to have it counted")
        partitions = consumer.partitions_of(topic)
        if partitions != entry.partitions:
            raise UserError(
                f"the topic {topic} has {partitions} partitions and was made with {entry.partitions}: retries no "
                "longer meet their twins; `touchpulse topics apply` says how to make it anew"
            )
        return entry.successor

    async def stop(self) -> None:
        """Disconnects."""
        if self._reader is not None:
            await self._reader.stop()


def _as_set(settings: Settings) -> Rulebook:
    from schemas.catalogue import Catalogue

    entry = first_entry(settings)
    decode = Decoder(Catalogue.from_deciding(entry.catalogue) if entry.catalogue else None).decode
    return Rulebook([entry.policy], lambda _: decode)
