"""The pictures of a report: numbers as dots with their intervals on one axis, drawn as plain SVG.

Why one kind of picture for all of them: a dot on a common axis is what people read most exactly (W. S. Cleveland,
R. McGill, "Graphical perception", JASA 79, 1984), and it can carry its interval. Why no library: it is some circles and
lines, and must be small enough to stand inside a page that is sent by mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from unicodedata import east_asian_width
from xml.etree import ElementTree as ET

from dashboards.colours import COLOURS
from dashboards.panel import Tone
from streams.pure.method.evidence import FEW, Estimate

SVG = "http://www.w3.org/2000/svg"
"""Name of the language, which a file of its own must carry."""
Shape = Literal["dot", "ring", "diamond"]

WIDTH, ROW, LEFT, RIGHT, TOP, BOTTOM = 720, 34, 190, 30, 34, 30
RADIUS = 6
LONGEST = 24
"""Letters of a name that have room; Chinese signs count twice."""
STYLE = (
    ".tp-t{font:13px system-ui,'Noto Sans SC','PingFang SC','Microsoft YaHei',sans-serif;fill:#1f2429}"
    ".tp-q{fill:#5c6570}.tp-g{stroke:#d4d8dd}.tp-z{stroke:#7d8590;stroke-dasharray:4 3}"
    "@media(prefers-color-scheme:dark){.tp-t{fill:#e8eaed}.tp-q{fill:#a9b1bb}.tp-g{stroke:#3b424a}}"
)
"""Of its own, since a picture beside a Markdown page knows nothing of that page's style."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One number in a row. Few answers make it grey and hollow; an unknown one is not drawn."""

    number: Estimate
    shape: Shape = "dot"
    tone: Tone = Tone.GOOD


@dataclass(frozen=True, slots=True)
class Line:
    """One row: a name, its numbers from back to front, and what stands there where none is known."""

    name: str
    marks: tuple[Mark, ...]
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """The common axis. zero: where a dashed line stands; None: nowhere."""

    low: float
    high: float
    ticks: tuple[float, ...]
    unit: str = ""
    zero: float | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """What a shape stands for."""

    shape: Shape
    tone: Tone
    text: str


def dots(title: str, lines: Sequence[Line], axis: Axis, keys: Sequence[Key] = ()) -> str:
    """A picture as SVG text, readable on light and dark ground; the same inside a page and as a file.

    Args:
        title: read out to those who do not see it.
    """
    height = TOP + ROW * len(lines) + BOTTOM
    picture = ET.Element(
        "svg",
        {"xmlns": SVG, "viewBox": f"0 0 {WIDTH} {height}", "width": str(WIDTH),
         "height": str(height), "role": "img", "aria-label": title},
    )  # fmt: skip
    ET.SubElement(picture, "title").text = title
    ET.SubElement(picture, "style").text = STYLE
    _legend(picture, keys)
    foot = height - BOTTOM
    for tick in axis.ticks:
        _line(picture, _x(axis, tick), TOP - 6, _x(axis, tick), foot, "tp-g")
        _text(picture, _x(axis, tick), foot + 18, _tick(tick, axis.unit), "tp-q", anchor="middle")
    if axis.zero is not None:
        _line(picture, _x(axis, axis.zero), TOP - 6, _x(axis, axis.zero), foot, "tp-z")
    for number, line in enumerate(lines):
        y = TOP + ROW * number + ROW / 2
        name = _text(picture, LEFT - 14, y + 4, shortened(line.name), anchor="end")
        ET.SubElement(name, "title").text = line.name
        known = [mark for mark in line.marks if mark.number.value is not None]
        for mark in known:
            _mark(picture, axis, mark, y)
        if not known:
            _text(picture, LEFT + 10, y + 4, line.instead, "tp-q")
    return ET.tostring(picture, encoding="unicode")


def shortened(name: str) -> str:
    """A name that has room in front of a row."""
    taken = 0
    for number, sign in enumerate(name):
        taken += 2 if east_asian_width(sign) in "WF" else 1
        if taken > LONGEST:
            return name[: number - 1] + "…"
    return name


def _legend(picture: ET.Element, keys: Sequence[Key]) -> None:
    x = float(LEFT)
    for key in keys:
        _shape(picture, key.shape, x + RADIUS, 13, COLOURS[key.tone], hollow=key.shape == "ring")
        _text(picture, x + 18, 17, key.text, "tp-q")
        x += 34 + sum(13.5 if east_asian_width(sign) in "WF" else 7.2 for sign in key.text)


def _mark(picture: ET.Element, axis: Axis, mark: Mark, y: float) -> None:
    number = mark.number
    assert number.value is not None
    few = number.n < FEW
    colour = COLOURS[Tone.QUIET if few else mark.tone]
    if number.lower is not None and number.upper is not None and number.upper > number.lower:
        bar = _line(picture, _x(axis, number.lower), y, _x(axis, number.upper), y)
        bar.attrib |= {"stroke": colour, "stroke-width": "3", "stroke-opacity": "0.55", "stroke-linecap": "round"}
    _shape(picture, mark.shape, _x(axis, number.value), y, colour, hollow=few or mark.shape == "ring")


def _shape(picture: ET.Element, shape: Shape, x: float, y: float, colour: str, *, hollow: bool) -> None:
    look = {"fill": "none" if hollow else colour, "stroke": colour, "stroke-width": "2.2"}
    if shape == "diamond":
        corners = ((x, y - RADIUS - 1), (x + RADIUS + 1, y), (x, y + RADIUS + 1), (x - RADIUS - 1, y))
        ET.SubElement(picture, "polygon", {"points": " ".join(f"{a:.1f},{b:.1f}" for a, b in corners), **look})
    else:
        ET.SubElement(picture, "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": str(RADIUS), **look})


def _line(picture: ET.Element, x1: float, y1: float, x2: float, y2: float, kind: str = "") -> ET.Element:
    ends = {name: f"{value:.1f}" for name, value in (("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2))}
    return ET.SubElement(picture, "line", {**ends, **({"class": kind} if kind else {})})


def _text(picture: ET.Element, x: float, y: float, text: str, kind: str = "", *, anchor: str = "start") -> ET.Element:
    looks = {"x": f"{x:.1f}", "y": f"{y:.1f}", "class": f"tp-t {kind}".strip(), "text-anchor": anchor}
    element = ET.SubElement(picture, "text", looks)
    element.text = text
    return element


def _x(axis: Axis, value: float) -> float:
    part = (min(max(value, axis.low), axis.high) - axis.low) / (axis.high - axis.low)
    return LEFT + part * (WIDTH - LEFT - RIGHT)


def _tick(value: float, unit: str) -> str:
    return f"{value:g}{unit}".replace("-", "−")
