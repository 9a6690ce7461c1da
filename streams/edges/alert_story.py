"""The story of one alert, from the store: every step with its numbers, what was sent to whom, what kept it quiet.

Why from the store and not from the engine: "why did it page at 02:14" is asked in the morning, of an alert the engine
has long let go of. Numbers are told as they were then; what became of them since is in `alert_recount`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from streams.edges import alerts_sql
from streams.edges.alert_records import Delivery, Episode, Sending, SilenceTold, Step, Story
from streams.edges.errors import UserError
from streams.edges.store import Store

HISTORY_DAYS = 400
MINUTE_MS = 60_000
DAY_MS = 86_400_000
NEAR_MS = 12 * 3_600_000
"""How far from the moment asked for something is still taken for what was meant."""
_NOW, _SINCE = "fromUnixTimestamp64Milli({now:Int64})", "fromUnixTimestamp64Milli({since:Int64})"
_EVER = {"since": "toDateTime64(0, 3, 'UTC')", "until": "toDateTime64('2099-01-01 00:00:00', 3, 'UTC')"}
_PAGE_ID = re.compile(r"(.+)-\d+")


def standing(store: Store, now_ms: int) -> list[Episode]:
    """Alerts that stand, worst first. Raises as `Store.query`."""
    return _episodes(store, alerts_sql.standing(until=_NOW), {"now": now_ms})


def lately(store: Store, now_ms: int, days: int) -> list[Episode]:
    """All alerts with a step in the last days, those that are over too, the newest first."""
    sql = alerts_sql.episodes(since=_SINCE, until=_NOW)
    return _episodes(store, f"{sql} ORDER BY fired DESC, alert_id", {"now": now_ms, "since": now_ms - days * DAY_MS})


def page_alert(ref: str) -> str:
    """The alert's id that a page's id names; another id stays as it is."""
    page_of = _PAGE_ID.fullmatch(ref)
    return page_of[1] if page_of else ref


def resolve_id(store: Store, ref: str) -> str:
    """Id of the alert that an alert's or a page's id names.

    Raises:
        UserError: nothing is known of it.
    """
    sql = f"""
        SELECT alert_id FROM alert_history
        WHERE alert_id IN {{ids:Array(String)}} AND kind != '{alerts_sql.SILENCE}' LIMIT 1"""
    if found := store.rows(sql, {"ids": [ref, page_alert(ref)]}):
        return str(found[0][0])
    raise UserError(
        f"no alert and no page {ref} is known: `touchpulse alerts list --all` shows the ids; history is kept for "
        f"{HISTORY_DAYS} days, and reaches the store within seconds"
    )


def at_moment(store: Store, at_ms: int, channel: str = "") -> tuple[int, list[str]]:
    """What was sent, or fired without being sent, in the minute of a moment or, if nothing was, nearest to it.

    Args:
        channel: only alerts whose scope names it; '' is all.
    Returns:
        (when in ms, ids of the alerts), those that were sent alone if any was.
    Raises:
        UserError: nothing happened within half a day of it.
    """
    minute_ms = at_ms - at_ms % MINUTE_MS
    rows = store.rows(
        f"""
        SELECT toUnixTimestamp64Milli(at) AS at_ms, alert_id, send != '' AS sent FROM alert_history FINAL
        WHERE said = '' AND kind != '{alerts_sql.SILENCE}' AND send != 'resolve'
          AND (send != '' OR (state = 'firing' AND before = 'pending'))
          AND ({{channel:String}} = '' OR channel = {{channel:String}})
          AND at >= fromUnixTimestamp64Milli({{from:Int64}}) AND at < fromUnixTimestamp64Milli({{to:Int64}})
        ORDER BY {alerts_sql.ORDER}
        """,
        {"channel": channel, "from": minute_ms - NEAR_MS, "to": minute_ms + NEAR_MS},
    )
    if not rows:
        of = f" of {channel}" if channel else ""
        raise UserError(
            f"no alert{of} fired within half a day of then: `touchpulse alerts list --all` shows when some did"
        )
    then_ms = minute_ms
    if not any(minute_ms <= row[0] < minute_ms + MINUTE_MS for row in rows):
        nearest = min((row[0] for row in rows), key=lambda found_ms: abs(found_ms - at_ms))
        then_ms = nearest - nearest % MINUTE_MS
    inside = [row for row in rows if then_ms <= row[0] < then_ms + MINUTE_MS]
    sent = [row for row in inside if row[2]] or inside
    return int(sent[0][0]), list(dict.fromkeys(str(row[1]) for row in sent))


def episode(store: Store, alert_id: str) -> Episode:
    """An alert as it stands, or stood last.

    Raises:
        UserError: it never stood.
    """
    found = _episodes(store, alerts_sql.episodes(**_EVER, where="alert_id = {id:String}"), {"id": alert_id})
    if not found:
        raise UserError(f"alert {alert_id} was a suspicion only: it never fired, and nobody was told")
    return found[0]


def story(store: Store, alert_id: str) -> Story:
    """All that is known of an alert. Raises as `episode`."""
    alert = episode(store, alert_id)
    names = (*(name for name in Step.__dataclass_fields__ if not name.endswith("_ms")), "at", "since", "until")
    rows = store.query(
        f"SELECT {', '.join(_column(name) for name in names)} FROM alert_history FINAL WHERE alert_id = {{id:String}} "
        f"ORDER BY {alerts_sql.ORDER}",
        {"id": alert_id},
    )
    steps = [Step(**{**row, "contributors": msgspec.json.decode(row["contributors"] or "[]")}) for row in rows]
    held_by = {step.why.split(" ")[1] for step in steps if step.held == "silenced" and step.why.startswith("silence ")}
    sent = _sendings(store, alert_id)
    others = sorted({one for sending in sent for one in sending.alert_ids} - {alert_id})
    with_it = _episodes(store, alerts_sql.episodes(**_EVER, where="alert_id IN {ids:Array(String)}"), {"ids": others})
    return Story(alert, steps, sent, _silences(store, alerts_sql.silences(**_EVER), only=held_by), with_it)


def _sendings(store: Store, alert_id: str) -> list[Sending]:
    """What was sent of an alert, by itself or with others, in order, each with what became of it."""
    rows = store.query(
        """
        SELECT page_id, alert_id, send, toUnixTimestamp64Milli(at) AS at_ms, headline, body, receivers, shadow,
          arrayDistinct(arrayPushFront(
            JSONExtract(page, 'members', 'Array(Tuple(alert_id String))').alert_id, alert_id)) AS alert_ids
        FROM pages FINAL WHERE alert_id = {id:String} OR has(alert_ids, {id:String}) ORDER BY at, page_id
        """,
        {"id": alert_id},
    )
    reported: dict[str, list[Delivery]] = {}
    for page_id, *rest in store.rows(
        """
        SELECT page_id, receiver, state, toUnixTimestamp64Milli(at), tries, error FROM deliveries FINAL
        WHERE page_id IN {ids:Array(String)} ORDER BY page_id, receiver
        """,
        {"ids": [row["page_id"] for row in rows]},
    ):
        reported.setdefault(str(page_id), []).append(Delivery(*rest))
    return [
        Sending(**{**row, "shadow": bool(row["shadow"])}, deliveries=reported.get(row["page_id"], [])) for row in rows
    ]


def silences(store: Store, now_ms: int, days: int = alerts_sql.LOOK_BACK_DAYS) -> list[SilenceTold]:
    """Silences of the last days, the one in force that ends first in front."""
    sql = alerts_sql.silences(since=_SINCE, until=_NOW)
    return _silences(store, sql, {"now": now_ms, "since": now_ms - days * DAY_MS})


def _silences(
    store: Store, sql: str, params: Mapping[str, Any] | None = None, *, only: set[str] | None = None
) -> list[SilenceTold]:
    if only is not None and not only:
        return []
    moments = ("starts", "ends", "ended", "matched_at")
    names = (
        "silence_id",
        "owner",
        "reason",
        "rule",
        "scope",
        "place",
        *moments[:3],
        "ended_why",
        "matched_at",
        "alerts",
    )
    shown = [f"toUnixTimestamp64Milli({name})" if name in moments else name for name in names]
    found = [SilenceTold(*row) for row in store.rows(f"SELECT {', '.join(shown)} FROM ({sql})", params)]
    return [one for one in found if only is None or one.id in only]


def _episodes(store: Store, sql: str, params: Mapping[str, Any]) -> list[Episode]:
    names = [name.removesuffix("_ms") for name in Episode.__dataclass_fields__]
    rows = store.query(f"SELECT {', '.join(_column(name) for name in names)} FROM ({sql})", params)
    return [Episode(**row) for row in rows]


def _column(name: str) -> str:
    """A column as its field takes it: times in ms."""
    times = ("at", "since", "until", "fired")
    return f"toUnixTimestamp64Milli({name}) AS {name}_ms" if name in times else name
