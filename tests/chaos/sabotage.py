"""Safeties taken away, each alone, in a worker's own process.

The product has no switch for any of it: its functions are replaced from here, after the fork. A safety that is not
where it was ends the process: a removal that does nothing would prove nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

NOT_FOUND = 71
"""Exit code of a worker in which a safety could not be taken away."""


def take_away(name: str) -> None:
    """Takes a safety away in this process, by the name of the function that does it; ends it if that cannot be done."""
    try:
        globals()[name]()
    except (AttributeError, ImportError, KeyError) as error:
        print(f"{name} is not where it was: {error}", file=sys.stderr, flush=True)
        os._exit(NOT_FOUND)


def _wrap(owner: Any, name: str, around: Callable[..., Any]) -> None:
    whole = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        return around(whole, *arguments, **named)

    setattr(owner, name, wrapped)


def commit_before_publishing() -> None:
    from streams.apps.score import Scoring

    async def flush(whole: Any, self: Any, consumer: Any) -> None:
        for tp, counter in self._counters.items():
            if counter.warm:
                consumer.durable(tp, counter.position)
        await consumer.commit()
        await whole(self, consumer)

    _wrap(Scoring, "flush", flush)


def lateness_not_tied_to_the_horizon() -> None:
    from streams.pure.lateness import LateRule

    _wrap(LateRule, "line_ms", lambda whole, self, offset, time_ms: time_ms - self._oldest_ms)


def no_writer_in_the_key() -> None:
    from streams.apps import score

    def cell_message(whole: Any, *arguments: Any, **named: Any) -> Any:
        key, value = whole(*arguments, **named)
        return key.rpartition(b"|")[0], value

    _wrap(score, "cell_message", cell_message)


def a_policy_holds_at_once() -> None:
    from streams.pure.policies import FOR_EVER_MS, Rulebook

    def at(whole: Any, self: Any, time_ms: int) -> Any:
        return replace(self._regimes[-1], until_ms=FOR_EVER_MS)

    _wrap(Rulebook, "at", at)


def acknowledged_past_a_failed_batch() -> None:
    from streams.apps.score import Scoring

    async def handle(whole: Any, self: Any, batch: Any) -> None:
        try:
            await whole(self, batch)
        except Exception:  # as Faust does: the agent goes on behind the batch that failed
            return

    _wrap(Scoring, "handle", handle)


def inserted_without_version() -> None:
    from streams.apps import columns

    _wrap(columns, "version", lambda whole, *_: 1)


def ids_not_read_back() -> None:
    from streams.pure.counting import PartitionCounter
    from streams.pure.lateness import Past

    def begin(whole: Any, self: Any, *arguments: Any, **named: Any) -> None:
        whole(self, *arguments, **named)
        self.read_from = self.position = self.count_from
        self._past = Past(self.rules, self.count_from)

    _wrap(PartitionCounter, "__init__", begin)


def counted_from_the_committed_offset() -> None:
    from streams.pure.counting import PartitionCounter

    def begin(whole: Any, self: Any, *arguments: Any, **named: Any) -> None:
        whole(self, *arguments, **named)
        self.count_from = self.committed
        self._block.first_offset = self._block.next_offset = self.committed

    _wrap(PartitionCounter, "__init__", begin)


def counted_from_the_block_that_comes_next() -> None:
    from streams.apps import score
    from streams.pure.counting import PartitionCounter

    # What is held back is held back for longer than the run takes to be struck.
    score.COARSE_EVERY = 40

    def begin(whole: Any, self: Any, rules: Any, committed: int | None, *arguments: Any, **named: Any) -> None:
        # One further: the block that the committed offset lies in, not the one of the last record before it.
        whole(self, rules, committed and committed + 1, *arguments, **named)
        self.committed -= bool(committed)

    _wrap(PartitionCounter, "__init__", begin)


def committed_before_storing() -> None:
    from streams.apps.archive import Archiving

    async def flush(whole: Any, self: Any, consumer: Any) -> None:
        for tp, offset in self._buffer.reached.items():
            consumer.durable(tp, offset)
        await consumer.commit()
        await whole(self, consumer)

    _wrap(Archiving, "flush", flush)


def late_line_drawn_without_the_horizon() -> None:
    from streams.apps.archive import Archiving, Line

    async def positions(whole: Any, self: Any, *arguments: Any) -> Any:
        wanted = dict(await whole(self, *arguments))
        for tp, line in self._lines.items():
            wanted[tp] = self._store_from[tp]
            self._lines[tp] = Line(line.rules, wanted[tp], wanted[tp], successor=False)
        return wanted

    _wrap(Archiving, "positions", positions)


def names_kept_from_block_to_block() -> None:
    from streams.pure.counting import PartitionCounter

    def close(whole: Any, self: Any, next_offset: int) -> None:
        names, channels = self._names, self._channels
        whole(self, next_offset)
        self._names, self._channels = names, channels

    _wrap(PartitionCounter, "_close_block", close)


def late_twins_not_looked_for() -> None:
    from streams.apps import archive

    _wrap(archive, "late_twins", lambda whole, *_: set())


def complete_without_hearing_all_partitions() -> None:
    from streams.pure.heard import Heard

    def until_ms(whole: Any, self: Any) -> int:
        return max((at_ms for heard in self._heard.values() for at_ms in heard.values()), default=0)

    _wrap(Heard, "until_ms", until_ms)


def alerts_begin_anew() -> None:
    from streams.apps.notify import Notifying

    async def positions(whole: Any, self: Any, consumer: Any, committed: Any) -> Any:
        wanted = await whole(self, consumer, committed)
        for end in (await consumer.log_ends(committed)).values():
            self.alerting.restore(None, upto=end)
        return wanted

    _wrap(Notifying, "positions", positions)
