"""Whether rules can do what they say: before they run, not on the night they are needed.

A rule that can never fire is worse than none: people believe they are watched over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from schemas.answers import RULES
from schemas.names import KnownNames
from schemas.scales import SCALES
from streams.pure.alerting.chart import LEAST_ANSWERS, drift, threshold_for
from streams.pure.alerting.level import bad_share_needed_pct, metrics_of
from streams.pure.alerting.rules import AnyRule, Burn, Level, OnAnswers, Response, RuleFile, Worsening
from streams.pure.alerting.season import DAY_MS
from streams.pure.scores import is_mean

TOO_LATE_DAYS = 7.0
"""A drop that would be found later than this is not found."""
USUAL_SHARE = 0.10
"""Bad share that expectations are told for, where none is known."""
WEEK_MINUTES = 7 * 24 * 60
Level_ = Literal["error", "warning"]


class Finding(msgspec.Struct, frozen=True):
    """Something that will not work as written.

    Attributes:
        path: keys that lead to it in the file, from `rules`.
    """

    level: Level_
    path: tuple[str, ...]
    message: str


class Outlook(msgspec.Struct, frozen=True):
    """What may be expected of a worsening rule at some traffic: 10 % bad grown by the rule's odds."""

    rule: str
    answers_a_month: float
    threshold: float
    answers: float
    hours: float


def check(
    files: Sequence[tuple[str, RuleFile]], *, a_month: float | None = None, receivers: Collection[str] | None = None
) -> dict[str, list[Finding]]:
    """Findings by file; a file without is sound.

    Args:
        files: (name, rules).
        a_month: answers of the quietest series that is to be watched; None: traffic is not judged.
        receivers: names there are; None: names of receivers are not judged.
    """
    found: dict[str, list[Finding]] = {name: [] for name, _ in files}
    names: dict[str, str] = {}
    twins: dict[str, str] = {}
    for file, rules in files:
        for index, rule in enumerate(rules.rules):
            at = ("rules", str(index))
            found[file] += [Finding(level, (*at, *path), text) for level, path, text in _of(rule, a_month)]
            if receivers is not None:
                found[file] += [Finding("error", (*at, *path), text) for path, text in _strangers(rule, receivers)]
            if (other := names.get(rule.name)) is not None and other != file:
                found[file].append(Finding("error", (*at, "name"), f"the name {rule.name!r} is taken in {other}"))
            names.setdefault(rule.name, file)
            twin = rule.model_dump_json(include={"kind", "metric", "scale", "scope", "number", "segments", "words"})
            if twin in twins:
                text = f"watches the same as {twins[twin]!r}: both would page; keep one, or narrow a scope"
                found[file].append(Finding("error", (*at, "scope"), text))
            twins.setdefault(twin, rule.name)
    return found


def outlooks(rules: Iterable[AnyRule], a_month: float) -> list[Outlook]:
    """What to expect of the worsening rules, so that nobody expects more."""
    told: list[Outlook] = []
    for rule in rules:
        if isinstance(rule, Worsening | Response):
            threshold = threshold_for(a_month / rule.false_pages_a_month, USUAL_SHARE, rule.odds)
            answers = threshold / drift(USUAL_SHARE, rule.odds)
            told.append(Outlook(rule.name, a_month, threshold, answers, answers / a_month * 30 * 24))
    return told


Told = tuple[Level_, tuple[str, ...], str]


def _of(rule: AnyRule, a_month: float | None) -> Iterator[Told]:
    if isinstance(rule, OnAnswers):
        yield from _metric(rule)
    if isinstance(rule, Level):
        yield from _goal(rule)
        if a_month is not None and (in_window := a_month / 720 * rule.window_h) < rule.min_n:
            yield (
                "error", ("min_n",),
                f"can never fire: a window of {rule.window_h:g} h gets {in_window:.0f} answers, and {rule.min_n} are "
                f"needed; lengthen the window to {rule.min_n / a_month * 720:.0f} h",
            )  # fmt: skip
    if isinstance(rule, Burn):
        for index, tier in enumerate(rule.tiers):
            needed = bad_share_needed_pct(
                spent_pct=tier.spent_pct, window_h=tier.window_h, period_days=rule.period_days, goal_pct=rule.goal_pct
            )
            if needed >= 100:
                most = 100 / (100 - rule.goal_pct) * tier.window_h / rule.period_days / 24 * 100
                yield (
                    "error", ("tiers", str(index)),
                    f"can never fire: it needs {needed:.0f} % bad answers; at a goal of {rule.goal_pct:g} % "
                    f"spent_pct must be below {most:.2g}, or the window longer",
                )  # fmt: skip
            if a_month is not None and a_month / 720 * tier.window_h < rule.min_n:
                yield "error", ("tiers", str(index)), "can never fire: too few answers in its window for min_n"
    if isinstance(rule, Worsening | Response) and a_month is not None:
        yield from _traffic(rule, a_month)
    yield from _sendings(rule)


