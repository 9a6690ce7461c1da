"""What the store says, held against what it must say: exactly, row by row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple
from math import isclose
from typing import Any

from streams.edges.settings import Settings
from streams.edges.store import Store
from tests.chaos.oracle import CLASSES, TIERS_S, EventId, Sighting, Truth, late_lane, live_lane
from tests.chaos.truth_scores import Answers, Group, Numbers, counts, numbers

SERIES = "channel, stage, touchpoint, location, segment, respondent, metric, scale"
FINE_MS, COARSE_MS = 10_000, 300_000
SHOWN = 4
"""Differences told of each kind; the rest as a number."""
TOLD_SHORT = "bad answers came too many at once"


def differences(store: Store, truth: Truth, settings: Settings, *, untold: int) -> list[str]:
    """Everything in the store that is not as it must be; [] if all is well.

    Args:
        untold: bad answers that the workers said they would not tell one by one (a flood is told as a number).
    """
    told: list[str] = []
    for name, check in _CHECKS.items():
        found = list(check(store, truth, settings))
        if name == "alerts" and 0 < sum("missing" in each for each in found) <= untold:
            found = [each for each in found if "missing" not in each]
        told += [f"{name}: {each}" for each in found[:SHOWN]]
        if len(found) > SHOWN:
            told.append(f"{name}: and {len(found) - SHOWN} more")
    return told


def _ledger(store: Store, truth: Truth, settings: Settings) -> Iterator[str]:
    names = ("first_offset", "next_offset", "policy", *CLASSES)
    rows = store.rows(f"SELECT topic, log_id, partition, block, {', '.join(names)} FROM ledger FINAL")
    # A block may be announced before it has a record.
    got = {tuple(row[:4]): tuple(map(int, row[4:])) for row in rows if row[5] > row[4]}
    want = {key: tuple(counts[name] for name in names) for key, counts in truth.ledger.items()}
    yield from _unequal(want, got, f"(topic, log, partition, block) -> {names}")


def _closed(store: Store, truth: Truth, settings: Settings) -> Iterator[str]:
    """A block is closed once a record of the next one was counted: all but the last of each partition."""
    rows = store.rows("SELECT topic, log_id, partition, block, closed FROM ledger FINAL")
    last: dict[tuple[str, str, int], int] = {}
    for topic, log_id, partition, block in truth.ledger:
        last[topic, log_id, partition] = max(block, last.get((topic, log_id, partition), 0))
    for topic, log_id, partition, block, closed in rows:
        if (topic, log_id, partition, block) in truth.ledger and closed != (block < last[topic, log_id, partition]):
            yield f"{topic}[{partition}] of {log_id}, block at {block}: closed is {closed}"


def _live_panes(store: Store, truth: Truth, settings: Settings) -> Iterator[str]:
    rows = store.rows(
        f"SELECT log_id, partition, block, toUnixTimestamp(slice) * 1000, {SERIES}, bin, n, w_micro, w2_micro "
        "FROM panes_10s FINAL WHERE lane = 'live' AND n > 0"
    )
    yield from _unequal(truth.cells, {tuple(row[:-3]): [int(x) for x in row[-3:]] for row in rows}, "cell")


def _live_tiers(store: Store, truth: Truth, settings: Settings) -> Iterator[str]:
    for tier, width_s in TIERS_S.items():
        if tier != "panes_10s":
            yield from _unequal(live_lane(truth, width_s), _sums(store, tier, "live"), tier)


def _late_lanes(store: Store, truth: Truth, settings: Settings) -> Iterator[str]:
    kept = [sightings[0] for sightings in _settled(store, truth).values()]
    for tier, width_s in TIERS_S.items():
        yield from _unequal(late_lane(kept, width_s), _sums(store, tier, "late"), f"late lane of {tier}")


def _sums(store: Store, tier: str, lane: str) -> dict[Any, list[int]]:
    rows = store.rows(
        f"SELECT toUnixTimestamp(slice), {SERIES}, bin, n, w_micro, w2_micro FROM {tier} FINAL "
        f"WHERE lane = '{lane}' AND n > 0"
    )
    return {tuple(row[:-3]): [int(x) for x in row[-3:]] for row in rows}


def _touchpoints(store: Store, truth: Truth, settings: Settings) -> Iterator[str]:
    for name, sightings in _settled(store, truth).items():
        if len(sightings) > 1:
            yield f"{name} is kept as none of {[_place(each) for each in sightings]}"
    for name in _stored(store).keys() - truth.sightings.keys():
        yield f"{name} is stored and was never valid"


def _duplicates(store: Store, truth: Truth, settings: Settings) -> Iterator[str]:
    """As many retries are kept for the producers' board as the ledger must count, partition by partition."""
    rows = store.rows("SELECT log_id, partition, count() FROM duplicates FINAL GROUP BY log_id, partition")
    want: Counter[tuple[str, int]] = Counter()
    for (_, log_id, partition, _), block in truth.ledger.items():
        want[log_id, partition] += block["duplicate"]
    yield from _unequal(+want, {(log_id, partition): n for log_id, partition, n in rows}, "(log, partition)")


