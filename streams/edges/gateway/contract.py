"""The rules events are judged by: those the topic `counting` holds for this moment, followed without a restart.

Why the topic and not a catalogue of one's own: what is accepted here must count, and `score` counts by what is
written down there. Who cannot read it says so and goes on with what it has: a producer would rather
be judged by yesterday's names than not at all, and an event it takes by mistake is still kept as rejected.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from schemas.catalogue import Catalogue
from schemas.decode import Decoder, Event, Rejection
from streams.edges.errors import Unavailable, UserError
from streams.edges.rulebook import RULES, TOPIC, Book, Reader, differences
from streams.edges.settings import Settings
from streams.pure.policies import Decode, Policy, Rulebook

log = logging.getLogger("touchpulse")

AROUND_MS = 2_000
"""So close to a change an event must be right by both rules: Kafka gives it its time after we judged it (at most
`kafka_timeout_s`), by a clock that is not ours."""
_UNREAD_RETRY_S = 1.0
Exists = Callable[[str], Awaitable[bool]]
"""Whether Kafka answers and has a topic of that full name."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for an event that arrives now."""

    decode: Decode
    decoder: Decoder
    """Of the newer rules; what import mappings are checked against."""
    max_skew_ms: int
    max_age_ms: int


class Contract:
    """The rules in force, as far as known.

    Args:
        settings: what holds until the topic is read; where the brokers are.
        catalogue: the same for names; None: the built-in channels, other names as sent.
    """

    def __init__(self, settings: Settings, catalogue: Catalogue | None) -> None:
        self._settings = settings
        self._decoders = {"": Decoder()}
        first = "" if catalogue is None else catalogue.deciding()
        self._decoders[first] = Decoder(catalogue)
        rules = {name.removesuffix("_per_block"): getattr(settings, name) for name in RULES}
        self._adopt([(Policy(number=1, **rules), first)])
        self._reader: Reader | None = None
        self._said = ""
        self._waiting = True
        self.read = False
        """Whether the rules are those written down; if not, those this program was started with."""

    def at(self, now_ms: int) -> Terms:
        """What holds for an event that arrives at this moment."""
        before, after = self._book.at(now_ms - AROUND_MS).policy, self._book.at(now_ms + AROUND_MS).policy
        if before is after:
            return self._terms[after.number]
        older, newer = self._terms[before.number], self._terms[after.number]

        def both(raw: bytes) -> Event | Rejection:
            found = older.decode(raw)
            return found if isinstance(found, Rejection) else newer.decode(raw)

        skew_ms = min(older.max_skew_ms, newer.max_skew_ms)
        return Terms(both, newer.decoder, skew_ms, min(older.max_age_ms, newer.max_age_ms))

    def on(self, record_ms: int) -> Terms:
        """What a record of this time is counted by."""
        return self._terms[self._book.at(record_ms).policy.number]

    def number(self, now_ms: int) -> int:
        """Number of the policy in force; 0 where it could not be read."""
        return self._book.at(now_ms).policy.number if self.read else 0

    async def refresh(self, exists: Exists) -> None:
        """Reads what was announced since; what cannot be read is said once, and changes nothing.

        Args:
            exists: asked first, since reading an absent topic would make it.
        """
        if self._settings.memory_broker:
            return  # it has no such topic: the rules are those set
        answers = False
        try:
            answers = await exists(self._settings.topic(TOPIC))
            if not answers:
                raise UserError(f"there is no topic {self._settings.topic(TOPIC)}: run `touchpulse topics apply`")
            reader = self._reader = self._reader or Reader(self._settings)
            if await reader.refresh() or not self.read:
                self.take(reader.book)
        except (Unavailable, UserError, ValueError) as error:
            await self.stop()  # its client would try, and complain, ten times a second
            self._waiting = isinstance(error, Unavailable) and not self.read
            if self._said != str(error):
                kept = "the rules read last" if self.read else "the names and limits this program was started with"
                # While Kafka is away nothing is judged, and the gateway has said so.
                away = isinstance(error, Unavailable) and not answers
                level = logging.INFO if away else logging.WARNING
                log.log(level, "events are judged by %s: %s", kept, error)
            self._said = str(error)
        else:
            self._said, self._waiting = "", False

    async def follow(self, exists: Exists) -> None:
        """Refreshes for ever: as often as workers do, and each second while Kafka was never there."""
        while True:
            every_s = self._settings.rules_refresh_s
            await asyncio.sleep(min(every_s, _UNREAD_RETRY_S) if self._waiting else every_s)
            try:
                await self.refresh(exists)
            except Exception:  # whatever it is, the next announcement must still be heard
                log.exception("the rules of counting cannot be read")

    async def stop(self) -> None:
        """Disconnects."""
        if self._reader is not None:
            await self._reader.stop()

    def take(self, book: Book) -> None:
        """Judges by these rules from now on.

        Raises:
            UserError: there are none.
            ValueError: they contradict each other, or a newer version wrote them.
        """
        if not book.policies:
            raise UserError(f"the topic {self._settings.topic(TOPIC)} is empty: run `touchpulse topics apply`")
        latest = book.policies[-1]
        for entry in book.policies:
            if entry.catalogue not in self._decoders:
                self._decoders[entry.catalogue] = Decoder(Catalogue.from_deciding(entry.catalogue))
        self._adopt([(entry.policy, entry.catalogue) for entry in book.policies])
        first, self.read = not self.read, True
        if first and (wrong := differences(self._settings, latest)):
            log.warning("%s: policy %d says otherwise, and holds", ", ".join(wrong), latest.policy.number)
        log.info("events are judged by policy %d and those before it", latest.policy.number)

    def _adopt(self, entries: list[tuple[Policy, str]]) -> None:
        decoders = {policy.number: self._decoders[names] for policy, names in entries}
        self._book = Rulebook([policy for policy, _ in entries], lambda policy: decoders[policy.number].decode)
        self._terms = {
            policy.number: Terms(found.decode, found, policy.max_skew_ms, policy.max_age_ms)
            for policy, _ in entries
            if (found := decoders[policy.number])
        }
