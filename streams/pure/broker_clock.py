"""What a worker may say about the brokers' clocks without trusting its own.

A worker promises "every record appended before T is counted". T is on the brokers' clocks, since they stamp the
records. Each stamp a broker made (of a record we fetched, of a message we sent) proves that its clock had reached
that time when the stamp arrived here. The largest lead of a stamp over our own stopwatch is thus a lower bound of
the broker's clock: too low by the time the stamp was under way, never too high, and our wall clock plays no part.
"""

from __future__ import annotations

SPAN_MS = 60_000
"""A bound counts for one to two spans: clocks drift, and a broker's may be set back."""


class BrokerClock:
    """Lower bounds of each broker's clock, from stamps. Times in ms; `at` is a stopwatch that never goes back."""

    def __init__(self) -> None:
        self._leads: dict[int, list[tuple[int, int]]] = {}  # broker: [(span, largest lead)], the two newest spans

    def learn(self, broker: int, stamp_ms: int, at_ms: int) -> None:
        """A stamp of a broker arrived at this time."""
        span, lead = at_ms // SPAN_MS, stamp_ms - at_ms
        kept = self._leads.setdefault(broker, [])
        if kept and kept[-1][0] == span:
            kept[-1] = (span, max(lead, kept[-1][1]))
        else:
            self._leads[broker] = [*[old for old in kept if old[0] == span - 1], (span, lead)]

    def at_least(self, broker: int, at_ms: int) -> int | None:
        """What a broker's clock certainly showed at a moment.

        A broker that never stamped anything is taken to be no further than the slowest one known; None if none is.
        """
        leads = [max(lead for _, lead in kept) for kept in self._leads.values()]
        own = self._leads.get(broker)
        if not leads:
            return None
        return at_ms + (max(lead for _, lead in own) if own else min(leads))