def _metric(rule: OnAnswers) -> Iterator[Told]:
    known = {answer.metric.split(".")[0].split("{")[0] for answer in RULES}
    family = rule.metric.split(".")[0]
    if family not in known:
        near = KnownNames(sorted(known)).nearest(family)
        yield "error", ("metric",), f"no event yields {rule.metric!r}" + (f": did you mean {near!r}?" if near else "")
        return
    scales = [answer.scale for answer in RULES if answer.metric.split(".")[0] == family]
    if rule.scale not in scales:
        yield "error", ("scale",), f"{rule.metric} is never on {rule.scale}: use {', '.join(dict.fromkeys(scales))}"


def _goal(rule: Level) -> Iterator[Told]:
    scale = SCALES[rule.scale]
    goal, side = (rule.below, "below") if rule.below is not None else (rule.above, "above")
    assert goal is not None
    if rule.number == "delta" and not rule.metric.startswith("experience."):
        yield "error", ("metric",), "delta is experience - expectation: give metric experience.ASPECT"
        return
    if rule.number == "trust" and not rule.metric.startswith("trust."):
        yield (
            "error",
            ("metric",),
            "trust is asked as trust.integrity, trust.ability, trust.affinity, trust.consistency",
        )
        return
    low, high, better_high = _range(rule)
    if not low < goal < high:
        yield "error", (side,), f"can never fire, or never end: {goal:g} is not between {low:g} and {high:g}"
    if better_high != (side == "below"):
        right = "below" if better_high else "above"
        yield "error", (side,), f"{'more' if better_high else 'less'} is better here ({scale.meaning}): use {right}"


def _range(rule: Level) -> tuple[float, float, bool]:
    """(lowest, highest, whether more is better) of a level's number."""
    scale = SCALES[rule.scale]
    if rule.number == "bad_share":
        return 0.0, 100.0, False
    if rule.number == "net_experience":
        return -100.0, 100.0, True
    if rule.number == "delta":
        return float(scale.low - scale.high), float(scale.high - scale.low), True
    if is_mean(metrics_of(rule.number, rule.metric)[0]):
        return float(scale.low), float(scale.high), scale.higher_is_better
    return (-100.0, 100.0, True) if rule.metric == "nps" else (0.0, 100.0, True)


def _traffic(rule: Worsening | Response, a_month: float) -> Iterator[Told]:
    found = outlooks([rule], a_month)[0]
    if found.hours > TOO_LATE_DAYS * 24:
        yield (
            "warning", ("scope",),
            f"too little traffic: at {a_month:g} answers a month a drop from 10 % is found after {found.answers:.0f} "
            f"answers, {found.hours / 24:.0f} days; widen the scope, or use kind bad_answer",
        )  # fmt: skip
    if a_month / rule.false_pages_a_month < LEAST_ANSWERS:
        yield (
            "warning", ("false_pages_a_month",),
            f"at {a_month:g} answers a month the threshold is that of one false page every {LEAST_ANSWERS:,} answers",
        )  # fmt: skip


def _strangers(rule: AnyRule, receivers: Collection[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Receivers that a rule names and nobody knows."""
    for index, name in enumerate(rule.receivers):
        if name not in receivers:
            near = KnownNames(sorted(receivers)).nearest(name)
            known = f"did you mean {near!r}?" if near else f"there are {', '.join(sorted(receivers))}"
            yield ("receivers", str(index)), f"there is no receiver {name!r}: {known}"


def _sendings(rule: AnyRule) -> Iterator[Told]:
    muted = sum(closes - opens for spans in rule.mute.values() for opens, closes in spans)
    if muted >= WEEK_MINUTES:
        yield "error", ("mute",), "mutes the whole week, so nothing is ever sent: use shadow: true"
    if rule.repeat_h is not None and (rule.severity.only_tickets or isinstance(rule, Burn)):
        yield "warning", ("repeat_h",), "only pages are repeated, and this rule makes tickets"
    if rule.repeat_h is not None and rule.repeat_h * 3_600_000 > DAY_MS * 7:
        yield "warning", ("repeat_h",), "is longer than a week"
