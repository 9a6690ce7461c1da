"""Events replayed through the engine in event time: the same code as live, without a clock.

Why slices of their own length: an export whose times are whole days, and ten thousand events of one minute, both are
history. What live would have seen in one slice is one slice here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import msgspec

from schemas.answers import Answer
from schemas.scales import BAD, SCALES
from streams.pure.alerting.engine import Engine, Step
from streams.pure.alerting.inputs import Bin, Row, Single, Slice, Tick
from streams.pure.negative import clearly_bad

SLICE_MS = 10_000
TICK_MS = 60_000
"""Time passes in steps of a minute; longer steps where nothing happens for long."""
MAX_TICKS = 60
"""Ticks between two slices, at most: a gap of weeks is not replayed minute by minute."""


class Answered(msgspec.Struct, frozen=True):
    """One event, as the engine sees it."""

    id: str
    at_ms: int
    channel: str
    stage: str
    touchpoint: str
    location: str
    segment: str
    producer: str
    answers: tuple[Answer, ...]
    words: tuple[str, ...] = ()

    def row(self, answer: Answer, n: int = 1) -> Row:
        """The row of one of its answers."""
        return Row(
            self.channel, self.stage, self.touchpoint, self.location, self.segment, self.producer,
            answer[0], answer[1], [(answer[2], n)],
        )  # fmt: skip


def inputs(events: Iterable[Answered], slice_ms: int = SLICE_MS) -> Iterator[Slice | Single | Tick]:
    """Events as the engine's inputs: slices in order, single bad answers, time in between.

    Args:
        events: in order of time.
        slice_ms: width of a slice.
    """
    start_ms, rows, singles = -1, _Rows(), list[Single]()
    for event in events:
        at = event.at_ms - event.at_ms % slice_ms
        if at != start_ms:
            if start_ms >= 0:
                yield from _closed(start_ms, slice_ms, rows, singles, until_ms=at)
            start_ms, rows, singles = at, _Rows(), []
        for answer in event.answers:
            rows.add(event, answer)
            if clearly_bad(answer[1], answer[2]):
                singles.append(Single(event.id, event.at_ms, event.row(answer), list(event.words)))
    if start_ms >= 0:
        yield from _closed(start_ms, slice_ms, rows, singles, until_ms=start_ms + 2 * slice_ms)


class _Rows:
    """Rows of one slice."""

    def __init__(self) -> None:
        self._bins: dict[tuple[str, ...], dict[int, int]] = {}

    def add(self, event: Answered, answer: Answer) -> None:
        """Counts one answer."""
        place = (
            event.channel, event.stage, event.touchpoint, event.location, event.segment, event.producer,
            answer[0], answer[1],
        )  # fmt: skip
        bins = self._bins.setdefault(place, {})
        bins[answer[2]] = bins.get(answer[2], 0) + 1

    def rows(self) -> list[Row]:
        """In a fixed order."""
        return [_row(place, sorted(bins.items())) for place, bins in sorted(self._bins.items())]


def _row(place: tuple[str, ...], bins: list[Bin]) -> Row:
    channel, stage, touchpoint, location, segment, producer, metric, scale = place
    return Row(channel, stage, touchpoint, location, segment, producer, metric, scale, bins)


def _closed(
    start_ms: int, slice_ms: int, rows: _Rows, singles: list[Single], *, until_ms: int
) -> Iterator[Slice | Single | Tick]:
    yield from singles
    end_ms = start_ms + slice_ms
    yield Slice(start_ms, end_ms, rows.rows())
    steps = min(MAX_TICKS, max(0, (until_ms - end_ms) // TICK_MS))
    for step in range(1, steps + 1):
        now_ms = end_ms + (until_ms - end_ms) * step // steps
        yield Tick(now_ms, now_ms)


def replay(
    engine: Engine, events: Iterable[Answered], slice_ms: int = SLICE_MS, told: Callable[[int], None] | None = None
) -> Iterator[Step]:
    """Every step that events lead to.

    Args:
        told: hears the time that was reached, for a bar.
    """
    for given in inputs(events, slice_ms):
        if told is not None and isinstance(given, Slice):
            told(given.end_ms)
        yield from engine.handle(given)


@dataclass(frozen=True)
class Drop:
    """A drop that never happened: from a moment on, answers that were not bad become so.

    Attributes:
        points: rise of the bad share, in points of percent.
        usual: bad share on ordinary days by (metric, scale), 0..1.
    """

    points: float
    from_ms: int
    usual: dict[tuple[str, str], float]
    seed: int = 1

    def into(self, events: Iterable[Answered]) -> Iterator[Answered]:
        """Events with the drop in them; the same seed, the same answers."""
        for event in events:
            if event.at_ms < self.from_ms:
                yield event
                continue
            answers = tuple(self._worse(event, answer) for answer in event.answers)
            yield event if answers == event.answers else msgspec.structs.replace(event, answers=answers)

    def _worse(self, event: Answered, answer: Answer) -> Answer:
        metric, scale_id, point = answer
        scale = SCALES[scale_id]
        usual = self.usual.get((metric, scale_id))
        if usual is None or scale.bad is None or scale.box(point) == BAD or usual >= 1:
            return answer
        chance = min(1.0, self.points / 100 / (1 - usual))
        # By the event itself, not by its place in the file: another slice width draws alike.
        if random.Random(f"{self.seed}|{event.id}|{metric}").random() >= chance:
            return answer
        return metric, scale_id, scale.bad[1] if scale.higher_is_better else scale.bad[0]
