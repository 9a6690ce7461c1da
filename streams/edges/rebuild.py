"""Counting history again from the answers themselves, and holding it against what is stored: they must be the same.

Each tier is compared in each lane for as long as it keeps its bars. With `apply` what differs is put right:
* a live cell of 10 s only once its block is closed, with a version above any the block's own counting can have:
  what is counted again after a crash stays below it, the next policy's count does not;
* live bars of minutes and hours with the store's clock as version, as every recount of theirs;
* late bars by the recount that writes them anyway.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from streams.edges import rebuild_sql
from streams.edges.errors import UserError
from streams.edges.kept import kept_ms
from streams.edges.lanes import TIER_WIDTHS_S, recount_late
from streams.edges.revisions import FINE_SLICES, KEY
from streams.edges.store import Store

CHUNK_S = 6 * 3_600
"""Compared in one statement; whole hours."""
TRAIL_MS = 30_000
"""Bars that something was stored of so shortly ago may be on their way: answers and cells come by topics of their
own, and minutes are recounted every 10 s."""
MARGIN_MS = 3_600_000
LONGEST_WINDOW_S = 86_400
SHOWN = 50
POLICY_SHIFT = 48
LANES = ("live", "late")


@dataclass(frozen=True, slots=True)
class Difference:
    """A bar that is not what its answers add up to. `tier` is a table; times are ms UTC."""

    tier: str
    lane: str
    slice_ms: int
    channel: str
    stage: str
    touchpoint: str
    location: str
    segment: str
    respondent: str
    metric: str
    scale: str
    bin: int
    box: int
    log_id: str
    partition: int
    block: int
    policy: int
    closed: bool
    block_end: int
    n: int
    w_micro: int
    w2_micro: int
    n_true: int
    w_true_micro: int
    w2_true_micro: int
    folded: bool

    def mendable(self) -> str:
        """Why it cannot be put right here and now; '' if it can."""
        if self.folded:
            return "names were too many in its block, and which of them were counted as `other` only the log tells"
        if self.tier == "panes_10s" and self.lane == "live":
            if self.block < 0 or not self.block_end:
                return "the ledger has no block for it"
            if not self.closed:
                return "its block is still open: `score` will tell it again"
        return ""


@dataclass(slots=True)
class Rebuild:
    """What was compared, what differs, and what was done about it.

    Attributes:
        compared: sentences: which tier and lane, from when to when (ms UTC).
        differences: the first of them; `differing` counts all bars, by tier and lane.
        on_their_way: bars left out because something was stored of them just now.
        scores: final rolling scores that the answers cannot have given.
        mended: bars put right.
        left: (how many, why) of those that were not.
        notes: what could not be compared.
    """

    compared: list[dict[str, Any]] = field(default_factory=list)
    differing: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    on_their_way: int = 0
    scores: list[dict[str, Any]] = field(default_factory=list)
    mended: int = 0
    left: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether everything compared is what its answers add up to."""
        return not (sum(self.differing.values()) or self.scores)


