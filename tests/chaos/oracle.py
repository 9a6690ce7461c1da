"""What the numbers must be: one plain loop over each partition's log.

Nothing of the pipeline is used here but the contract (`schemas`): the rules are written down once more, as simply as
can be, from the design: everything is remembered, nothing is incremental, and there is no block to come back to.

* rejected: the contract refuses it, or it happened more than S after its own record time.
* duplicate: the same (producer, event_id) was valid in one of the H records before.
* late: it happened at or before the time of the record H before, plus twice S; or more than L before its own time.
  In a topic made anew, the first record's time stands for all that came before it.
* accepted: all others. Tests are accepted and never scored.

H, S, L and K are those of the policy in force at the record's time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from schemas.decode import Decoder, Event, Rejection
from schemas.scales import SCALES
from tests.chaos.plan import Rules
from tests.chaos.truth_scores import Counted, Series, Windows

SLICE_MS = 10_000
CLASSES = ("accepted", "duplicate", "late", "rejected", "test")
TIERS_S = {"panes_10s": 10, "panes_1m": 60, "panes_1h": 3_600}
OTHER = "other"

Sums = list[int]
"""[answers, weight in millionths, squared weight in millionths]."""
EventId = tuple[str, str]
"""(producer, event_id)."""


@dataclass(frozen=True, slots=True)
class Log:
    """One topic's life: all partitions' records."""

    topic: str
    """Full name."""
    log_id: str
    imported: bool
    successor: bool
    """Whether the topic had another life before."""
    records: Mapping[int, Sequence[Any]]
    """By partition, in the order of the log."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One valid record of an event that may be the one kept."""

    kind: str
    """accepted, late, import or test."""
    log_id: str
    partition: int
    offset: int
    event: Event

    @property
    def precedence(self) -> tuple[int, int]:
        """The smallest is kept: accepted ones and tests before late and imported ones, then the earliest."""
        return (0 if self.kind in ("accepted", "test") else 1, self.offset)


@dataclass
class Truth:
    """Everything the store must say."""

    ledger: dict[tuple[str, str, int, int], Counter[str]] = field(default_factory=dict)
    """(topic, log, partition, block) -> classes, and `first_offset`, `next_offset`."""
    cells: dict[tuple[Any, ...], Sums] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    """(log, partition, block, slice in ms, *series, bin)."""
    counted: list[Counted] = field(default_factory=list)
    rejected: dict[tuple[str, str, int, int], tuple[str, str, bytes]] = field(default_factory=dict)
    """(topic, log, partition, offset) -> (reason, producer, bytes)."""
    bad_answers: set[str] = field(default_factory=set)
    """Ids of the alerts that single answers must raise."""
    sightings: dict[EventId, list[Sighting]] = field(default_factory=lambda: defaultdict(list))
    twice: list[str] = field(default_factory=list)
    """Answers that the rules themselves count twice though each retry kept its time and its key: must be none."""
    last_appended_ms: int = 0

    @cached_property
    def windows(self) -> Windows:
        """Scores of any window of what counts live."""
        return Windows(self.counted)

    def kept(self) -> dict[EventId, list[Sighting]]:
        """By event: the sighting that the store must keep; several where the rules do not say which."""
        found = {}
        for name, sightings in self.sightings.items():
            first = min(each.precedence for each in sightings)
            found[name] = [each for each in sightings if each.precedence == first]
        return found


def one_pass(logs: Iterable[Log], policies: Sequence[tuple[int, Rules]]) -> Truth:
    """Reads each log once.

    Args:
        logs: all lives of the topics of events.
        policies: (record time from which they hold, rules), in order.
    """
    truth = Truth()
    for log in logs:
        for partition, records in log.records.items():
            if log.imported:
                _read_import(truth, log, partition, records, policies)
            else:
                _read_live(truth, log, partition, records, policies)
    return truth


def _in_force(policies: Sequence[tuple[int, Rules]], time_ms: int) -> tuple[int, Rules]:
    """(number, rules) of the last policy that holds at this time."""
    number = max(place for place, (from_ms, _) in enumerate(policies, 1) if from_ms <= time_ms or place == 1)
    return number, policies[number - 1][1]


