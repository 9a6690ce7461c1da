"""The filter row of the local page: drop-downs, and lists of which several may be chosen.

A plain form whose values stand in the address: a view can be sent to somebody, the keyboard works, and the back
button does what it says. Without a script a list is applied by its button; with one, also by closing it.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import islice

from dashboards.feed import SPANS, Feed
from dashboards.macros import Values
from dashboards.panel import EVERY, Board, Variable
from dashboards.said import fixed

MOST = 1_000
"""Names a list shows; those chosen are always among them."""
SEARCH_FROM = 12
"""Names from which a list has a field to search it by."""
NAMED = 2
"""So many chosen names are written out; of more it is said how many they are."""

Offered = Sequence[tuple[str, str]]
"""Pairs of (what the reader sees, value)."""


async def controls(feed: Feed, board: Board, values: Values, span_name: str) -> str:
    """Drop-downs of the board's variables, and of the time shown."""
    language = board.language
    drawn = []
    for variable in board.variables:
        if not variable.fixed:
            chosen = values[variable.name]
            chosen = [chosen] if isinstance(chosen, str) else list(chosen)
            draw = _list if variable.several else _drop_down
            drawn.append(draw(variable, await feed.choices(variable), chosen, language))
    spans = [(fixed(text, language), name) for name, text, _ in SPANS]
    drawn.append(_select("shown", fixed("Shown", language), spans, [span_name]))
    return f'<form class="choices" method="get">{"".join(drawn)}</form>'


def _drop_down(variable: Variable, offered: Offered, chosen: Sequence[str], _: str) -> str:
    return _select(variable.name, variable.label, offered, chosen)


def _select(name: str, label: str, offered: Offered, chosen: Sequence[str]) -> str:
    options = "".join(
        f'<option value="{escape(value)}"{" selected" if value in chosen else ""}>{escape(text)}</option>'
        for text, value in offered
    )
    return f'<label><span>{escape(label)}</span><select name="{escape(name)}">{options}</select></label>'


def _list(variable: Variable, offered: Offered, chosen: Sequence[str], language: str) -> str:
    """A list that opens. Nothing ticked is everything."""
    every = chosen == [EVERY] or len(chosen) >= len(offered)
    ticked = [] if every else [one for one in offered if one[1] in chosen]
    rest = islice((one for one in offered if one not in ticked), max(0, MOST - len(ticked)))
    kept = {*ticked, *rest}
    shown = [one for one in offered if one in kept]
    boxes = "".join(
        f'<label data-key="{escape(value)}"><input type="checkbox" name="{escape(variable.name)}" '
        f'value="{escape(value)}"{" checked" if (text, value) in ticked else ""}><span>{escape(text)}</span></label>'
        for text, value in shown
    )
    search = fixed("Search", language)
    field = f'<input type="search" placeholder="{search}" aria-label="{search}">' if len(shown) > SEARCH_FROM else ""
    more = len(offered) - len(shown)
    left = f"<p>{fixed('and {} more', language).format(more)}</p>" if more else ""
    if every:
        said = fixed("All", language)
    elif len(ticked) <= NAMED:
        said = ", ".join(text for text, _ in ticked)
    else:
        said = fixed("{} of {}", language).format(len(ticked), len(offered))
    label = escape(variable.label)
    return (
        f'<details class="several" data-key="{escape(variable.name)}">'
        f"<summary><span>{label}</span><b>{escape(said)}</b></summary>"
        f'<div role="group" aria-label="{label}">{field}<div class="names">{boxes}</div>{left}'
        f'<button type="submit">{fixed("Show", language)}</button></div></details>'
    )
