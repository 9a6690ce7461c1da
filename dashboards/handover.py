"""The last shift in facts: what whoever takes over must know, read from the store in one go.

Why apart from its words: each fact is a number that a test counts again; two languages only say it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboards import hiding, tables
from dashboards.macros import Shown, Values, expand
from dashboards.method_sql.net import net
from dashboards.method_sql.voices import rises, terms
from dashboards.pipeline_sql import FRESHNESS
from streams.edges import alerts_sql, ledger_sql
from streams.edges.alert_records import Episode, SilenceTold
from streams.edges.alert_story import silences, standing
from streams.edges.revisions import told_sql
from streams.edges.store import Store
from streams.pure.method.evidence import FEW, Estimate, beyond_chance, difference

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
TERMS = 3
"""Words of bad answers that are told."""

_FROM, _TO = "$__fromTime", "$__toTime"
_BAD = f"arrayExists((metric, box) -> box = -1 AND {tables.ASKED}, metrics, boxes)"
_REAL = "class != 'test' AND respondent = 'customer'"
_SPAN = f"occurred_at >= {_FROM} AND occurred_at < {_TO}"

FIRED = f"""\
SELECT countIf(severity = 'page' AND held = '') AS pages, countIf(severity = 'ticket' AND held = '') AS tickets,
  countIf(held != '') AS held_back, countIf(state = 'resolved') AS over
FROM (
{alerts_sql.episodes(since=f"{_FROM} - toIntervalDay({alerts_sql.LOOK_BACK_DAYS})", until=_TO)}
)
WHERE fired >= {_FROM} AND held != 'shadow' AND kind NOT IN ({alerts_sql.texts(alerts_sql.AT_ONCE)})"""
"""One row: alerts that began to stand in the time shown, as they are at its end."""

NOT_THROUGH = f"""\
SELECT receiver, uniqExact(page_id) AS pages, countIf(state = 'refused') AS refused, max(tries) AS most_tries,
  argMax(error, at) AS trouble
FROM deliveries FINAL
WHERE at >= {_FROM} AND at < {_TO} AND state != 'delivered'
GROUP BY receiver
ORDER BY pages DESC, receiver"""

# Found first by time and kept columns alone, then read whole: FINAL over all kept years would take long.
_WORDS = f"""\
SELECT 'word' AS sort, 1 AS recent, if(customer = '', concat(producer, ' ', event_id), customer) AS who,
  {terms("comment")} AS terms
FROM touchpoints AS t FINAL
WHERE {_REAL} AND {_BAD} AND {_SPAN} AND (producer, event_id) IN (
  SELECT producer, event_id
  FROM touchpoints
  WHERE {_REAL} AND has(boxes, -1) AND {_SPAN} AND stored_at >= {_FROM} - toIntervalHour(1)
)"""
SAID = f"""\
SELECT term, now, n_now
FROM (
{rises(_WORDS, least=hiding.LEAST)}
)
ORDER BY now DESC, term
LIMIT {TERMS}"""
"""What most bad answers of the time shown name, each answer once; not what very few customers name."""

PRODUCERS = f"""\
SELECT producer, sumIf(events, here) AS sent, sumIf(events, NOT here) AS sent_before
FROM (
  SELECT producer, appended_at >= {_FROM} AS here, uniqExact(event_id) AS events
  FROM touchpoints
  WHERE class NOT IN ('import', 'test') AND stored_at >= {_FROM} - toIntervalSecond({{back}}) - toIntervalMinute(1)
    AND ((appended_at >= {_FROM} AND appended_at < {_TO})
      OR (appended_at >= {_FROM} - toIntervalSecond({{back}}) AND appended_at < {_TO} - toIntervalSecond({{back}})))
  GROUP BY producer, here
)
GROUP BY producer
ORDER BY producer"""
REFUSED = f"""\
SELECT if(producer = '', 'not named', producer) AS producer, count() AS refused, topK(1)(reason)[1] AS mostly
FROM rejected FINAL
WHERE appended_at >= {_FROM} AND appended_at < {_TO}
GROUP BY producer
ORDER BY refused DESC, producer"""

ACCOUNT = f"""\
SELECT all_wrong, all_offsets, young, blocks
FROM (
{ledger_sql.account(_FROM, f"{_TO} + toIntervalHour(1)", _TO)}
)"""

REVISED = f"""\
SELECT count() AS bars, uniqExact(slice, width_s) AS slices, sum(toInt64(n) - toInt64(n_before)) AS answers,
  sum(toInt64(bad) - toInt64(bad_before)) AS bad_answers