def _settled(store: Store, truth: Truth) -> dict[EventId, list[Sighting]]:
    """The sighting of each event that is kept; where the rules leave a choice, the one the store made.

    An event stored otherwise than any of them keeps them all: a difference.
    """
    stored, settled = _stored(store), {}
    for name, sightings in truth.kept().items():
        chosen = [each for each in sightings if _place(each) == stored.get(name)]
        settled[name] = chosen or [*sightings, sightings[0]]
    return settled


def _place(sighting: Sighting) -> tuple[Any, ...]:
    event = sighting.event
    answers = tuple(answer[2] for answer in event.answers)
    return sighting.kind, sighting.log_id, sighting.partition, sighting.offset, event.occurred_ms, answers


def _stored(store: Store) -> dict[EventId, tuple[Any, ...]]:
    rows = store.rows(
        "SELECT producer, event_id, class, log_id, partition, offset, toUnixTimestamp64Milli(occurred_at), bins "
        "FROM touchpoints FINAL"
    )
    return {(row[0], row[1]): (*row[2:7], tuple(row[7])) for row in rows}


def _rejected(store: Store, truth: Truth, settings: Settings) -> Iterator[str]:
    rows = store.rows("SELECT topic, log_id, partition, offset, reason, producer, hex(raw) FROM rejected FINAL")
    got = {tuple(row[:4]): (row[4], row[5], bytes.fromhex(row[6])) for row in rows}
    yield from _unequal(truth.rejected, got, "rejected")


def _alerts(store: Store, truth: Truth, settings: Settings) -> Iterator[str]:
    rows = store.rows("SELECT alert_id, count() FROM alerts FINAL WHERE kind = 'bad_answer' GROUP BY alert_id")
    got = {row[0] for row in rows}
    yield from (f"{name} is missing" for name in sorted(truth.bad_answers - got))
    yield from (f"{name} is false" for name in sorted(got - truth.bad_answers))
    yield from (f"{row[0]} is there {row[1]} times" for row in rows if row[1] > 1)


def _scores(store: Store, truth: Truth, settings: Settings) -> Iterator[str]:
    """Windows of each length; by end and group, whether called complete, and the numbers."""
    names = ("n", "top", "neutral", "bad", "value", "lower", "upper")
    weighted = ("weighted_value", "weighted_lower", "weighted_upper", "n_eff")
    rows = store.rows(
        "SELECT window_s, toUnixTimestamp64Milli(as_of), complete, dimension, channel, member, metric, scale, "
        f"{', '.join((*names, *weighted))} FROM scores FINAL"
    )
    for window_s in settings.windows_s:
        told: Told = {}
        for row in rows:
            if row[0] == window_s:
                told.setdefault(row[1], {})[row[3:8]] = bool(row[2]), Numbers(*row[8:])
        yield from (f"window of {window_s} s to {each}" for each in _windows(told, truth, 1_000 * window_s))


Told = dict[int, dict[Group, tuple[bool, Numbers]]]


