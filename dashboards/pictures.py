"""How each kind of picture is drawn on the local page: rows in, HTML out.

Pure text, so that what a reader sees is tested without a browser. Whatever came from a producer is
escaped. The texts of numbers come from the SQL, so both screens say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import urlencode

from dashboards.panel import FEW_ANSWERS, Column, Link, Panel, Tone, Unit
from dashboards.said import fixed, said
from dashboards.sql import LABELS, NET_FAIR, NET_GOOD
from schemas.scales import SCALES

Row = Mapping[str, Any]
Spark = tuple[str, str]
"""A small graph as SVG, and what it shows."""
Address = Callable[[Link, Row], str]
"""Where a link of a row leads on this page."""
UNNAMED = ("", "not named", "no segment")
"""What stands for an empty name: it cannot be chosen."""


def stat(rows: Sequence[Row], panel: Panel) -> str:
    """A few large numbers side by side."""
    if not rows:
        return nothing(panel.empty)
    tiles = []
    for row in rows:
        name, value, note = (_words({part: "", **row}, part, panel) for part in ("title", "shown", "note"))
        told = str(row.get("note", ""))
        quiet = " quiet" if "few" in told or "n 0" in told else ""
        tiles.append(
            f'<div class="stat{quiet}" data-key="{name}"><span class="name">{name}</span>'
            f'<strong>{value}</strong><span class="note">{note}</span></div>'
        )
    return f'<div class="stats">{"".join(tiles)}</div>'


def scores(rows: Sequence[Row], sparks: Mapping[str, Spark], panel: Panel, address: Address) -> str:
    """A card for each channel, the worst first: its graph, and each score with what it rests on."""
    if not rows:
        return nothing(panel.empty)
    by_channel: dict[str, list[Row]] = {}
    for row in rows:
        by_channel.setdefault(str(row["channel"]), []).append(row)
    link = next((column.link for column in panel.columns if column.link and not column.hidden), None)
    cards = [_card(channel, mine, sparks.get(channel), link, address, panel) for channel, mine in by_channel.items()]
    return f'<div class="cards{" single" if len(cards) == 1 else ""}">{"".join(cards)}</div>'


def _card(
    channel: str, rows: Sequence[Row], spark: Spark | None, link: Link | None, address: Address, panel: Panel
) -> str:
    language = panel.language
    tone = next((tone_of_net(row) for row in rows if tone_of_net(row) is not Tone.QUIET), Tone.QUIET)
    worsening = sum(int(row["worsening"]) for row in rows)
    flag = '<span class="flag bad">▼ {}</span>'.format(fixed("worsening", language)) if worsening else ""
    behind = any(row["evidence"] == "catching up" for row in rows)
    flag += f'<span class="flag fair">{fixed("catching up", language)}</span>' if behind else ""
    order = {scale: place for place, scale in enumerate(LABELS)}
    lines = "".join(_line(row, panel) for row in sorted(rows, key=lambda row: order.get(row["scale"], len(order))))
    name = escape(channel or fixed("all channels", language))
    graph = f'<figure class="spark">{spark[0]}<figcaption>{escape(spark[1])}</figcaption></figure>' if spark else ""
    inside = f"<header><h3>{name}</h3>{flag}</header>{graph}<ul>{lines}</ul>"
    attributes = f'class="card" data-tone="{tone}" data-key="{name}"'
    if link is None:
        return f"<section {attributes}>{inside}</section>"
    return f'<a {attributes} href="{escape(address(link, rows[0]))}" title="{escape(link.title)}">{inside}</a>'


def _line(row: Row, panel: Panel) -> str:
    language = panel.language
    n = int(row["n"])
    few = " few" if n < FEW_ANSWERS else ""
    trend = str(row["trend"])
    turn = {"▲": " good", "▼": " bad"}.get(trend[:1], "")
    bad = int(row["bad_alerts"])
    notes = [fixed("few answers", language)] * (0 < n < FEW_ANSWERS)
    notes += [fixed("{} clearly bad", language).format(bad)] * (bad > 0)
    return (
        f'<li class="line{few}" data-key="{escape(str(row["scale"]))}" data-tone="{tone_of_net(row)}">'
        f'<span class="q">{_words(row, "question", panel)}</span>'
        f'<span class="v" data-value="{_plain(row["value"])}">{_words(row, "score", panel)}</span>'
        f'<span class="t{turn}" title="{fixed("change against the window before", language)}">{escape(trend)}</span>'
        f"{interval_bar(row)}"
        f'<span class="sub"><span class="iv" title="{fixed("95 % interval", language)}">'
        f"{_words(row, 'interval', panel)}</span>"
        f'<span class="why">{" · ".join(notes)}</span><span class="n">n {n:,}</span></span></li>'
    )


def tone_of_net(row: Row) -> Tone:
    """Tone of a score by its net experience; quiet where few answered."""
    net = row["net"]
    if net is None or int(row["n"]) < FEW_ANSWERS:
        return Tone.QUIET
    return Tone.GOOD if net >= NET_GOOD else Tone.FAIR if net >= NET_FAIR else Tone.BAD


def interval_bar(row: Row) -> str:
    """The interval as a bar on the whole scale, the value as a tick."""
    low, high = domain(str(row["metric"]), str(row["scale"]))
    if row["value"] is None:
        return '<span class="bar" aria-hidden="true"></span>'
    band = ""
    if row["lower"] is not None and row["upper"] is not None:
        left, right = place(row["lower"], low, high), place(row["upper"], low, high)
        band = f'<i class="band" style="left:{left:.1f}%;width:{max(0.8, right - left):.1f}%"></i>'
    tick = f'<i class="tick" style="left:{place(row["value"], low, high):.1f}%"></i>'
    return f'<span class="bar" aria-hidden="true">{band}{tick}</span>'


def domain(metric: str, scale: str) -> tuple[float, float]:
    """Lowest and highest possible value."""
    if metric == "ces":
        return float(SCALES[scale].low), float(SCALES[scale].high)
    return (-100.0, 100.0) if metric == "nps" else (0.0, 100.0)


def place(value: float, low: float, high: float) -> float:
    """Where a value lies between two ends, in percent, cut to them."""
    return min(100.0, max(0.0, 100.0 * (value - low) / (high - low))) if high > low else 50.0


def matrix(rows: Sequence[Row], panel: Panel, address: Address | None = None) -> str:
    """A grid of cells; each says net experience and n. `address`: where the names of rows lead."""
    if not rows:
        return nothing(panel.empty)
    tones = next(column.tones for column in panel.columns if column.name == "cell")
    columns = list(dict.fromkeys(str(row["column_name"]) for row in rows))
    cells = {(str(row["row_name"]), str(row["column_name"])): row for row in rows}
    head = "".join(f'<th scope="col">{escape(said(name, panel, "column_name"))}</th>' for name in columns)
    body = []
    for name in dict.fromkeys(str(row["row_name"]) for row in rows):
        line = "".join(_cell(cells.get((name, column)), tones, panel) for column in columns)
        shown = _led({"row_name": name}, "row_name", panel, address)
        body.append(f'<tr data-key="{escape(name)}"><th scope="row">{shown}</th>{line}</tr>')
    return (
        f'<div class="scroll"><table class="matrix"><thead><tr><td></td>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _cell(row: Row | None, tones: Sequence[tuple[str, Tone]], panel: Panel) -> str:
    if row is None:
        return "<td></td>"
    text = str(row["cell"])
    shown = said(text, panel, "cell")
    sign, _, rest = shown.partition(" ")
    number, _, note = rest.partition(" · ")
    turn = {1: " up", -1: " down"}.get(int(row["turn"]), "")
    if row["net"] is None:
        why = fixed("hidden: too few customers", panel.language)
        return f'<td class="{tone_of(text, tones)}" title="{why}">{escape(shown)}</td>'
    title = fixed("over the time shown {:+.0f}, 95 % interval {:+.0f} to {:+.0f}", panel.language).format(
        row["net"], row["net_lower"], row["net_upper"]
    )
    return (
        f'<td class="{tone_of(text, tones)}{turn}" title="{escape(title)}"><b><i>{sign}</i> {escape(number)}</b>'
        f"<small>{escape(note)}</small></td>"
    )


def tone_of(text: str, tones: Sequence[tuple[str, Tone]]) -> Tone:
    """Tone of a text by how it begins."""
    return next((tone for start, tone in tones if text.startswith(start)), Tone.PLAIN)


def ranking(rows: Sequence[Row], panel: Panel, address: Address | None = None) -> str:
    """Names by score, each with its interval on a common axis, and the whole as a line through all.

    `address`: where the names lead.
    """
    if not rows:
        return nothing(panel.empty)
    tones = next(column.tones for column in panel.columns if column.name == "verdict")
    ends = [
        bound for row in rows for bound in (row["lower"], row["upper"], row["whole"], row["value"]) if bound is not None
    ]
    low, high = min(ends, default=0.0), max(ends, default=0.0)  # none: all are hidden
    pad = (high - low) * 0.04 or 1.0
    low, high = low - pad, high + pad
    lines = []
    for row in rows:
        tone = tone_of(str(row["verdict"]), tones)
        if row["value"] is None:
            lines.append(_hidden(row, tone, panel))
            continue
        left, right = (row["value"] if row[end] is None else row[end] for end in ("lower", "upper"))
        left, right = place(left, low, high), place(right, low, high)
        whole, value = place(row["whole"], low, high), place(row["value"], low, high)
        lines.append(
            f'<li class="rank {tone}" data-key="{escape(str(row["name"]))}">'
            f'<span class="q">{_led(row, "name", panel, address)}</span>'
            f'<span class="bar" aria-hidden="true"><i class="whole" style="left:{whole:.1f}%"></i>'
            f'<i class="band" style="left:{left:.1f}%;width:{max(0.6, right - left):.1f}%"></i>'
            f'<i class="tick" style="left:{value:.1f}%"></i></span>'
            f'<span class="v">{_words(row, "score", panel)}</span>'
            f'<span class="iv">{_words(row, "interval", panel)}</span>'
            f'<span class="n">n {int(row["n"]):,}</span><span class="why">{_words(row, "verdict", panel)}</span></li>'
        )
    key = fixed("the whole", panel.language)
    return f'<ul class="ranks">{"".join(lines)}</ul><p class="key">│ {key}</p>'


def _hidden(row: Row, tone: Tone, panel: Panel) -> str:
    """A name whose number is not shown; it keeps its place and says why."""
    return (
        f'<li class="rank {tone}" data-key="{escape(str(row["name"]))}">'
        f'<span class="q">{_words(row, "name", panel)}</span>'
        f'<span class="why wide">{_words(row, "score", panel)}</span></li>'
    )


def events(rows: Sequence[Row], panel: Panel, address: Address) -> str:
    """What happened, in words, newest first."""
    if not rows:
        return nothing(panel.empty)
    link = next((column.link for column in panel.columns if column.link), None)
    lines = []
    for row in rows:
        grave = row["kind"] == "worsening"
        words = escape(str(row["words"]))
        if link and row["channel"]:
            words = f'<a href="{escape(address(link, row))}">{words}</a>'
        lines.append(
            f'<li class="{"bad" if grave else ""}" data-key="{escape(str(row["at"]))}{escape(str(row["words"]))}">'
            f"<time>{clock(row['at'])}</time><span>{'<b>▼</b> ' if grave else ''}{words}</span></li>"
        )
    return f'<ol class="events">{"".join(lines)}</ol>'


def table(rows: Sequence[Row], panel: Panel, address: Address | None = None) -> str:
    """Rows as they are. `address`: where the links of a row lead; None: nowhere."""
    if not rows:
        return nothing(panel.empty)
    columns = [column for column in panel.columns if not column.hidden]
    head = "".join(f'<th scope="col">{escape(column.title)}</th>' for column in columns)

    def cell(column: Column, row: Row) -> str:
        text = _text(column, row, panel)
        if column.tones:
            text = f'<span class="{tone_of(str(row[column.name]), column.tones)}">{text}</span>'
        if address and column.link and row[column.name]:
            text = f'<a href="{escape(address(column.link, row))}" title="{escape(column.link.title)}">{text}</a>'
        return f'<td class="c-{column.name}">{text}</td>'

    body = "".join("<tr>" + "".join(cell(column, row) for column in columns) + "</tr>" for row in rows)
    return f'<div class="scroll"><table class="rows"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _text(column: Column, row: Row, panel: Panel) -> str:
    value = row[column.name]
    if value is None or value == "":
        return '<span class="none">–</span>'
    if column.unit is Unit.CLOCK_MS:
        return clock(value)
    if isinstance(value, float) and column.digits is not None:
        return f"{value:,.{column.digits}f}"
    return f"{value:,}" if isinstance(value, int) else _words(row, column.name, panel)


def _words(row: Row, column: str, panel: Panel) -> str:
    """Words of a row in the reader's language, safe to put into HTML."""
    return escape(said(str(row[column]), panel, column))


