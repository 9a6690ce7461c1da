"""How each kind of picture is drawn by Grafana: which of its panels, with which options.

Only what Grafana 9.4 and later have in common is used: plain panels, field overrides, and two
transformations that are as old.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders import common as common_build
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders import stat, statetimeline, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model

from dashboards import grafana_scatter
from dashboards.colours import COLOURS, COUNT, LINE
from dashboards.grafana_words import mappings
from dashboards.panel import Column, Link, Panel, Picture, Step, Tone, Unit
from dashboards.said import fixed, rules

SOURCE_TYPE = "grafana-clickhouse-datasource"
SOURCE_UID = "touchpulse-clickhouse"
"""Fixed: every panel and variable names it, and the provisioning file sets it."""
PLUGIN_VERSION = "4.8.2"
"""Version of the data source plugin whose query form is written; version 3 runs it as well."""

GRID_WIDTH = 24
UNITS = {
    Unit.NONE: "",
    Unit.PERCENT: "percent",
    Unit.POINTS: "",
    Unit.COUNT: "locale",
    Unit.CLOCK_MS: "time:YYYY-MM-DD HH:mm:ss",
}
SAID_OF_NULL = "no answers"
Property = model.DynamicConfigValue


def source() -> model.DataSourceRef:
    """Reference to our data source."""
    return model.DataSourceRef(type_val=SOURCE_TYPE, uid=SOURCE_UID)


class Query(Dataquery):
    """A query of the ClickHouse plugin; the SDK has none."""

    def __init__(self, sql: str, *, time_series: bool, ref_id: str = "A") -> None:
        self._json: dict[str, object] = {
            "refId": ref_id,
            "datasource": {"type": SOURCE_TYPE, "uid": SOURCE_UID},
            "editorType": "sql",
            "queryType": "timeseries" if time_series else "table",
            "rawSql": sql,
            "format": 0 if time_series else 1,
            "pluginVersion": PLUGIN_VERSION,
            "meta": {},
        }

    def to_json(self) -> dict[str, object]:
        """The target as Grafana stores it."""
        return self._json


class _Made(Builder[Query]):
    """What the SDK's panels ask of a query."""

    def __init__(self, query: Query) -> None:
        self._query = query

    def build(self) -> Query:
        return self._query


def to_panel(panel: Panel, place: model.GridPos) -> Any:
    """Builder of Grafana's panel for one of ours."""
    makers = {
        Picture.STAT: _stat,
        Picture.BAND: _band,
        Picture.MATRIX: _matrix,
        Picture.TIMELINE: _timeline,
        Picture.SCATTER: grafana_scatter.builder,
    }
    made = makers.get(panel.picture, _table)(panel)
    if panel.picture in (Picture.STAT, Picture.SCATTER) and (words := rules(panel, "note")):
        made.mappings(mappings((), words))
    made.id(panel.id).title(panel.title).description(panel.question).datasource(source()).grid_pos(place)
    for ref_id, sql in zip("AB", panel.queries, strict=False):
        made.with_target(_Made(Query(sql, time_series=panel.is_time_series, ref_id=ref_id)))
    made.no_value(panel.empty)
    if panel.repeat:
        made.repeat(panel.repeat).repeat_direction("h").max_per_row(GRID_WIDTH // panel.width)
    return made


def _stat(panel: Panel) -> Any:
    """All rows, each a number in text: the name beside it is made of the other texts of the row."""
    return (
        stat.Panel()
        .unit(UNITS[panel.unit].replace("YYYY-MM-DD ", ""))
        .graph_mode(common.BigValueGraphMode.NONE)
        .color_mode(common.BigValueColorMode.NONE)
        .text_mode(common.BigValueTextMode.VALUE_AND_NAME)
        .orientation(common.VizOrientation.AUTO)
        .reduce_options(common_build.ReduceDataOptions().values(True).calcs([]).fields("/^shown$/"))
    )


def _band(panel: Panel) -> Any:
    """A line between two edges that are not drawn, the space between them filled; answers as bars behind."""
    edge: list[Property] = [
        Property("custom.lineWidth", 0),
        Property("custom.hideFrom", {"legend": True, "tooltip": False, "viz": False}),
        Property("color", _fixed(LINE)),
    ]
    return (
        timeseries.Panel()
        .interval(f"{panel.min_interval_s}s")
        .decimals(1)
        .line_interpolation(common.LineInterpolation.LINEAR)
        .show_points(common.VisibilityMode.NEVER)
        .span_nulls(False)
        .legend(common_build.VizLegendOptions().show_legend(False).display_mode(common.LegendDisplayMode.HIDDEN))
        .tooltip(common_build.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI))
        .override_by_name("score", [Property("custom.lineWidth", 2), Property("color", _fixed(LINE))])
        .override_by_name("lower", edge)
        .override_by_name("upper", [*edge, Property("custom.fillBelowTo", "lower"), Property("custom.fillOpacity", 18)])
        .override_by_name(
            "n",
            [
                Property("displayName", fixed("answers", panel.language)),
                Property("custom.drawStyle", "bars"),
                Property("custom.lineWidth", 0),
                Property("custom.fillOpacity", 16),
                Property("custom.axisPlacement", "right"),
                Property("custom.axisGridShow", False),
                Property("min", 0),
                Property("decimals", 0),
                Property("color", _fixed(COUNT)),
            ],
        )
    )


