"""A page for planning: what ten, a hundred and a thousand times the traffic needs, from unit costs measured here.

It is arithmetic on a few measurements, not a measurement: brokers, stores and networks of that size were not run.
Prices are an assumption that stands in `PRICES`; change them for yours.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from streams.edges.migrate import migrate
from streams.edges.settings import Settings
from streams.edges.store import Store
from tests.bench.archive import measure as measure_archive
from tests.bench.big_store import DAY_S, Month, fill
from tests.bench.growth import VARIANTS, costs
from tests.bench.results import Result, told
from tests.bench.worker import cpu_s
from tests.kit.clickhouse import ServerProcess

NAME = "plan"
BASE_PER_S = 1_000
FACTORS = (1, 10, 100, 1_000)
SERIES, POINTS, CHANNELS = 10_000, 5, 7
ROLL_PER_S = 2_000
"""Pane records a worker of `roll` takes: assumed, not measured. It reads panes, so their number is what counts."""
PUBLISHED_PER_S = 4
"""How often `score` publishes what changed (streams/apps/score.py: every 0.25 s)."""
PARTITION_PER_S = 13_100 // 2
"""Half of what one partition takes before the default horizon calls live answers late."""
BUSY = 0.5
"""A worker's core is planned half full: the rest is for catching up and for the death of a neighbour."""
LEAST_PARTITIONS = 12
REPLICAS = 3


class Prices(NamedTuple):
    """Dollars a month: about what large clouds ask on demand."""

    core: float = 30.0
    store_gb: float = 0.10
    kafka_gb: float = 0.10


PRICES = Prices()


class Units(NamedTuple):
    """What was measured.

    Attributes:
        score_s, archive_s, broker_s, store_s: seconds of CPU for a million events.
        event_bytes: of an event in Kafka, compressed.
        touchpoint_bytes, pane_bytes: of a row in the store.
    """

    score_s: float
    archive_s: float
    broker_s: float
    store_s: float
    event_bytes: float
    touchpoint_bytes: float
    pane_bytes: float


class Plan(NamedTuple):
    """What a rate needs."""

    per_s: int
    partitions: int
    score: int
    archive: int
    roll: int
    cores: int
    panes_per_s: int
    rows_per_day: int
    store_gb: float
    kafka_gb: float
    money: float


def plan(units: Units, per_s: int, prices: Prices = PRICES) -> Plan:
    """Arithmetic alone.

    Panes a second are records that `score` publishes: each partition each channel four times a second at most, and
    never more than there are events. Rows a day are answers, and their cells in the three tiers; what the store
    keeps is a year of answers, 7 days of the 10 s tier, 180 of the minutes and 10 years of the hours.
    """
    partitions = max(LEAST_PARTITIONS, math.ceil(per_s / PARTITION_PER_S))
    million = per_s / 1e6
    score = max(2, math.ceil(million * units.score_s / BUSY))
    archive = max(2, math.ceil(million * units.archive_s / BUSY))
    panes_per_s = min(per_s, partitions * CHANNELS * PUBLISHED_PER_S)
    cells = SERIES * POINTS
    fine = min(10 * per_s, cells * partitions) * 8_640
    minutes, hours = min(60 * per_s, cells) * 1_440, min(3_600 * per_s, cells) * 24
    roll = max(2, math.ceil(panes_per_s / ROLL_PER_S))
    broker = max(3, math.ceil(million * units.broker_s * REPLICAS / BUSY))
    store = max(2, math.ceil(million * units.store_s / BUSY))
    cores = score + archive + roll + 2 + broker + store
    answers = per_s * DAY_S
    kept = answers * 400 * units.touchpoint_bytes + units.pane_bytes * (fine * 7 + minutes * 180 + hours * 3_650)
    store_gb = kept / 1e9
    kafka_gb = answers * 7 * units.event_bytes * REPLICAS / 1e9
    money = cores * prices.core + store_gb * prices.store_gb + kafka_gb * prices.kafka_gb
    return Plan(
        per_s, partitions, score, archive, roll, cores, panes_per_s, answers + fine + minutes + hours, store_gb,
        kafka_gb, money,
    )  # fmt: skip


def measure(quick: bool, tell: Callable[[str], None]) -> Units:
    """Unit costs on this machine."""
    ((_, one),) = costs(VARIANTS[:1], 250_000 if quick else 800_000, tell)
    tell("plan: archive")
    archive = measure_archive(rows=100_000 if quick else 300_000)
    tell("plan: store")
    with tempfile.TemporaryDirectory(prefix="bench-plan-") as folder, ServerProcess(Path(folder)) as server:
        settings = Settings(clickhouse_url=server.url, clickhouse_database="bench")
        with Store.connect(settings, answer_timeout_s=600) as store:
            migrate(store)
            month = Month(int(time.time()) // 10 * 10, 1, 4 if quick else 20)
            before_s = cpu_s(server.process.pid)
            fill(store, month, tell)
            used_s = cpu_s(server.process.pid) - before_s
            store.command("OPTIMIZE TABLE touchpoints FINAL")
            rows = store.rows(
                "SELECT table, sum(bytes_on_disk) / sum(rows) FROM system.parts WHERE active AND database = 'bench' "
                "AND table IN ('touchpoints', 'panes_10s') GROUP BY table"
            )
        sizes = {str(table): float(size) for table, size in rows}
        server.stop()
    return Units(
        score_s=one.pace.cpu_s_per_million, archive_s=1e6 / archive["rows_per_cpu_s"],
        broker_s=1e6 * one.broker_cpu_s / one.events, store_s=1e6 * used_s / month.answers, event_bytes=one.event_bytes,
        touchpoint_bytes=sizes["touchpoints"], pane_bytes=sizes["panes_10s"],
    )  # fmt: skip


def results(units: Units, prices: Prices = PRICES) -> Iterator[Result]:
    """Unit costs, then a block of rows for each factor."""
    for name, value in units._asdict().items():
        unit = "bytes" if name.endswith("bytes") else "CPU s/million"
        yield told(NAME, f"unit cost: {name.rpartition('_')[0]}", value, unit)
    for factor in FACTORS:
        one = plan(units, factor * BASE_PER_S, prices)
        at = f"{factor}x, {one.per_s:,} events/s"
        yield told(NAME, f"{at}: partitions of touchpoints", one.partitions, "partitions")
        split = f"score {one.score}, archive {one.archive}, roll {one.roll}, notify 2, the rest brokers and store"
        yield told(NAME, f"{at}: cores", one.cores, "cores", split)
        yield told(NAME, f"{at}: panes", one.panes_per_s, "records/s")
        yield told(NAME, f"{at}: ClickHouse rows a day", one.rows_per_day, "rows")
        yield told(NAME, f"{at}: kept in ClickHouse", one.store_gb, "GB", f"and {one.kafka_gb:,.0f} GB in Kafka")
        price = f"{prices.core:g} a core, {prices.store_gb:g} a GB of store and {prices.kafka_gb:g} of Kafka a month"
        yield told(NAME, f"{at}: money", one.money, "dollars/month", price)


def bench(quick: bool, tell: Callable[[str], None]) -> Iterator[Result]:
    """The bench as `./run bench plan` runs it."""
    yield from results(measure(quick, tell))