def _led(row: Row, column: str, panel: Panel, address: Address | None) -> str:
    """A name that leads on, where the panel has a link for it; what has no name of its own leads nowhere."""
    words = _words(row, column, panel)
    link = next((one.link for one in panel.columns if one.name == column), None)
    if address is None or link is None or row[column] in UNNAMED:
        return words
    return f'<a href="{escape(address(link, row))}" title="{escape(link.title)}">{words}</a>'


def nothing(words: str) -> str:
    """Said where there is nothing to show."""
    return f'<p class="nothing">{escape(words)}</p>'


def clock(moment: datetime | int) -> str:
    """Time of day where this page is served; the date too, where it is not today."""
    here = datetime.fromtimestamp(at_ms(moment) / 1_000, UTC).astimezone()
    form = "%H:%M:%S" if here.date() == datetime.now(here.tzinfo).date() else "%Y-%m-%d %H:%M"
    return here.strftime(form)


def at_ms(moment: datetime | int) -> int:
    """A time as the store gives it, in ms UTC."""
    if isinstance(moment, int):
        return moment
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000)


def query(values: Mapping[str, str | Sequence[str]]) -> str:
    """Address part that chooses these values."""
    return urlencode(
        [(name, one) for name, value in values.items() for one in ([value] if isinstance(value, str) else value)]
    )


def _plain(value: float | None) -> str:
    return "" if value is None else repr(float(value))
