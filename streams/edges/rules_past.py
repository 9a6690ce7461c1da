"""What is normal, learnt from stored history: a rule made today knows the hours of the week tonight.

The rules' own engine reads minutes out of ClickHouse as if they came in now, so whatever is learnt here is learnt just
as it would have been live: frozen while an alarm stands, faded with age.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from streams.edges.rules_history import engine_maker
from streams.edges.settings import Settings
from streams.edges.store import Store
from streams.pure.alerting.engine import Engine, key_from
from streams.pure.alerting.inputs import Past, Row, Slice
from streams.pure.alerting.judge import settings_of
from streams.pure.alerting.rules import RuleFile, Worsening
from streams.pure.alerting.season import DAY_MS

MINUTE_MS = 60_000
KEPT_DAYS = 180
"""Minutes are kept so long; older history is no help anyway: it counts half after eight weeks."""
DIMENSIONS = ("channel", "stage", "touchpoint", "location", "segment")


@dataclass(frozen=True)
class Learnt:
    """What became known of one series.

    Attributes:
        n, days: answers, and the time they came in; what is old counts less.
        hours: hours of the week that were seen.
        why_not: '' if it can be taken over.
    """

    past: Past
    n: float
    days: float
    hours: int
    why_not: str


def learn(
    settings: Settings, rules: RuleFile, since_ms: int, until_ms: int, told: Callable[[str, float], None]
) -> list[Learnt]:
    """What history says is normal, by rule of kind worsening and series.

    Args:
        told: hears which rule is learnt, and how far it is, 0..1.
    Raises:
        Unavailable: ClickHouse does not answer.
    """
    found: list[Learnt] = []
    with Store.connect(settings, answer_timeout_s=600) as store:
        for rule in rules.rules:
            if isinstance(rule, Worsening):
                engine: Engine = engine_maker(rules.model_copy(update={"rules": [rule]}), settings)()
                for slice in _slices(store, rule, since_ms, until_ms, partial(told, rule.name)):
                    engine.handle(slice)
                found += _learnt(rule, engine, until_ms)
    return found


def _learnt(rule: Worsening, engine: Engine, until_ms: int) -> Iterator[Learnt]:
    for text, one in sorted(engine.state.series.get(rule.name, {}).items()):
        if (watch := one.watch) is None:
            continue
        known = watch.bequeath(until_ms)
        why_not = ""
        if watch.learning:
            why_not = "too few answers"
        elif watch.alarming:
            why_not = "got worse and did not recover: it will learn by itself"
        hours = {cell for cells in known.seen.values() for cell in cells}
        past = Past(until_ms, rule.name, settings_of(rule), list(key_from(text)), known)
        yield Learnt(past, known.n, known.days, len(hours), why_not)


def _slices(
    store: Store, rule: Worsening, since_ms: int, until_ms: int, told: Callable[[float], None]
) -> Iterator[Slice]:
    """Minutes with answers, in order; a day at a time, so that memory holds no more."""
    wanted = [name for name in DIMENSIONS if name in rule.scope or name in rule.adjust_for]
    columns = ", ".join(name if name in wanted else f"'' AS no_{name}" for name in DIMENSIONS)
    grouped = ", ".join(["minute", *wanted, "bin"])
    sql = (
        f"SELECT toUnixTimestamp(slice) AS minute, {columns}, bin, sum(n) AS answers FROM panes_1m FINAL "
        "WHERE metric = {metric:String} AND scale = {scale:String} AND respondent = 'customer' "
        "AND slice >= fromUnixTimestamp64Milli({from_ms:Int64}) AND slice < fromUnixTimestamp64Milli({to_ms:Int64}) "
        f"GROUP BY {grouped} HAVING answers > 0 ORDER BY {grouped}"
    )
    for day_ms in range(since_ms - since_ms % MINUTE_MS, until_ms, DAY_MS):
        span = {"from_ms": day_ms, "to_ms": min(day_ms + DAY_MS, until_ms)}
        rows = store.rows(sql, {"metric": rule.metric, "scale": rule.scale, **span})
        for minute, here in groupby(rows, key=lambda row: int(row[0])):
            found = []
            for place, points in groupby(here, key=lambda row: row[1:6]):
                channel, stage, touchpoint, location, segment = (str(name) for name in place)
                bins = [(int(row[6]), int(row[7])) for row in points]
                found.append(Row(channel, stage, touchpoint, location, segment, "", rule.metric, rule.scale, bins))
            yield Slice(minute * 1_000, minute * 1_000 + MINUTE_MS, found)
        told((span["to_ms"] - since_ms) / max(1, until_ms - since_ms))