def _timeline(panel: Panel) -> Any:
    """A row a name; the query gives a state for every step, so nothing rests on how gaps are drawn."""
    shown = {
        str(state.number): model.ValueMappingResult(text=state.title, color=COLOURS[state.tone], index=index)
        for index, state in enumerate(panel.states)
    }
    nothing = model.ValueMappingResult(text=" ", color="transparent", index=len(shown))
    return (
        statetimeline.Panel()
        .interval(f"{panel.min_interval_s}s")
        .display_name("${__field.labels.name}")
        .mappings([model.ValueMap(options={**shown, "0": nothing})])
        .merge_values(True)
        .show_value(common.VisibilityMode.NEVER)
        .line_width(0)
        .fill_opacity(85)
        .row_height(0.8)
        .legend(common_build.VizLegendOptions().show_legend(True).display_mode(common.LegendDisplayMode.LIST))
    )


def _table(panel: Panel) -> Any:
    made = table.Panel().show_header(True).cell_height(common.TableCellHeight.SM)
    hidden = [column.name for column in panel.columns if column.hidden]
    if hidden:
        made.with_transformation(
            model.DataTransformerConfig(
                id_val="organize",
                options={"excludeByName": dict.fromkeys(hidden, True), "indexByName": {}, "renameByName": {}},
            )
        )
    for column in panel.columns:
        properties = [] if column.hidden else _properties(column, panel)
        if properties:
            made.override_by_name(column.name, properties)
    return made


def _matrix(panel: Panel) -> Any:
    """Long rows to a grid; each cell is a text that begins with the sign of its tone."""
    made = table.Panel().show_header(True).cell_height(common.TableCellHeight.SM)
    made.with_transformation(
        model.DataTransformerConfig(
            id_val="groupingToMatrix",
            options={"columnField": "column_name", "rowField": "row_name", "valueField": "cell"},
        )
    )
    cell = next(column for column in panel.columns if column.name == "cell")
    made.mappings(mappings(cell.tones, rules(panel, cell.name)))
    for rule in rules(panel, "column_name"):
        # Values that became columns are named like any other.
        made.override_by_name(rule.phrase, [Property("displayName", rule.shown)])
    made.thresholds(_steps((Step(None, Tone.PLAIN),), plain="transparent"))
    made.cell_options(common.TableColoredBackgroundCellOptions(mode=common.TableCellBackgroundDisplayMode.BASIC))
    if link := next((column.link for column in panel.columns if column.name == "row_name"), None):
        # The field is named after both that made the grid, and has lost its own name.
        there = url(link).replace("${__data.fields.row_name:percentencode}", "${__value.raw:percentencode}")
        made.override_by_name("row_name\\column_name", [Property("links", [{"title": link.title, "url": there}])])
    return made


def _properties(column: Column, panel: Panel) -> list[Property]:
    words = rules(panel, column.name) if column.in_words else ()
    found: list[Property] = []
    if column.title:
        found.append(Property("displayName", column.title))
    if UNITS[column.unit]:
        found.append(Property("unit", UNITS[column.unit]))
    if column.digits is not None:
        found.append(Property("decimals", column.digits))
    if column.width_px:
        found.append(Property("custom.width", column.width_px))
    if column.tones or words:
        found.append(Property("mappings", mappings(column.tones, words)))
    elif column.steps:
        null = model.SpecialValueMap(
            model.DashboardSpecialValueMapOptions(
                match=model.SpecialValueMatch.NULL,
                result=model.ValueMappingResult(text=fixed(SAID_OF_NULL, panel.language), color=COLOURS[Tone.QUIET]),
            )
        )
        found.append(Property("mappings", [null]))
    if column.tones or column.steps:
        plain = "transparent" if column.whole_row else "text"
        found.append(Property("thresholds", _steps(column.steps or (Step(None, Tone.PLAIN),), plain=plain).build()))
        found.append(Property("custom.cellOptions", _cell(whole_row=column.whole_row)))
    if column.link:
        found.append(Property("links", [{"title": column.link.title, "url": url(column.link)}]))
    return found


def _cell(*, whole_row: bool) -> object:
    if not whole_row:
        return common.TableColorTextCellOptions()
    return common.TableColoredBackgroundCellOptions(mode=common.TableCellBackgroundDisplayMode.BASIC, apply_to_row=True)


def _steps(steps: Sequence[Step], *, plain: str) -> build.ThresholdsConfig:
    return (
        build.ThresholdsConfig()
        .mode(model.ThresholdsMode.ABSOLUTE)
        .steps([model.Threshold(value=step.at, color=COLOURS.get(step.tone, plain)) for step in steps])
    )


def _fixed(colour: str) -> dict[str, str]:
    return {"mode": "fixed", "fixedColor": colour}


def url(link: Link) -> str:
    """Address of a board with the time shown, the variables kept, and those set from the row clicked."""
    parts = ["${__url_time_range}"]
    parts += [f"${{{name}:queryparam}}" for name in link.keep]
    parts += [f"var-{name}=${{__data.fields.{column}:percentencode}}" for name, column in link.set_from]
    return f"/d/{link.board}?" + "&".join(parts)
