"""The live local page: the same boards as in Grafana, without Grafana.

For the demo, for trying a board, and where no Grafana is at hand. Everything is served from here: no other
site is asked for anything. It has no users and rights of its own: keep it on loopback, or behind something
that has.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from nicegui import app, ui
from nicegui.language import Language
from starlette.requests import Request
from starlette.responses import HTMLResponse

from dashboards import documents, page, wall_page
from dashboards.board_page import BoardPage
from dashboards.feed import Feed
from dashboards.lang import in_language
from dashboards.library import BOARDS, boards
from dashboards.overview import OVERVIEW
from dashboards.panel import Board
from streams.edges.errors import UserError
from streams.edges.settings import Settings

STATIC = Path(__file__).parent / "static"
TONGUES: dict[str, Language] = {"en": "en-US", "zh": "zh-CN"}
"""Our languages as browsers call them: voices that read aloud, and the forms of Chinese signs, follow it."""
REFRESH_S = 2.0
RESPONSE_S = 30.0
"""A store under load may take a while for the first page."""


def serve(settings: Settings, port: int, host: str = "127.0.0.1", language: str = "en") -> None:
    """Serves all boards until told to stop. Prints nothing on stdout.

    Raises:
        LanguageError: no such language.
        SettingsError: the store's address is missing or wrong.
        Unavailable: the store does not answer at the start.
        UserError: the port is taken.
    """
    from streams.edges.store import Store

    shown = [in_language(board, language) for board in boards(settings.hide_under)]
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        raise UserError(f"cannot listen on {host}:{port}: {error.strerror or error}") from None
    logging.getLogger("nicegui").setLevel(logging.WARNING)
    store = Store.connect(settings)
    make_pages(Feed(store, now_ms=lambda: time.time_ns() // 1_000_000), shown)
    app.on_shutdown(store.close)
    ui.run(
        host=host, port=port, title="Touchpulse", favicon=page.FAVICON, dark=None, show=False, reload=False,
        show_welcome_message=False, tailwind=False, uvicorn_logging_level="warning",
    )  # fmt: skip


def make_pages(feed: Feed, shown: Sequence[Board] = BOARDS) -> None:
    """One address a board; the first board also at /."""
    ui.add_css((STATIC / "board.css").read_text(), shared=True)
    for script in ("theme.js", "choices.js"):
        ui.add_head_html(f"<script>{(STATIC / script).read_text()}</script>", shared=True)
    for board in shown:
        _page(feed, board, page.path(board.uid))
    _page(feed, shown[0], "/")
    for name in documents.PAGES:
        _document(name, shown[0].language)


def _document(name: str, language: str) -> None:
    @app.get(f"/{name}", include_in_schema=False)
    def show() -> HTMLResponse:
        return HTMLResponse(documents.page(name, language))


def _page(feed: Feed, board: Board, address: str) -> None:
    @ui.page(address, title=board.title, response_timeout=RESPONSE_S, language=TONGUES[board.language])
    async def show(request: Request) -> None:
        asked = {name: request.query_params.getlist(name) for name in request.query_params}
        on_wall = board.uid == OVERVIEW.uid and request.query_params.get(wall_page.ASKED)
        view = wall_page.WallPage(feed, asked, board) if on_wall else BoardPage(feed, board, asked)
        await view.build()
        ui.timer(REFRESH_S, view.refresh)
