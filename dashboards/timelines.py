"""Names over time on the local page: a row a name, a bar for each stretch in one state.

Why apart from pictures.py: these draw time, as charts.py draws lines. The query gives a state for every step, so a bar
is as long as its steps, and nothing rests on guessing what a gap means.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby, pairwise

from dashboards.charts import Mark
from dashboards.panel import Panel
from dashboards.pictures import Row, at_ms, clock, nothing, place
from dashboards.said import fixed


def timeline(rows: Sequence[Row], panel: Panel, from_ms: int, to_ms: int, marks: Sequence[Mark] = ()) -> str:
    """A row a name, the worst and latest first: when it was in which state; above them what was done or happened."""
    states = {state.number: state for state in panel.states}
    by_name: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        by_name.setdefault(str(row["name"]), []).append((at_ms(row["time"]), int(row["state"])))
    if not by_name:
        return nothing(panel.empty)
    starts = sorted({at for points in by_name.values() for at, _ in points})
    step_ms = min((later - at for at, later in pairwise(starts)), default=max(1, to_ms - from_ms))
    lines = [_happened(marks, from_ms, to_ms, panel.language)] if marks else []
    for name in sorted(by_name, key=lambda name: _urgency(by_name[name]), reverse=True):
        spans = []
        for state, run in groupby(by_name[name], key=lambda point: point[1]):
            if state not in states:
                continue
            points = list(run)
            left = place(points[0][0], from_ms, to_ms)
            right = place(points[-1][0] + step_ms, from_ms, to_ms)
            span = fixed("{} to {}", panel.language).format(clock(points[0][0]), clock(points[-1][0] + step_ms))
            title = f"{states[state].title}, {span}"
            spans.append(
                f'<i class="{states[state].tone}" style="left:{left:.2f}%;width:{max(0.4, right - left):.2f}%" '
                f'title="{escape(title)}"></i>'
            )
        said = escape(name)
        lines.append(
            f'<li data-key="{said}"><span class="q">{said}</span><span class="track">{"".join(spans)}</span></li>'
        )
    key = "".join(f'<span class="{state.tone}">■ {escape(state.title)}</span> ' for state in panel.states)
    return f'<ul class="spans">{"".join(lines)}</ul><p class="key">{key}</p>'


def _happened(marks: Sequence[Mark], from_ms: int, to_ms: int, language: str) -> str:
    strokes = "".join(
        f'<i class="{mark.tone}" style="left:{place(mark.at_ms, from_ms, to_ms):.2f}%;width:0.4%" '
        f'title="{escape(f"{clock(mark.at_ms)} {mark.words}")}"></i>'
        for mark in marks
    )
    name = fixed("what happened", language)
    return f'<li data-key="what happened"><span class="q">{name}</span><span class="track">{strokes}</span></li>'


def _urgency(points: Sequence[tuple[int, int]]) -> tuple[int, int, int]:
    """Of a name's states: the last, the worst, and when it was in any."""
    return points[-1][1], max(state for _, state in points), max((at for at, state in points if state), default=0)
