"""What stands around the panels of the local page: header, freshness, notices, footer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from dashboards import parts
from dashboards.charts import Mark
from dashboards.feed import SPANS
from dashboards.lang import words_of
from dashboards.macros import Values
from dashboards.panel import Board, Panel, Tone
from dashboards.pictures import clock, query
from dashboards.said import fixed
from dashboards.sql import LABELS
from streams.edges.errors import TouchpulseError, Unavailable

BEHIND_MS = 30_000
"""Scores complete no further than this before now: some source is late."""
HAPPENED = 5
"""Marks said in words under a title; a graph draws them all."""
FAVICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='8' fill='#14181f'/>"
    "<path d='M5 17h6l3-8 5 15 3-7h5' fill='none' stroke='#5aa9e6' stroke-width='2.6' stroke-linecap='round' "
    "stroke-linejoin='round'/></svg>"
)


def path(uid: str) -> str:
    """Address of a board."""
    return "/" + uid.removeprefix("touchpulse-")


def header(board: Board, boards: Sequence[Board], carried: Mapping[str, str | Sequence[str]], controls: str) -> str:
    """Name, boards, choices, and the switch between dark and light."""
    language = board.language
    links = "".join(
        f'<a href="{path(other.uid)}?{escape(query(carried))}"{" aria-current=page" if other.uid == board.uid else ""}>'
        f"{escape(short(other))}</a>"
        for other in boards
    )
    return (
        f'<header class="topbar"><a class="mark" href="/" aria-label="Touchpulse">{FAVICON}<b>Touchpulse</b></a>'
        f'<nav aria-label="{fixed("Boards", language)}">{links}</nav>{controls}'
        f'<button class="theme" type="button" onclick="touchpulseTheme()" title="{fixed("dark or light", language)}" '
        f'aria-label="{fixed("Switch between dark and light", language)}">◐</button></header>'
        f'<div class="title"><h1>{escape(board.question)}</h1></div>'
    )


def short(board: Board) -> str:
    """The board's name without the product's."""
    return board.title.rpartition("· ")[2]


def panel_head(panel: Panel, values: Values, heading: str = "") -> str:
    """Title, the question the panel answers, and a link to how it is computed (`heading` of the method's page)."""
    title = panel.title
    for name, value in values.items():
        if isinstance(value, str):
            title = title.replace(f"${name}", value)
    how = f'<p><a href="/method#{heading}">{fixed("How computed", panel.language)}</a></p>' if heading else ""
    return (
        f'<div class="head"><h2>{escape(title)}</h2>'
        f'<details class="why-panel"><summary aria-label="{fixed("What is this?", panel.language)}">?</summary>'
        f"<p>{escape(panel.question)}</p>{how}</details></div>"
    )


def happened(marks: Sequence[Mark], language: str) -> str:
    """What a graph's marks stand for, the latest first; alerts stand in words elsewhere."""
    told = sorted((mark for mark in marks if mark.tone is not Tone.BAD), key=lambda mark: -mark.at_ms)
    shown = "".join(
        f'<span class="{mark.tone}">{mark.sign} {clock(mark.at_ms)} {escape(mark.words)}</span>'
        for mark in told[:HAPPENED]
    )
    rest = len(told) - HAPPENED
    more = f"<span>{fixed('and {} more', language).format(rest)}</span>" if rest > 0 else ""
    return f'<p class="key happened">{shown}{more}</p>' if told else ""


def stamp(complete_ms: int | None, now_ms: int, language: str = "en") -> str:
    """Up to when every source is counted."""
    if not complete_ms:
        unknown = fixed("completeness not known yet", language)
        return f'<div class="stamp late" role="status"><i></i>{unknown}</div>'
    behind_s = max(0, (now_ms - complete_ms) // 1_000)
    late = behind_s * 1_000 > BEHIND_MS
    how = fixed(" · {} behind", language).format(_lasting(behind_s, language)) if late else ""
    return (
        f'<div class="stamp{" late" if late else ""}" role="status"><i></i>'
        f"{fixed('complete until', language)} <b>{clock(complete_ms)}</b>{how}</div>"
    )


def _lasting(seconds: int, language: str) -> str:
    if seconds < 120:
        return fixed("{} s", language).format(seconds)
    if seconds < 7_200:
        return fixed("{} min", language).format(seconds // 60)
    return fixed("{} h", language).format(seconds // 3_600)


def spark_caption(board: Board, values: Values, scale: str, span_name: str) -> str:
    """What a small graph shows."""
    window = next((text for text, value in board.variable("window").choices if value == values["window"]), "")
    shown = next(text for name, text, _ in SPANS if name == span_name)
    words = words_of(board.language)
    label = LABELS.get(scale, scale)
    told = fixed("{}, rolling {}, {}", board.language)
    return told.format(words.get(label, label), window, fixed(shown, board.language))


def notice(error: TouchpulseError, language: str = "en") -> str:
    """The store is away or not as it should be: said plainly, tried again by itself."""
    away = isinstance(error, Unavailable)
    what = fixed("The store does not answer", language) if away else fixed("The store cannot be read", language)
    return (
        f'<p class="notice" role="alert">{what}{fixed("; trying again. What is shown may be old.", language)} '
        f"<small>{escape(str(error))}</small></p>"
    )


def footer(board: Board) -> str:
    """How to read the numbers."""
    on_wall = fixed("On a wall", board.language)
    wall = f'<p><a href="/overview?wall=1">{on_wall}</a></p>' if board.uid == parts.OVERVIEW else ""
    how = fixed(
        "Every score carries its 95 % interval and n, the answers it rests on. Grey: fewer than 30 answers, too few "
        "to act on. ▲ better, ▼ worse than the window before, beyond chance; ≈ within chance. CSAT: share of satisfied "
        "answers. CES: mean answer on its own scale. NPS: promoters minus detractors. No answers is not a score.",
        board.language,
    )
    return f"{wall}<p>{how}</p>"
