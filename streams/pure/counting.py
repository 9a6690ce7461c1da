"""Counting that cannot go wrong: what a stretch of one partition's log adds up to.

Why a module of its own: the promise "nothing lost, nothing counted twice" rests on these rules, and on
their being a pure function of the log. Whoever owns the partition, however often it crashed, counts the
same. So nothing here knows Kafka, ClickHouse or the clock; it sees records (offset, record time, key,
value) in the order of the log and nothing else.

The rules
* A *block* ends where an offset passes a multiple of `block_size`, where a record time first passes a
  multiple of `block_span_ms` (so a quiet partition's block cannot outlive what the log retains), and where
  another policy comes into force. A block is named by its first record's offset. A worker that takes over
  counts from the start of the block of the last committed record, which it must tell the end of, after one
  horizon of records before it that only fill the memory of ids.
* *Duplicate*: the same (producer, event_id) within the last `horizon` offsets, counted then or not.
* *Late*: `occurred_at <= time of the record `horizon` offsets before + twice the allowed skew`, or older
  than `max_age_ms`. Whatever is counted can thus still meet its twin: a retry that comes after the horizon
  is late. Once the skew covers the event's own clock, once the brokers', which may step back when a
  partition changes its leader.
* A log that follows another one (its topic was made anew) calls late what occurred before it began: what is
  counted here cannot have been counted there.
* *Far future*: more than the skew ahead of the record's time: rejected, not remembered.
* The first `max_series` series of a block keep their names; later ones are counted as `other`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from schemas.answers import Answer
from schemas.decode import Event, Rejection, event_key
from streams.pure.lateness import UNKNOWN_TIME, Past, stretches
from streams.pure.negative import CLEARLY_BAD
from streams.pure.policies import FOR_EVER_MS, Policy, Rulebook
from streams.pure.trail import Footprint, Recall

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
ONE = 1_000_000

Series = tuple[str, str, str, str, str, str, str, str]
"""(channel, stage, touchpoint, location, segment, respondent, metric, scale)."""


class _Group:
    """Events alike since the last publication. Holds on to what it is found by."""

    __slots__ = ("answers", "bad", "n", "place")

    def __init__(self, place: tuple[str, str, str, str, str, str], answers: tuple[Answer, ...]) -> None:
        self.n = 0
        self.place = place
        self.answers = answers
        self.bad = any((scale, point) in CLEARLY_BAD for _, scale, point in answers)


Tally = dict[tuple[int, int, int, int], _Group]
"""By (slice start in ms, id of the place, id of the answers, weight in millionths): the decoder gives equal places and
answers as one object, mostly, and by id they cost no hashing."""


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
    policy: Policy
    record_time_ms: int = UNKNOWN_TIME
    accepted: int = 0
    duplicate: int = 0
    late: int = 0
    rejected: int = 0
    test: int = 0
    strangers: int = 0
    overflow: int = 0
    closed: bool = False


class PartitionCounter:
    """Counts one partition from the start of a block on.

    Args:
        rules: the policies, each with its contract.
        committed: offset the group has committed; None if it never did.
        log_start: first offset the log still holds.
        boundary: first offset below `committed` of a record at or after the last moment at which a block ended
            (`Rulebook.boundary_before`); None if the log cannot be asked.
        successor: whether the log follows an earlier one of the same topic.
        recall: what is known of the log between two offsets without reading it, as `trail.recall`; None: nothing, and
            nothing is to be kept for later.

    Feed it records from `read_from` on, in the order of the log. Between two calls of `take` it gathers
    what changed; `take` hands that over to be published.
    """

    def __init__(
        self,
        rules: Rulebook,
        committed: int | None,
        log_start: int,
        boundary: int | None = None,
        *,
        successor: bool = False,
        recall: Recall | None = None,
    ) -> None:
        self.rules = rules
        self.committed = max(log_start, committed if committed is not None else log_start)
        # Its end was perhaps not told: what ends a block is mostly the record behind it.
        last = max(log_start, self.committed - 1)
        block_start = max(last - last % rules.block_size, boundary or 0)
        self.count_from = max(log_start, block_start)
        memory_from = max(log_start, block_start - rules.horizon)
        recalled = recall(memory_from, self.count_from) if recall else ()
        self._past = Past(rules, memory_from, successor=successor, recalled=recalled, noting=recall is not None)
        self.read_from = self.position = self._past.position
        self.time_ms = self._latest_ms = self._past.latest_ms
        self._block = BlockState(self.count_from, self.count_from, rules.at(UNKNOWN_TIME).policy)
        self._begun = False
        self._tally: Tally = {}
        self._names: set[Series] = set()
        self._channels: set[str] = set()
        self._cells: dict[tuple[int, str, int], list[Cell]] = {}
        self._where: dict[tuple[int, str, int], dict[tuple[str, ...], Cell]] = {}
        self._changed: dict[tuple[int, str, int, int], Cell] = {}
        self._finished: list[tuple[BlockState, list[Cell]]] = []
        self._rejected: list[Rejected] = []
        self._bad: list[BadAnswer] = []
        self._bad_count = 0
        self._senders: defaultdict[str, int] = defaultdict(int)

    def feed(self, records: Sequence[Record]) -> None:
        """Counts the next records; those below `position` were seen and are passed over."""
        for stretch in stretches(records, self.position):
            self._feed(stretch)

    def _feed(self, records: Sequence[Record]) -> None:
        """One stretch. Everything for each single event happens in this loop: a call more costs a tenth of it."""
        rules, past, late = self.rules, self._past, self._past.late
        young, old, latest_ms = past.take(records)
        regime, boundary_ms = rules.at(self._latest_ms), rules.boundary_after(self._latest_ms)
        decode, horizon, skew_ms = regime.decode, regime.policy.horizon, regime.policy.max_skew_ms
        # Hardly any event is late. What occurred behind the highest line of all needs no line of its own.
        perhaps_late_ms = FOR_EVER_MS
        if latest_ms < boundary_ms:
            perhaps_late_ms = late.highest_ms(records[0].offset, records[-1].offset, latest_ms)
        keys: list[bytes] = []
        count_from, fresh_from = self.count_from, self.committed
        block, block_end, tally, senders = self._block, self._block_end(), self._tally, self._senders
        for record in records:
            offset, time_ms = record.offset, record.timestamp
            warm = offset < count_from
            if time_ms >= boundary_ms or (not warm and (offset >= block_end or not self._begun)):
                if self._begun:
                    self._close_block(min(offset, block_end))
                if time_ms >= boundary_ms:
                    self._latest_ms = time_ms
                    regime, boundary_ms = rules.at(time_ms), rules.boundary_after(time_ms)
                    decode, horizon, skew_ms = regime.decode, regime.policy.horizon, regime.policy.max_skew_ms
                    late.follow(regime.policy)
                if not warm:
                    block = self._block = BlockState(offset, offset, regime.policy)
                    self._begun, block_end = True, self._block_end()
            self.position, self.time_ms = offset + 1, time_ms
            event = decode(record.value or b"")
            if isinstance(event, Rejection) or event.occurred_ms > time_ms + skew_ms:
                if not warm:
                    why = event if isinstance(event, Rejection) else far_future(event, time_ms, skew_ms)
                    block.rejected += 1
                    self._rejected.append(Rejected(offset, time_ms, record.value or b"", why))
                keys.append(b"")
                continue
            key = event_key(event.producer, event.event_id)
            keys.append(key)
            seen_at: int | None = young.setdefault(key, offset)
            if seen_at == offset:
                seen_at = old.get(key)
            else:
                young[key] = offset
            if warm:
                continue
            if record.key != key:
                block.strangers += 1
            if seen_at is not None and offset - seen_at <= horizon:
                block.duplicate += 1
                continue
            occurred_ms = event.occurred_ms
            if occurred_ms <= perhaps_late_ms and occurred_ms <= late.line_ms(offset, time_ms):
                block.late += 1
                continue
            if event.test:
                block.accepted += 1
                block.test += 1
                continue
            senders[event.producer] += 1
            place, answers = event.series, event.answers
            alike = (occurred_ms - occurred_ms % SLICE_MS, id(place), id(answers), event.weight_micro)
            group = tally.get(alike)
            if group is None:
                group = tally[alike] = _Group(place, answers)
            group.n += 1
            if group.bad and offset >= fresh_from:
                self._tell_bad(record, event)
        past.note(keys)
        if self._begun:
            block.next_offset, block.record_time_ms = self.position, self.time_ms

    def senders(self) -> dict[str, int]:
        """Accepted events by producer since the last call."""
        told, self._senders = dict(self._senders), defaultdict(int)
        return told

    def footprints(self) -> list[Footprint]:
        """What is to be kept for `recall`, since the last call."""
        told, self._past.footprints = self._past.footprints, []
        return told

    def _tell_bad(self, record: Record, event: Event) -> None:
        for metric, scale, point in event.answers:
            if (scale, point) in CLEARLY_BAD:
                self._bad_count += 1
                if self._bad_count <= MAX_BAD:
                    self._bad.append(BadAnswer(record.offset, record.timestamp, event, metric, scale, point))

    def _fold(self) -> None:
        """Adds what was gathered to the cells of the open block; first come in the log, first named."""
        upto = self.position - 1
        for (slice_ms, _, _, weight), group in self._tally.items():
            n = group.n
            self._block.accepted += n
            for metric, scale, point in group.answers:
                named = (*group.place, metric, scale)
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

        self._tally.clear()

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
        if len(self._names) < self._block.policy.max_series:
            self._names.add(series)
            self._channels.add(series[0])
            return series
        channel = series[0] if series[0] in self._channels else OTHER
        return (channel, "", OTHER, "", "", series[5], series[6], series[7])

    def _block_end(self) -> int:
        """First offset that certainly belongs to a later block."""
        size = self.rules.block_size
        return (self._block.first_offset // size + 1) * size

    def _close_block(self, next_offset: int) -> None:
        self._fold()
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
        self._fold()
        keep = {} if coarse else {key: cell for key, cell in self._changed.items() if key[2] == COARSE_MS}
        now = [cell for key, cell in self._changed.items() if key not in keep]
        blocks = [*self._finished, (self._block, now)]
        taken = Taken(blocks, self._rejected, self._bad, self._bad_count, self.position)
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