FROM (
{told_sql(f"revised_at >= {_FROM} - toIntervalDay(1)")}
)
WHERE revised_at >= {_FROM} AND revised_at < {_TO}"""


@dataclass(frozen=True, slots=True)
class ChannelNet:
    """Net experience of one channel in the shift, and in a time as long before it."""

    channel: str
    now: Estimate
    before: Estimate

    @property
    def change(self) -> Estimate:
        """Now minus before; unknown where either is."""
        return difference(self.now, self.before)

    @property
    def moved(self) -> bool:
        """Whether the change is more than chance."""
        return beyond_chance(self.change)


@dataclass(frozen=True, slots=True)
class Handover:
    """What there is to hand over; times in ms UTC, counts of the shift.

    Attributes:
        answers: to CSAT, CES and NPS. channels: with answers in the shift, the worst first.
        fired: FIRED's row. stands: alerts that stand at its end, worst first.
        quiet: silences in force, the one that ends first in front.
        not_through: NOT_THROUGH's rows. said: SAID's rows.
        gone: producers heard at the same hours of the day before (or earlier, of a longer shift) and not in this one.
        refused: REFUSED's rows.
        counted_ms: every source is counted until then; None: nothing was heard in a day.
        account: ACCOUNT's row. revised: REVISED's row.
    """

    from_ms: int
    to_ms: int
    answers: int
    channels: tuple[ChannelNet, ...]
    fired: dict[str, Any]
    stands: tuple[Episode, ...]
    quiet: tuple[SilenceTold, ...]
    not_through: tuple[dict[str, Any], ...]
    said: tuple[dict[str, Any], ...]
    producers: int
    gone: tuple[str, ...]
    refused: tuple[dict[str, Any], ...]
    counted_ms: int | None
    account: dict[str, Any]
    revised: dict[str, Any]


def read(store: Store, *, now_ms: int, shift_ms: int, hide_under: int) -> Handover:
    """Everything of the shift that ends now. A store without data gives a handover without numbers.

    Args:
        shift_ms: its length, above 0; it begins at a whole minute, beyond three days at a whole hour.
    Raises:
        As `Store.query`.
    """
    unit_ms = MINUTE_MS if shift_ms < 3 * DAY_MS else HOUR_MS
    from_ms, to_ms = (now_ms - shift_ms) // unit_ms * unit_ms, now_ms // 1_000 * 1_000 + 1_000
    values: Values = {"hide_under": str(hide_under)}

    def ask(sql: str, start_ms: int = from_ms, end_ms: int = to_ms) -> list[dict[str, Any]]:
        return store.query(expand(sql, shown=Shown(start_ms, end_ms, MINUTE_MS), values=values))

    by_channel = net(("channel",))
    earlier = {row["channel"]: _net(row) for row in ask(by_channel, from_ms - (to_ms - from_ms), from_ms)}
    channels = [
        ChannelNet(row["channel"], _net(row), earlier.get(row["channel"], Estimate())) for row in ask(by_channel)
    ]
    # The same hours of an earlier day: a till that is silent every night is not missing.
    back_s = -(-(to_ms - from_ms) // DAY_MS) * DAY_MS // 1_000
    heard = ask(PRODUCERS.replace("{back}", str(back_s)))
    fresh = ask(FRESHNESS, to_ms - DAY_MS)
    return Handover(
        from_ms=from_ms,
        to_ms=to_ms,
        answers=sum(one.now.n for one in channels),
        channels=tuple(sorted(channels, key=_place)),
        fired=ask(FIRED)[0],
        stands=tuple(standing(store, now_ms)),
        quiet=tuple(one for one in silences(store, now_ms) if one.in_force(now_ms)),
        not_through=tuple(ask(NOT_THROUGH)),
        said=tuple(ask(SAID)),
        producers=sum(1 for row in heard if row["sent"]),
        gone=tuple(row["producer"] for row in heard if row["sent_before"] and not row["sent"]),
        refused=tuple(ask(REFUSED)),
        counted_ms=int(fresh[0]["shown"]) if fresh else None,
        account=ask(ACCOUNT)[0],
        revised=ask(REVISED)[0],
    )


def _net(row: dict[str, Any]) -> Estimate:
    return Estimate(row["net"], row["net_lower"], row["net_upper"], int(row["net_n"]))


def _place(one: ChannelNet) -> tuple[bool, float, str]:
    """As on the overview: by the best that it could still be; few answers last."""
    return one.now.n < FEW, 100.0 if one.now.upper is None else one.now.upper, one.channel
