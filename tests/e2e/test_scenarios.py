"""A scenario as `./run demo` plays it: its past imported, its drop paged about, and every panel of every board."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from dashboards.channel import CHANNEL
from dashboards.feed import Feed
from dashboards.library import BOARDS, board
from dashboards.parts import COST, KEY_EXPERIENCE
from streams.edges.demo import Stack, live, stack
from streams.edges.simulator import COMPANIES
from tests.kit.scenarios import on_screen, titled

pytestmark = [pytest.mark.slow, pytest.mark.deep]

QUIET = {
    ("touchpulse-producers", "Odd answers"): "every source uses its whole scale",
    ("touchpulse-alerts", "Silences and their ends"): "nobody has silenced anything",
    ("touchpulse-alerts", "Flaps"): "nothing comes back within minutes",
    ("touchpulse-alerts", "Sendings that are not through"): "a demo has no receivers",
    ("touchpulse-alerts", "What was sent"): "a demo has no receivers",
    ("touchpulse-alerts", "In shadow"): "no rule of the demo is in shadow",
    ("touchpulse-voices", "What grew among bad answers this hour"): "it may be too early to be sure",
}
"""Panels that may be empty, and why that is true."""
PAGED_WITHIN_S = 300.0
"""From the start; the drop comes after a minute. Far more than it takes, for a machine that does much beside."""


@asynccontextmanager
async def playing(scenario: str) -> AsyncIterator[tuple[Stack, dict[str, Any]]]:
    """The demo while it streams, from the moment the channel of its drop was paged about, with the alert."""
    with stack(board_port=None, company=COMPANIES[scenario]) as running:
        streaming = asyncio.create_task(live(running, 1, 20.0))
        try:
            async with asyncio.timeout(PAGED_WITHIN_S):
                drop = {"channel": running.company.drop.channel}
                while not (told := await asyncio.to_thread(running.store.query, PAGED, drop)):
                    if streaming.done():
                        streaming.result()
                    await asyncio.sleep(0.5)
            yield running, told[0]
        finally:
            streaming.cancel()
            with suppress(asyncio.CancelledError):
                await streaming


PAGED = """
SELECT JSONExtractString(h.contributors, 1, 'name') AS mostly
FROM pages AS p INNER JOIN alert_history AS h USING (alert_id)
WHERE h.state = 'firing' AND h.channel = {channel:String} ORDER BY h.told_at LIMIT 1
"""


@pytest.mark.parametrize("scenario", COMPANIES)
async def test_every_board_has_something_true_to_show(scenario: str) -> None:
    """The page names where it dropped; no panel is empty that need not be; nothing live blurs the study."""
    company = COMPANIES[scenario]
    async with playing(scenario) as (running, page):
        assert page["mostly"] == company.drop.touchpoint
        topic = running.settings.topic("touchpoints.import")
        assert running.store.rows("SELECT count() FROM touchpoints FINAL WHERE class = 'import'")[0][0] > 4_000
        assert (
            running.store.rows("SELECT count() FROM rejected WHERE topic = {topic:String}", {"topic": topic})[0][0] == 0
        )
        asking = Feed(running.store, now_ms=lambda: time.time_ns() // 1_000_000)
        # The board of one channel begins with the first by name, which may have no places.
        placed = {"channel": sorted(company.at_places)[:1]}
        empty = {
            (one.uid, panel.title)
            for one in BOARDS
            for panel in one.panels
            if not await on_screen(asking, one, panel, asked=placed if one is CHANNEL else None)
        }
        assert empty - QUIET.keys() == set()
        if scenario == "retailer":
            rows = await titled(asking, board(KEY_EXPERIENCE), "Delta by aspect")
            (convenience,) = [row for row in rows if row["aspect"] == "convenience"]
            assert [convenience[name] for name in ("satisfaction", "weighted", "gap")] == [-2, -18, -5]
            lost = [row["lost"] for row in await titled(asking, board(COST), "Where it is lost")]
            assert lost == ["61,600", "4,851,000"]
