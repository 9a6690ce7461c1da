"""Points in a plane, as Grafana's XY chart draws them.

Why its options are written by hand: the XY chart took a new form of options in Grafana 11, and turns the one before
it into the new by itself, as long as no plugin version stands beside it. The old form is the only one that Grafana 9.4
to 13 all read. The SDK has the new one alone.

Lines come by a second query, so that no column has gaps: an empty value would be drawn as 0. The chart writes no
names beside its points: a point's name and numbers show when the mouse is over it, and stand in the table near by.
"""

from __future__ import annotations

from typing import Any

from grafana_foundation_sdk.builders import xychart
from grafana_foundation_sdk.models import dashboard as model

from dashboards.colours import COLOURS, LINE
from dashboards.panel import Axis, Line, Panel, Plane, Tone
from dashboards.said import fixed

POINTS, LINES = 0, 1
"""Frames, in the order of the queries."""
POINT_PX = (8, 24)
"""Diameter of a point by its answers: of few, of many."""
Property = model.DynamicConfigValue


class _XyChart(xychart.Panel):
    """The SDK's panel, with options in the form that all versions read."""

    def __init__(self, plane: Plane) -> None:
        super().__init__()
        self._plane = plane

    def build(self) -> model.Panel:
        """The panel."""
        made = super().build()
        made.options = _options(self._plane)
        if made.field_config is not None:
            made.field_config.defaults.custom = {}  # turning the old form into the new looks into it
        return made


def builder(panel: Panel) -> Any:
    """Builder of the chart.

    Raises:
        ValueError: the panel has no plane.
    """
    plane = panel.plane
    if plane is None:
        raise ValueError(f"panel {panel.id} is a scatter without a plane")
    made = _XyChart(plane)
    made.override_by_name("x", _axis(plane.x, "bottom"))
    shown = "points+lines" if plane.joined else "points"
    named = [Property("displayName", plane.y.title), Property("custom.show", shown), Property("color", _fixed(LINE))]
    made.override_by_name("y", [*_axis(plane.y, "left"), *named])
    made.override_by_name("tone", _tones(panel.language))
    for line in plane.lines:
        made.override_by_name(line.x, _axis(plane.x, "bottom"))
        made.override_by_name(line.y, [*_axis(plane.y, "left"), *_line(line)])
    return made


def _options(plane: Plane) -> dict[str, Any]:
    small, large = POINT_PX
    points = {
        "frame": POINTS, "name": plane.y.title, "x": "x", "y": "y",
        "pointColor": {"field": "tone", "fixed": LINE},
        "pointSize": {"field": "n", "fixed": small, "min": small, "max": large},
    }  # fmt: skip
    lines = [
        {
            "frame": LINES, "name": line.title, "x": line.x, "y": line.y,
            "pointColor": {"fixed": COLOURS[line.tone]}, "pointSize": {"fixed": 1, "min": 1, "max": 1},
        }
        for line in plane.lines
    ]  # fmt: skip
    return {
        "seriesMapping": "manual",
        "dims": {},
        "series": [points, *lines],
        "legend": {"showLegend": bool(lines), "displayMode": "list", "placement": "bottom", "calcs": []},
        "tooltip": {"mode": "single", "sort": "none"},
    }


def _axis(axis: Axis, placement: str) -> list[Property]:
    found = [Property("custom.axisLabel", axis.title), Property("custom.axisPlacement", placement)]
    found += [Property(name, end) for name, end in (("min", axis.low), ("max", axis.high)) if end is not None]
    return found


def _line(line: Line) -> list[Property]:
    return [
        Property("displayName", line.title),
        Property("custom.show", "lines"),
        Property("custom.lineWidth", 1),
        Property("custom.lineStyle", {"fill": "dash", "dash": [6, 6]}),
        Property("color", _fixed(COLOURS[line.tone])),
    ]


def _tones(language: str) -> list[Property]:
    """The colour of a point is that of the tone its row names."""
    shown = {
        str(tone): model.ValueMappingResult(text=fixed(str(tone), language), color=COLOURS.get(tone, LINE), index=index)
        for index, tone in enumerate(Tone)
    }
    return [Property("mappings", [model.ValueMap(options=shown)]), Property("color", {"mode": "thresholds"})]


def _fixed(colour: str) -> dict[str, str]:
    return {"mode": "fixed", "fixedColor": colour}
