"""Scores over time on the local page: a small graph in a card, and a large one with axes.

Why apart from pictures.py: these draw lines. A gap in the answers is a gap in the line; the band is the
95 % interval; nothing is smoothed or joined across.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dashboards.colours import COLOURS, COUNT, LINE
from dashboards.panel import FEW_ANSWERS, Tone
from dashboards.said import fixed

Row = Mapping[str, Any]
WIDTH, HEIGHT = 300.0, 60.0


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, to be drawn over time."""

    at_ms: int
    words: str
    tone: Tone = Tone.BAD
    sign: str = "▼"


def limits(series: Sequence[Sequence[Row]]) -> tuple[float, float] | None:
    """Common lower and upper end of several graphs, so that cards can be compared; None without a score."""
    scored = [row for rows in series for row in rows if row["score"] is not None]
    # The wide bands of a few answers would press all others flat; they are cut off instead.
    firm = [row for row in scored if row["n"] >= FEW_ANSWERS] or scored
    values = [float(row[name]) for row in firm for name in ("score", "lower", "upper") if row[name] is not None]
    if not values:
        return None
    low, high = min(values), max(values)
    pad = (high - low) * 0.06 or 1.0
    return low - pad, high + pad


def spark(
    rows: Sequence[Row],
    *,
    from_ms: int,
    to_ms: int,
    ends: tuple[float, float] | None,
    marks_ms: Sequence[int] = (),
    language: str = "en",
) -> str:
    """A small graph as SVG: band, line, and a stroke where an alert was told."""
    if ends is None:
        return ""

    def x(moment_ms: float) -> float:
        return WIDTH * (moment_ms - from_ms) / max(1, to_ms - from_ms)

    def point(row: Row, name: str) -> str:
        return f"{x(at_ms(row)):.1f},{y(_bound(row, name)):.1f}"

    def y(value: float) -> float:
        return HEIGHT * (1 - (value - ends[0]) / (ends[1] - ends[0]))

    drawn = []
    for run in runs(rows):
        edges = [point(row, "upper") for row in run] + [point(row, "lower") for row in reversed(run)]
        few = "" if any(row["n"] >= FEW_ANSWERS for row in run) else " few"
        drawn.append(f'<polygon class="band{few}" points="{" ".join(edges)}"/>')
        drawn.append(f'<polyline class="line{few}" points="{" ".join(point(row, "score") for row in run)}"/>')
    for mark in marks_ms:
        if from_ms <= mark <= to_ms:
            drawn.append(f'<line class="mark" x1="{x(mark):.1f}" x2="{x(mark):.1f}" y1="0" y2="{HEIGHT:.0f}"/>')
    return (
        f'<svg viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" preserveAspectRatio="none" role="img" '
        f'aria-label="{fixed("score over time", language)}">{"".join(drawn)}</svg>'
    )


