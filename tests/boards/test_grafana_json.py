"""The JSON we hand to Grafana: current, complete, and within what both plugin versions take."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from dashboards.grafana import GENERATED, build_files, files, to_dict
from dashboards.grafana_panels import SOURCE_TYPE, SOURCE_UID
from dashboards.grafana_settings import GrafanaSettings
from dashboards.library import BOARDS
from dashboards.panel import Board, Picture
from dashboards.push import source_json
from streams.cli import app

PROVISIONING = Path(__file__).parents[2] / "deploy" / "grafana" / "provisioning"
EACH = pytest.mark.parametrize("board", [pytest.param(board, id=board.uid) for board in BOARDS])


def found(value: Any, key: str) -> list[Any]:
    """All values under this key, however deep."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    here = [value[key]] if isinstance(value, dict) and key in value else []
    return here + [one for part in inside for one in found(part, key)]


def test_the_committed_json_is_what_the_definitions_make() -> None:
    """Grafana loads the files; a definition changed without `touchpulse boards build` would not be seen."""
    assert {path.name: path.read_text() for path in GENERATED.glob("*.json")} == dict(files())


def test_building_again_changes_nothing(tmp_path: Path) -> None:
    """Same definition, same bytes: a diff shows what was changed and nothing else."""
    assert set(build_files(tmp_path).values()) == {True}
    assert set(build_files(tmp_path).values()) == {False}


def test_a_file_that_differs_is_shown_and_fails(tmp_path: Path) -> None:
    """`boards diff` is a gate: it must be able to close."""
    build_files(tmp_path)
    assert CliRunner().invoke(app, ["boards", "diff", "--to", str(tmp_path)]).exit_code == 0
    path = tmp_path / f"{BOARDS[0].uid}.json"
    path.write_text(path.read_text().replace("worst first", "best first"))
    shown = CliRunner().invoke(app, ["boards", "diff", "--to", str(tmp_path)])
    assert shown.exit_code == 1
    assert "best first" in shown.output


@EACH
def test_everything_names_our_data_source(board: Board) -> None:
    """A panel without one would ask whatever is Grafana's default."""
    made = to_dict(board)
    for panel in made["panels"]:
        assert panel["datasource"] == {"type": SOURCE_TYPE, "uid": SOURCE_UID}
        for target in panel["targets"]:
            assert target["datasource"] == panel["datasource"]
    for variable in made["templating"].get("list", []):
        if variable["type"] == "query":
            assert variable["datasource"]["uid"] == SOURCE_UID
            assert isinstance(variable["query"], str)


@EACH
def test_queries_are_in_the_form_both_plugins_run(board: Board) -> None:
    """Format 0 for lines over time, 1 for tables; the rest as version 4 writes it."""
    made = {panel["id"]: panel for panel in to_dict(board)["panels"]}
    for panel in board.panels:
        targets = made[panel.id]["targets"]
        assert [target["rawSql"] for target in targets] == list(panel.queries)
        assert [target["refId"] for target in targets] == ["A", "B"][: len(targets)]
        for target in targets:
            wanted = (0, "timeseries") if panel.is_time_series else (1, "table")
            assert (target["format"], target["queryType"]) == wanted
            assert target["editorType"] == "sql"


