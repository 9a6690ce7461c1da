"""Rules that every board keeps, however many there will be."""

from __future__ import annotations

import re

import pytest

from dashboards.library import BOARDS, board
from dashboards.overview import OVERVIEW
from dashboards.panel import Board, Panel, Picture

PANELS = [pytest.param(one, panel, id=f"{one.uid}-{panel.id}") for one in BOARDS for panel in one.panels]
EVERY_SQL = [
    *((f"{b.uid}-{p.id}", sql) for b in BOARDS for p in b.panels for sql in p.queries),
    *((f"{b.uid}-{a.name}", a.sql) for b in BOARDS for a in b.annotations),
]
RAW_TABLES = re.compile(r"\btouchpoints\b")


@pytest.mark.parametrize(("one", "panel"), PANELS)
def test_every_query_is_bounded_in_time(one: Board, panel: Panel) -> None:
    """A query without a time filter reads years, every five seconds, for every reader."""
    tables = r"FROM (scores|panes_\w+|touchpoints|alerts|alert_history|pages|deliveries)\b(.*?)(?=FROM|\Z)"
    for table in re.findall(tables, panel.sql, re.DOTALL):
        # Events named by id: they are found by a query of their own, which stands next, and is held to the same.
        by_id = re.search(r"WHERE event_id IN \(\s+SELECT event_id\s+$", table[1])
        assert by_id or re.search(r"\$__(timeFilter|fromTime|toTime)", table[1]), table[0]


@pytest.mark.parametrize("panel", [pytest.param(p, id=str(p.id)) for p in OVERVIEW.panels])
def test_the_overview_reads_no_raw_answers(panel: Panel) -> None:
    """It is open on walls all day: it reads what is counted already."""
    assert not RAW_TABLES.search(panel.sql)


@pytest.mark.parametrize(("name", "text"), EVERY_SQL)
def test_tables_are_named_without_a_database(name: str, text: str) -> None:
    """The data source sets it, so that two installations can share a cluster."""
    assert not re.search(r"FROM\s+\w+\.\w+", text)


@pytest.mark.parametrize(("name", "text"), EVERY_SQL)
def test_sql_holds_nothing_that_a_plugin_would_stumble_over(name: str, text: str) -> None:
    """Comments may swallow macros, a semicolon ends the statement, [[ ]] is an old form of variable."""
    assert not re.search(r"--|/\*|;|\[\[", text)


@pytest.mark.parametrize(("one", "panel"), PANELS)
def test_time_series_are_ordered_by_time(one: Board, panel: Panel) -> None:
    """Grafana refuses one that is not."""
    if panel.is_time_series:
        assert re.search(r"ORDER BY time(, name)?( WITH FILL .*)?$", panel.sql)


@pytest.mark.parametrize("one", [pytest.param(b, id=b.uid) for b in BOARDS])
def test_ids_are_unique_and_uids_short(one: Board) -> None:
    """Links point at them; Grafana takes 40 characters."""
    ids = [panel.id for panel in one.panels]
    assert len(set(ids)) == len(ids)
    assert len(one.uid) <= 40
    assert board(one.uid) is one


@pytest.mark.parametrize(("one", "panel"), PANELS)
def test_every_panel_says_what_it_answers(one: Board, panel: Panel) -> None:
    """A number nobody can explain is not acted on."""
    assert "?" in panel.question
    assert panel.title
    assert panel.empty


@pytest.mark.parametrize(("one", "panel"), PANELS)
def test_links_lead_to_boards_and_variables_that_exist(one: Board, panel: Panel) -> None:
    """A dead link is found by the person who is in a hurry."""
    for column in panel.columns:
        if column.link:
            there = board(column.link.board)
            for name in (*column.link.keep, *(variable for variable, _ in column.link.set_from)):
                assert there.variable(name)
            for name in column.link.keep:
                assert one.variable(name)


@pytest.mark.parametrize(("one", "panel"), PANELS)
def test_variables_used_are_those_of_the_board(one: Board, panel: Panel) -> None:
    """An unknown one would reach ClickHouse as text."""
    for name in re.findall(r"\$\{(\w+):", panel.sql):
        assert one.variable(name)
    if panel.repeat:
        assert one.variable(panel.repeat).several
        assert panel.picture is Picture.BAND
