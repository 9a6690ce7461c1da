"""Events with known numbers for the tests of the method: laid down in the store, and counted by plain loops.

Why through the real decoder and the archive's own columns: the SQL reads fields out of the stored JSON, and must be
tried on what is truly stored. The loops here are the second opinion: they look at each event by itself.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from dashboards.macros import Shown, expand
from schemas.answers import Answer
from schemas.decode import Decoder, Event
from schemas.scales import SCALES
from streams.apps.touchpoint_rows import TouchpointRows
from streams.edges.settings import Settings
from streams.edges.store import Store
from streams.pure.method.delta import ASPECTS, Ratings
from streams.pure.method.sources import SOURCES
from streams.pure.scores import Tally
from tests.kit.clickhouse import fresh_database, migrated

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS
END_MS = 1_782_000_000_000 - 1_782_000_000_000 % WEEK_MS
"""A Thursday, 00:00 UTC: end of the time shown."""
SPAN_DAYS = 140
"""Shown by default: so long that counted answers are read by the hour."""
TABLES = ("touchpoints", "panes_1h", "purchases", "targets", "actions")
_decode = Decoder().decode


@dataclass
class Scene:
    """Everything that happened, up to `end_ms`."""

    events: list[Event] = field(default_factory=list)
    end_ms: int = END_MS

    def add(self, kind: str, *, days_ago: float = 1, minutes_ago: int = 0, times: int = 1, **fields: Any) -> None:
        """Events of one kind and moment, whole hours or minutes before the end. Customers only where named."""
        at_ms = self.end_ms - (minutes_ago * 60_000 if minutes_ago else round(days_ago * 24) * HOUR_MS)
        body = {
            "kind": kind,
            "occurred_at": datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(),
            "producer": "scene",
            "channel": "store",
            **{name: value for name, value in fields.items() if value is not None},
        }
        for _ in range(times):
            event = _decode(json.dumps({"event_id": f"e-{len(self.events):06}", **body}).encode())
            assert isinstance(event, Event), event
            self.events.append(event)

    def lay(self, store: Store) -> None:
        """Empties the tables and lays everything down, counted by the hour."""
        for table in TABLES:
            store.command(f"TRUNCATE TABLE {table}")
        self.add_to(store, {"panes_1h": HOUR_MS})

    def add_to(self, store: Store, tiers: Mapping[str, int]) -> None:
        """Lays everything down beside what is there, in these tables of counted answers by their width in ms."""
        rows = TouchpointRows()
        rows.origin("scene", "scene", 0)
        for number, event in enumerate(self.events):
            rows.add(event, "accepted", number, event.occurred_ms)
        if self.events:
            store.insert_columns("touchpoints", rows.columns())
        for tier, width_ms in tiers.items():
            panes = self._panes(width_ms, fine=tier == "panes_10s")
            if panes:
                store.insert_columns(tier, {name: [pane[name] for pane in panes] for name in panes[0]})

    def _panes(self, width_ms: int, *, fine: bool) -> list[dict[str, Any]]:
        counts: dict[tuple[Any, ...], int] = defaultdict(int)
        for event in self.events:
            for answer in event.answers:
                counts[(event.occurred_ms - event.occurred_ms % width_ms, *event.series, *answer)] += 1
        cell = {"log_id": "scene", "partition": 0, "block": 0, "policy": 1} if fine else {}
        return [{**_pane(*key, n=n), **cell} for key, n in counts.items()]

    def shown(self, days: int = SPAN_DAYS) -> list[Event]:
        """Events in the time shown."""
        return [event for event in self.events if END_MS - days * DAY_MS <= event.occurred_ms < END_MS]

    def tallies(
        self, key: Callable[[Event, Answer], Any], *, respondent: str = "customer", days: int = SPAN_DAYS
    ) -> dict[Any, Tally]:
        """Answers of one group in the time shown by a key; None as a key: not counted."""
        bins: dict[Any, list[tuple[str, int]]] = defaultdict(list)
        for event in self.shown(days):
            for answer in event.answers:
                if event.respondent == respondent and (found := key(event, answer)) is not None:
                    bins[found].append(answer[1:])
        return {found: tally(answers) for found, answers in bins.items()}

    def ratings(self, *, respondent: str = "customer", segment: str | None = None) -> Ratings:
        """Answers on rating-1-10 by (family, aspect)."""

        def key(event: Event, answer: Answer) -> tuple[str, str] | None:
            family, _, aspect = answer[0].partition(".")
            return (family, aspect) if answer[1] == "rating-1-10" and segment in (None, event.segment) else None

        return self.tallies(key, respondent=respondent)


def asked(answer: Answer) -> bool:
    """Whether an answer is one to csat, ces or nps."""
    return answer[0] in ("csat", "ces", "nps")


def tally(answers: Iterable[tuple[str, int]]) -> Tally:
    """Counts of (scale id, point), boxes by each one's own scale."""
    n = top = bad = total = squares = 0
    for scale, point in answers:
        box = SCALES[scale].box(point)
        n, top, bad = n + 1, top + (box > 0), bad + (box < 0)
        total, squares = total + point, squares + point * point
    return Tally(n=n, top=top, neutral=n - top - bad, bad=bad, total=total, squares=squares)


