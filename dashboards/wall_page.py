"""The overview's wall mode as a page: no choices, changed only where the store says something new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nicegui import ui

from dashboards import page
from dashboards.board_page import Morph
from dashboards.feed import Feed, Row, span
from dashboards.macros import Values
from dashboards.overview import OVERVIEW
from dashboards.panel import Board, Panel, Picture, Unit
from dashboards.wall import wall
from streams.edges.errors import TouchpulseError

ASKED = "wall"
"""Name in the address: `?wall=1`."""


class WallPage:
    """One screen on a wall. What the address chooses (channels, window) holds; nothing can be chosen on it."""

    def __init__(self, feed: Feed, asked: Mapping[str, Sequence[str]], board: Board = OVERVIEW) -> None:
        self._feed, self._asked, self._board = feed, asked, board
        self._rows: Morph | None = None
        self._stamp: Morph | None = None

    async def build(self) -> None:
        """Lays the page out with what the store says now."""
        rows, stamp = await self._contents()
        with ui.element("main").classes("board wall"):
            self._rows = Morph(rows)
            self._stamp = Morph(stamp).classes("wall-stamp")

    async def refresh(self) -> None:
        """Asks again, and changes what differs; while the store is away the last numbers stay."""
        rows, stamp = await self._contents()
        if self._rows is None or self._stamp is None:
            return
        if rows:
            self._rows.show(rows)
        self._stamp.show(stamp)

    async def _contents(self) -> tuple[str, str]:
        scores = next(panel for panel in self._board.panels if panel.picture is Picture.SCORES)
        freshness = next(panel for panel in self._board.panels if panel.unit is Unit.CLOCK_MS)
        try:
            values = await self._feed.chosen(self._board, self._asked)
            found = await self._ask(scores, values)
            complete = await self._ask(freshness, values)
        except TouchpulseError as error:
            return "", page.notice(error, self._board.language)
        complete_ms = int(complete[0]["shown"]) if complete else None
        return wall(found, scores), page.stamp(complete_ms, self._feed.now_ms(), self._board.language)

    async def _ask(self, panel: Panel, values: Values) -> list[Row]:
        _, span_s = span(self._board.shown.removeprefix("now-"))
        return await self._feed.rows(panel.sql, values, span_s=span_s)
