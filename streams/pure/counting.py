"""Counting that cannot go wrong: what a stretch of one partition's log adds up to.

Why a module of its own: the promise "nothing lost, nothing counted twice" rests on these rules, and on
their being a pure function of the log. Whoever owns the partition, however often it crashed, counts the
same. So nothing here knows Kafka, ClickHouse or the clock; it sees records (offset, record time, key,
value) in the order of the log and nothing else.

The rules
* A *block* ends where an offset passes a multiple of `block_size`, and where a record time first passes a
  multiple of `block_span_ms`: so a quiet partition's block cannot outlive what the log retains. A block is
  named by its first record's offset. A worker that takes over reads from the start of the block of the
  committed offset, after one horizon of records before it that only fill the memory of ids.
* *Duplicate*: the same (producer, event_id) within the last `horizon` offsets, counted then or not.
* *Late*: `occurred_at <= time of the record `horizon` offsets before + twice the allowed skew`, or older
  than `max_age_ms`. Whatever is counted can thus still meet its twin: a retry that comes after the horizon
  is late. Once the skew covers the event's own clock, once the brokers', which may step back when a
  partition changes its leader.
* *Far future*: more than the skew ahead of the record's time: rejected, not remembered.
* The first `max_series` series of a block keep their names; later ones are counted as `other`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from schemas.decode import Event, Rejection, event_key
from streams.pure.negative import clearly_bad

SLICE_MS = 10_000
"""Length of a pane's time slice."""
COARSE_MS = 300_000
"""Length of a coarse slice: what windows beyond an hour are made of."""
PART_SERIES = 100
"""Series in one part of a cell: some 50 KB as a rule; below a broker's 1 MB even if each had 200 points and the
longest names."""
MAX_BAD = 100
"""Bad answers handed over at a time: a flood is told as a number, not as a flood."""
OTHER = "other"
UNKNOWN_TIME = -(1 << 62)
ONE = 1_000_000

Series = tuple[str, str, str, str, str, str, str, str]
"""(channel, stage, touchpoint, location, segment, respondent, metric, scale)."""

Answer = tuple[int, tuple[str, str, str, str, str, str], str, str, int, int]
"""(slice start in ms, series without metric and scale, metric, scale, scale point, weight in millionths)."""


class Record(Protocol):
    """What counting needs of a Kafka record."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules in force. A change of any field takes a higher number and begins with a block."""

    number: int
    block_size: int
    block_span_ms: int
    horizon: int
    max_age_ms: int
    max_skew_ms: int
    max_series: int


@dataclass(slots=True)
class Rejected:
    """One record that can never be counted: kept with its bytes."""

    offset: int
    time_ms: int
    raw: bytes
    why: Rejection


@dataclass(slots=True)
class BadAnswer:
    """One clearly bad answer, seen as it came by."""

    offset: int
    time_ms: int
    event: Event
    metric: str
    scale: str
    bin: int


@dataclass(slots=True)
class Cell:
    """Cumulative histogram of one channel in one slice, as one block adds to it; a part of it if large.

    `series` maps the tail of a series (without its channel) to {bin: [n, weight, squared weight]}.
    """

    channel: str
    slice_ms: int
    width_ms: int
    part: int
    upto: int = -1
    series: dict[tuple[str, ...], dict[int, list[int]]] = field(default_factory=dict)


@dataclass(slots=True)
class BlockState:
    """What a block has added so far; `first_offset` is its name."""

    first_offset: int
    next_offset: int
    record_time_ms: int = UNKNOWN_TIME
    accepted: int = 0
    duplicate: int = 0
    late: int = 0
    rejected: int = 0
    test: int = 0
    strangers: int = 0
    overflow: int = 0
    closed: bool = False


class LateRule:
    """Remembers the record times of the last horizon, to say which events are late.

    Used by `score` and, alone, by `archive`: both must draw the line at the same place.
    """

    def __init__(self, policy: Policy, first_offset: int) -> None:
        self._horizon = policy.horizon
        self._oldest_ms = policy.max_age_ms + 1
        self._slack_ms = 2 * policy.max_skew_ms
        self._times = array("q", [UNKNOWN_TIME]) * policy.horizon
        self._next = first_offset

    def line_ms(self, offset: int, time_ms: int) -> int:
        """Takes the next record in; events that occurred at or before the returned time are late."""
        horizon, times = self._horizon, self._times
        while self._next < offset:
            # Offsets the log does not hold (control records) take the time of the record behind them: the one
            # before may be unknown to a new owner that begins inside the gap.
            times[self._next % horizon] = time_ms
            self._next += 1
        slot = offset % horizon
        tie_ms = times[slot] + self._slack_ms
        times[slot] = time_ms
        self._next = offset + 1
        oldest_ms = time_ms - self._oldest_ms
        return tie_ms if tie_ms > oldest_ms else oldest_ms