def points(scale_id: str, *answers: int) -> Tally:
    """Counts of answers on one scale."""
    return tally((scale_id, point) for point in answers)


def ask(store: Store, sql: str, *, days: int = SPAN_DAYS) -> list[dict[str, Any]]:
    """Rows of a query of the method, as a board that shows this many days up to END_MS would have them."""
    shown = Shown(from_ms=END_MS - days * DAY_MS, to_ms=END_MS, interval_ms=HOUR_MS)
    # Compiling an expression to machine code takes longer than any of these small queries.
    quick = "" if "SETTINGS" in sql else "\nSETTINGS compile_expressions = 0"
    return store.query(expand(sql, shown=shown, values={}) + quick)


def same(found: Sequence[dict[str, Any]], wanted: Sequence[dict[str, Any]]) -> None:
    """Both have the same rows: unknown in the same places, equal to a billionth elsewhere."""
    assert len(found) == len(wanted), (found, wanted)
    for one, other in zip(found, wanted, strict=True):
        assert list(one) == list(other)
        for name, value in one.items():
            expected = other[name]
            if isinstance(value, float) and expected is not None:
                assert value == pytest.approx(expected, rel=1e-9, abs=1e-7), (name, one, other)
            else:
                assert value == expected, (name, one, other)


def _pane(
    slice_ms: int, channel: str, stage: str, touchpoint: str, location: str, segment: str, respondent: str,
    metric: str, scale: str, point: int, *, n: int,
) -> dict[str, Any]:  # fmt: skip
    return {
        "metric": metric, "scale": scale, "channel": channel, "slice": slice_ms, "touchpoint": touchpoint,
        "stage": stage, "location": location, "segment": segment, "respondent": respondent, "bin": point,
        "box": SCALES[scale].box(point), "lane": "live", "n": n, "w_micro": n * 10**6, "w2_micro": n * 10**6,
        "version": 1,
    }  # fmt: skip


def rated(**aspects: tuple[int | None, int | None, int | None]) -> dict[tuple[str, str], Tally]:
    """Forty customers who agree: (experience, expectation, importance) by aspect; None: nobody was asked."""
    return {
        (family, aspect): points("rating-1-10", *[value] * 40)
        for aspect, values in aspects.items()
        for family, value in zip(("experience", "expectation", "importance"), values, strict=True)
        if value is not None
    }


RETAILER: dict[str, tuple[int | None, int | None, int | None]] = {
    "price": (7, 7, None),
    "brand": (7, 7, None),
    "service": (6, None, None),
    "product": (6, 7, None),
    "convenience": (5, 7, 9),
    "relationship": (4, None, None),
}
"""The worked example: an electronics retailer in one shopping street."""


def retailer_ratings() -> dict[tuple[str, str], Tally]:
    """The worked example, as counted answers."""
    return rated(**RETAILER)


@pytest.fixture(scope="session")
def method_store(clickhouse_url: str) -> Iterator[Store]:
    """A store for scenes, one after the other: making its tables takes half a second."""
    with migrated(Settings(clickhouse_url=clickhouse_url, clickhouse_database=fresh_database())) as store:
        yield store


twins = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    # Each try asks the engine: looking for the smallest case that fails would take minutes.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
"""Few examples, each against the real engine: the formulas themselves are tried on many counts at once elsewhere."""


_ten = st.none() | st.integers(1, 10)
DAYS = st.sampled_from([1, 40, 139, 141])
"""Days before the end: within the time shown, at its very beginning, and before it."""
TIMES = st.sampled_from([1, 2, 29, 40])
"""One answer, few, one too few, enough."""
RATINGS = st.fixed_dictionaries(
    {
        "aspect": st.sampled_from(ASPECTS[:3]),
        "experience": st.integers(1, 10),
        "expectation": _ten,
        "importance": _ten,
        "expectation_from": st.none() | st.sampled_from(SOURCES),
        "respondent": st.sampled_from(["customer", "customer", "employee", "manager", "partner"]),
        "segment": st.sampled_from(["loyal", "new"]),
        "touchpoint": st.sampled_from([None, "pay", "find"]),
        "days_ago": DAYS,
        "times": TIMES,
    }
)
"""A rating of any kind, so often."""
SCORES = st.fixed_dictionaries(
    {
        "kind": st.just("csat"),
        "scale": st.just("1-5"),
        "score": st.integers(1, 5),
        "channel": st.sampled_from(["app", "web", "store"]),
        "stage": st.sampled_from([None, "purchase", "use"]),
        "touchpoint": st.sampled_from([None, "pay", "find"]),
        "respondent": st.sampled_from([None, None, None, "employee"]),
        "days_ago": DAYS,
        "times": TIMES,
    }
) | st.fixed_dictionaries(
    {
        "kind": st.just("nps"),
        "score": st.integers(0, 10),
        "channel": st.sampled_from(["app", "web", "store"]),
        "touchpoint": st.sampled_from([None, "pay", "find"]),
        "days_ago": DAYS,
        "times": TIMES,
    }
)
"""An answer to an asked score, so often."""


def scene_of(chosen: list[dict[str, Any]], kind: str = "") -> Scene:
    """A scene of these events; `kind` of those that name none."""
    scene = Scene()
    for one in chosen:
        scene.add(**{"kind": kind, **one})
    return scene
