"""The numbers of an alert as they are now: counted again from the store, to stand beside what they were.

An alert rests on what the stream had heard by then, by arrival. History counts answers by when they happened, and
goes on changing: late and imported ones come in. Both are true; the difference is what a reader wants to see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.scales import SCALES
from streams.edges.alert_records import Step, Story
from streams.edges.kept import kept_ms
from streams.edges.receipt import TIERS
from streams.edges.revisions import Revision, revisions
from streams.edges.store import Store
from streams.pure.intervals import wilson
from streams.pure.scores import Tally, score

COUNTED = ("worsening", "level", "burn")
"""Kinds whose numbers are of answers in a span of time."""
PLACES = ("channel", "stage", "touchpoint", "location", "segment")
SLICE_MS = 10_000
NEAR_MS = 24 * 3_600_000
"""Actions so shortly before an alert are told with it."""


@dataclass(frozen=True, slots=True)
class Recount:
    """What the store says of the time an alert rests on.

    Attributes:
        from_ms, to_ms: span counted, [from, to); whole slices, so a little wider than the alert's own.
        table: slices counted; finer ones are let go of after days.
        n, bad: answers; `late` of them too late for the alert, or imported.
        share_pct, lower_pct, upper_pct: bad ones, with the 95 % interval; None without answers.
        value, value_lower, value_upper: the score, as boards show it.
        revised: what became known of the span after the alert was told.
    """

    from_ms: int
    to_ms: int
    table: str
    n: int
    bad: int = 0
    late: int = 0
    share_pct: float | None = None
    lower_pct: float | None = None
    upper_pct: float | None = None
    value: float | None = None
    value_lower: float | None = None
    value_upper: float | None = None
    revised: list[Revision] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Nearby:
    """An action that began to work shortly before an alert."""

    at_ms: int
    what: str
    channel: str
    touchpoint: str


def told_step(story: Story) -> Step | None:
    """The step whose numbers people were told first; else the first one with numbers; None: it had none."""
    with_numbers = [step for step in story.steps if step.until_ms]
    return next((step for step in with_numbers if step.send), with_numbers[0] if with_numbers else None)


def recount(store: Store, story: Story, now_ms: int) -> Recount | None:
    """The numbers of the step people were told first, counted again; None where there is nothing to count."""
    step, episode = told_step(story), story.episode
    if step is None or step.until_ms <= step.since_ms:
        return None
    if episode.kind == "silent":
        return _heard(store, story, step)
    if episode.kind not in COUNTED or episode.scale not in SCALES:
        return None
    table, width_ms = next(
        ((name, 1_000 * width_s) for name, width_s in TIERS if step.since_ms > now_ms - kept_ms(store, name)),
        (TIERS[-1][0], 1_000 * TIERS[-1][1]),
    )
    from_ms = step.since_ms // width_ms * width_ms
    to_ms = -(-step.until_ms // width_ms) * width_ms
    where, params = _inside(episode.scope)
    rows = store.rows(
        f"""
        SELECT bin, toString(lane), sum(n), sum(w_micro), sum(w2_micro) FROM {table} FINAL
        WHERE metric = {{metric:String}} AND scale = {{scale:String}} AND respondent = 'customer' AND {where}
          AND slice >= toDateTime({{from_s:Int64}}, 'UTC') AND slice < toDateTime({{to_s:Int64}}, 'UTC')
        GROUP BY bin, lane HAVING sum(n) > 0 ORDER BY bin, lane
        """,
        {
            **params,
            "metric": episode.metric,
            "scale": episode.scale,
            "from_s": from_ms // 1_000,
            "to_s": to_ms // 1_000,
        },
    )
    bins = [(int(row[0]), int(row[2]), int(row[3]), int(row[4])) for row in rows]
    tally = Tally.of(SCALES[episode.scale], bins)
    found, band = score(episode.metric, episode.scale, tally), wilson(tally.bad, tally.n)
    told = revisions(
        store, from_ms=from_ms, to_ms=to_ms, metric=episode.metric, scale=episode.scale,
        channel=_single(episode.scope, "channel"), touchpoint=_single(episode.scope, "touchpoint"),
    )  # fmt: skip
    return Recount(
        from_ms, to_ms, table, tally.n, tally.bad, sum(int(row[2]) for row in rows if row[1] == "late"),
        100 * tally.bad / tally.n if tally.n else None, 100 * band[0] if band else None,
        100 * band[1] if band else None, found.value, found.lower, found.upper,
        [one for one in told if one.revised_ms > step.at_ms],
    )  # fmt: skip


def _heard(store: Store, story: Story, step: Step) -> Recount:
    """What was sent in the time of a silence after all: a till that was offline tells it when it is back."""
    where, params = _inside(story.episode.scope, "producer")
    from_ms = step.since_ms + SLICE_MS  # the slice it was heard in last
    (row,) = store.rows(
        f"""
        SELECT count(), countIf(class = 'late') FROM touchpoints FINAL
        WHERE class != 'test' AND {where} AND occurred_at >= fromUnixTimestamp64Milli({{from:Int64}})
          AND occurred_at < fromUnixTimestamp64Milli({{to:Int64}})
        """,
        {**params, "from": from_ms, "to": step.until_ms},
    )
    return Recount(from_ms, step.until_ms, "touchpoints", int(row[0]), late=int(row[1]))


def actions_near(store: Store, story: Story) -> list[Nearby]:
    """Actions, releases, notes of the day before the alert's numbers end, of its channel and touchpoint or of all."""
    step = told_step(story)
    if step is None:
        return []
    rows = store.rows(
        """
        SELECT toUnixTimestamp64Milli(at), what, channel, touchpoint FROM (
          SELECT at, what, channel, touchpoint, removed FROM actions FINAL
          UNION ALL
          SELECT at, what, channel, touchpoint, removed FROM marks FINAL
        )
        WHERE NOT removed AND at > fromUnixTimestamp64Milli({from:Int64}) AND at <= fromUnixTimestamp64Milli({to:Int64})
          AND ({channel:String} = '' OR channel IN ('', {channel:String}))
          AND ({touchpoint:String} = '' OR touchpoint IN ('', {touchpoint:String}))
        ORDER BY at DESC, what
        """,
        {
            "from": step.since_ms - NEAR_MS, "to": step.until_ms,
            "channel": _single(story.episode.scope, "channel"),
            "touchpoint": _single(story.episode.scope, "touchpoint"),
        },
    )  # fmt: skip
    return [Nearby(*row) for row in rows]


def _single(scope: Mapping[str, str], dimension: str) -> str:
    name = scope.get(dimension, "")
    return "" if ", " in name else name


def _inside(scope: Mapping[str, str], *more: str) -> tuple[str, dict[str, Any]]:
    """Condition on the dimensions of a scope; a list of names is written with commas."""
    params: dict[str, Any] = {}
    for dimension in (*PLACES, *more):
        if name := scope.get(dimension):
            params[f"in_{dimension}"] = sorted({name, *name.split(", ")})
    return " AND ".join(["1", *(f"{name[3:]} IN {{{name}:Array(String)}}" for name in params)]), params
