"""The formulas in SQL and in Python give the same number on the same counts: one definition per number."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from dashboards import sql
from schemas.scales import SCALES
from streams.pure import intervals, scores
from streams.pure.scores import Tally
from tests.boards.conftest import Seeded

CLOSE = 1e-9


def tallies(scale_id: str, *, seed: int = 1, count: int = 300) -> list[Tally]:
    """Counts of every kind: none, one, all alike, few, many."""
    chance, scale = random.Random(f"{scale_id}{seed}"), SCALES[scale_id]
    points = range(scale.low, scale.high + 1)
    found = [Tally(), *(Tally.of(scale, [(point, n, n, n)]) for point in (scale.low, scale.high) for n in (1, 2, 500))]
    while len(found) < count:
        size = chance.choice((1, 2, 3, 5, 20, 31, 32, 40, 200, 5_000, 2_000_000))
        weights = [chance.random() ** 3 for _ in points]
        found.append(
            Tally.of(scale, [(p, int(size * w), int(size * w), 1) for p, w in zip(points, weights, strict=True)])
        )
    return found


def same(found: Sequence[float | None], wanted: Sequence[float | None]) -> bool:
    """Whether both are unknown in the same places, and equal to a billionth elsewhere."""
    return [x is None for x in found] == [x is None for x in wanted] and [x or 0 for x in found] == pytest.approx(
        [x or 0 for x in wanted], rel=CLOSE, abs=1e-7
    )


@pytest.mark.parametrize("scale_id", list(sql.LABELS))
def test_scores_in_sql_are_those_of_python(small: Seeded, scale_id: str) -> None:
    """Value and both ends of the interval, on every scale the boards show, down to no answers at all."""
    metric, counted = scale_id.partition("-")[0], tallies(scale_id)
    rows = ", ".join(f"({t.n}, {t.top}, {t.bad}, {t.total}, {t.squares})" for t in counted)
    value, lower, upper = sql.score(
        metric=f"'{metric}'", scale=f"'{scale_id}'", n="n", top="t", bad="b", total="total", squares="squares"
    )
    columns = "n UInt64, t UInt64, b UInt64, total Int64, squares Int64"
    found = small.store.rows(f"SELECT {value}, {lower}, {upper} FROM values('{columns}', {rows})")
    wanted = [scores.score(metric, scale_id, tally) for tally in counted]
    assert len(found) == len(wanted)
    for tally, row, score in zip(counted, found, wanted, strict=True):
        assert same(row, (score.value, score.lower, score.upper)), (tally, row, score)


def test_net_experience_in_sql_is_that_of_python(small: Seeded) -> None:
    """The number that orders the overview."""
    counted = tallies("csat-1-7")
    lower, upper = sql.adjusted_wald("t", "b", "n")
    rows = ", ".join(f"({t.n}, {t.top}, {t.bad})" for t in counted)
    found = small.store.rows(f"SELECT {lower}, {upper} FROM values('n UInt64, t UInt64, b UInt64', {rows})")
    wanted = [intervals.adjusted_wald(t.top, t.bad, t.n) or (None, None) for t in counted]
    for row, ends in zip(found, wanted, strict=True):
        assert same(row, ends), (row, ends)


def test_students_t_in_sql_is_that_of_python(small: Seeded) -> None:
    """From one degree of freedom, where it is far from the normal quantile, to very many."""
    degrees = [*range(1, 70), 100, 1_000, 1_000_000]
    found = small.store.rows(
        f"SELECT {sql.student_t('d')} FROM values('d UInt64', {', '.join(f'({d})' for d in degrees)})"
    )
    assert [row[0] for row in found] == pytest.approx([intervals.student_t(d) for d in degrees], rel=CLOSE)


def test_the_constants_are_those_of_python() -> None:
    """Twins must start from the same numbers."""
    assert (sql.Z, sql.T_QUANTILES) == (intervals.Z, intervals.T_QUANTILES)


def test_every_asked_scale_has_a_label() -> None:
    """A new scale without one would be missing from the boards' choices."""
    asked = {scale_id for scale_id in SCALES if scale_id.startswith(sql.METRICS)}
    assert set(sql.LABELS) == asked


def test_a_change_is_told_only_beyond_chance(small: Seeded) -> None:
    """80 of 100 against 70 of 100 may be luck (99 %), 800 of 1000 against 700 of 1000 is not."""
    cases = []
    for top, before, n in ((80, 70, 100), (800, 700, 1_000)):
        now_ends, before_ends = intervals.wilson(top, n), intervals.wilson(before, n)
        assert now_ends
        assert before_ends
        cases.append((top / n, *now_ends, before / n, *before_ends))
    _, lower, _ = sql.change(("v", "l", "u"), ("w", "lw", "uw"))
    rows = ", ".join(str(case) for case in cases)
    columns = ", ".join(f"{name} Float64" for name in ("v", "l", "u", "w", "lw", "uw"))
    luck, sure = (row[0] for row in small.store.rows(f"SELECT {lower} FROM values('{columns}', {rows})"))
    assert luck < 0 < sure


@pytest.mark.parametrize(
    ("value", "metric", "text"),
    [
        ("82.05", "csat", "82.0 %"),
        ("-3.04", "nps", "−3.0"),
        ("39.84", "nps", "+39.8"),
        ("-0.01", "nps", "0.0"),
        ("0", "nps", "0.0"),
        ("5.614", "ces", "5.61"),
        ("NULL", "nps", "no answers"),
    ],
)
def test_a_number_reads_as_its_metric_does(small: Seeded, value: str, metric: str, text: str) -> None:
    """A percent, a mean, or points with their sign; silence is words and never 0."""
    shown = sql.shown(f"CAST({value} AS Nullable(Float64))", f"'{metric}'", "'no answers'")
    assert small.store.rows(f"SELECT {shown}") == [(text,)]
