"""The past of a scenario in a store, and what the boards say of it: as the page asks, with its own defaults."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from dashboards.feed import Feed, Row, span
from dashboards.panel import Board, Panel
from schemas.catalogue import Catalogue
from schemas.decode import Decoder, Event
from streams.apps.touchpoint_rows import TouchpointRows
from streams.edges.demo import CATALOGUES, tell_past
from streams.edges.lanes import recount_late
from streams.edges.simulator import Company, past
from streams.edges.store import Store
from streams.edges.targets import store_targets


def lay_past(store: Store, company: Company, now_ms: int) -> None:
    """The past as `archive` stores imports: read by the contract, stored, counted into all tiers; and the targets."""
    catalogue = Catalogue.load(CATALOGUES / company.catalogue)
    decoder, rows = Decoder(catalogue), TouchpointRows()
    rows.origin("past", "touchpoints.import", 0)
    for number, body in enumerate(past(company, 1, now_ms)):
        event = decoder.decode(json.dumps(body).encode())
        assert isinstance(event, Event), event
        rows.add(event, "import", number, now_ms)
    store.insert_columns("touchpoints", rows.columns())
    recount_late(store, rows.slices("import"))
    names = [("channel", name) for name in catalogue.channels]
    columns = {"dimension": [kind for kind, _ in names], "name": [name for _, name in names]}
    store.insert_columns("names", {**columns, "last_seen": [now_ms] * len(names)})
    store_targets(store, catalogue.targets, catalogue.locations)
    tell_past(store, company, now_ms)


async def on_screen(
    feed: Feed, board: Board, panel: Panel, *, asked: Mapping[str, Sequence[str]] | None = None
) -> list[Row]:
    """Rows of a panel with the board's defaults, over the time it shows at first."""
    values = await feed.chosen(board, asked or {})
    _, span_s = span(board.shown.removeprefix("now-"))
    return await feed.rows(panel.sql, values, span_s=span_s, min_interval_s=panel.min_interval_s)


async def titled(feed: Feed, board: Board, title: str) -> list[Row]:
    """The same of the panel of that title."""
    (panel,) = [one for one in board.panels if one.title == title]
    return await on_screen(feed, board, panel)