def runs(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Stretches of rows with a score, without gaps."""
    run: list[Row] = []
    for row in rows:
        if row["score"] is None:
            if run:
                yield run
            run = []
        else:
            run.append(row)
    if run:
        yield run


def band(
    rows: Sequence[Row], *, from_ms: int, to_ms: int, unit: str, marks: Sequence[Mark] = (), language: str = "en"
) -> dict[str, Any]:
    """Options of a large graph for ECharts: line, band, answers as bars, what happened as strokes.

    Colours are those that stand out on light and on dark alike.
    """
    ends = limits([rows])
    faint, ink = "rgba(128,136,148,0.22)", "#868e99"
    times = [at_ms(row) for row in rows]
    lower = [_bound(row, "lower") if row["score"] is not None else None for row in rows]
    width = [None if row["score"] is None else _bound(row, "upper") - _bound(row, "lower") for row in rows]
    counts = [int(row["n"] or 0) for row in rows]
    line: dict[str, Any] = {"type": "line", "symbol": "none", "silent": True, "animation": False}
    edge = {**line, "stack": "band", "stackStrategy": "all", "lineStyle": {"opacity": 0}}
    few = len([row for row in rows if row["score"] is not None]) < 40
    return {
        "animation": False,
        "grid": {"left": 46, "right": 44, "top": 14, "bottom": 26},
        "textStyle": {"fontFamily": "Roboto, system-ui, sans-serif"},
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "className": "tip",
            "axisPointer": {"lineStyle": {"color": ink, "type": "solid", "width": 1}},
            ":formatter": _tooltip(unit, language),
        },
        "xAxis": {
            "type": "time", "min": from_ms, "max": to_ms, "axisLine": {"onZero": False, "lineStyle": {"color": faint}},
            "axisTick": {"show": False}, "axisLabel": {"color": ink, "hideOverlap": True}, "splitLine": {"show": False},
        },
        "yAxis": [
            {
                "type": "value", "scale": True, "min": None if ends is None else round(ends[0], 1),
                "max": None if ends is None else round(ends[1], 1),
                "axisLabel": {
                    "color": ink, ":formatter": "v => +v.toFixed(1)", "showMinLabel": False, "showMaxLabel": False,
                },
                "splitLine": {"lineStyle": {"color": faint}},
            },
            {
                "type": "value", "min": 0, "max": 4 * max(counts, default=0) or 1, "splitLine": {"show": False},
                "axisLabel": {"color": ink, ":formatter": f"v => v <= {max(counts, default=0)} ? v : ''"},
            },
        ],
        "series": [
            {
                "name": "answers", "type": "bar", "yAxisIndex": 1, "barMaxWidth": 14, "animation": False,
                "itemStyle": {"color": COUNT, "opacity": 0.3},
                "data": [list(p) for p in zip(times, counts, strict=True)],
            },
            {**edge, "name": "lower", "data": [list(p) for p in zip(times, lower, strict=True)]},
            {
                **edge, "name": "width", "areaStyle": {"color": LINE, "opacity": 0.2},
                "data": [list(p) for p in zip(times, width, strict=True)],
            },
            {
                **line, "name": "score", "lineStyle": {"color": LINE, "width": 2}, "itemStyle": {"color": LINE},
                "symbol": "circle", "symbolSize": 5, "showSymbol": few,
                "data": [[time, row["score"]] for time, row in zip(times, rows, strict=True)],
                "markLine": {
                    "symbol": "none", "silent": True, "animation": False,
                    "data": [
                        {
                            "xAxis": mark.at_ms,
                            "lineStyle": {"color": COLOURS.get(mark.tone, LINE), "type": "dashed", "width": 1.5},
                            "label": {
                                "formatter": mark.sign, "color": COLOURS.get(mark.tone, LINE), "position": "end",
                                "distance": 1, "fontSize": 11,
                            },
                        }
                        for mark in marks
                    ],
                },
            },
        ],
    }  # fmt: skip


def _tooltip(unit: str, language: str) -> str:
    words = {"UNIT": unit, "NOBODY": fixed("no answers", language), " TO ": fixed(" to ", language)}
    text = _TOOLTIP
    for name, word in words.items():
        text = text.replace(name, word)
    return text


_TOOLTIP = """
items => {
  const of = name => items.find(i => i.seriesName === name)?.value?.[1];
  const score = of('score'), low = of('lower'), high = low + of('width');
  const at = new Date(items[0].value[0]).toLocaleString(undefined, {dateStyle: 'medium', timeStyle: 'medium'});
  if (score == null) return at + '<br>NOBODY';
  const f = v => v.toFixed(v > 10 || v < -10 ? 1 : 2);
  return at + '<br><b>' + f(score) + 'UNIT</b> · 95 %: ' + f(low) + ' TO ' + f(high) + '<br>n ' + (of('answers') ?? 0);
}
"""


def _bound(row: Row, name: str) -> float:
    """An end of the interval; the score itself where one answer says nothing of spread."""
    return float(row["score"] if row[name] is None else row[name])


def at_ms(row: Row) -> int:
    """Time of a row, ms UTC."""
    moment: datetime = row["time"]
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000)
