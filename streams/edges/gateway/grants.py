"""What a request may do: which events, and how many a second."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from schemas.decode import Event, Rejection
from schemas.names import KnownNames
from schemas.reasons import Reason, cut
from streams.edges.gateway.answers import Refused


class Bucket:
    """A token bucket: so many events a second, and a burst after a pause.

    A request larger than what is left, up to the burst, is taken on credit: else one larger than the burst could
    never be sent. What is owed delays the next.
    """

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._left = float(burst)
        self._at_s = 0.0

    def wait_s(self, now_s: float) -> int:
        """Whole seconds until an event may be sent; 0: now."""
        self._left = min(self._burst, self._left + max(0.0, now_s - self._at_s) * self._rate)
        self._at_s = now_s
        return 0 if self._left > 0 else max(1, math.ceil((1 - self._left) / self._rate))

    def charge(self, count: int) -> None:
        """Take so many events out, into debt if need be."""
        self._left -= count


@dataclass(frozen=True, slots=True)
class Scope:
    """Names events may carry; an empty set allows all."""

    channels: frozenset[str] = frozenset()
    locations: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    def refuses(self, event: Event) -> Rejection | None:
        """Why an event is not within this scope; None if it is."""
        for field, allowed, name in (
            ("channel", self.channels, event.channel),
            ("location", self.locations, event.location or ""),
            ("kind", self.kinds, event.kind),
        ):
            if allowed and name not in allowed:
                return Rejection(
                    reason=str(Reason.NOT_ALLOWED),
                    field=field,
                    value=cut(name) if name else "",
                    nearest=KnownNames(allowed).nearest(name) if name else "",
                    message=f"{field} {cut(name)} is not among those this key may send for."
                    if name
                    else f"{field} is missing: this key may send for some only, so each event must name its own.",
                    producer=event.producer,
                )
        return None


@dataclass(frozen=True, slots=True)
class Grant:
    """What one request may do."""

    key_id: str
    producer: str
    scopes: tuple[Scope, ...]
    """Each must allow an event: the key's, and a token's."""
    buckets: tuple[Bucket, ...]
    expires: datetime | None = None

    def refuses(self, event: Event) -> Rejection | None:
        """Why this event may not be sent; None if it may."""
        for scope in self.scopes:
            if (why := scope.refuses(event)) is not None:
                return why
        return None

    def check_rate(self, now_s: float) -> None:
        """Before the body is read.

        Raises:
            Refused: 429, too many lately.
        """
        wait_s = max(bucket.wait_s(now_s) for bucket in self.buckets)
        if wait_s:
            detail = f"More events than this key may send: wait {wait_s} s and send the same again."
            raise Refused(429, "too_many_events_lately", detail, retry_after_s=wait_s)

    def charge(self, count: int) -> None:
        """Take so many events out of each bucket."""
        for bucket in self.buckets:
            bucket.charge(count)
