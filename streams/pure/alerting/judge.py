"""What each kind of rule makes of an input: which series it touches, and what they say now.

One function a kind; each leaves in the series its verdict, its facts and its reason. What becomes of that is the
engine's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.scales import BAD, SCALES
from streams.pure.alerting import level, page, silence
from streams.pure.alerting.inputs import HEARD, Row, Single, Slice
from streams.pure.alerting.rules import (
    AnyRule,
    BadAnswer,
    Burn,
    Late,
    Level,
    Response,
    RuleBase,
    Silent,
    Worsening,
    key_of,
)  # fmt: skip
from streams.pure.alerting.season import HOUR_MS
from streams.pure.alerting.series import Buckets, Series
from streams.pure.alerting.worsening import Watch
from streams.pure.alerting.worsening import Worsening as Chart

if TYPE_CHECKING:
    from streams.pure.alerting.baseline import Baseline
    from streams.pure.alerting.engine import Engine, Key

LATE_FOR_MS = 60_000
"""How long scores must have been late."""
SURVEYS = ("csat", "ces", "nps")
"""Metrics whose answers an invitation asked for."""

Touched = list[tuple["Key", Series]]


def rows(rule: AnyRule, given: Slice, engine: Engine) -> Touched:
    """A slice under one rule: the series with answers in it."""
    if isinstance(rule, Worsening):
        return _worsening(rule, given, engine)
    if isinstance(rule, Level | Burn):
        return _windows(rule, given, engine)
    if isinstance(rule, Response):
        return _response(rule, given, engine)
    if isinstance(rule, Silent):
        return _heard(rule, given, engine)
    return []


def time(rule: AnyRule, now_ms: int, heard_ms: int, engine: Engine) -> Touched:
    """Time passed under one rule: the series that silence or lateness touches."""
    if isinstance(rule, Silent):
        return _silent(rule, now_ms, engine)
    if isinstance(rule, Late):
        one = engine.series(rule, ())
        if one is None or not heard_ms:
            return []
        behind_s = (now_ms - heard_ms) / 1_000
        if behind_s <= rule.after_s:
            one.verdict, one.seen_ms = -1, 0
        else:
            # Whoever was away catches up within seconds; that is no reason to wake anybody.
            one.seen_ms = one.seen_ms or now_ms
            one.verdict = 1 if now_ms - one.seen_ms >= LATE_FOR_MS else 0
        one.facts = page.Facts(value=behind_s, since_ms=heard_ms, until_ms=now_ms, unit="s")
        one.why = f"heard up to {behind_s:.0f} s ago"
        return [((), one)]
    return []


def single(rule: BadAnswer, given: Single, engine: Engine) -> Touched:
    """One answer at the bad end: an alert of its own, over at once; beyond the cap only counted."""
    row, (point, _) = given.row, given.row.bins[0]
    key = key_of(rule, row.dims())
    if key is None or row.metric != rule.metric or row.scale != rule.scale or not _is_worst(rule, point):
        return []
    if (rule.segments and row.segment not in rule.segments) or (rule.words and not {*rule.words} & {*given.words}):
        return []
    one = engine.series(rule, key)
    if one is None or any(known == given.id for _, known in one.noted):
        return []
    one.noted = [(at, known) for at, known in one.noted if at > given.at_ms - HOUR_MS]
    one.noted.append((given.at_ms, given.id))
    if len(one.noted) > rule.most_an_hour:
        return []
    one.alert, one.verdict = None, 1
    one.facts = page.Facts(
        value=float(point), n=1, bad=1, since_ms=given.at_ms, until_ms=given.at_ms, harm=1.0, unit="points"
    )
    one.why = f"{rule.metric} {point} on {rule.scale}, answer {given.id}"
    return [(key, one)]


def _is_worst(rule: BadAnswer, point: int) -> bool:
    scale = SCALES[rule.scale]
    points = rule.worst or max(1, (scale.high - scale.low + 1) // 5)
    return point < scale.low + points if scale.higher_is_better else point > scale.high - points


# -- worsening and response -----------------------------------------------------------------------------


def stratum_of(rule: Worsening, row: Row) -> str:
    """The name a row's mix is adjusted under."""
    fixed = {name for name, wanted in rule.scope.items() if not isinstance(wanted, list)}
    return "|".join(getattr(row, name) or "-" for name in rule.adjust_for if name not in fixed)


