"""A store as it looks after a month of a large installation, made inside ClickHouse from numbers.

10,000 series of seven channels answer at a steady rate. Everything follows from the number of an answer, so that the
tables agree with each other: `touchpoints` holds the answers, the tiers of panes what they count to, each as long as
the product keeps it. Scores are those that boards read (channels and all together), one row each ten seconds as
`roll` tells them; their values are made up, since no query depends on them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from schemas.scales import SCALES
from streams.edges.store import Store

DAY_S = 86_400
FINE_DAYS = 7
"""How long the product keeps slices of 10 s."""
DENSEST_PER_S = 1_000
"""The rate the goal of the boards is for."""
SCALE_OF = {"csat": "csat-1-5", "nps": "nps-0-10", "ces": "ces-ease-1-5"}
CHANNELS = ("store", "web", "app", "chat", "email", "phone_in", "social")
SEGMENTS = ("new", "regular", "gold", "business", "family", "student", "senior")
PRODUCERS = ("shop-app", "web-shop", "till", "mailer", "call-centre")
PARTITIONS = 12

_POINTS = {
    "csat": "[1, 2, 3, 3, 4, 4, 4, 5, 5, 5]",
    "nps": "[0, 3, 5, 6, 7, 8, 9, 9, 10, 10]",
    "ces": "[1, 2, 2, 3, 3, 4, 4, 4, 5, 5]",
}
_SERIES = (
    "h % 10000 AS s, s - 4000 AS a, "
    f"if(s < 4000, 'store', {list(CHANNELS[1:])}[1 + a % 6]) AS channel, "
    "if(s < 4000, ['checkout', 'advice'][1 + s % 2], concat('page-', toString(intDiv(a, 6) % 50))) AS touchpoint, "
    "if(s < 4000, 'purchase', ['pre_purchase', 'purchase', 'use', 'after_sale'][1 + intDiv(a, 6) % 4]) AS stage, "
    "if(s < 4000, concat('store-', toString(intDiv(s, 2) % 1000)), '') AS location, "
    f"if(s < 4000, '', {list(SEGMENTS)}[1 + intDiv(a, 300) % 7]) AS segment, "
    "if(s < 4000, ['csat', 'nps'][1 + intDiv(s, 2000)], ['csat', 'nps', 'ces'][1 + intDiv(a, 2100) % 3]) AS metric, "
    f"transform(metric, {list(SCALE_OF)}, {list(SCALE_OF.values())}, '') AS scale, "
    f"multiIf(metric = 'csat', {_POINTS['csat']}, metric = 'nps', {_POINTS['nps']}, {_POINTS['ces']})"
    "[1 + intDiv(h, 10000) % 10] AS bin"
)


def _box() -> str:
    """The box of metric and bin, as schemas/scales.py has it."""
    cases = []
    for metric, scale in SCALE_OF.items():
        known = SCALES[scale]
        boxes = [known.box(point) for point in range(known.low, known.high + 1)]
        cases.append(f"metric = '{metric}', {boxes}[bin - {known.low} + 1]")
    return f"multiIf({', '.join(cases)}, 0)"


@dataclass(frozen=True)
class Month:
    """What to fill a store with.

    Attributes:
        end_s: end of the last slice, epoch seconds; a whole hour is not needed, ten seconds are.
        days: of answers.
        per_s: answers a second.
    """

    end_s: int
    days: int
    per_s: int

    @property
    def begin_s(self) -> int:
        """Start of the first answer's second."""
        return self.end_s - self.days * DAY_S

    @property
    def answers(self) -> int:
        """All of them."""
        return self.days * DAY_S * self.per_s

    def numbers(self, begin_s: int, end_s: int) -> str:
        """Answers of [begin_s, end_s): number, time in ms, and what follows from them."""
        first, count = (begin_s - self.begin_s) * self.per_s, (end_s - begin_s) * self.per_s
        return (
            f"SELECT number, cityHash64(number) AS h, toInt64({1000 * self.begin_s}) + "
            f"intDiv(number * 1000, {self.per_s}) AS at_ms, {_SERIES}, {_box()} AS box FROM numbers({first}, {count})"
        )


def fill(store: Store, month: Month, tell: Callable[[str], None]) -> dict[str, int]:
    """Fills all tables the boards read, day by day; rows by table."""
    small = (_names, _scores, _alerts, _ledger)
    for step in small:
        tell(f"filling: {step.__name__.strip('_')}")
        for sql in step(month):
            store.command(sql)
    for day in range(month.days):
        tell(f"filling: day {day + 1} of {month.days}")
        begin_s = month.begin_s + day * DAY_S
        store.command(_touchpoints(month, begin_s, begin_s + DAY_S))
        for tier, width_s in _WIDTHS_S.items():
            if tier == "panes_10s" and month.days - day > FINE_DAYS:
                continue
            store.command(_panes(month, tier, width_s, begin_s, begin_s + DAY_S))
    store.command(_rejected(month))
    tables = (
        "touchpoints",
        "panes_10s",
        "panes_1m",
        "panes_1h",
        "scores",
        "alerts",
        "ledger",
        "ledger_minutes",
        "rejected",
    )
    return {table: int(store.rows(f"SELECT count() FROM {table}")[0][0]) for table in tables}