class PartitionCounter:
    """Counts one partition from the start of a block on.

    Args:
        policy: the rules.
        committed: offset the group has committed; None if it never did.
        log_start: first offset the log still holds.
        decode: the contract: bytes to Event or Rejection.
        span_start: first offset of the time span that `committed` lies in; None if the log cannot be asked.

    Feed it records from `read_from` on, in the order of the log. Between two calls of `take` it gathers
    what changed; `take` hands that over to be published.
    """

    def __init__(
        self,
        policy: Policy,
        committed: int | None,
        log_start: int,
        decode: Callable[[bytes], Event | Rejection],
        span_start: int | None = None,
    ) -> None:
        self.policy = policy
        self.committed = max(log_start, committed if committed is not None else log_start)
        block_start = max(self.committed - self.committed % policy.block_size, span_start or 0)
        self.count_from = max(log_start, block_start)
        self.read_from = max(log_start, block_start - policy.horizon)
        self.position = self.read_from
        self._decode = decode
        self.time_ms = UNKNOWN_TIME
        self._late = LateRule(policy, self.read_from)
        self._young: dict[bytes, int] = {}
        self._old: dict[bytes, int] = {}
        self._young_from = self.read_from
        self._span = UNKNOWN_TIME
        self._block = BlockState(self.count_from, self.count_from)
        self._begun = False
        self._names: set[Series] = set()
        self._channels: set[str] = set()
        self._cells: dict[tuple[int, str, int], list[Cell]] = {}
        self._where: dict[tuple[int, str, int], dict[tuple[str, ...], Cell]] = {}
        self._changed: dict[tuple[int, str, int, int], Cell] = {}
        self._finished: list[tuple[BlockState, list[Cell]]] = []
        self._rejected: list[Rejected] = []
        self._bad: list[BadAnswer] = []
        self._bad_count = 0

    def feed(self, records: Sequence[Record]) -> None:
        """Counts the next records; those below `position` were seen and are passed over."""
        policy, decode, line_of = self.policy, self._decode, self._late.line_ms
        span_ms, horizon, skew_ms = policy.block_span_ms, policy.horizon, policy.max_skew_ms
        count_from, fresh_from, seen_until = self.count_from, self.committed, self.position
        block, block_end = self._block, self._block_end()
        young, old = self._young, self._old
        tally: dict[Answer, int] = {}
        for record in records:
            offset, time_ms = record.offset, record.timestamp
            if offset < seen_until:
                continue
            line_ms = line_of(offset, time_ms)
            warm = offset < count_from
            span = time_ms // span_ms
            if not warm and (offset >= block_end or span > self._span or not self._begun):
                if self._begun:
                    self._fold(tally)
                    tally = {}
                    self._close_block(min(offset, block_end))
                block = self._block = BlockState(offset, offset)
                self._begun, block_end = True, self._block_end()
            if span > self._span:
                self._span = span
            self.position = offset + 1
            self.time_ms = time_ms
            event = decode(record.value or b"")
            if not isinstance(event, Rejection) and event.occurred_ms > time_ms + skew_ms:
                event = far_future(event, time_ms, skew_ms)
            if isinstance(event, Rejection):
                if not warm:
                    block.rejected += 1
                    self._rejected.append(Rejected(offset, time_ms, record.value or b"", event))
                continue
            key = event_key(event.producer, event.event_id)
            seen_at = young.get(key)
            if seen_at is None:
                seen_at = old.get(key)
            if offset - self._young_from >= horizon:
                old, young = self._old, self._young = young, {}
                self._young_from = offset
            young[key] = offset
            if warm:
                continue
            if record.key != key:
                block.strangers += 1
            if seen_at is not None and offset - seen_at <= horizon:
                block.duplicate += 1
                continue
            occurred_ms = event.occurred_ms
            if occurred_ms <= line_ms:
                block.late += 1
                continue
            block.accepted += 1
            if event.test:
                block.test += 1
                continue
            slice_ms, place, weight = occurred_ms - occurred_ms % SLICE_MS, event.series, event.weight_micro
            for metric, scale, point in event.answers:
                answer = (slice_ms, place, metric, scale, point, weight)
                tally[answer] = tally.get(answer, 0) + 1
                if offset >= fresh_from and clearly_bad(scale, point):
                    self._bad_count += 1
                    if self._bad_count <= MAX_BAD:
                        self._bad.append(BadAnswer(offset, time_ms, event, metric, scale, point))
        self._fold(tally)
        if self._begun:
            block.next_offset, block.record_time_ms = self.position, self.time_ms

    def _fold(self, tally: dict[Answer, int]) -> None:
        """Adds a batch's answers to the cells of the open block; first come in the log, first named."""
        upto = self.position - 1
        for (slice_ms, place, metric, scale, point, weight), n in tally.items():
            named = (*place, metric, scale)
            series = self._admitted(named)
            if series is not named:
                self._block.overflow += n
            channel, tail = series[0], series[1:]
            for width_ms in (SLICE_MS, COARSE_MS):
                start_ms = slice_ms - slice_ms % width_ms
                cell = self._cell(start_ms, channel, width_ms, tail)
                cell.upto = upto
                bins = cell.series.setdefault(tail, {})
                counts = bins.get(point)
                if counts is None:
                    counts = bins[point] = [0, 0, 0]
                counts[0] += n
                counts[1] += n * weight
                counts[2] += n * (weight * weight // ONE)

    def _cell(self, start_ms: int, channel: str, width_ms: int, tail: tuple[str, ...]) -> Cell:
        key = (start_ms, channel, width_ms)
        known = self._where.setdefault(key, {})
        cell = known.get(tail)
        if cell is None:
            parts = self._cells.setdefault(key, [])
            if not parts or len(parts[-1].series) >= PART_SERIES:
                parts.append(Cell(channel, start_ms, width_ms, len(parts)))
            cell = known[tail] = parts[-1]
        self._changed[(start_ms, channel, width_ms, cell.part)] = cell
        return cell

    def _admitted(self, series: Series) -> Series:
        """The series itself while the block has room for its name, `other` afterwards."""
        if series in self._names:
            return series
        if len(self._names) < self.policy.max_series:
            self._names.add(series)
            self._channels.add(series[0])
            return series
        channel = series[0] if series[0] in self._channels else OTHER
        return (channel, "", OTHER, "", "", series[5], series[6], series[7])

    def _block_end(self) -> int:
        """First offset that certainly belongs to a later block."""
        size = self.policy.block_size
        return (self._block.first_offset // size + 1) * size

    def _close_block(self, next_offset: int) -> None:
        block = self._block
        block.next_offset = next_offset
        block.record_time_ms = self.time_ms
        block.closed = True
        self._finished.append((block, list(self._changed.values())))
        self._names, self._channels = set(), set()
        self._cells, self._where, self._changed = {}, {}, {}

    def take(self, *, coarse: bool) -> Taken:
        """What changed since the last call, to be published before `position` is committed.

        Args:
            coarse: hand over the open block's coarse cells too. Those of closed blocks always come along.
        """
        keep = {} if coarse else {key: cell for key, cell in self._changed.items() if key[2] == COARSE_MS}
        now = [cell for key, cell in self._changed.items() if key not in keep]
        blocks = [*self._finished, (self._block, now)]
        # Held-back cells are safe only while the committed offset lies inside their block: the next record
        # may begin another one, and whoever takes over there would not count this one again.
        reached = self.position - 1 if keep else self.position
        taken = Taken(blocks, self._rejected, self._bad, self._bad_count, reached)
        self._changed, self._finished, self._rejected, self._bad, self._bad_count = keep, [], [], [], 0
        return taken

    @property
    def warm(self) -> bool:
        """Whether the horizon was read and counting has begun."""
        return self.position >= self.count_from


@dataclass(frozen=True, slots=True)
class Taken:
    """What `PartitionCounter.take` hands over.

    Attributes:
        blocks: each block touched, with its changed cells; the last one is open.
        rejected: records since the last call.
        bad: the first clearly bad answers since the last call, at most MAX_BAD.
        bad_count: how many there were.
        position: offset that may be committed once all of this is durable.
    """

    blocks: list[tuple[BlockState, list[Cell]]]
    rejected: list[Rejected]
    bad: list[BadAnswer]
    bad_count: int
    position: int

    def is_empty(self) -> bool:
        """Whether nothing is lost if this is never published: no cell, no reject, no bad answer, no closed block."""
        return not (self.rejected or self.bad or len(self.blocks) > 1 or any(cells for _, cells in self.blocks))


def far_future(event: Event, time_ms: int, skew_ms: int) -> Rejection:
    """Why an event from the future cannot be counted."""
    ahead_s = (event.occurred_ms - time_ms) // 1000
    return Rejection(
        reason="far_future",
        field="occurred_at",
        value=str(event.occurred_ms),
        nearest="",
        message=f"occurred_at is {ahead_s} s ahead of the broker's clock; at most {skew_ms // 1000} s are allowed: "
        "set the sender's clock",
        producer=event.producer,
    )
