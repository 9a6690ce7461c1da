"""One reader's view of one board: laid out once, then changed only where the store says something new."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui
from nicegui.element import Element

from dashboards import charts, choices, method_doc, page, pictures, scatter, timelines
from dashboards.feed import Feed, Row, span
from dashboards.lang import in_language
from dashboards.library import BOARDS
from dashboards.macros import Values
from dashboards.overview import ALERT_MARKS
from dashboards.panel import EVERY, Board, Link, Panel, Picture, Unit
from streams.edges.errors import TouchpulseError

GRAPH_KEEP_S = 8.0
"""Graphs gain a point every 10 s: asking for them as often as for the numbers would be for nothing."""


class Morph(Element, component="static/morph.js"):
    """HTML that changes only where it differs."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._props["html"] = html

    def show(self, html: str) -> None:
        """Shows this HTML; nothing is sent where it is the same."""
        if self._props["html"] != html:
            self._props["html"] = html
            self.update()


class BoardPage:
    """One reader's view of one board."""

    def __init__(self, feed: Feed, board: Board, asked: Mapping[str, Sequence[str]]) -> None:
        self._feed, self._board, self._asked = feed, board, asked
        self._boards = [in_language(one, board.language) for one in BOARDS]
        self._values: Values = {}
        self._span_name, self._span_s = span((asked.get("shown") or [board.shown.removeprefix("now-")])[0])
        self._top: Morph | None = None
        self._heads: dict[int, Morph] = {}
        self._bodies: dict[int, Morph] = {}
        self._graphs: dict[int, ui.echart] = {}
        self._stamp: Morph | None = None
        self._notice: Morph | None = None
        self._happened = ""

    async def build(self) -> None:
        """Lays the page out with what the store says now."""
        contents = await self._contents()
        self._top = Morph(contents["top"]).classes("top")
        self._notice = Morph(contents["notice"]).classes("notice-place")
        with ui.element("main").classes("board"):
            for panel in self._shown_panels():
                self._place(panel, contents[panel.id])
        self._stamp = Morph(contents["stamp"]).classes("stamp-place")
        Morph(page.footer(self._board)).classes("foot")

    def _place(self, panel: Panel, content: Any) -> None:
        width = panel.page_width or panel.width
        with (
            ui.element("section")
            .classes(f"panel p-{panel.picture}")
            .style(f"--width:{width}")
            .mark(f"panel-{panel.id}")
        ):
            self._heads[panel.id] = Morph(self._head(panel))
            if panel.is_graph:
                self._bodies[panel.id] = Morph("")
                self._graphs[panel.id] = (
                    ui.echart({}, renderer="svg").classes("graph").style(f"height:{panel.height * 30}px")
                )
                self._draw(panel, content)
            else:
                self._bodies[panel.id] = Morph(content).classes("body")

    def _head(self, panel: Panel) -> str:
        return page.panel_head(panel, self._values, method_doc.heading(self._board.uid, panel.id))

    async def refresh(self) -> None:
        """Asks again, and changes what differs."""
        contents = await self._contents()
        if self._top is None or self._notice is None or self._stamp is None:
            return
        self._notice.show(contents["notice"])
        if contents["notice"]:
            return  # the last numbers stay, with the notice above them
        self._top.show(contents["top"])
        self._stamp.show(contents["stamp"])
        for panel in self._shown_panels():
            self._heads[panel.id].show(self._head(panel))
            if panel.is_graph:
                self._draw(panel, contents[panel.id])
            else:
                self._bodies[panel.id].show(contents[panel.id])

    def _draw(self, panel: Panel, options: Mapping[str, Any]) -> None:
        graph = self._graphs[panel.id]
        said = self._happened if panel.picture is Picture.BAND else ""
        self._bodies[panel.id].show(said if options else pictures.nothing(panel.empty))
        graph.set_visibility(bool(options))
        if options and graph.options != options:
            graph.options.clear()
            graph.options.update(options)
            graph.update()

    def _shown_panels(self) -> list[Panel]:
        """Repeated graphs are drawn inside the cards, freshness in its own place."""
        return [panel for panel in self._board.panels if not panel.repeat and panel.unit is not Unit.CLOCK_MS]

    async def _contents(self) -> dict[Any, Any]:
        """HTML or graph options by panel id, and those of the page's own parts."""
        try:
            # Again each time: a channel may have answered for the first time.
            self._values = await self._feed.chosen(self._board, self._asked)
            controls = await choices.controls(self._feed, self._board, self._values, self._span_name)
            panels = self._shown_panels()
            drawn = await asyncio.gather(*(self._content(panel) for panel in panels))
            contents: dict[Any, Any] = {panel.id: content for panel, content in zip(panels, drawn, strict=True)}
            top = page.header(self._board, self._boards, self._carried(), controls)
            return {**contents, "top": top, "stamp": await self._freshness(), "notice": ""}
        except TouchpulseError as error:
            empty = {panel.id: {} if panel.is_graph else "" for panel in self._shown_panels()}
            top = page.header(self._board, self._boards, {}, "")
            return {**empty, "top": top, "stamp": "", "notice": page.notice(error, self._board.language)}

    async def _content(self, panel: Panel) -> Any:
        rows = await self._rows(panel)
        match panel.picture:
            case Picture.STAT:
                return pictures.stat(rows, panel)
            case Picture.SCORES:
                return pictures.scores(rows, await self._sparks(rows), panel, self._address)
            case Picture.BAND:
                return await self._graph(panel, rows)
            case Picture.SCATTER:
                return scatter.options(rows, await self._lines(panel), panel)
            case Picture.MATRIX:
                return pictures.matrix(rows, panel, self._address)
            case Picture.RANKING:
                return pictures.ranking(rows, panel, self._address)
            case Picture.EVENTS:
                return pictures.events(rows, panel, self._address)
            case Picture.TIMELINE:
                return timelines.timeline(rows, panel, *self._ends(panel), await self._marks())
            case _:
                return pictures.table(rows, panel, self._address)

    async def _lines(self, panel: Panel) -> list[Row]:
        """What the lines of a plane are drawn from."""
        if panel.plane is None or not panel.plane.lines_sql:
            return []
        return await self._feed.rows(panel.plane.lines_sql, self._values, span_s=self._span_s)

    async def _rows(self, panel: Panel, **single: str | Sequence[str]) -> list[Row]:
        return await self._feed.rows(
            panel.sql,
            {**self._values, **single},
            span_s=self._span_s,
            min_interval_s=panel.min_interval_s,
            keep_s=self._keep_s(panel),
        )

    def _keep_s(self, panel: Panel) -> float | None:
        """How long an answer may be shown again; None: as long as the feed keeps any."""
        if panel.picture is Picture.BAND:
            return GRAPH_KEEP_S
        # A board of the last month is asked for less often than one of the last minutes.
        return float(self._board.refresh_s) if self._board.refresh_s > GRAPH_KEEP_S else None

    async def _marks(self) -> list[charts.Mark]:
        """What the board's annotations mark in the time shown, in words."""
        annotations = self._board.annotations
        found = await asyncio.gather(
            *(self._feed.rows(one.sql, self._values, span_s=self._span_s, keep_s=GRAPH_KEEP_S) for one in annotations)
        )
        return [
            charts.Mark(charts.at_ms(row), str(row["text"]), one.tone, one.sign)
            for one, rows in zip(annotations, found, strict=True)
            for row in rows
        ]

    async def _alerts(self, channel: str) -> list[int]:
        """When an alert of this channel, or of all, was told."""
        # By its SQL: its name is in the reader's language.
        if ALERT_MARKS.sql not in [one.sql for one in self._board.annotations]:
            return []
        found = await self._feed.rows(ALERT_MARKS.sql, self._values, span_s=self._span_s)
        return [charts.at_ms(mark) for mark in found if mark["tags"] in ("", channel)]

    async def _graph(self, panel: Panel, rows: Sequence[Row]) -> dict[str, Any]:
        if not any(row["score"] is not None for row in rows):
            return {}
        from_ms, to_ms = self._ends(panel)
        unit = " %" if str(self._values.get("scale", "")).startswith("csat") else ""
        marks, language = await self._marks(), self._board.language
        self._happened = page.happened(marks, language)
        return charts.band(rows, from_ms=from_ms, to_ms=to_ms, unit=unit, marks=marks, language=language)

    async def _sparks(self, scores: Sequence[Row]) -> dict[str, pictures.Spark]:
        """Small graphs by channel, from the board's repeated panel: the scale chosen, or the channel's own."""
        panel = next((p for p in self._board.panels if p.repeat), None)
        if panel is None:
            return {}
        scales: dict[str, str] = {}
        for row in scores:
            if row["scale"] == self._values["scale"] or row["channel"] not in scales:
                scales[row["channel"]] = row["scale"]
        asked = (self._rows(panel, **{panel.repeat: channel, "scale": scale}) for channel, scale in scales.items())
        lines = dict(zip(scales, await asyncio.gather(*asked), strict=True))
        from_ms, to_ms = self._ends(panel)
        drawn = {}
        for channel, scale in scales.items():
            ends = charts.limits([lines[other] for other, same in scales.items() if same == scale])
            told = await self._alerts(channel)
            svg = charts.spark(
                lines[channel],
                from_ms=from_ms,
                to_ms=to_ms,
                ends=ends,
                marks_ms=told,
                language=self._board.language,
            )
            drawn[channel] = (svg, page.spark_caption(self._board, self._values, scale, self._span_name))
        return drawn

    def _ends(self, panel: Panel) -> tuple[int, int]:
        """Ends of the time axis, moved on by whole steps: a graph is not sent again for nothing."""
        shown = self._feed.shown(self._span_s, panel.min_interval_s)
        to_ms = shown.to_ms - shown.to_ms % 10_000
        return to_ms - self._span_s * 1_000, to_ms

    async def _freshness(self) -> str:
        for board in (self._board, *BOARDS):
            panel = next((p for p in board.panels if p.unit is Unit.CLOCK_MS), None)
            if panel is not None:
                own = self._values if board is self._board else await self._feed.chosen(board, self._asked)
                rows = await self._rows(panel, **own)
                complete_ms = int(rows[0]["shown"]) if rows else None
                return page.stamp(complete_ms, self._feed.now_ms(), self._board.language)
        return ""

    def _address(self, link: Link, row: Mapping[str, Any]) -> str:
        kept = {name: self._values[name] for name in link.keep if self._values[name] != [EVERY]}
        there = {name: str(row[column]) for name, column in link.set_from}
        return f"{page.path(link.board)}?{pictures.query({**kept, **there, 'shown': self._span_name})}"

    def _carried(self) -> dict[str, str | Sequence[str]]:
        """Choices handed on to the other boards."""
        own = {"channel", *(variable.name for variable in self._board.variables if variable.fixed)}
        single = {name: value for name, value in self._values.items() if isinstance(value, str) and name not in own}
        open_ones = {variable.name for variable in self._board.variables if variable.open}
        several = {name: value for name, value in self._values.items() if name in open_ones and value != [EVERY]}
        return {**single, **several, "shown": self._span_name}
