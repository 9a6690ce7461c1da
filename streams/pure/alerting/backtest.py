"""Rules on history: what they would have paged, and how soon they would have found drops that never were.

The same engine in event time; nothing is simulated but the drops. A drop begins when half of the answers are in: what
is before is what the rules learn from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from schemas.scales import BAD, SCALES
from streams.pure.alerting.engine import Engine, Step
from streams.pure.alerting.replay import SLICE_MS, Answered, Drop, replay
from streams.pure.alerting.rules import AnyRule, RuleFile, Worsening, key_of
from streams.pure.alerting.season import DAY_MS

POINTS = (5.0, 10.0, 20.0)
OF_SIGNALS = frozenset({"silent", "response", "late", "heartbeat"})
"""Kinds about when something is heard: a file of answers says nothing of that."""
LEAST_ANSWERS = 200
"""Series with fewer answers before the drop learn still: they are told as such, not as missed."""

Key = tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """One sending, as reports show it. `severity`: page or ticket; `shadow`: nobody would have been told."""

    rule: str
    scope: dict[str, str]
    at_ms: int
    severity: str
    value: float | None
    baseline: float | None
    n: int
    reason: str
    shadow: bool
    members: int


@dataclass(frozen=True)
class Detection:
    """How one rule found drops of one size.

    Attributes:
        series: series with enough answers to be judged.
        found, missed: of them.
        learning: further series that had too few answers before.
        answers, minutes: from the drop to the alert, median over those found; None if none was.
    """

    rule: str
    points: float
    series: int
    found: int
    missed: int
    learning: int
    answers: float | None
    minutes: float | None


@dataclass
class Report:
    """The whole of it."""

    events: int
    from_ms: int
    to_ms: int
    pages: list[Told] = field(default_factory=list)
    detections: list[Detection] = field(default_factory=list)

    @property
    def weeks(self) -> float:
        """Length of the history; at least one day."""
        return max(self.to_ms - self.from_ms, DAY_MS) / (7 * DAY_MS)

    @property
    def pages_a_week(self) -> float:
        """Pages that would have woken somebody, a week."""
        return sum(page.severity == "page" and not page.shadow for page in self.pages) / self.weeks


def difference(before: Sequence[Told], after: Sequence[Told]) -> tuple[list[Told], list[Told]]:
    """(alerts that start, alerts that stop) with other rules; one that is told at another time is the same alert.

    Two of a rule and scope are the same if they lie within a day of each other.
    """

    def without(these: Sequence[Told], those: Sequence[Told]) -> list[Told]:
        def known(page: Told) -> bool:
            return any(
                other.rule == page.rule and other.scope == page.scope and abs(other.at_ms - page.at_ms) < DAY_MS
                for other in those
            )

        return [page for page in these if not known(page)]

    return without(after, before), without(before, after)


def backtest(
    rules: RuleFile, events: Sequence[Answered], *, make: Callable[[], Engine] | None = None,
    slice_ms: int = SLICE_MS, drops: bool = True, told: Callable[[str, float], None] | None = None,
) -> Report:  # fmt: skip
    """Replays history, then again with each drop.

    Args:
        events: in order of time.
        make: makes the engine; None: without a catalogue.
        drops: whether drops are tried.
        told: hears what is done and how far it is, 0..1.
    """
    engine = make or (lambda: Engine(rules))
    if not events:
        return Report(0, 0, 0)
    first_ms, last_ms = events[0].at_ms, events[-1].at_ms + 1
    report = Report(len(events), first_ms, last_ms)

    def hear(what: str) -> Callable[[int], None]:
        span = max(1, last_ms - first_ms)
        return lambda at_ms: told(what, min(1.0, (at_ms - first_ms) / span)) if told else None

    heartbeats = {rule.name for rule in rules.rules if rule.kind in ("heartbeat", "late")}
    as_it_was = list(replay(engine(), events, slice_ms, hear("as it was")))
    report.pages = [page for step in as_it_was if (page := _told(step)) and page.rule not in heartbeats]
    watched = [rule for rule in rules.rules if isinstance(rule, Worsening)]
    if drops and watched:
        middle_ms = events[len(events) // 2].at_ms
        before = _first(as_it_was, middle_ms)
        for points in POINTS:
            drop = Drop(points, middle_ms, _usual(events))
            dropped = list(drop.into(events))
            steps = replay(engine(), dropped, slice_ms, hear(f"with a drop of {points:g} points"))
            found = _first(list(steps), middle_ms)
            report.detections += [_detection(rule, points, dropped, middle_ms, found, before) for rule in watched]
    return report


def _told(step: Step) -> Told | None:
    page = step.page
    if page is None or page.send not in ("page", "ticket"):
        return None
    return Told(
        page.rule, page.scope, page.at_ms, page.send, page.value, page.baseline, page.n, page.reason, page.shadow,
        max(1, len(page.members)),
    )  # fmt: skip


def _usual(events: Sequence[Answered]) -> dict[tuple[str, str], float]:
    answers, bad = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for event in events:
        for metric, scale, point in event.answers:
            answers[metric, scale] += 1
            bad[metric, scale] += SCALES[scale].box(point) == BAD
    return {place: bad[place] / n for place, n in answers.items()}


def _first(steps: Sequence[Step], since_ms: int) -> dict[tuple[str, Key], int]:
    """When each series first fired after a moment, paged or held."""
    found: dict[tuple[str, Key], int] = {}
    for step in steps:
        change = step.change
        if change.state == "firing" and change.before == "pending" and change.at_ms >= since_ms:
            found.setdefault((change.rule, change.key), change.at_ms)
    return found


def _detection(
    rule: Worsening, points: float, events: Sequence[Answered], middle_ms: int,
    found: dict[tuple[str, Key], int], before: dict[tuple[str, Key], int],
) -> Detection:  # fmt: skip
    learnt: Counter[Key] = Counter()
    after: dict[Key, list[int]] = {}
    for event in events:
        key = _key(rule, event)
        if key is None:
            continue
        n = sum(answer[0] == rule.metric and answer[1] == rule.scale for answer in event.answers)
        if event.at_ms < middle_ms:
            learnt[key] += n
        else:
            after.setdefault(key, []).extend([event.at_ms] * n)
    judged = [key for key, n in sorted(learnt.items()) if n >= LEAST_ANSWERS and after.get(key)]
    answers: list[int] = []
    minutes: list[float] = []
    for key in judged:
        at_ms = found.get((rule.name, key))
        # What would have fired without the drop no later is no proof that the drop was found.
        if at_ms is None or before.get((rule.name, key), at_ms + 1) <= at_ms:
            continue
        answers.append(sum(at < at_ms for at in after[key]))
        minutes.append((at_ms - middle_ms) / 60_000)
    return Detection(
        rule.name, points, len(judged), len(answers), len(judged) - len(answers), len({*learnt, *after}) - len(judged),
        _median(answers), _median(minutes),
    )  # fmt: skip


def _key(rule: AnyRule, event: Answered) -> Key | None:
    return key_of(
        rule,
        {
            "channel": event.channel, "stage": event.stage, "touchpoint": event.touchpoint,
            "location": event.location, "segment": event.segment, "producer": event.producer,
        },
    )  # fmt: skip


def _median(numbers: Sequence[float]) -> float | None:
    ranked = sorted(numbers)
    return ranked[len(ranked) // 2] if ranked else None
