"""The receipt of one number: what was counted, where it lies in the log, by which formula, and what changed since.

Read from stored answers counted by slice, not from the number itself: so a receipt can disagree with what a board
showed, and then says why.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from schemas.scales import SCALES
from streams.edges.errors import UserError
from streams.edges.kept import kept_ms
from streams.edges.revisions import Revision, revisions
from streams.edges.store import Store
from streams.pure.formulas import Formula, formula
from streams.pure.scores import Score, Tally, score

FINE_WINDOW_S = 3_600
PLACES = ("touchpoint", "stage", "location", "segment")
"""What a receipt can be narrowed down to; the rolling scores know one of them at a time."""
TIERS = (("panes_10s", 10), ("panes_1m", 60), ("panes_1h", 3_600))
NEAR = 1e-9
"""Two floats that came from the same counts by the same formula differ by less."""


@dataclass(frozen=True, slots=True)
class Point:
    """Answers on one scale point, by lane."""

    point: int
    box: int
    live: int
    late: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Offsets of one partition that answers of the window came from: a block of the ledger."""

    topic: str
    log_id: str
    partition: int
    first_offset: int
    next_offset: int
    closed: bool
    policy: int
    answers: int


@dataclass(slots=True)
class Receipt:
    """One number and all it rests on. Times are ms UTC; the window is [from_ms, as_of_ms)."""

    metric: str
    scale: str
    channel: str
    place: dict[str, str]
    from_ms: int
    as_of_ms: int
    tier: str
    points: list[Point] = field(default_factory=list)
    score: Score = field(default_factory=lambda: Score(Tally()))
    formula: Formula = field(default_factory=lambda: Formula("", "", "", ""))
    live: Score = field(default_factory=lambda: Score(Tally()))
    stretches: list[Origin] = field(default_factory=list)
    complete_until_ms: int | None = None
    stored: dict[str, Any] | None = None
    verdict: str = ""
    revisions: list[Revision] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For machines: plain values."""
        return asdict(self)


def receipts(
    store: Store,
    metric: str,
    *,
    channel: str,
    place: dict[str, str],
    at_ms: int,
    window_s: int,
    now_ms: int,
    live_topic: str,
    scale: str | None = None,
) -> list[Receipt]:
    """A receipt for each scale the metric was asked on in the window: scales never mix.

    Args:
        channel: '' is all channels.
        place: any of PLACES with its member.
        at_ms: the window is the one that ends with the slice in which this lies, as boards show it.
        live_topic: whose partitions say up to when all was heard.
    Raises:
        UserError: nobody answered there, and nothing says on which scale it would have been.
    """
    step_s = 10 if window_s <= FINE_WINDOW_S else 300
    as_of_ms = -(-at_ms // (1_000 * step_s)) * 1_000 * step_s
    from_ms = as_of_ms - 1_000 * window_s
    tier, width_s = _tier(store, from_ms, now_ms)
    wide_from, wide_to = from_ms // (1_000 * width_s), -(-as_of_ms // (1_000 * width_s))
    span = {"from_s": wide_from * width_s, "to_s": wide_to * width_s}
    where, params = _where(metric, channel, place, scale)
    found: dict[str, list[tuple[int, str, int, int, int]]] = defaultdict(list)
    for row in store.rows(
        f"SELECT scale, bin, toString(lane), sum(n), sum(w_micro), sum(w2_micro) FROM {tier} FINAL WHERE {where} "
        "GROUP BY scale, bin, lane HAVING sum(n) > 0 ORDER BY scale, bin, lane",
        {**params, **span},
    ):
        found[str(row[0])].append((int(row[1]), str(row[2]), int(row[3]), int(row[4]), int(row[5])))
    scales = sorted(found) or ([scale] if scale else [])
    if not scales:
        raise UserError(
            f"no {metric} answers of {channel or 'any channel'} are stored in this window: is the name right, and the "
            "time? Silence has a receipt too, with --scale"
        )
    made = []
    for one in scales:
        receipt = Receipt(metric, one, channel, place, span["from_s"] * 1_000, span["to_s"] * 1_000, tier)
        _count(receipt, found.get(one, []))
        if (receipt.from_ms, receipt.as_of_ms) != (from_ms, as_of_ms):
            receipt.notes.append(
                f"10 s slices of that time are not kept any more; counted in slices of {width_s} s of table {tier}, "
                "so the window is wider than was asked for"
            )
        elif tier != "panes_10s":
            receipt.notes.append(f"counted from table {tier}: it does not tell partitions and offsets any more")
        if tier == "panes_10s":
            receipt.stretches = _stretches(store, where, {**params, **span}, one)
        receipt.complete_until_ms = _complete_until_ms(store, live_topic)
        receipt.revisions = revisions(
            store, from_ms=receipt.from_ms, to_ms=receipt.as_of_ms, metric=metric, scale=one, channel=channel,
            touchpoint=place.get("touchpoint", ""),
        )  # fmt: skip
        _compare(store, receipt, window_s=window_s, now_ms=now_ms)
        made.append(receipt)
    return made


def _tier(store: Store, from_ms: int, now_ms: int) -> tuple[str, int]:
    """The finest table that still holds the whole window."""
    for table, width_s in TIERS:
        if from_ms > now_ms - kept_ms(store, table):
            return table, width_s
    return TIERS[-1]


def _where(metric: str, channel: str, place: dict[str, str], scale: str | None) -> tuple[str, dict[str, str]]:
    params = (
        {"metric": metric} | ({"channel": channel} if channel else {}) | ({"scale": scale} if scale else {}) | place
    )
    asked = " AND ".join(f"{name} = {{{name}:String}}" for name in params)
    return (
        f"{asked} AND respondent = 'customer' "
        "AND slice >= toDateTime({from_s:Int64}, 'UTC') AND slice < toDateTime({to_s:Int64}, 'UTC')"
    ), params


def _count(receipt: Receipt, rows: list[tuple[int, str, int, int, int]]) -> None:
    scale = SCALES[receipt.scale]
    lanes: dict[int, dict[str, int]] = defaultdict(lambda: {"live": 0, "late": 0})
    for point, lane, n, _, _ in rows:
        lanes[point][lane] += n
    receipt.points = [Point(point, scale.box(point), **by_lane) for point, by_lane in sorted(lanes.items())]
    tally = Tally.of(scale, [(point, *counts) for point, _, *counts in rows])  # type: ignore[misc]  # three counts
    live = Tally.of(scale, [(point, *counts) for point, lane, *counts in rows if lane == "live"])  # type: ignore[misc]
    receipt.score = score(receipt.metric, receipt.scale, tally)
    receipt.live = score(receipt.metric, receipt.scale, live)
    bins = [(point.point, point.live + point.late) for point in receipt.points]
    receipt.formula = formula(receipt.metric, receipt.scale, bins, receipt.score)


def _stretches(store: Store, where: str, params: dict[str, Any], scale: str) -> list[Origin]:
    found = store.rows(
        f"""
        SELECT l.topic, p.log_id, p.partition, if(l.topic = '', p.block, l.first_offset),
            if(l.topic = '', 0, l.next_offset), l.closed, p.policy, p.answers
        FROM (
            SELECT log_id, partition, block, max(policy) AS policy, sum(n) AS answers FROM panes_10s FINAL
            WHERE {where} AND scale = {{of_scale:String}} AND lane = 'live'
            GROUP BY log_id, partition, block HAVING answers > 0
        ) AS p
        LEFT JOIN (SELECT * FROM ledger FINAL) AS l
            ON p.log_id = l.log_id AND p.partition = l.partition AND p.block = l.block
        ORDER BY l.topic, p.log_id, p.partition, p.block
        """,
        {**params, "of_scale": scale},
    )
    return [
        Origin(str(topic), str(log_id), int(partition), int(first), int(after), bool(closed), int(policy), int(answers))
        for topic, log_id, partition, first, after, closed, policy, answers in found
    ]


def _complete_until_ms(store: Store, live_topic: str) -> int | None:
    """Up to when every partition of the live topic was heard; None: not known."""
    (row,) = store.rows(
        """
        SELECT count(), min(heard) FROM (
            SELECT partition, toUnixTimestamp64Milli(max(heard_until)) AS heard FROM ledger FINAL
            WHERE topic = {topic:String}
              AND log_id = (SELECT argMax(log_id, ledger.stored_at) FROM ledger WHERE topic = {topic:String})
            GROUP BY partition)
        """,
        {"topic": live_topic},
    )
    return int(row[1]) if row[0] else None


def _compare(store: Store, receipt: Receipt, *, window_s: int, now_ms: int) -> None:
    """Beside the receipt the score as `roll` told it: of live answers alone, since late ones came too late for it."""
    if len(receipt.place) > 1:
        receipt.verdict = "no rolling score is kept for this: rolling scores know one of " + ", ".join(PLACES)
        return
    dimension, member = next(iter(receipt.place.items()), ("channel", ""))
    if not receipt.channel:
        if dimension not in ("channel", "touchpoint"):
            receipt.verdict = f"no rolling score of a {dimension} is kept over all channels"
            return
        dimension = "all"
    rows = store.query(
        """
        SELECT n, top, neutral, bad, value, lower, upper, reason, complete,
            toUnixTimestamp64Milli(complete_until) AS complete_until_ms, computed_ms
        FROM scores FINAL
        WHERE window_s = {window_s:UInt32} AND dimension = {dimension:String} AND channel = {channel:String}
          AND member = {member:String} AND metric = {metric:String} AND scale = {scale:String}
          AND as_of = fromUnixTimestamp64Milli({as_of:Int64})
        """,
        {
            "window_s": window_s, "dimension": dimension, "channel": receipt.channel, "member": member,
            "metric": receipt.metric, "scale": receipt.scale, "as_of": receipt.as_of_ms,
        },
    )  # fmt: skip
    if not rows:
        old = receipt.as_of_ms < now_ms - kept_ms(store, "scores")
        why = "rolling scores of that time are not kept any more" if old else "none was computed for this window"
        receipt.verdict = f"no stored score to compare with: {why}"
        return
    receipt.stored = stored = rows[0]
    receipt.verdict = verdict(receipt.live, stored, receipt.score.tally.n)


def verdict(live: Score, stored: dict[str, Any], n_history: int) -> str:
    """Whether the stored score is the one the live answers give now; if not, why it may differ.

    Args:
        live: recomputed from the live lane.
        stored: row of table `scores`.
        n_history: live, late and imported answers together.
    """
    tally = live.tally
    same = (tally.n, tally.top, tally.neutral, tally.bad) == tuple(
        int(stored[name]) for name in ("n", "top", "neutral", "bad")
    ) and all(_near(getattr(live, name), stored[name]) for name in ("value", "lower", "upper"))
    if same:
        more = n_history - tally.n
        return "equal" + (f" (the receipt also counts {more:,} late or imported answers)" if more else "")
    found = f"n {int(stored['n']):,} and not {tally.n:,}"
    if not stored["complete"]:
        return f"differs ({found}) because it was computed before every partition had been heard"
    if int(stored["n"]) > tally.n:
        return f"differs ({found}) because stored answers are fewer than were counted: run `touchpulse reconcile`"
    return f"differs ({found}) because more answers were stored after it was final: run `touchpulse rebuild`"


def _near(a: float | None, b: float | None) -> bool:
    return a is b if a is None or b is None else abs(a - b) <= NEAR * max(1.0, abs(a))
