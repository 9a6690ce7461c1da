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
from starlette.requests import Request

from dashboards import page
from dashboards.board_page import BoardPage
from dashboards.feed import Feed
from dashboards.library import BOARDS, boards
from dashboards.panel import Board
from streams.edges.errors import UserError
from streams.edges.settings import Settings

STATIC = Path(__file__).parent / "static"
REFRESH_S = 2.0
RESPONSE_S = 30.0
"""A store under load may take a while for the first page."""


def serve(settings: Settings, port: int, host: str = "127.0.0.1") -> None:
    """Serves all boards until told to stop. Prints nothing on stdout.

    Raises:
        SettingsError: the store's address is missing or wrong.
        Unavailable: the store does not answer at the start.
        UserError: the port is taken.
    """
    from streams.edges.store import Store

    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        raise UserError(f"cannot listen on {host}:{port}: {error.strerror or error}") from None
    logging.getLogger("nicegui").setLevel(logging.WARNING)
    store = Store.connect(settings)
    make_pages(Feed(store, now_ms=lambda: time.time_ns() // 1_000_000), boards(settings.hide_under))
    app.on_shutdown(store.close)
    ui.run(
        host=host, port=port, title="Touchpulse", favicon=page.FAVICON, dark=None, show=False, reload=False,
        show_welcome_message=False, tailwind=False, uvicorn_logging_level="warning",
    )  # fmt: skip


def make_pages(feed: Feed, shown: Sequence[Board] = BOARDS) -> None:
    """One address a board; the first board also at /."""
    ui.add_css((STATIC / "board.css").read_text(), shared=True)
    ui.add_head_html(f"<script>{(STATIC / 'theme.js').read_text()}</script>", shared=True)
    for board in shown:
        _page(feed, board, page.path(board.uid))
    _page(feed, shown[0], "/")


def _page(feed: Feed, board: Board, address: str) -> None:
    @ui.page(address, title=board.title, response_timeout=RESPONSE_S)
    async def show(request: Request) -> None:
        asked = {name: request.query_params.getlist(name) for name in request.query_params}
        view = BoardPage(feed, board, asked)
        await view.build()
        ui.timer(REFRESH_S, view.refresh)
