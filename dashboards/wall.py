"""The overview on a wall: the worst channels, legible at four metres, in few words and without choices.

How large: a capital letter should be 22 minutes of arc high, and must be 16 (ISO 9241-303, preferred and least height
of characters). At four metres that is 25.6 and 18.6 mm. On a screen of 55 inches (16:9: 685 mm high) it is 3.7 and
2.7 % of its height, and Roboto's capitals are 0.71 of its font size: so what has to be read is written in at least
5.3 vh, and what is only looked up in at least 3.9 vh (57 and 42 px of 1,080). Sizes are in shares of the screen's
height, so that they hold at any resolution; a smaller screen has to hang nearer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from dashboards.panel import FEW_ANSWERS, Panel, Tone
from dashboards.pictures import nothing, tone_of_net
from dashboards.said import fixed, said

Row = Mapping[str, Any]
READ_VH, LOOKED_UP_VH = 5.3, 3.9
"""Least font sizes in percent of the screen's height: of names and numbers, and of what they rest on."""
CHANNELS = 4
"""Channels with a row of their own; more would be smaller."""


def wall(rows: Sequence[Row], panel: Panel) -> str:
    """The worst channels, each by its worst question, and how many more there are.

    Args:
        rows: scores in the order of the overview, the worst first.
        panel: whose rows they are.
    """
    worst: dict[str, Row] = {}
    for row in rows:
        worst.setdefault(str(row["channel"]), row)
    if not worst:
        return nothing(panel.empty)
    shown = list(worst.items())[:CHANNELS]
    lines = "".join(_line(channel, row, panel) for channel, row in shown)
    return f'<ol class="wall-rows">{lines}</ol>{_rest(list(worst.values())[CHANNELS:], panel.language)}'


def _line(channel: str, row: Row, panel: Panel) -> str:
    language = panel.language
    score, question, interval = (said(str(row[name]), panel, name) for name in ("score", "question", "interval"))
    n = int(row["n"])
    trend = str(row["trend"])
    few = f" · {fixed('few', language)}" if n < FEW_ANSWERS else ""
    rests = fixed("no answers", language) if n == 0 else f"{interval} · n {n:,}{few}"
    worsening = f'<b class="flag bad">▼ {fixed("worsening", language)}</b>' if int(row["worsening"]) else ""
    tone = Tone.BAD if worsening else tone_of_net(row)
    turned = {"▲": "good", "▼": "bad"}.get(trend[:1], "quiet")
    return (
        f'<li data-key="{escape(channel)}" data-tone="{tone}">'
        f'<span class="name">{escape(channel)}</span>{worsening}'
        f'<span class="v">{escape(score)}</span><span class="t {turned}">{escape(trend)}</span>'
        f'<span class="q">{escape(question)}</span><span class="iv">{escape(rests)}</span></li>'
    )


def _rest(rows: Sequence[Row], language: str) -> str:
    if not rows:
        return ""
    bad = sum(1 for row in rows if tone_of_net(row) is Tone.BAD or int(row["worsening"]))
    told = fixed("{} more, {} of them bad", language).format(len(rows), bad or fixed("none", language))
    return f'<p class="wall-rest">{told}</p>'
