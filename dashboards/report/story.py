"""A report as sections of sentences, tables and pictures, before it becomes a file of any kind.

Why between the numbers and the files: HTML and Markdown must say the same, in the same order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboards.panel import Tone
from dashboards.report import figures
from dashboards.report.figures import Figure
from dashboards.report.numbers import FORMS, WISHED, Cell, amount, cell, moment, sold, told, verdict_cell
from dashboards.report.read import Report, verdict
from dashboards.report.words import Language, Words
from streams.pure.method.delta import Delta
from streams.pure.method.evidence import FEW

FITS = ("strategy", "people", "process", "technology")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head; the first cell of a row names it."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with what stands under it, in this order.

    Attributes:
        said: pairs of a name and words written by people.
    """

    heading: str
    lead: str = ""
    points: tuple[str, ...] = ()
    said: tuple[tuple[str, str], ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """A whole report in one language.

    Attributes:
        about: which time and whose answers. warnings: what a reader must know before the first number.
    """

    language: Language
    title: str
    about: tuple[str, ...]
    warnings: tuple[str, ...]
    sections: tuple[Section, ...]


def story(report: Report, language: Language) -> Story:
    """All of it. A period without data has every heading, and says under each that there is nothing."""
    r, w = report, Words(language)
    about = (
        w("span", from_=moment(r.now.from_ms), to=moment(r.now.to_ms)),
        w("against", from_=moment(r.before.from_ms), to=moment(r.before.to_ms)),
        w("of_channel", name=r.channel) if r.channel else w("of_all"),
        w("rests_on", now=f"{r.answers[0]:,}", before=f"{r.answers[1]:,}"),
    )
    warnings = [w("empty")] if r.is_empty else []
    warnings += [w("not_complete", at=moment(r.counted_ms))] if r.counted_ms is not None else []
    return Story(language, w("title"), about, tuple(warnings), tuple(make(r, w) for make in SECTIONS))


def in_short(r: Report, w: Words) -> Section:
    """What somebody reads who reads nothing else."""
    key, mend, points = r.steps.key, r.steps.mend, []
    if key is None:
        points.append(w("short_no_key"))
    else:
        names = ("experience", "expectation", "satisfaction", "importance", "weighted")
        points.append(
            w("short_key", aspect=w(key.aspect), **{name: told(w, getattr(key, name), FORMS[name]) for name in names})
        )
    if mend is not None and mend != key:
        points.append(w("short_mend", aspect=w(mend.aspect), weighted=told(w, mend.weighted, FORMS["weighted"])))
    for gap in r.steps.ideal:
        if key is not None and gap.aspect == key.aspect and gap.ideal is not None:
            ideal = FORMS["experience"].write(gap.ideal)
            points.append(w("short_gap", ideal=ideal, gap=told(w, gap.gap, FORMS["gap"])))
    worst = next((cause for cause in r.steps.causes if cause.experience.n >= FEW), None)
    if worst is not None:
        name = worst.touchpoint or w("not_named")
        points.append(w("short_cause", touchpoint=name, experience=told(w, worst.experience, FORMS["experience"])))
    points.append(_moved(r, w))
    if r.sales:
        what = w("semicolon").join(sold(w, currency, one) for currency, one in r.sales.items())
        points.append(w("short_sales", what=what))
    return Section(w("short"), points=tuple(points))


def why_they_come(r: Report, w: Words) -> Section:
    """Step 1."""
    heading, lead = w("step_1"), w("step_1_why")
    known = [one for one in r.steps.brand_value if one.part.value is not None]
    if not known:
        return Section(heading, lead, (w("step_1_none"),))
    known.sort(key=lambda one: -(one.part.value or 0))
    rows = tuple((Cell(w(one.aspect)), cell(w, one.part, FORMS["share"])) for one in known)
    return Section(
        heading, lead, figures=(figures.reasons(known, w),), tables=(Table((w("aspect"), w("share")), rows),)
    )


def today(r: Report, w: Words) -> Section:
    """Steps 2a to 2d."""
    heading, lead, known = w("step_2"), w("step_2_why"), _spoken_of(r)
    if not known:
        return Section(heading, lead, (w("step_2_none"),))
    names = ("experience", "expectation", "satisfaction", "importance")
    table = Table((w("aspect"), *map(w, names)), tuple(_numbers(one, names, w) for one in known))
    return Section(heading, lead, figures=(figures.today(known, w),), tables=(table,))


def key_experience(r: Report, w: Words) -> Section:
    """Step 3: the aspects by how much they matter."""
    heading, lead, key, mend = w("step_3"), w("step_3_why"), r.steps.key, r.steps.mend
    if key is None:
        return Section(heading, lead, (w("short_no_key"),))
    ordered = sorted(
        _spoken_of(r), key=lambda one: (one.importance.value is None, -(one.importance.value or 0), one.aspect)
    )
    names = ("importance", "satisfaction", "weighted")

    def called(one: Delta) -> Cell:
        which = "key_and_first" if one == key == mend else "key_experience" if one == key else "first_to_mend"
        return Cell(w(which), tone=Tone.BAD) if one in (key, mend) else Cell("")

    rows = tuple((*_numbers(one, names, w), called(one)) for one in ordered)
    table = Table((w("aspect"), *map(w, names), w("called")), rows)
    return Section(heading, lead, figures=(figures.weighted(ordered, w),), tables=(table,))


def ideal(r: Report, w: Words) -> Section:
    """Steps 4a and 4b."""
    heading, lead = w("step_4"), w("step_4_why")
    if not r.ideals:
        return Section(heading, lead, (w("step_4_none"),))
    rows, open_ = [], Cell(w("not_decided"), tone=Tone.QUIET)
    for gap, one in zip(r.steps.ideal, r.steps.today, strict=True):
        wanted = r.ideals.get(gap.aspect)
        decided = Cell(w("as_it_is") if wanted == "as_it_is" else str(wanted))
        both = (open_, open_) if wanted is None else (decided, cell(w, gap.gap, FORMS["gap"]))
        rows.append((Cell(w(gap.aspect)), cell(w, one.experience, FORMS["experience"]), *both))
    table = Table(tuple(map(w, ("aspect", "experience", "ideal", "gap"))), tuple(rows))
    return Section(heading, lead, figures=(figures.ideal(r, w),), tables=(table,))


def causes(r: Report, w: Words) -> Section:
    """Step 5. Hidden touchpoints come last, whatever they are like."""
    heading, key = w("step_5"), r.steps.key
    if key is None:
        return Section(heading, points=(w("step_5_no_key"),))
    lead = w("step_5_why", aspect=w(key.aspect))
    if not r.steps.causes and not r.hidden:
        return Section(heading, lead, (w("step_5_none"),))
    shown = [(one.touchpoint or w("not_named"), one.experience) for one in r.steps.causes]
    secret = Cell(w("hidden", least=r.hide_under), tone=Tone.QUIET)
    rows = [(Cell(name), cell(w, number, FORMS["experience"])) for name, number in shown]
    rows += [(Cell(name or w("not_named")), secret) for name in r.hidden]
    table = Table((w("touchpoint"), w("experience")), tuple(rows))
    return Section(heading, lead, figures=(figures.touchpoints(shown, heading),) if shown else (), tables=(table,))


def fit(r: Report, w: Words) -> Section:
    """Step 6."""
    heading, lead, found = w("step_6"), w("step_6_why"), r.steps.fit
    if not any(getattr(found, name) for name in FITS):
        return Section(heading, lead, (w("step_6_none"),))
    return Section(heading, lead, said=tuple((w(name), getattr(found, name) or w("not_written")) for name in FITS))


def feedback(r: Report, w: Words) -> Section:
    """Step 7, with the sales beside it."""
    rows = tuple(
        (
            Cell(w(one.aspect)),
            Cell(w(one.number)),
            cell(w, one.now, FORMS[one.number]),
            cell(w, one.before, FORMS[one.number]),
            cell(w, one.change, FORMS[one.number].change),
            verdict_cell(w, verdict(one.change), wished=one.number in WISHED),
        )
        for one in r.steps.moves
    )
    sales = tuple(
        (Cell(currency), amount(w, one.now, one.now_n), amount(w, one.before, one.before_n))
        for currency, one in r.sales.items()
    )
    tables, points = [], []
    if rows:
        tables.append(Table(tuple(map(w, ("aspect", "number", "now", "before", "change", "verdict"))), rows))
    else:
        points.append(w("step_7_none"))
    if sales:
        tables.append(Table(tuple(map(w, ("currency", "now", "before"))), sales, w("sales_head")))
    else:
        points.append(w("sales_none"))
    return Section(w("step_7"), w("step_7_why"), tuple(points), tables=tuple(tables))


def scores(r: Report, w: Words) -> Section:
    """CSAT, CES and NPS of each channel, now against before."""
    heading, lead = w("scores"), w("scores_why")
    if not r.scores:
        return Section(heading, lead, (w("scores_none"),))
    rows = tuple(
        (
            Cell(one.channel),
            Cell(w(one.scale)),
            cell(w, one.now, FORMS[one.metric]),
            cell(w, one.before, FORMS[one.metric]),
            cell(w, one.change, FORMS[one.metric].change),
            verdict_cell(w, one.verdict),
        )
        for one in r.scores
    )
    head = tuple(map(w, ("channel", "question", "now", "before", "change", "verdict")))
    return Section(heading, lead, figures=figures.scores(r.scores, w), tables=(Table(head, rows),))


def how_to_read(r: Report, w: Words) -> Section:
    """What every number stands for."""
    points = [w("how_interval"), w("how_few"), w("how_whose")]
    points += [w("how_hidden", least=r.hide_under)] if r.hide_under > 1 else []
    return Section(w("how"), points=tuple(points))


SECTIONS: tuple[Callable[[Report, Words], Section], ...] = (
    in_short, why_they_come, today, key_experience, ideal, causes, fit, feedback, scores, how_to_read,
)  # fmt: skip
"""In the order in which they are read."""


def _spoken_of(r: Report) -> list[Delta]:
    return [one for one in r.steps.today if one.experience.n + one.expectation.n + one.importance.n]


def _numbers(one: Delta, names: tuple[str, ...], w: Words) -> tuple[Cell, ...]:
    return (Cell(w(one.aspect)), *(cell(w, getattr(one, name), FORMS[name]) for name in names))


def _moved(r: Report, w: Words) -> str:
    if not r.answers[1]:
        return w("short_no_before")
    moved = [
        f"{w(one.aspect)}: {w(one.number).lower()} {FORMS[one.number].change.write(one.change.value or 0)}"
        for one in r.steps.moves
        if one.beyond_chance
    ]
    moved += [
        f"{one.channel}: {w(one.scale)} {FORMS[one.metric].change.write(one.change.value or 0)}"
        for one in r.scores
        if one.verdict in ("better", "worse")
    ]
    return w("short_moved", what=w("semicolon").join(moved)) if moved else w("short_still")