def affordable(store: Store, days: int, seconds: float) -> int:
    """Answers a second (1 to DENSEST_PER_S) with which filling so many days takes about so long on this machine.

    Found by filling a day thinly, which is left in the tables no longer than it takes. What does not depend on the rate
    (scores, alerts) counts too.
    """
    per_s = 2
    month = Month(int(time.time()) // 10 * 10, 1, per_s)
    began = time.monotonic()
    for sql in _scores(month):
        store.command(sql)
    fixed_s, began = days * (time.monotonic() - began), time.monotonic()
    store.command(_touchpoints(month, month.begin_s, month.end_s))
    for tier, width_s in _WIDTHS_S.items():
        store.command(_panes(month, tier, width_s, month.begin_s, month.end_s))
    each_s = (time.monotonic() - began) / month.answers
    for table in ("scores", "touchpoints", *_WIDTHS_S):
        store.command(f"TRUNCATE TABLE {table}")
    return max(1, min(DENSEST_PER_S, int((seconds - fixed_s) / (each_s * days * DAY_S))))


_WIDTHS_S = {"panes_10s": 10, "panes_1m": 60, "panes_1h": 3_600}


def _touchpoints(month: Month, begin_s: int, end_s: int) -> str:
    return f"""INSERT INTO touchpoints (producer, event_id, class, rank, log_id, topic, partition, offset, appended_at,
      stored_at, kind, occurred_at, sent_at, channel, touchpoint, stage, location, segment, customer, respondent,
      weight_micro, metrics, scales, bins, boxes)
    SELECT {list(PRODUCERS)}[1 + s % 5], lower(hex(h)), 'accepted', number, 'bench', 'touchpoints',
      number % {PARTITIONS}, intDiv(number, {PARTITIONS}), fromUnixTimestamp64Milli(at_ms + 500),
      fromUnixTimestamp64Milli(at_ms + 1500), metric, fromUnixTimestamp64Milli(at_ms),
      fromUnixTimestamp64Milli(at_ms + 200), channel, touchpoint, stage, location, segment,
      concat('c-', toString(intDiv(h, 7) % 1000000)), 'customer', 1000000, [metric], [scale], [toInt16(bin)],
      [toInt8(box)]
    FROM ({month.numbers(begin_s, end_s)})"""


def _panes(month: Month, tier: str, width_s: int, begin_s: int, end_s: int) -> str:
    fine = tier == "panes_10s"
    more = ", log_id, partition, block, policy" if fine else ""
    place = f", 'bench', p, intDiv(min(number), {PARTITIONS} * 65536) * 65536, 1" if fine else ""
    by = f", number % {PARTITIONS} AS p" if fine else ""
    return f"""INSERT INTO {tier} (metric, scale, channel, slice, touchpoint, stage, location, segment, respondent, bin,
      box, lane, n, w_micro, w2_micro, version, stored_at{more})
    SELECT metric, scale, channel, toDateTime(intDiv(at_ms, {1000 * width_s}) * {width_s}, 'UTC') AS start, touchpoint,
      stage, location, segment, 'customer', bin, any(box), 'live', count(), count() * 1000000, count() * 1000000, 1,
      toDateTime64(start, 3, 'UTC'){place}
    FROM ({month.numbers(begin_s, end_s)})
    GROUP BY metric, scale, channel, start, touchpoint, stage, location, segment, bin{by}"""


def _names(month: Month) -> list[str]:
    pairs = [("channel", name) for name in CHANNELS] + [("producer", name) for name in PRODUCERS]
    rows = ", ".join(f"('{dimension}', '{name}', {1000 * month.end_s})" for dimension, name in pairs)
    return [f"INSERT INTO names (dimension, name, last_seen) VALUES {rows}"]


def _scores(month: Month) -> list[str]:
    """A row each tick of each window, of each channel's questions and of all channels together."""
    places = [("channel", channel, metric) for channel in CHANNELS for metric in SCALE_OF]
    places += [("all", "", metric) for metric in SCALE_OF]
    places = [place for place in places if place[1:] != ("store", "ces")]
    rows = ", ".join(f"('{dimension}', '{channel}', '{metric}')" for dimension, channel, metric in places)
    found = []
    for window_s, step_s in ((300, 10), (3_600, 10), (86_400, 300)):
        ticks = month.days * DAY_S // step_s
        found.append(f"""INSERT INTO scores (window_s, dimension, channel, member, metric, scale, as_of, n, top,
          neutral, bad, value, mean, lower, upper, weighted_value, weighted_lower, weighted_upper, n_eff, reason,
          independence, complete_until, complete, computed_ms, stored_at)
        SELECT {window_s}, place.1, place.2, '', place.3, transform(place.3, {list(SCALE_OF)},
          {list(SCALE_OF.values())}, ''),
          fromUnixTimestamp64Milli(1000 * (toInt64({month.end_s}) - number * {step_s}) AS ms),
          {max(1, window_s * month.per_s // 20)} + cityHash64(number) % 100 AS answers, intDiv(answers, 2),
          answers - intDiv(answers, 2) - intDiv(answers, 5), intDiv(answers, 5), 50 + number % 10, 3.5, 48, 62, 50, 48,
          62, answers, '', 1, fromUnixTimestamp64Milli(ms), 1, ms, fromUnixTimestamp64Milli(ms)
        FROM numbers({ticks}) ARRAY JOIN [{rows}] AS place""")
    return found


def _alerts(month: Month) -> list[str]:
    """Each minute a bad answer told at once, each six hours a worsening that went through three versions."""
    minutes, quarters = month.days * 1_440, month.days * 4
    columns = (
        "(alert_id, rule, kind, severity, state, at, channel, touchpoint, location, segment, metric, scale, value,"
        " baseline, n, reason, detail, version, stored_at)"
    )
    return [
        f"""INSERT INTO alerts {columns}
        SELECT concat('bad|', toString(number)), 'bad_answer', 'bad_answer', 'info', 'noted',
          fromUnixTimestamp64Milli(1000 * (toInt64({month.end_s}) - 60 * number) AS ms),
          {list(CHANNELS)}[1 + number % 7], 'checkout', '', '', 'csat', 'csat-1-5', 1, NULL, 1,
          'CSAT 1 on 1-5 at checkout', '{{}}', 1, fromUnixTimestamp64Milli(ms)
        FROM numbers({minutes})""",
        f"""INSERT INTO alerts {columns}
        SELECT concat('worse|', toString(number)), 'worsening', 'worsening', 'warning',
          ['firing', 'firing', 'resolved'][v], fromUnixTimestamp64Milli(1000 * (toInt64({month.end_s}) - 21600 * number
          - 60 * (3 - v)) AS ms), {list(CHANNELS)}[1 + number % 7], '', '', '', 'csat', 'csat-1-5', 40, 20, 100,
          'bad CSAT answers rose from 20 % to 40 %', '{{}}', v, fromUnixTimestamp64Milli(ms)
        FROM numbers({quarters}) ARRAY JOIN [1, 2, 3] AS v""",
    ]


def _ledger(month: Month) -> list[str]:
    """Each minute of each partition, as `score` told it; a block lasts 65,536 offsets."""
    per_minute = max(1, 60 * month.per_s // PARTITIONS)
    return [
        f"""INSERT INTO ledger (topic, log_id, partition, block, first_offset, next_offset, record_time, heard_until,
      accepted, duplicate, late, rejected, test, policy, closed, writer, version, stored_at)
    SELECT 'touchpoints', 'bench', partition, intDiv(number * {per_minute}, 65536) * 65536 AS begun, begun,
      (number + 1) * {per_minute} AS next,
      fromUnixTimestamp64Milli(1000 * (toInt64({month.begin_s}) + 60 * number + 59) AS ms),
      fromUnixTimestamp64Milli(ms), next - begun, 0, 0, 0, 0, 1, 0, 'bench', next, fromUnixTimestamp64Milli(ms)
    FROM numbers({month.days * 1_440}) ARRAY JOIN range({PARTITIONS}) AS partition"""
    ]


def _rejected(month: Month) -> str:
    """One in a thousand, of the fourteen days these are kept."""
    days = min(14, month.days)
    count = max(1, days * DAY_S * month.per_s // 1_000)
    return f"""INSERT INTO rejected (topic, log_id, partition, offset, appended_at, producer, reason, field, value,
      nearest, message, raw, stored_at)
    SELECT 'touchpoints', 'bench', number % {PARTITIONS}, 1000000000 + number,
      fromUnixTimestamp64Milli(1000 * toInt64({month.end_s}) - intDiv(number * {days * DAY_S * 1_000}, {count}) AS ms),
      {list(PRODUCERS)}[1 + number % 5], ['unknown_name', 'off_scale'][1 + number % 2],
      ['channel', 'score'][1 + number % 2], 'stoer', 'store', 'channel is no built-in channel', '{{}}',
      fromUnixTimestamp64Milli(ms)
    FROM numbers({count})"""


def settled(store: Store, limit_s: float) -> bool:
    """Waits until merges are done, or so long; whether they are."""
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        if not store.rows("SELECT count() FROM system.merges")[0][0]:
            return True
        time.sleep(1)
    return False
