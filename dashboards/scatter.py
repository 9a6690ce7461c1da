"""Points in a plane on the local page: each with its name, its size by answers, its interval as a cross.

Why apart from charts.py: those draw time. The words come from the SQL and are escaped here: a name may be anything.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from dashboards.colours import COLOURS, LINE
from dashboards.panel import Axis, Line, Panel, Plane, Tone
from dashboards.said import said

Row = Mapping[str, Any]
SMALL_PX, LARGE_PX = 8.0, 22.0
"""Diameter of a point: of no answers, of the most."""
NAMED = 20
"""Of more points only those that say something are named; the others when the mouse is over them."""
_FAINT, _INK = "rgba(128,136,148,0.22)", "#868e99"
_COMMA = re.compile("([,\uff0c]) ?")
"""Where words in a corner go on in the next line: on a narrow screen two corners would meet."""
_STILL: dict[str, Any] = {"animation": False, "silent": True, "symbol": "none", "type": "line"}


def options(rows: Sequence[Row], lines: Sequence[Row], panel: Panel) -> dict[str, Any]:
    """Options of the graph for ECharts; empty where there is no point.

    Args:
        rows: of the panel's SQL.
        lines: of its plane's `lines_sql`.
    """
    plane = panel.plane
    if plane is None or not rows:
        return {}
    most = max(int(row["n"]) for row in rows) or 1
    names: dict[tuple[float, float], list[str]] = {}
    for row in rows:
        if len(rows) > NAMED and Tone(row["tone"]) is Tone.QUIET:
            continue
        names.setdefault((row["x"], row["y"]), []).append(said(str(row["name"]), panel, "name"))
    places = [float(row["x"]) for row in rows]
    low, high = (
        found if end is None else end for end, found in ((plane.x.low, min(places)), (plane.x.high, max(places)))
    )
    room = math.inf if plane.joined else low + 0.75 * (high - low)
    return {
        "animation": False,
        "grid": {"left": 58, "right": 30, "top": 26, "bottom": 46},
        "textStyle": {"fontFamily": "Roboto, system-ui, sans-serif"},
        "tooltip": {"trigger": "item", "confine": True, "className": "tip", ":formatter": "one => one.data.tip"},
        # Where points are joined, how far to the right one lies is its place in a row and no number.
        "xAxis": _axis(plane.x, 12 if plane.joined else 28, numbers=not plane.joined),
        "yAxis": _axis(plane.y, 40),
        "graphic": _corners(plane),
        "series": [
            *({**_STILL, **_line(line, lines), "name": line.title} for line in plane.lines),
            *_intervals(rows),
            *_joined(rows, plane),
            {
                "type": "scatter", "name": "points", "animation": False,
                "data": [_point(row, most, panel, names.pop((row["x"], row["y"]), []), room) for row in rows],
                "label": {"show": True, "color": _INK, "fontSize": 12},
                "labelLayout": {"hideOverlap": True}, "z": 5,
            },
        ],
    }  # fmt: skip


def _point(row: Row, most: int, panel: Panel, names: Sequence[str], room: float) -> dict[str, Any]:
    """One point.

    Args:
        names: of all points at its place; none where an earlier one has named them.
        room: up to where a name has room on the right; infinite: it stands above.
    """
    name = said(str(row["name"]), panel, "name")
    tip = f"<b>{escape(name)}</b><br>{escape(said(str(row['note']), panel, 'note'))}"
    size = SMALL_PX + (LARGE_PX - SMALL_PX) * math.sqrt(int(row["n"]) / most)
    side = "top" if math.isinf(room) else "left" if row["x"] > room else "right"
    return {
        "name": name, "value": [row["x"], row["y"]], "tip": tip, "symbolSize": round(size, 1),
        "itemStyle": {"color": COLOURS.get(Tone(row["tone"]), LINE), "opacity": 0.9},
        "label": {"position": side, "formatter": ", ".join(names), "show": bool(names)},
    }  # fmt: skip


def _axis(axis: Axis, gap_px: int, *, numbers: bool = True) -> dict[str, Any]:
    ends = {name: end for name, end in (("min", axis.low), ("max", axis.high)) if end is not None}
    return {
        "type": "value", "scale": True, "name": axis.title, "nameLocation": "middle", "nameGap": gap_px,
        "nameTextStyle": {"color": _INK},
        "axisLabel": {"show": numbers, "color": _INK, "hideOverlap": True},
        "axisLine": {"onZero": False, "lineStyle": {"color": _FAINT}}, "splitLine": {"lineStyle": {"color": _FAINT}},
        **ends,
    }  # fmt: skip


def _line(line: Line, rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "data": [[row[line.x], row[line.y]] for row in rows],
        "lineStyle": {"color": COLOURS.get(line.tone, LINE), "type": "dashed", "width": 1.4},
        "clip": False,
        "endLabel": {
            "show": bool(line.title),
            "color": _INK,
            "fontSize": 11,
            "formatter": line.title,
            "align": "right",
            "verticalAlign": "bottom",
            "offset": [-14, -3],
        },
    }


def _intervals(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """A stroke along each axis for which the rows have an interval."""
    drawn = []
    for name, other in (("x", "y"), ("y", "x")):
        data: list[list[float | None]] = []
        for row in rows:
            ends = (row.get(f"{name}_lower"), row.get(f"{name}_upper"))
            if None not in ends:
                data += [[end, row[other]] if name == "x" else [row[other], end] for end in ends]
                data.append([None, None])
        if data:
            style = {"color": LINE, "width": 1.5, "opacity": 0.45}
            drawn.append({**_STILL, "name": f"95 % {name}", "data": data, "connectNulls": False, "lineStyle": style})
    return drawn


def _joined(rows: Sequence[Row], plane: Plane) -> list[dict[str, Any]]:
    if not plane.joined:
        return []
    data = [[row["x"], row["y"]] for row in rows]
    return [{**_STILL, "name": "curve", "data": data, "lineStyle": {"color": LINE, "width": 2}}]


def _corners(plane: Plane) -> list[dict[str, Any]]:
    places = (("left", "top"), ("right", "top"), ("left", "bottom"), ("right", "bottom"))
    near = {"left": 66, "right": 36, "top": 32, "bottom": 54}
    return [
        {
            "type": "text", "silent": True, side: near[side], end: near[end], "z": 0,
            "style": {
                "text": _COMMA.sub("\\1\n", words), "fill": _INK, "opacity": 0.75, "lineHeight": 15,
                "font": "500 12px Roboto, system-ui, sans-serif",
            },
        }
        for words, (side, end) in zip(plane.corners, places, strict=True)
        if words
    ]  # fmt: skip