def _windows(told: Told, truth: Truth, length_ms: int) -> Iterator[str]:
    width_ms = FINE_MS if length_ms <= 3_600_000 else COARSE_MS

    def window(end_ms: int, before_ms: int | None = None) -> dict[Group, Answers]:
        return truth.windows.window(end_ms - length_ms, end_ms, width_ms=width_ms, before_ms=before_ms)

    last_ms = 0
    for end_ms, rows in sorted(told.items()):
        everything = window(end_ms)
        if end_ms <= truth.last_appended_ms:
            # What is called complete before the last record holds at least what was appended by then.
            if any(complete for complete, _ in rows.values()):
                yield from _between(end_ms, rows, window(end_ms, end_ms), everything)
            continue
        for group, (complete, got) in rows.items():
            if complete and not _same(want := _numbers(group, everything), got):
                yield f"{end_ms} {group}: {got}, must be {want}"
        # The longest windows end too seldom for a run to see one end: the present one must do.
        heads = {group for group in everything if _is_head(group)}
        if heads <= {group for group, (complete, _) in rows.items() if complete or width_ms == COARSE_MS}:
            last_ms = end_ms
    if not last_ms:
        yield "after the last record: none is complete in all channels"
        return
    # Of members only changes are told: what was told last of those with answers is what holds.
    latest: dict[Group, tuple[int, Numbers]] = {}
    for end_ms, rows in sorted(told.items()):
        latest.update({group: (end_ms, got) for group, (_, got) in rows.items()})
    nothing = Numbers(0, 0, 0, 0)
    for group in sorted(window(last_ms)):
        told_ms, got = latest.get(group, (0, nothing))
        at_ms = max(told_ms, last_ms)
        if not _same(want := _numbers(group, window(at_ms)), got):
            yield f"{at_ms} {group}: last told {got} at {told_ms}, must be {want}"


def _between(
    end_ms: int,
    rows: dict[Group, tuple[bool, Numbers]],
    least: Mapping[Group, Answers],
    most: Mapping[Group, Answers],
) -> Iterator[str]:
    for group, (complete, got) in rows.items():
        if complete:
            low, high = (counts(group[4], side.get(group, [])) for side in (least, most))
            value = astuple(got)[:4]
            if not all(low[place] <= value[place] <= high[place] for place in range(4)):
                yield f"{end_ms} {group}: complete with (n, top, neutral, bad) {value}, must be {low} to {high}"


def _is_head(group: Group) -> bool:
    return group[0] in ("channel", "all") and not group[2]


def _numbers(group: Group, window: Mapping[Group, Answers]) -> Numbers:
    return numbers(group[3], group[4], window.get(group, []))


def _same(want: Numbers, got: Numbers) -> bool:
    for left, right in zip(astuple(want), astuple(got), strict=True):
        if left is None or right is None:
            if left is not right:
                return False
        elif not isclose(left, right, rel_tol=1e-6, abs_tol=1e-6):
            return False
    return True


def _twice(store: Store, truth: Truth, settings: Settings) -> Iterator[str]:
    yield from truth.twice


def _unequal(want: Mapping[Any, Any], got: Mapping[Any, Any], what: str) -> Iterator[str]:
    total = Counter({"rows": len(want)})
    for key in sorted(want.keys() | got.keys(), key=str):
        if want.get(key) != got.get(key):
            yield f"{what} {_short(key)}: {_short(got.get(key))}, must be {_short(want.get(key))} (of {total['rows']})"


def _short(value: Any) -> str:
    return json.dumps(value, default=lambda each: repr(each)[:120])[:400]


_CHECKS: dict[str, Callable[[Store, Truth, Settings], Iterator[str]]] = {
    "the rules": _twice,
    "ledger": _ledger,
    "closed blocks": _closed,
    "panes": _live_panes,
    "tiers": _live_tiers,
    "touchpoints": _touchpoints,
    "late lane": _late_lanes,
    "duplicates": _duplicates,
    "rejected": _rejected,
    "alerts": _alerts,
    "scores": _scores,
}