def _worsening(rule: Worsening, given: Slice, engine: Engine) -> Touched:
    counts: dict[Key, dict[str, tuple[int, int]]] = {}
    scale = SCALES[rule.scale]
    for row in given.rows:
        if row.metric != rule.metric or row.scale != rule.scale or (key := key_of(rule, row.dims())) is None:
            continue
        strata, name = counts.setdefault(key, {}), stratum_of(rule, row)
        n, bad = strata.get(name, (0, 0))
        worse = sum(times for point, times in row.bins if scale.box(point) == BAD)
        strata[name] = (n + row.n, bad + worse)
    return _watched(rule, given.start_ms, given.end_ms, counts, engine)


def learn(rule: AnyRule, key: Key, past: Baseline, at_ms: int, engine: Engine) -> None:
    """A series of a worsening rule begins with what history says is normal; of another rule: nothing."""
    if isinstance(rule, Worsening) and (one := engine.series(rule, key)) is not None:
        one.watch = one.watch or Watch(_chart(rule))
        one.watch.inherit(past, at_ms)


def _chart(rule: Worsening | Response) -> Chart:
    return Chart(rule.false_pages_a_month, rule.odds)


def _watched(
    rule: Worsening | Response, start_ms: int, end_ms: int,
    counts: dict[Key, dict[str, tuple[int, int]]], engine: Engine,
) -> Touched:  # fmt: skip
    touched: Touched = []
    for key, strata in counts.items():
        one = engine.series(rule, key)
        if one is None:
            continue
        watch = one.watch = one.watch or Watch(_chart(rule))
        one.seen_ms = end_ms
        reading = watch.slice(start_ms, engine.calendar_of(rule, key).cell(start_ms), strata)
        if reading is None:
            continue
        if not (reading.breach or reading.clear) and one.alert is None:
            one.verdict, one.chance = 0, 1.0
            continue
        one.verdict = 1 if reading.breach else -1 if reading.clear else 0
        one.chance = watch.chance_in_a_day()
        one.facts = page.of_watch(watch, end_ms, rule.severity.ahead_h)
        one.why = (
            f"{reading.bad} bad of {reading.n}, {reading.expected:.1f} expected; "
            f"evidence {reading.evidence:.2f}, threshold {reading.threshold:.2f}"
        )
        touched.append((key, one))
    return touched


