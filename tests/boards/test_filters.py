"""The filter row means the same on every board: a part of a channel is counted by the same answers everywhere."""

from __future__ import annotations

from typing import Any

import pytest

from dashboards import narrowed, parts
from dashboards.channel import CHANNEL
from dashboards.channel_sql import HERE
from dashboards.grafana import to_dict
from dashboards.library import BOARDS
from dashboards.macros import Shown, expand
from dashboards.matrix import MATRIX
from dashboards.overview import OVERVIEW
from dashboards.panel import EVERY, Board
from dashboards.voices import VOICES
from tests.boards.conftest import Seeded
from tests.boards.test_board_numbers import FIVE_MINUTES, counted, wilson_by_roots
from tests.kit.seed import HOUR, MINUTE

PLACE = {"channel": "app", "scale": "csat-1-5"}


@pytest.fixture
def busiest(small: Seeded) -> str:
    """The place in the app where most answered just now."""
    names = [answer.location for answer in counted(small, since_ms=FIVE_MINUTES, **PLACE) if answer.location]
    return max(sorted(set(names)), key=names.count)


def test_a_place_chosen_on_the_overview_is_counted_alone(small: Seeded, busiest: str) -> None:
    answers = counted(small, since_ms=FIVE_MINUTES, location=busiest, **PLACE)
    before = [a for a in counted(small, since_ms=2 * FIVE_MINUTES, location=busiest, **PLACE) if a not in answers]
    satisfied = sum(answer.point >= 4 for answer in answers)
    rows = small.ask(OVERVIEW, OVERVIEW.panel(3), location=[busiest])
    (row,) = [row for row in rows if (row["channel"], row["scale"]) == ("app", "csat-1-5")]
    assert (row["n"], row["value"]) == (len(answers), pytest.approx(100 * satisfied / len(answers)))
    assert (row["lower"], row["upper"]) == pytest.approx(wilson_by_roots(satisfied, len(answers)))
    if before:
        was = 100 * sum(answer.point >= 4 for answer in before) / len(before)
        assert row["change"] == pytest.approx(row["value"] - was)


def test_all_channels_together_are_narrowed_too(small: Seeded, busiest: str) -> None:
    whole, part = (small.ask(OVERVIEW, OVERVIEW.panel(1), location=chosen) for chosen in ([EVERY], [busiest]))
    answers = counted(small, since_ms=FIVE_MINUTES, location=busiest, scale="csat-1-5")
    told = {row["title"]: row["note"] for row in part}
    assert f"n {len(answers)}" in told["CSAT 1–5"]
    assert {row["title"]: row["note"] for row in whole}["CSAT 1–5"] != told["CSAT 1–5"]


def test_each_point_of_a_place_s_graph_is_the_window_before_it(small: Seeded, busiest: str) -> None:
    """Also the first: what lies before the time shown is in its window."""
    sql = narrowed.line(f"scale = ${{scale:sqlstring}} AND {HERE}")
    rows = small.ask(CHANNEL, sql, span_ms=10 * MINUTE, location=[busiest])
    answers = counted(small, since_ms=HOUR, location=busiest, **PLACE)
    assert rows
    for row in rows:
        end_ms = round(row["as_of"].timestamp() * 1_000)
        inside = [a.point for a in answers if end_ms - FIVE_MINUTES <= a.at_ms < end_ms]
        assert row["n"] == len(inside)
        assert row["value"] == pytest.approx(100 * sum(point >= 4 for point in inside) / len(inside))


def test_a_part_in_which_very_few_answered_shows_no_number(small: Seeded, busiest: str) -> None:
    """It would be about somebody; one answer more than there are is enough to hide it everywhere."""
    most = len(counted(small, since_ms=HOUR, location=busiest))
    few: dict[str, Any] = {"location": [busiest], "hide_under": str(most + 1)}
    assert small.ask(OVERVIEW, OVERVIEW.panel(3), **few) == []
    assert not [row for row in small.ask(CHANNEL, CHANNEL.panel(2), **few) if row["score"] is not None]
    assert small.ask(VOICES, VOICES.panel(4), **few) == []


@pytest.mark.parametrize("chosen", [{"stage": ["use"]}, {"location": ["nowhere"]}, {"segment": ["nobody"]}])
def test_what_nobody_answered_shows_nothing_rather_than_everything(small: Seeded, chosen: dict[str, Any]) -> None:
    empty = {"stage": "use"} if "stage" in chosen else {"location": "nowhere"}
    if counted(small, since_ms=FIVE_MINUTES, **empty):
        pytest.fail("the world has such answers: choose another name")
    assert small.ask(OVERVIEW, OVERVIEW.panel(3), **chosen) == []
    assert not [row for row in small.ask(CHANNEL, CHANNEL.panel(2), **chosen) if row["score"] is not None]


def test_the_answers_behind_a_row_are_as_many_as_the_row_says(small: Seeded) -> None:
    """What a click on a touchpoint of the matrix leads to counts the same answers."""
    row = small.ask(MATRIX, MATRIX.panel(2))[0]
    link = next(column.link for column in MATRIX.panel(2).columns if column.name == "at_touchpoint")
    assert link is not None
    assert link.board == VOICES.uid
    there: dict[str, Any] = {name: [str(row[column])] for name, column in link.set_from}
    (total, *_) = small.ask(VOICES, VOICES.panel(4), **there)
    assert f"n {total['shown']}" in str(row["net_shown"])
    behind = small.ask(VOICES, VOICES.panel(3), **there)
    assert {one["channel"] for one in behind} == set(there["channel"])
    assert len(behind) == min(100, int(total["shown"]))


def filtered() -> list[Board]:
    return [board for board in BOARDS if {"stage", "location", "segment"} & {one.name for one in board.variables}]


@pytest.mark.parametrize("board", filtered(), ids=lambda board: board.uid)
def test_every_panel_of_a_filtered_board_heeds_each_filter(board: Board) -> None:
    """Those that cannot say so; a filter that is shown and does nothing would be a lie."""
    deaf = {
        (parts.OVERVIEW, 2),  # freshness is of channels
        (parts.OVERVIEW, 5),  # alerts, likewise
    }
    for panel in board.panels:
        for one in parts.SLICES:
            heeds = f"${{{one.name}:sqlstring}}" in panel.sql
            assert heeds or (board.uid, panel.id) in deaf, (board.uid, panel.id, panel.title, one.name)


def test_in_grafana_everything_is_one_quoted_sign() -> None:
    """Grafana puts it into the SQL as it stands, and names that nobody chose are not written out."""
    made = {one["name"]: one for one in to_dict(OVERVIEW)["templating"]["list"]}
    for one in parts.SLICES:
        assert [made[one.name][name] for name in ("allValue", "includeAll", "multi")] == ["'*'", True, True]
    assert "allValue" not in made["channel"]
    sql = f"SELECT 1 WHERE {parts.within(*parts.SLICES)}"
    shown = Shown(0, 1)
    assert expand(sql, shown=shown, values={one.name: [EVERY] for one in parts.SLICES}).count("'*' IN ('*')") == 3


def test_a_name_with_quotes_stays_one_text() -> None:
    sql = parts.within(parts.LOCATIONS_OF)
    told = expand(sql, shown=Shown(0, 1), values={"location": ["O'Neil') OR 1=1 --"]})
    assert "IN ('O''Neil'') OR 1=1 --')" in told
