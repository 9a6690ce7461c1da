"""Every panel of every board runs on the real engine, as both versions of the plugin would send it."""

from __future__ import annotations

from datetime import datetime

import pytest

from dashboards.library import BOARDS
from dashboards.macros import Style
from dashboards.panel import Annotation, Board, Panel, Picture, Variable
from tests.boards.conftest import CHANNELS, REGIONS, SPANS_MS, Seeded

PANELS = [pytest.param(one, panel, id=f"{one.uid}-{panel.id}") for one in BOARDS for panel in one.panels]


def asks_for_names(one: Board, panel: Panel) -> bool:
    """Whether a choice of names narrows the panel."""
    return any(f"${{{variable.name}:" in panel.sql for variable in one.variables if variable.sql)


NEEDED = {
    Picture.STAT: {"title", "shown"},
    Picture.SCORES: {
        "channel", "question", "score", "interval", "n", "trend", "net", "evidence", "worsening", "bad_alerts",
        "complete_until", "metric", "scale", "value", "lower", "upper",
    },
    Picture.BAND: {"time", "score", "lower", "upper", "n"},
    Picture.MATRIX: {"row_name", "column_name", "cell", "net", "net_lower", "net_upper", "turn"},
    Picture.RANKING: {"name", "value", "lower", "upper", "n", "verdict", "score", "interval", "whole"},
    Picture.TIMELINE: {"time", "name", "state"},
    Picture.SCATTER: {"name", "x", "y", "n", "tone", "note"},
    Picture.EVENTS: {"at", "kind", "channel", "words", "state"},
    Picture.TABLE: set(),
}  # fmt: skip


STYLES = dict(zip(SPANS_MS, (Style.PLUGIN_3, Style.PLUGIN_4, Style.PLUGIN_3), strict=True))
"""Each tier in one rendering: that both say the same is tried by itself, and every pair would take minutes."""


@pytest.mark.parametrize("tier", list(SPANS_MS))
@pytest.mark.parametrize(("one", "panel"), PANELS)
def test_a_panel_has_something_to_show_where_data_exists(small: Seeded, one: Board, panel: Panel, tier: str) -> None:
    """Never empty with data, from each tier; with the columns it draws, in types that Grafana draws.

    Arrays arrive there as base64, tuples not at all; times must be times.
    """
    rows = small.ask(one, panel, span_ms=SPANS_MS[tier], style=STYLES[tier])
    assert rows
    columns = set(rows[0])
    assert NEEDED[panel.picture] <= columns
    assert {column.name for column in panel.columns} <= columns
    for row in rows:
        for name, value in row.items():
            assert value is None or isinstance(value, str | int | float | datetime), name


@pytest.mark.parametrize(("one", "panel"), PANELS)
def test_both_renderings_of_the_macros_give_the_same_answer(small: Seeded, one: Board, panel: Panel) -> None:
    """Readers of version 3 and of version 4 must not quarrel about numbers."""
    span_ms = SPANS_MS["1 min tier"]
    three, four = (small.ask(one, panel, span_ms=span_ms, style=style) for style in Style)
    assert three == four


@pytest.mark.parametrize(("one", "panel"), [case for case in PANELS if asks_for_names(*case.values)])
def test_a_panel_without_data_gives_no_rows_and_no_error(small: Seeded, one: Board, panel: Panel) -> None:
    """A fresh installation shows its words for nothing, not a red corner."""
    nobody: dict[str, str | list[str]] = {
        variable.name: ["nobody"] if variable.several else "nobody" for variable in one.variables if variable.sql
    }
    rows = [row for row in small.ask(one, panel, **nobody) if panel.title != "All channels"]
    assert rows == []


DRAWN = [case for case in PANELS if len(case.values[1].queries) > 1]


@pytest.mark.parametrize(("one", "panel"), DRAWN)
def test_the_lines_of_a_plane_have_no_gaps(small: Seeded, one: Board, panel: Panel) -> None:
    """Grafana draws an empty value as 0, and a single point as nothing."""
    assert panel.plane
    rows = small.ask(one, panel.plane.lines_sql)
    assert len(rows) > 1
    for row in rows:
        assert all(isinstance(row[name], int | float) for line in panel.plane.lines for name in (line.x, line.y))


VARIABLES = [pytest.param(one, v, id=f"{one.uid}-{v.name}") for one in BOARDS for v in one.variables if v.sql]
MARKS = [pytest.param(one, a, id=f"{one.uid}-{a.name}") for one in BOARDS for a in one.annotations]


@pytest.mark.parametrize(("one", "variable"), VARIABLES)
def test_a_drop_down_offers_the_names_that_answered(small: Seeded, one: Board, variable: Variable) -> None:
    """One column of names, in order, from the small table."""
    names = {
        "channel": CHANNELS, "producer": ("seed",), "rule": small.alerted.rules, "region": REGIONS
    }.get(variable.name)  # fmt: skip
    if variable.open:
        names = sorted({name for answer in small.world.answers if (name := getattr(answer, variable.name, ""))})
    offered = [tuple(row.values()) for row in small.ask(one, variable.sql)]
    if names is None:  # an alert is offered with its time
        assert offered[0][0].endswith(f" UTC · channel-worsens · app · {small.alerted.paged.id}")
    else:
        assert offered == [(name,) for name in names]


@pytest.mark.parametrize(("days", "at_least"), [(0.125, 3), (1, 4), (30, 10), (365, 12)])
def test_an_import_into_every_hour_is_a_handful_of_marks(small: Seeded, days: float, at_least: int) -> None:
    """A mark an hour would cover the graph of a month."""
    (one,) = [board for board in BOARDS if board.uid == "touchpulse-actions"]
    (mark,) = [mark for mark in one.annotations if mark.name == "Revisions"]
    every_hour = (
        "(SELECT now() - toIntervalHour(number % 8760) AS slice, 'import' AS why, "
        "if(number % 2, 'app', 'web') AS channel FROM numbers(17520))"
    )
    rows = small.ask(one, mark.sql.replace("FROM revisions", f"FROM {every_hour}"), span_ms=int(days * 86_400_000))
    assert at_least <= len(rows) <= 14


@pytest.mark.parametrize(("one", "mark"), MARKS)
def test_marks_on_graphs_have_a_time_and_words(small: Seeded, one: Board, mark: Annotation) -> None:
    """Grafana takes these names as they are."""
    rows = small.ask(one, mark.sql)
    assert rows
    for row in rows:
        assert isinstance(row["time"], datetime)
        assert row["text"]
        assert row["tags"] in ("", *CHANNELS)
    if mark.name == "Alerts":
        assert ["bad CSAT answers rose" in row["text"] for row in rows] == [True]
