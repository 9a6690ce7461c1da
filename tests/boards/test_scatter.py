"""Points in a plane: on both screens, with the figures of the worked example."""

from __future__ import annotations

from typing import Any

import pytest

from dashboards import scatter
from dashboards.grafana import to_dict
from dashboards.journey import JOURNEY
from dashboards.key_experience import KEY_EXPERIENCE
from dashboards.panel import Axis, Board, Picture
from dashboards.planes import quadrants
from dashboards.trust import TRUST
from tests.boards.conftest import Seeded
from tests.kit.method import RETAILER

QUADRANT = TRUST.panel(3)
POINT: dict[str, Any] = {
    "name": "app", "x": 3.0, "y": 8.0, "n": 40, "tone": "good", "note": "trusted", "y_lower": 7.5, "y_upper": 8.5,
}  # fmt: skip


def drawn(rows: list[dict[str, Any]], name: str = "points") -> dict[str, Any]:
    """One series of the page's graph."""
    options = scatter.options(rows, [{"upright_x": 5.5, "upright_y": 1, "level_x": 1, "level_y": 5.5}], QUADRANT)
    return next(one for one in options["series"] if one["name"] == name)


def test_trust_and_liking_stand_where_the_answers_put_them(small: Seeded) -> None:
    """Forty said integrity 8, ability 9, consistency 7, and affinity 3."""
    (row,) = small.ask(TRUST, QUADRANT)
    assert (row["name"], row["x"], row["y"], row["n"], row["tone"]) == ("app", 3.0, 8.0, 40, "good")
    assert row["note"].startswith("trusted, not liked · trust 8.0 ")


def test_what_matters_and_falls_short_stands_upper_left(small: Seeded) -> None:
    """Only aspects of known importance and satisfaction have a place."""
    (row,) = small.ask(KEY_EXPERIENCE, KEY_EXPERIENCE.panel(7))
    assert (row["name"], row["x"], row["y"], row["tone"]) == ("convenience", -2.0, 9.0, "bad")


def test_a_triangle_is_as_high_as_the_satisfaction(small: Seeded) -> None:
    """From the diagonal to the point, and back to it; an aspect nobody expected anything of has none."""
    panel = KEY_EXPERIENCE.panel(6)
    points = {row["name"]: (row["x"], row["y"]) for row in small.ask(KEY_EXPERIENCE, panel)}
    whole = {name: three for name, three in RETAILER.items() if three[0] and three[1]}
    assert points == {name: (expectation, experience) for name, (experience, expectation, _) in whole.items()}
    assert panel.plane
    corners = [(row["line_x"], row["line_y"]) for row in small.ask(KEY_EXPERIENCE, panel.plane.lines_sql)]
    wanted: list[tuple[float, float]] = []
    for _, (experience, expectation, _) in sorted(whole.items()):
        assert experience
        assert expectation
        wanted += [(expectation, expectation), (expectation, experience), (experience, experience)]
    assert corners == [(1.0, 1.0), *wanted, (10.0, 10.0)]


def test_of_many_points_those_that_say_nothing_are_not_named() -> None:
    """Forty names of ordinary places would cover the one that matters; few points are all named."""
    ordinary = [{**POINT, "name": f"place {number}", "x": number / 5, "tone": "quiet"} for number in range(40)]
    names = {point["label"]["formatter"] for point in drawn([POINT, *ordinary])["data"]}
    assert names == {"app", ""}
    assert len({point["label"]["formatter"] for point in drawn([POINT, *ordinary[:3]])["data"]}) == 4


def test_the_curve_goes_through_the_journey_in_order(small: Seeded) -> None:
    """Places are those of the table below; where nobody told a feeling there is no point."""
    table = [row["touchpoint"] for row in small.ask(JOURNEY, JOURNEY.panel(1))]
    (row,) = small.ask(JOURNEY, JOURNEY.panel(2))
    assert (row["name"], row["y"], row["n"], row["tone"]) == ("parking", -0.5, 40, "bad")
    assert table[row["x"] - 1] == "parking"
    assert "they do: parks (40) · they need: room (40)" in row["note"]


def test_a_point_has_its_name_its_size_and_its_interval() -> None:
    """More answers, larger point; the interval is a stroke through it, with a gap to the next."""
    small, large = drawn([{**POINT, "n": 4}, POINT])["data"]
    assert (large["name"], large["value"]) == ("app", [3.0, 8.0])
    assert small["symbolSize"] < large["symbolSize"] == scatter.LARGE_PX
    assert drawn([POINT], "95 % y")["data"] == [[3.0, 7.5], [3.0, 8.5], [None, None]]


def test_points_at_one_place_share_their_label() -> None:
    """Else one name would be written over the other."""
    one, other = drawn([POINT, {**POINT, "name": "web"}])["data"]
    assert (one["label"]["formatter"], other["label"]["show"]) == ("app, web", False)


def test_a_name_over_a_point_cannot_become_markup() -> None:
    """What shows under the mouse is written into the page as it is."""
    (point,) = drawn([{**POINT, "name": "<img src=x>", "note": "<b>"}])["data"]
    assert "<img" not in point["tip"]
    assert "&lt;img src=x&gt;" in point["tip"]


def test_nothing_is_drawn_where_there_is_no_point() -> None:
    """The page says its words for nothing instead."""
    assert scatter.options([], [], QUADRANT) == {}


def test_quadrants_need_to_know_where_their_lines_end() -> None:
    with pytest.raises(ValueError, match="both ends"):
        quadrants(Axis("a", 1, 10), Axis("b", 1), at=(5.5, 5.5), corners=("", "", "", ""))


@pytest.mark.parametrize("board", [TRUST, KEY_EXPERIENCE, JOURNEY], ids=lambda one: str(one.uid))
def test_grafana_gets_the_form_of_options_that_all_its_versions_read(board: Board) -> None:
    """The form before Grafana 11, without a plugin version: newer ones turn it into theirs only then."""
    made = {panel["id"]: panel for panel in to_dict(board)["panels"]}
    for panel in board.panels:
        if panel.picture is Picture.SCATTER and panel.plane:
            chart = made[panel.id]
            assert chart["type"] == "xychart"
            assert not chart.get("pluginVersion")
            assert chart["fieldConfig"]["defaults"]["custom"] == {}
            assert chart["options"]["seriesMapping"] == "manual"
            series = [(one["frame"], one["x"], one["y"]) for one in chart["options"]["series"]]
            assert series == [(0, "x", "y"), *((1, line.x, line.y) for line in panel.plane.lines)]