def _response(rule: Response, given: Slice, engine: Engine) -> Touched:
    """Hours of invitations: who was asked and did not answer counts as bad. Answers follow within the hour, mostly."""
    ours: list[tuple[Series, Row]] = []
    for row in given.rows:
        if (row.metric != "invitation" and row.metric not in SURVEYS) or (key := key_of(rule, row.dims())) is None:
            continue
        if (one := engine.series(rule, key)) is not None:
            ours.append((one, row))
    ended: dict[Key, dict[str, tuple[int, int]]] = {}
    start_ms = given.start_ms
    for text, one in engine.state.series.get(rule.name, {}).items():
        hour, asked, answered = one.answered
        if hour and hour < given.start_ms // HOUR_MS:
            start_ms, one.answered = hour * HOUR_MS, (0, 0, 0)
            if asked:
                ended[tuple(text.split("|")) if text else ()] = {"": (asked, max(0, asked - answered))}
    for one, row in ours:
        hour, asked, answered = one.answered
        invited = row.n if row.metric == "invitation" else 0
        one.answered = (hour or given.start_ms // HOUR_MS, asked + invited, answered + row.n - invited)
    if not ended:
        return []
    return _watched(rule, start_ms, given.end_ms, ended, engine)


# -- levels ----------------------------------------------------------------------------------------------


def _windows(rule: Level | Burn, given: Slice, engine: Engine) -> Touched:
    metrics = level.metrics_of(rule.number, rule.metric) if isinstance(rule, Level) else (rule.metric,)
    found: dict[Key, Series] = {}
    for row in given.rows:
        if row.metric not in metrics or row.scale != rule.scale or (key := key_of(rule, row.dims())) is None:
            continue
        one = engine.series(rule, key)
        if one is None:
            continue
        found[key] = one
        one.seen_ms = given.end_ms
        one.buckets = one.buckets or [Buckets(length) for length in _lengths(rule)]
        for buckets in one.buckets:
            buckets.add(row.metric, given.start_ms, row.bins)
    touched: Touched = []
    for key, one in found.items():
        moved = [buckets.turned(given.start_ms) for buckets in one.buckets]  # each must be asked
        if not any(moved):
            continue
        if isinstance(rule, Level):
            _level(rule, one, given.end_ms, engine)
        else:
            _burn(rule, one, given.end_ms)
        touched.append((key, one))
    return touched


def _lengths(rule: Level | Burn) -> list[int]:
    if isinstance(rule, Level):
        return [round(rule.window_h * HOUR_MS)]
    return [round(tier.window_h * HOUR_MS) for tier in rule.tiers]


def _level(rule: Level, one: Series, end_ms: int, engine: Engine) -> None:
    metrics = level.metrics_of(rule.number, rule.metric)
    tallies = {metric: one.buckets[0].tally(metric, rule.scale, end_ms) for metric in metrics}
    found = engine.measures[rule.number](tallies, rule.metric, rule.scale)
    broken = level.verdict(found, below=rule.below, above=rule.above, min_n=rule.min_n)
    one.verdict = 0 if broken is None else 1 if broken else -1
    goal = rule.below if rule.below is not None else rule.above
    bad = tallies[metrics[0]].bad
    one.facts = page.Facts(
        value=found.value, baseline=goal, lower=found.lower, upper=found.upper, n=found.n, bad=bad,
        since_ms=end_ms - one.buckets[0].length_ms, until_ms=end_ms, harm=float(bad), unit="",
    )  # fmt: skip
    value, lower, upper = ("none" if one is None else f"{one:.4g}" for one in (found.value, found.lower, found.upper))
    one.why = f"{rule.number} {value} ({lower} to {upper}) of {found.n}, goal {goal:g}"


def _burn(rule: Burn, one: Series, end_ms: int) -> None:
    verdicts: list[bool | None] = []
    for tier, buckets in zip(rule.tiers, one.buckets, strict=True):
        needed = level.bad_share_needed_pct(
            spent_pct=tier.spent_pct, window_h=tier.window_h, period_days=rule.period_days, goal_pct=rule.goal_pct
        )
        long = buckets.tally(rule.metric, rule.scale, end_ms)
        short = buckets.tally(rule.metric, rule.scale, end_ms, buckets.length_ms // 12)
        verdict = level.burning(long, short, needed_pct=needed, min_n=rule.min_n)
        if verdict or not verdicts or not any(verdicts):
            one.facts = page.Facts(
                value=100 * long.bad / long.n if long.n else None, baseline=needed, n=long.n, bad=long.bad,
                since_ms=end_ms - buckets.length_ms, until_ms=end_ms, unit="%",
            )  # fmt: skip
            one.why = f"{long.bad} bad of {long.n} in {tier.window_h:g} h; the tier needs {needed:.1f} %"
        verdicts.append(verdict)
    one.verdict = 1 if True in verdicts else -1 if all(verdict is False for verdict in verdicts) else 0


# -- silence ---------------------------------------------------------------------------------------------


def _heard(rule: Silent, given: Slice, engine: Engine) -> Touched:
    heard: dict[Key, int] = {}
    by_producer = "producer" in rule.scope
    for row in given.rows:
        if row.metric == HEARD and not by_producer:
            continue  # its answers come in rows of their own
        if (key := key_of(rule, row.dims())) is not None:
            heard[key] = heard.get(key, 0) + row.n
    touched: Touched = []
    for key, n in heard.items():
        one = engine.series(rule, key)
        if one is None:
            continue
        one.pulse = one.pulse or silence.Pulse()
        one.pulse.heard(given.start_ms, n, engine.calendar_of(rule, key))
        one.seen_ms = given.end_ms
        if one.alert is not None:
            one.verdict, one.why = -1, "heard again"
            touched.append((key, one))
    return touched


def _silent(rule: Silent, now_ms: int, engine: Engine) -> Touched:
    touched: Touched = []
    known = engine.state.series.get(rule.name, {})
    share = rule.false_pages_a_month / max(1, len(known))
    for text, one in known.items():
        key = tuple(text.split("|")) if text else ()
        pulse, calendar = one.pulse, engine.calendar_of(rule, key)
        if pulse is None or one.alert is not None:
            continue
        pulse.turn(now_ms, calendar)
        if silence.silent(pulse, now_ms, calendar, false_pages_a_month=share, patience_s=rule.patience_s):
            one.verdict = 1
            one.facts = page.Facts(
                value=0.0,
                baseline=round(pulse.expected, 1),
                since_ms=pulse.last_ms,
                until_ms=now_ms,
                harm=pulse.expected,
            )
            one.why = f"silent for {(now_ms - pulse.last_ms) // 60_000} minutes; {pulse.expected:.0f} answers expected"
            touched.append((key, one))
    return touched


def settings_of(rule: RuleBase) -> str:
    """A rule as text: another text is another rule, whose series begin anew."""
    return rule.model_dump_json(exclude={"why", "runbook", "receivers", "mute", "severity", "repeat_h", "shadow"})