def _read_live(
    truth: Truth, log: Log, partition: int, records: Sequence[Any], policies: Sequence[tuple[int, Rules]]
) -> None:
    decode = Decoder().decode
    times = [record.timestamp for record in records]
    seen: dict[EventId, int] = {}
    accepted_at: dict[tuple[EventId, int], int] = {}
    names: set[Series] = set()
    span, policy, block, ledger = -1, 0, -1, Counter[str]()
    for offset, record in enumerate(records):
        if record.offset != offset:
            raise ValueError(f"{log.topic}[{partition}] has a gap at {offset}: the bench wants whole logs")
        time_ms = times[offset]
        truth.last_appended_ms = max(truth.last_appended_ms, time_ms)
        number, rules = _in_force(policies, time_ms)
        if offset % rules.block_size == 0 or time_ms // rules.block_span_ms > span or number > policy:
            block, names, policy = offset, set(), number
            ledger = Counter({"first_offset": offset, "policy": number})
            truth.ledger[log.topic, log.log_id, partition, block] = ledger
        span = max(span, time_ms // rules.block_span_ms)
        ledger["next_offset"] = offset + 1
        raw = record.value or b""
        event = decode(raw)
        if not isinstance(event, Rejection) and event.occurred_ms > time_ms + rules.max_skew_ms:
            event = _far_future(event)
        if isinstance(event, Rejection):
            ledger["rejected"] += 1
            truth.rejected[log.topic, log.log_id, partition, offset] = (event.reason, event.producer, raw)
            continue
        name = (event.producer, event.event_id)
        before = seen.get(name)
        seen[name] = offset
        if before is not None and offset - before <= rules.horizon:
            ledger["duplicate"] += 1
            continue
        at_ms = event.occurred_ms
        before_ms = times[offset - rules.horizon] if offset >= rules.horizon else times[0] if log.successor else None
        tied = before_ms is not None and at_ms <= before_ms + 2 * rules.max_skew_ms
        late = tied or time_ms - at_ms > rules.max_age_ms
        ledger["late" if late else "accepted"] += 1
        kind = "test" if event.test else "late" if late else "accepted"
        truth.sightings[name].append(Sighting(kind, log.log_id, partition, offset, event))
        if late:
            continue
        ledger["test"] += bool(event.test)
        if (name, at_ms) in accepted_at:
            truth.twice.append(f"{name} at {log.topic}[{partition}] {accepted_at[name, at_ms]} and {offset}")
        accepted_at[name, at_ms] = offset
        if not event.test:
            _count(truth, log.log_id, partition, block, record, event, names, rules)


def _count(
    truth: Truth,
    log_id: str,
    partition: int,
    block: int,
    record: Any,
    event: Event,
    names: set[Series],
    rules: Rules,
) -> None:
    slice_ms = event.occurred_ms // SLICE_MS * SLICE_MS
    for metric, scale, point in event.answers:
        series: Series = (*event.series, metric, scale)
        if series not in names and len(names) >= rules.max_series_per_block:
            known = any(series[0] == name[0] for name in names)
            series = (series[0] if known else OTHER, "", OTHER, "", "", series[5], metric, scale)
        else:
            names.add(series)
        _add(truth.cells[log_id, partition, block, slice_ms, *series, point], event.weight_micro)
        truth.counted.append(Counted(record.timestamp, slice_ms, series, point, event.weight_micro))
        if _worst_fifth(scale, point):
            truth.bad_answers.add(f"bad|{log_id}|{partition}|{record.offset}|{metric}")


def _read_import(
    truth: Truth, log: Log, partition: int, records: Sequence[Any], policies: Sequence[tuple[int, Rules]]
) -> None:
    """No lateness, no duplicates: the store keeps one of each."""
    decode = Decoder().decode
    for record in records:
        rules = _in_force(policies, record.timestamp)[1]
        block = record.offset - record.offset % rules.block_size
        fresh = Counter({"first_offset": block, "policy": 1})
        ledger = truth.ledger.setdefault((log.topic, log.log_id, partition, block), fresh)
        ledger["next_offset"] = record.offset + 1
        raw = record.value or b""
        event = decode(raw)
        if not isinstance(event, Rejection) and event.occurred_ms > record.timestamp + rules.max_skew_ms:
            event = _far_future(event)
        if isinstance(event, Rejection):
            ledger["rejected"] += 1
            truth.rejected[log.topic, log.log_id, partition, record.offset] = (event.reason, event.producer, raw)
            continue
        ledger["accepted"] += 1
        ledger["test"] += bool(event.test)
        kind = "test" if event.test else "import"
        name = (event.producer, event.event_id)
        truth.sightings[name].append(Sighting(kind, log.log_id, partition, record.offset, event))


def late_lane(kept: Iterable[Sighting], width_s: int) -> dict[tuple[Any, ...], Sums]:
    """Sums of what only the store counts: (slice in s, *series, bin)."""
    cells: dict[tuple[Any, ...], Sums] = defaultdict(lambda: [0, 0, 0])
    for sighting in kept:
        if sighting.kind in ("late", "import"):
            event = sighting.event
            slice_s = event.occurred_ms // (1_000 * width_s) * width_s
            for metric, scale, point in event.answers:
                _add(cells[slice_s, *event.series, metric, scale, point], event.weight_micro)
    return cells


def live_lane(truth: Truth, width_s: int) -> dict[tuple[Any, ...], Sums]:
    """Sums of what was counted live, over partitions and blocks: (slice in s, *series, bin)."""
    cells: dict[tuple[Any, ...], Sums] = defaultdict(lambda: [0, 0, 0])
    for (_, _, _, slice_ms, *rest), sums in truth.cells.items():
        cell = cells[slice_ms // (1_000 * width_s) * width_s, *rest]
        for place, value in enumerate(sums):
            cell[place] += value
    return cells


def _add(sums: Sums, weight_micro: int) -> None:
    sums[0] += 1
    sums[1] += weight_micro
    sums[2] += weight_micro * weight_micro // 1_000_000


def _far_future(event: Event) -> Rejection:
    return Rejection("far_future", "occurred_at", "", "", "", event.producer)


def _worst_fifth(scale_id: str, point: int) -> bool:
    """Whether an answer about satisfaction, effort or recommendation lies in the worst fifth of its scale."""
    if scale_id.split("-")[0] not in ("csat", "ces", "nps"):
        return False
    scale = SCALES[scale_id]
    points = max(1, (scale.high - scale.low + 1) // 5)
    return point < scale.low + points if scale.higher_is_better else point > scale.high - points
