"""What stands around the panels of the local page: header, choices, freshness, footer.

Choices are a plain form whose values stand in the address: a board can be linked, the keyboard works, and
the back button does what it says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from dashboards.feed import SPANS, Feed
from dashboards.macros import Values
from dashboards.panel import Board, Panel, Variable
from dashboards.pictures import clock, query
from dashboards.sql import LABELS
from streams.edges.errors import TouchpulseError, Unavailable

BEHIND_MS = 30_000
"""Scores complete no further than this before now: some source is late."""
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
    links = "".join(
        f'<a href="{path(other.uid)}?{escape(query(carried))}"{" aria-current=page" if other is board else ""}>'
        f"{escape(short(other))}</a>"
        for other in boards
    )
    return (
        f'<header class="topbar"><a class="mark" href="/" aria-label="Touchpulse">{FAVICON}<b>Touchpulse</b></a>'
        f'<nav aria-label="Boards">{links}</nav>{controls}'
        f'<button class="theme" type="button" onclick="touchpulseTheme()" title="dark or light" '
        f'aria-label="Switch between dark and light">◐</button></header>'
        f'<div class="title"><h1>{escape(board.question)}</h1></div>'
    )


def short(board: Board) -> str:
    """The board's name without the product's."""
    return board.title.rpartition("· ")[2]


async def controls(feed: Feed, board: Board, values: Values, span_name: str) -> str:
    """Drop-downs of the board's variables, and of the time shown."""
    chosen = [variable for variable in board.variables if not variable.fixed]
    parts = [_choice(variable, await feed.choices(variable), values) for variable in chosen]
    spans = [(text, name) for name, text, _ in SPANS]
    parts.append(_select("shown", "Shown", spans, [span_name]))
    return f'<form class="choices" method="get" onchange="this.requestSubmit()">{"".join(parts)}</form>'


def _choice(variable: Variable, offered: Sequence[tuple[str, str]], values: Values) -> str:
    chosen = values[variable.name]
    chosen = [chosen] if isinstance(chosen, str) else list(chosen)
    if variable.several:
        every = len(chosen) >= len(offered)
        offered = [("All", ""), *offered]
        chosen = [""] if every else chosen[:1]
    return _select(variable.name, variable.label, offered, chosen)


def _select(name: str, label: str, offered: Sequence[tuple[str, str]], chosen: Sequence[str]) -> str:
    options = "".join(
        f'<option value="{escape(value)}"{" selected" if value in chosen else ""}>{escape(text)}</option>'
        for text, value in offered
    )
    return f'<label><span>{escape(label)}</span><select name="{escape(name)}">{options}</select></label>'


def panel_head(panel: Panel, values: Values) -> str:
    """Title, and the question the panel answers."""
    title = panel.title
    for name, value in values.items():
        if isinstance(value, str):
            title = title.replace(f"${name}", value)
    return (
        f'<div class="head"><h2>{escape(title)}</h2>'
        '<details class="why-panel"><summary aria-label="What is this?">?</summary>'
        f"<p>{escape(panel.question)}</p></details></div>"
    )


def stamp(complete_ms: int | None, now_ms: int) -> str:
    """Up to when every source is counted."""
    if not complete_ms:
        return '<div class="stamp late" role="status"><i></i>completeness not known yet</div>'
    behind_s = max(0, (now_ms - complete_ms) // 1_000)
    late = behind_s * 1_000 > BEHIND_MS
    how = f" · {_lasting(behind_s)} behind" if late else ""
    return (
        f'<div class="stamp{" late" if late else ""}" role="status"><i></i>'
        f"complete until <b>{clock(complete_ms)}</b>{how}</div>"
    )


def _lasting(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7_200 else f"{seconds // 3_600} h"


def spark_caption(board: Board, values: Values, scale: str, span_name: str) -> str:
    """What a small graph shows."""
    window = next((text for text, value in board.variable("window").choices if value == values["window"]), "")
    shown = next(text for name, text, _ in SPANS if name == span_name)
    return f"{LABELS.get(scale, scale)}, rolling {window}, {shown}"


def notice(error: TouchpulseError) -> str:
    """The store is away or not as it should be: said plainly, tried again by itself."""
    what = "The store does not answer" if isinstance(error, Unavailable) else "The store cannot be read"
    return (
        f'<p class="notice" role="alert">{what}; trying again. What is shown may be old. '
        f"<small>{escape(str(error))}</small></p>"
    )


def footer(board: Board) -> str:
    """How to read the numbers."""
    return (
        "<p>Every score carries its 95 % interval and n, the answers it rests on. Grey: fewer than 30 answers, too few "
        "to act on. ▲ better, ▼ worse than the window before, beyond chance; ≈ within chance. CSAT: share of satisfied "
        "answers. CES: mean answer on its own scale. NPS: promoters minus detractors. No answers is not a score.</p>"
    )