@EACH
def test_panels_do_not_lie_on_each_other(board: Board) -> None:
    """Grafana would push them about, each time differently."""
    taken: set[tuple[int, int]] = set()
    for panel in to_dict(board)["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + dx, place["y"] + dy) for dx in range(place["w"]) for dy in range(place["h"])}
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells


@EACH
def test_a_board_refreshes_and_has_no_numeric_id(board: Board) -> None:
    """A numeric id belongs to one Grafana and is a 404 in another."""
    made = to_dict(board)
    assert made["refresh"] == f"{board.refresh_s}s"
    assert board.refresh_s == 5 or board.shown in ("now-30d", "now-1y")
    assert made.get("id") is None
    assert made["uid"] == board.uid
    assert made["schemaVersion"] >= 39


@EACH
def test_the_band_is_drawn_between_its_edges(board: Board) -> None:
    """Grafana finds the lower edge by the name of the column."""
    for panel in to_dict(board)["panels"]:
        if panel["type"] == "timeseries":
            assert found(panel["fieldConfig"], "options").count("lower") == 1
            fill = [
                p for o in panel["fieldConfig"]["overrides"] for p in o["properties"] if p["id"] == "custom.fillBelowTo"
            ]
            assert fill == [{"id": "custom.fillBelowTo", "value": "lower"}]


@EACH
def test_hidden_columns_are_taken_out_and_the_others_named(board: Board) -> None:
    """A reader sees words, not the names of columns."""
    made = {panel["id"]: panel for panel in to_dict(board)["panels"]}
    for panel in board.panels:
        if panel.picture in (Picture.SCORES, Picture.EVENTS, Picture.TABLE, Picture.RANKING):
            out = {
                name
                for options in found(made[panel.id].get("transformations", []), "excludeByName")
                for name in options
            }
            assert out == {column.name for column in panel.columns if column.hidden}
            named = {override["matcher"]["options"] for override in made[panel.id]["fieldConfig"]["overrides"]}
            assert named == {column.name for column in panel.columns if not column.hidden}


@EACH
def test_patterns_of_text_colours_are_plain_javascript(board: Board) -> None:
    """A pattern that JavaScript refuses takes the panel down."""
    for pattern in found(to_dict(board), "pattern"):
        assert re.fullmatch(r"\^[\w ▲▼●○]+\.\*", pattern)


@EACH
def test_a_click_leads_to_the_other_board_with_time_and_choices(board: Board) -> None:
    """From a number to what is behind it, with the same filters where both boards have them."""
    links = {column.link for panel in board.panels for column in panel.columns if column.link and not column.hidden}
    urls = {url for url in found(to_dict(board), "url") if "?" in url}
    assert len(urls) == len(links)
    carried = {"window", "scale", "stage", "location", "segment"}
    for link in links:
        there = next(other for other in BOARDS if other.uid == link.board)
        set_here = {name for name, _ in link.set_from}
        both = {one.name for one in board.variables} & {one.name for one in there.variables}
        fitting = [
            url
            for url in urls
            if url.startswith(f"/d/{link.board}?${{__url_time_range}}")
            and {part.partition("=")[0] for part in url.split("&") if "=" in part}
            == {f"var-{name}" for name in set_here}
        ]
        assert len(fitting) == 1
        for name in (carried & both) - set_here:
            assert f"${{{name}:queryparam}}" in fitting[0]


def test_a_repeated_panel_follows_its_variable() -> None:
    """One graph a channel, three in a row."""
    (tile,) = [panel for panel in to_dict(BOARDS[0])["panels"] if panel.get("repeat")]
    assert (tile["repeat"], tile["maxPerRow"], tile["title"]) == ("channel", 3, "$channel")


def test_alerts_are_marked_on_every_graph_by_a_query() -> None:
    """Grafana's own list of annotations stays beside them."""
    for board in BOARDS:
        names = {one["name"]: one for one in to_dict(board)["annotations"]["list"]}
        assert names["Annotations & Alerts"]["builtIn"] == 1
        assert set(names) == {"Annotations & Alerts", *(mark.name for mark in board.annotations)}
        for mark in board.annotations:
            assert names[mark.name]["target"]["rawSql"] == mark.sql
            assert names[mark.name]["target"]["format"] == 1


def test_the_provisioned_data_source_is_the_one_the_boards_look_for() -> None:
    """And it carries the keys of both plugin versions, timeouts as texts."""
    (source,) = yaml.safe_load((PROVISIONING / "datasources" / "touchpulse.yaml").read_text())["datasources"]
    assert (source["uid"], source["type"]) == (SOURCE_UID, SOURCE_TYPE)
    assert source["jsonData"]["host"] == source["jsonData"]["server"]
    assert source["jsonData"]["dialTimeout"] == source["jsonData"]["timeout"] == "10"
    pushed = source_json(GrafanaSettings(clickhouse_host="x"))
    assert set(source["jsonData"]) == set(pushed["jsonData"])
    assert set(source["secureJsonData"]) == set(pushed["secureJsonData"])
    settings = {f"TOUCHPULSE_GRAFANA_{name}".upper() for name in GrafanaSettings.model_fields}
    assert set(re.findall(r"\$\{(\w+)\}", json.dumps(source))) <= settings


def test_boards_are_provisioned_by_file_into_our_folder() -> None:
    """The same folder that a push would use."""
    (provider,) = yaml.safe_load((PROVISIONING / "dashboards" / "touchpulse.yaml").read_text())["providers"]
    assert (provider["type"], provider["folderUid"]) == ("file", "touchpulse")
    assert provider["options"]["path"].startswith("/")
