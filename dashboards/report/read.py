"""What a report needs of the store: two periods, counted alike, and the seven steps made of them.

Why its ends are whole hours: answers of older times are kept by the hour, and a period that cut one in two would count
answers and purchases differently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dashboards import sql
from dashboards.macros import Shown, Values, expand
from dashboards.method_sql import report as of
from dashboards.method_sql.source import ANYWHERE
from dashboards.pipeline_sql import FRESHNESS
from schemas.scales import SCALES
from streams.edges.errors import UserError
from streams.edges.store import Store
from streams.pure.method.evidence import UNKNOWN, Estimate, beyond_chance, difference, scored
from streams.pure.method.ideal import Ideal
from streams.pure.method.report import Fit, Period, SevenSteps, seven_steps
from streams.pure.scores import Tally

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
PATIENCE_MS = 60_000
"""Counted to within this is complete: every source is always some seconds behind."""
Verdict = Literal["better", "worse", "chance", "few", "unknown"]


@dataclass(frozen=True, slots=True)
class Span:
    """[from, to) in ms UTC, both whole hours."""

    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class ChannelScore:
    """One score of one channel, now and before, in its own unit. `change`: unknown where either is."""

    channel: str
    metric: str
    scale: str
    now: Estimate
    before: Estimate

    @property
    def change(self) -> Estimate:
        """Now minus before."""
        return difference(self.now, self.before)

    @property
    def verdict(self) -> Verdict:
        """Whether it moved, and which way; less effort is better."""
        return verdict(self.change, higher_is_better=SCALES[self.scale].higher_is_better)


@dataclass(frozen=True, slots=True)
class Sales:
    """Purchases with an amount in one currency; None: none."""

    now: float | None
    before: float | None
    now_n: int
    before_n: int


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report says.

    Attributes:
        channel: '' is all.
        ideals: as decided, by aspect; what is not here was not decided.
        hidden: touchpoints behind the key experience of too few customers to be shown ('': not named).
        sales: by currency.
        answers: answers to CSAT, CES and NPS and ratings counted (now, before).
        hide_under: customers under which a touchpoint is hidden.
        counted_ms: every source is counted until then; None: all of the period is, or it is not known.
    """

    now: Span
    before: Span
    channel: str
    steps: SevenSteps
    ideals: Mapping[str, Ideal]
    hidden: tuple[str, ...]
    scores: tuple[ChannelScore, ...]
    sales: Mapping[str, Sales]
    answers: tuple[int, int]
    hide_under: int
    counted_ms: int | None

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is known of the period."""
        steps = self.steps
        came = any(one.part.value is not None for one in steps.brand_value)
        return not (self.answers[0] or came or any(one.now is not None for one in self.sales.values()))


def spans(from_ms: int, to_ms: int, before_ms: int | None = None) -> tuple[Span, Span]:
    """The period and the one it is held against, of equal length, moved out to whole hours.

    Args:
        before_ms: start of the other; None: it ends where the period begins.
    Raises:
        UserError: the period has no length, or the other one runs into it.
    """
    if from_ms >= to_ms:
        raise UserError("--from must lie before --to")
    now = Span(from_ms - from_ms % HOUR_MS, to_ms + -to_ms % HOUR_MS)
    length_ms = now.to_ms - now.from_ms
    start_ms = now.from_ms - length_ms if before_ms is None else before_ms - before_ms % HOUR_MS
    if start_ms + length_ms > now.from_ms:
        raise UserError("--before: the period before is as long as this one, and must end before it begins")
    return now, Span(start_ms, start_ms + length_ms)


def read(
    store: Store,
    now: Span,
    before: Span,
    *,
    now_ms: int,
    channel: str = "",
    fit: Fit | None = None,
    hide_under: int,
) -> Report:
    """Counts both periods and takes the seven steps. A period without answers gives a report without numbers.

    Args:
        now_ms: the clock, which tells whether the period may still be incomplete.
        channel: '' is all.
    Raises:
        UserError: nothing ever came from a channel of this name; names those that are known.
        As `Store.query`.
    """
    if channel:
        _check(store, channel)
    where = "channel = ${channel:sqlstring}" if channel else ANYWHERE
    values: Values = {"channel": channel, "hide_under": str(hide_under)}

    def ask(text: str, span: Span) -> list[dict[str, Any]]:
        shown = Shown(from_ms=span.from_ms, to_ms=span.to_ms, interval_ms=HOUR_MS)
        return store.query(expand(text, shown=shown, values=values))

    def rated(span: Span) -> dict[tuple[str, str], Tally]:
        return {(row["family"], row["aspect"]): tally(row) for row in ask(of.ratings(where), span)}

    behind = ask(of.experience_at(where), now)
    paid, paid_before = (_by_currency(ask(of.sales(where), span)) for span in (now, before))
    period = Period(
        reasons={row["reason"]: row["came"] for row in ask(of.given(where), now)},
        ratings=rated(now),
        importance=None,
        experience_at={(row["aspect"], row["touchpoint"]): tally(row) for row in behind if not row["secret"]},
        sales={currency: amount for currency, (amount, _) in paid.items()},
    )
    # Of the period before only what is held against this one.
    earlier = Period({}, rated(before), None, {}, {currency: amount for currency, (amount, _) in paid_before.items()})
    ideals = _ideals(ask(of.IDEALS, now))
    steps = seven_steps(period, earlier, ideals, fit)
    scores = _scores(ask(of.scores(where), now), ask(of.scores(where), before))
    return Report(
        now=now,
        before=before,
        channel=channel,
        steps=steps,
        ideals=ideals,
        hidden=tuple(row["touchpoint"] for row in behind if row["secret"] and _is_key(steps, row["aspect"])),
        scores=scores,
        sales={
            currency: Sales(*both, paid.get(currency, (0, 0))[1], paid_before.get(currency, (0, 0))[1])
            for currency, both in steps.sales.items()
        },
        answers=(
            sum(one.now.n for one in scores) + sum(one.n for one in period.ratings.values()),
            sum(one.before.n for one in scores) + sum(one.n for one in earlier.ratings.values()),
        ),
        hide_under=hide_under,
        counted_ms=_counted_ms(store, now, now_ms),
    )


def tally(row: Mapping[str, Any]) -> Tally:
    """Counted answers of a row with the columns `report.COUNTS`."""
    n, top, bad, total, squares = (int(row[f"all_{name}"]) for name in of.COUNTS)
    return Tally(n=n, top=top, neutral=n - top - bad, bad=bad, total=total, squares=squares)


def verdict(change: Estimate, *, higher_is_better: bool = True) -> Verdict:
    """What a change says."""
    if change.value is None:
        return "unknown"
    if change.reason:
        return "few"
    if not beyond_chance(change):
        return "chance"
    return "better" if (change.value > 0) == higher_is_better else "worse"


def _by_currency(rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[float, int]]:
    return {row["currency"]: (float(row["amount"]), int(row["paid"])) for row in rows}


def _ideals(rows: Sequence[Mapping[str, Any]]) -> dict[str, Ideal]:
    return {row["aspect"]: "as_it_is" if row["words"] == "as_it_is" else int(row["value"]) for row in rows}


def _is_key(steps: SevenSteps, aspect: str) -> bool:
    return steps.key is not None and steps.key.aspect == aspect


def _scores(now: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]]) -> tuple[ChannelScore, ...]:
    """By channel, then in the order readers know: CSAT, CES, NPS."""

    def found(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str, str], Estimate]:
        return {
            (row["channel"], row["metric"], row["on_scale"]): scored(row["metric"], row["on_scale"], tally(row))
            for row in rows
        }

    here, there = found(now), found(before)
    places = list(sql.LABELS)
    keys = sorted({*here, *there}, key=lambda key: (key[0], places.index(key[2]) if key[2] in places else 99, key))
    return tuple(ChannelScore(*key, here.get(key, UNKNOWN), there.get(key, UNKNOWN)) for key in keys)


def _check(store: Store, channel: str) -> None:
    known = [row[0] for row in store.rows("SELECT name FROM names FINAL WHERE dimension = 'channel' ORDER BY name")]
    if known and channel not in known:
        raise UserError(f"--channel: nothing ever came from {channel!r}; known: {', '.join(known)}")


def _counted_ms(store: Store, span: Span, now_ms: int) -> int | None:
    """Up to when every source is counted, where that is before the end of the period, as far as it is over."""
    end_ms = min(span.to_ms, now_ms)
    if span.to_ms <= now_ms - DAY_MS:
        return None  # what comes a day late is told as a revision
    shown = Shown(from_ms=end_ms - DAY_MS, to_ms=end_ms)
    counted_ms = next((int(row["shown"]) for row in store.query(expand(FRESHNESS, shown=shown, values={}))), end_ms)
    return counted_ms if counted_ms < end_ms - PATIENCE_MS else None
