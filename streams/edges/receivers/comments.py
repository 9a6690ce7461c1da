"""What customers wrote, for the page: best effort, within a second, and never at the price of the page.

Personal data was taken out when the comments were stored and is taken out once more; of so few customers that a
comment would be about somebody nothing is shown, as on the boards. While the store is away nobody waits for it: after
a failure it is left alone for half a minute.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from streams.edges.errors import TouchpulseError
from streams.edges.privacy import privacy_of
from streams.edges.settings import Settings
from streams.pure.alerting.page import Page
from streams.pure.scrub import scrub

log = logging.getLogger("touchpulse")
MOST = 3
MOST_CHARS = 200
WAIT_S = 1.0
LEFT_ALONE_S = 30.0
KEPT = 100
"""Pages whose comments are remembered, for their other receivers."""
ABOUT_MS = 24 * 3_600_000
"""Customers of so long before its end count for whether a comment may be shown."""
KINDS = ("worsening", "level", "burn", "bad_answer")
DIMENSIONS = ("channel", "stage", "touchpoint", "location", "segment")
_HARMLESS = str.maketrans({"@": "＠", "<": "‹", ">": "›", "`": "'", "|": "/"})
"""Signs with which a comment could call people, or make a link, in a chat."""


class Rows(Protocol):
    """What is asked of the store."""

    def rows(self, sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Rows of a query."""


class Comments:
    """Finds comments.

    Args:
        settings: which personal data is looked for, and how many customers there must be.
        connect: the store; called when it is first needed, in a thread.
        clock_s: a clock that never goes back.
    """

    def __init__(
        self, settings: Settings, connect: Callable[[], Rows], clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._least = max(1, settings.hide_under)
        self._regions = settings.privacy_regions
        privacy_of(settings)  # a wrong country is told now, not when somebody is paged
        self._connect = connect
        self._clock_s = clock_s
        self._store: Rows | None = None
        # One thread: a store that hangs costs this one, and no other.
        self._thread = ThreadPoolExecutor(1, "comments")
        self._busy = False
        self._not_before_s = float("-inf")
        self._known: OrderedDict[str, list[str]] = OrderedDict()

    async def of(self, page: Page) -> list[str]:
        """At most three comments, the newest first; [] where there are none, or not in time."""
        if page.kind not in KINDS or page.send not in ("page", "ticket", "repeat") or page.shadow:
            return []
        if page.id in self._known:
            return self._known[page.id]
        if self._busy or self._clock_s() < self._not_before_s:
            return []
        self._busy = True
        asked = asyncio.get_running_loop().run_in_executor(self._thread, self._ask, page)
        try:
            found = await asyncio.wait_for(asyncio.shield(asked), WAIT_S)
        except (TouchpulseError, TimeoutError, OSError) as error:
            self._not_before_s = self._clock_s() + LEFT_ALONE_S
            log.warning("pages go without comments for %.0f s: %s", LEFT_ALONE_S, str(error) or "no answer in a second")
            asked.add_done_callback(_seen)
            return []
        self._known[page.id] = found
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return found

    def close(self) -> None:
        """Asks no more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _ask(self, page: Page) -> list[str]:
        try:
            if self._store is None:
                self._store = self._connect()
            sql, params = query(page, self._least)
            return [self._shown(str(comment)) for (comment,) in self._store.rows(sql, params)]
        finally:
            self._busy = False

    def _shown(self, comment: str) -> str:
        text = " ".join(scrub(comment, self._regions).split()).translate(_HARMLESS)
        return text if len(text) <= MOST_CHARS else f"{text[: MOST_CHARS - 1]}…"


def query(page: Page, least: int) -> tuple[str, dict[str, Any]]:
    """SQL of the newest bad answers' comments of a page's scope, and its parameters.

    Args:
        least: customers who must have answered there within a day for any to be shown.
    """
    to_ms = max(page.until_ms, page.at_ms)
    from_ms = page.since_ms or to_ms - 3_600_000
    names = {name: page.scope[name].split(", ") for name in DIMENSIONS if page.scope.get(name)}
    here = " AND ".join(
        ["class != 'test'", "respondent = 'customer'", *(f"{name} IN {{{name}:Array(String)}}" for name in names)]
    )
    bad = "arrayExists((m, s, b) -> m = {metric:String} AND s = {scale:String} AND b = -1, metrics, scales, boxes)"
    times = "occurred_at >= fromUnixTimestamp64Milli({%s:Int64}) AND occurred_at < fromUnixTimestamp64Milli({to:Int64})"
    stored = "stored_at >= fromUnixTimestamp64Milli({%s:Int64}) - toIntervalMinute(1)"
    # Found by time alone first, then read whole: FINAL over all kept years would take long.
    sql = f"""\
SELECT comment FROM touchpoints FINAL
WHERE comment != '' AND {here} AND {bad} AND {times % "from"} AND (producer, event_id) IN (
  SELECT producer, event_id FROM touchpoints
  WHERE comment != '' AND {here} AND {bad} AND {times % "from"} AND {stored % "from"}
  ORDER BY occurred_at DESC LIMIT 20
) AND (
  SELECT uniqExact(if(customer = '', concat(producer, ' ', event_id), customer)) FROM touchpoints
  WHERE {here} AND hasAny(metrics, [{{metric:String}}]) AND {times % "about"} AND {stored % "about"}
) >= {{least:UInt32}}
ORDER BY occurred_at DESC LIMIT {MOST}
SETTINGS max_execution_time = {round(2 * WAIT_S)}"""
    about_ms = min(from_ms, to_ms - ABOUT_MS)
    params = {
        **names, "metric": page.metric, "scale": page.scale, "from": from_ms, "to": to_ms, "about": about_ms,
        "least": least,
    }  # fmt: skip
    return sql, params


def _seen(future: asyncio.Future[Any]) -> None:
    """An answer that came too late is nobody's error."""
    if not future.cancelled():
        future.exception()