def rebuild(
    store: Store,
    *,
    from_ms: int,
    to_ms: int,
    now_ms: int,
    apply: bool = False,
    told: Callable[[str, float], None] = lambda *_: None,
) -> Rebuild:
    """Compares what is stored of [from, to) with its answers; with `apply` puts right what can be.

    Args:
        told: called with what is done now, and how much of all is done, 0..1.
    Raises:
        UserError: an empty range.
        Unavailable: the store is away; run it again.
    """
    to_ms = min(to_ms, now_ms)
    if from_ms >= to_ms:
        raise UserError("--from must lie before --to, and before now")
    result = Rebuild()
    answers_ms = now_ms - kept_ms(store, "touchpoints") + MARGIN_MS
    jobs = []
    for tier, width_s in TIER_WIDTHS_S.items():
        for lane in LANES:
            # Late answers are kept for years and say themselves which of their bars must still be there.
            oldest_ms = 0 if lane == "late" else max(answers_ms, now_ms - kept_ms(store, tier) + MARGIN_MS)
            first, last = from_ms, to_ms
            if first < oldest_ms:
                first = oldest_ms
                why = "its answers have expired" if oldest_ms == answers_ms else "its bars have expired"
                result.notes.append(f"{tier}, {lane} lane: what is older cannot be rebuilt, {why}")
            width_ms = 1_000 * width_s
            start = first // width_ms * width_s if first == from_ms else -(-first // width_ms) * width_s
            # The last slice as a whole, unless it is not over yet.
            end = (
                -(-last // width_ms) * width_s
                if -(-last // width_ms) * width_ms <= now_ms
                else last // width_ms * width_s
            )
            if start < end:
                jobs.append((tier, width_s, lane, start, end))
            else:
                result.notes.append(f"{tier}, {lane} lane: no whole slice of {width_s} s lies in this time")
    for place, (tier, width_s, lane, start, end) in enumerate(jobs):
        result.compared.append({"tier": tier, "lane": lane, "from_ms": 1_000 * start, "to_ms": 1_000 * end})
        chunks = _chunks(store, tier, lane, start, end)
        for number, chunk in enumerate(chunks):
            told(f"{tier}, {lane} lane", (place + number / len(chunks)) / (len(jobs) + 1))
            low, high = max(start, chunk), min(end, chunk + CHUNK_S)
            _compare(store, result, tier, width_s, lane, low, high, now_ms, apply=apply)
    told("scores", len(jobs) / (len(jobs) + 1))
    _compare_scores(store, result, max(from_ms, answers_ms + 1_000 * LONGEST_WINDOW_S), to_ms)
    return result


def _chunks(store: Store, tier: str, lane: str, start_s: int, end_s: int) -> list[int]:
    """Starts of the pieces of [start, end) in which anything is stored; an imported survey may lie years back."""
    kept = "class = 'accepted'" if lane == "live" else "class IN ('late', 'import')"
    found = store.rows(
        f"SELECT DISTINCT intDiv(toUnixTimestamp(slice), {CHUNK_S}) * {CHUNK_S} AS chunk FROM {tier} "
        f"WHERE lane = '{lane}' AND slice >= toDateTime({{start:Int64}}, 'UTC') "
        "AND slice < toDateTime({end:Int64}, 'UTC') "
        f"UNION ALL SELECT DISTINCT intDiv(toUnixTimestamp64Milli(occurred_at), {1_000 * CHUNK_S}) * {CHUNK_S} "
        f"FROM touchpoints WHERE {kept} AND occurred_at >= toDateTime64({{start:Int64}}, 3, 'UTC') "
        "AND occurred_at < toDateTime64({end:Int64}, 3, 'UTC')",
        {"start": start_s, "end": end_s},
    )
    return sorted({int(row[0]) for row in found})


def _compare(
    store: Store, result: Rebuild, tier: str, width_s: int, lane: str, low: int, high: int, now_ms: int, *, apply: bool
) -> None:
    base = store.now_us()
    span = {"from_s": low, "to_s": high, "fresh_ms": now_ms - kept_ms(store, tier) + MARGIN_MS}
    found: list[Difference] = []
    for row in store.query(rebuild_sql.differences(tier, width_s, lane), span):
        if row.pop("touched_ms") > now_ms - TRAIL_MS:
            result.on_their_way += 1
        else:
            found.append(_difference(tier, lane, row))
    if not found:
        return
    name = f"{tier}, {lane} lane"
    result.differing[name] = result.differing.get(name, 0) + len(found)
    result.differences += found[: SHOWN - len(result.differences)]
    mendable = []
    for one in found:
        if why := one.mendable():
            result.left[why] = result.left.get(why, 0) + 1
        else:
            mendable.append(one)
    if apply and mendable:
        if lane == "late":
            recount_late(store, {one.slice_ms for one in mendable}, why="rebuild")
        else:
            _write_live(store, tier, mendable, base)
        result.mended += len(mendable)


def _difference(tier: str, lane: str, row: dict[str, Any]) -> Difference:
    row["slice_ms"] = int(row.pop("slice").timestamp()) * 1_000
    for name in ("w", "w2", "w_true", "w2_true"):
        row[f"{name}_micro"] = row.pop(name)
    row["closed"], row["folded"] = bool(row["closed"]), bool(row["folded"])
    return Difference(tier=tier, lane=lane, **row)


def _write_live(store: Store, tier: str, bars: list[Difference], base: int) -> None:
    """Told first, as every recount does; then written."""
    number = store.now_us()
    if tier == "panes_10s":
        _tell_live(store, bars, base, number)
    columns: dict[str, list[Any]] = {
        "slice": [one.slice_ms for one in bars],
        **{name: [getattr(one, name) for one in bars] for name in (*rebuild_sql.SERIES.split(", "), "bin", "box")},
        "n": [one.n_true for one in bars],
        "w_micro": [one.w_true_micro for one in bars],
        "w2_micro": [one.w2_true_micro for one in bars],
        "lane": ["live"] * len(bars),
        "version": [number] * len(bars),
    }
    if tier == "panes_10s":
        columns |= {name: [getattr(one, name) for one in bars] for name in ("log_id", "partition", "block", "policy")}
        # One above what the last record of its block can give.
        columns["version"] = [(one.policy << POLICY_SHIFT) | (one.block_end + 1) for one in bars]
    store.insert_columns(tier, columns)


def _tell_live(store: Store, bars: list[Difference], base: int, number: int) -> None:
    """What the bars were and become, added up over the blocks that share them."""
    many = len({one.slice_ms for one in bars}) > FINE_SLICES
    width_s = 3_600 if many else 10
    changed: dict[tuple[Any, ...], list[int]] = {}
    for one in bars:
        start_ms = one.slice_ms // (1_000 * width_s) * 1_000 * width_s
        key = (start_ms, width_s, one.channel, "" if many else one.touchpoint, one.metric, one.scale, "live")
        sums = changed.setdefault(key, [0, 0, 0])
        for index, counts in enumerate((True, one.box > 0, one.box < 0)):
            sums[index] += one.n_true - one.n if counts else 0
    inside = f"intDiv(toUnixTimestamp(slice), {width_s}) * {width_s} IN {{starts:Array(Int64)}}"
    place = "''" if many else "touchpoint"
    now = {
        (int(start) * 1_000, width_s, *names, "live"): (int(n), int(top), int(bad))
        for start, *names, n, top, bad in store.rows(
            f"SELECT intDiv(toUnixTimestamp(slice), {width_s}) * {width_s} AS start, channel, {place} AS place, "
            "metric, scale, sum(n), sumIf(n, box = 1), sumIf(n, box = -1) FROM panes_10s FINAL "
            f"WHERE lane = 'live' AND {inside} GROUP BY start, channel, place, metric, scale",
            {"starts": sorted({key[0] // 1_000 for key in changed})},
        )
    }
    table: dict[str, list[Any]] = defaultdict(list)
    for key, more in changed.items():
        was = now.get(key, (0, 0, 0))
        if any(more):
            for name, value in zip(KEY.split(", "), key, strict=True):
                table[name].append(value)
            for name, before, add in zip(("n", "top", "bad"), was, more, strict=True):
                table[f"{name}_before"].append(before)
                table[name].append(before + add)
            table["why"].append("rebuild")
            table["base"].append(base)
            table["version"].append(number)
    if table:
        store.insert_columns("revisions", table)


def _compare_scores(store: Store, result: Rebuild, from_ms: int, to_ms: int) -> None:
    if from_ms >= to_ms:
        result.notes.append("scores: their answers have expired")
        return
    span = {"from_s": from_ms // 1_000, "to_s": to_ms // 1_000}
    (folded,) = store.rows(
        "SELECT count() FROM panes_10s FINAL WHERE lane = 'live' AND touchpoint = 'other' AND stage = '' "
        "AND location = '' AND segment = '' AND slice >= toDateTime({begin_s:Int64}, 'UTC') "
        "AND slice < toDateTime({to_s:Int64}, 'UTC')",
        {**span, "begin_s": span["from_s"] - LONGEST_WINDOW_S},
    )[0]
    only = "WHERE dimension IN ('channel', 'all') AND member = '' AND channel != 'other'" if folded else ""
    if folded:
        result.notes.append("scores of single touchpoints, places and segments: some names were counted as `other`")
    result.scores = store.query(
        f"SELECT * FROM ({rebuild_sql.scores()}) {only} ORDER BY as_of_s, window_s LIMIT {SHOWN}",
        {**span, "begin_s": span["from_s"] - LONGEST_WINDOW_S},
    )
