"""Grafana's JSON of our boards.

Built with the models of Grafana 11.6, which 10 to 13 read as well. Written to dashboards/generated, where
Grafana's file provisioning finds it; a test holds the files to the definitions. Nothing here was run
against a live Grafana by this project's tests: they hold the JSON to what the plugin's versions are known
to accept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model

from dashboards.colours import COLOURS
from dashboards.grafana_panels import GRID_WIDTH, Query, source, to_panel
from dashboards.lang import words_of
from dashboards.library import BOARDS
from dashboards.method_doc import described
from dashboards.panel import EVERY, Annotation, Board, Variable

GENERATED = Path(__file__).parent / "generated"


def to_json(board: Board) -> str:
    """The board as Grafana imports it: stable text, the same for the same definition."""
    text = json.dumps(to_model(board), cls=JSONEncoder, indent=2, ensure_ascii=False, sort_keys=True)
    return text + "\n"


def to_dict(board: Board) -> dict[str, Any]:
    """The board as plain JSON values."""
    plain: dict[str, Any] = json.loads(to_json(board))
    return plain


def to_model(board: Board) -> model.Dashboard:
    """The board in the models of grafana-foundation-sdk."""
    builder = (
        build.Dashboard(board.title)
        .uid(board.uid)
        .description(board.question)
        .tags(["touchpulse"])
        .timezone("browser")
        .time(board.shown, "now")
        .refresh(f"{board.refresh_s}s")
        .timepicker(build.TimePicker().refresh_intervals([f"{board.refresh_s}s", "10s", "30s", "1m", "5m"]))
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .readonly()
    )
    for variable in board.variables:
        builder.with_variable(_variable(variable))
    words = words_of(board.language)
    for other in BOARDS:
        if other.uid != board.uid:
            builder.link(
                build.DashboardLink(words.get(other.title, other.title))
                .type(model.DashboardLinkType.LINK)
                .url(f"/d/{other.uid}")
                .tooltip(words.get(other.question, other.question))
                .keep_time(True)
            )
    x = y = row_height = 0
    for panel in board.panels:
        if x + panel.width > GRID_WIDTH:
            x, y, row_height = 0, y + row_height, 0
        told = replace(panel, question=described(board, panel))
        builder.with_panel(to_panel(told, model.GridPos(h=panel.height, w=panel.width, x=x, y=y)))
        x, row_height = x + panel.width, max(row_height, panel.height)
    made = builder.build()
    made.annotations = model.AnnotationContainer(list_val=[_builtin(), *map(_annotation, board.annotations)])
    return made


_ALL = model.VariableOption(selected=True, text=["All"], value=["$__all"])
_QUOTED = f"'{EVERY}'"
"""Put into the SQL as it stands: Grafana gives a form to chosen values, and none to this one."""


def _variable(variable: Variable) -> build.QueryVariable | build.CustomVariable | build.ConstantVariable:
    if variable.sql:
        query = (
            build.QueryVariable(variable.name)
            .label(variable.label)
            .datasource(source())
            .query(variable.sql)
            .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(
                model.VariableSort.DISABLED
                if variable.in_order
                else model.VariableSort.ALPHABETICAL_CASE_INSENSITIVE_ASC
            )
            .multi(variable.several)
            .include_all(variable.several)
            .allow_custom_value(False)
        )
        if variable.several:
            query.current(_ALL)
        return query.all_value(_QUOTED) if variable.open else query
    default = variable.default or variable.choices[0][1]
    if variable.fixed:
        return build.ConstantVariable(variable.name).label(variable.label).value(default)
    options = [model.VariableOption(value == default, text, value) for text, value in variable.choices]
    custom = (
        build.CustomVariable(variable.name)
        .label(variable.label)
        .allow_custom_value(False)
        .values(",".join(f"{text} : {value}" for text, value in variable.choices))
        .options(options)
    )
    if not variable.several:
        return custom.current(next(option for option in options if option.value == default))
    return custom.multi(True).include_all(True).all_value(_QUOTED).current(_ALL)


def _annotation(annotation: Annotation) -> model.AnnotationQuery:
    return model.AnnotationQuery(
        name=annotation.name,
        datasource=source(),
        enable=True,
        icon_color=COLOURS[annotation.tone],
        # The model knows Grafana's own annotations only; a data source's carry a query here.
        target=Query(annotation.sql, time_series=False, ref_id="Anno"),  # type: ignore[arg-type]
        built_in=None,
    )


def _builtin() -> model.AnnotationQuery:
    """Grafana's own annotations: what people and `touchpulse` mark by its API."""
    return model.AnnotationQuery(
        name="Annotations & Alerts",
        datasource=model.DataSourceRef("grafana", "-- Grafana --"),
        enable=True,
        hide=True,
        icon_color="rgba(0, 211, 255, 1)",
        type_val="dashboard",
        built_in=1,
    )


def build_files(folder: Path = GENERATED, boards: Sequence[Board] = BOARDS) -> dict[str, bool]:
    """Writes each board's JSON. Returns file names, and whether the file changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = {}
    for name, text in files(boards).items():
        path = folder / name
        changed[name] = not path.exists() or path.read_text() != text
        if changed[name]:
            path.write_text(text)
    return changed


def files(boards: Sequence[Board] = BOARDS) -> Mapping[str, str]:
    """File name and JSON text of each board."""
    return {f"{board.uid}.json": to_json(board) for board in boards}
