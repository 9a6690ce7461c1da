"""How cost grows: with partitions, series, windows, the size of an event, and the share of events nobody can take.

Costs are seconds of CPU for a million events, of a real worker on a real broker: they hold on a busy machine too.
What a rejected event costs is measured in this process, where a batch costs the same each time: a batch with some
rejected events must cost what its parts cost, or one bad event slows all others down.
"""

from __future__ import annotations

import asyncio
import gc
import random
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from schemas.decode import Decoder, event_key
from streams.edges.local_kafka import LocalKafka
from streams.edges.progress import Progress
from streams.edges.settings import Settings
from streams.pure.counting import PartitionCounter
from streams.pure.policies import Rulebook
from tests.bench.log import Body, body, fill
from tests.bench.panes import POLICY
from tests.bench.results import Result, at_most, told
from tests.bench.worker import Pace, count, cpu_s
from tests.kit.logs import Stored

NAME = "growth"
MOST_OVER_PARTS = 1.25
"""Taking turns makes either kind a few per cent dearer (caches); a batch judged slowly as a whole costs many times."""
SHARES_PCT = (0.0, 1.0, 10.0, 100.0)
BATCH = 2_000


@dataclass(frozen=True)
class Variant:
    """One way in which the log differs from the plain one: 4 partitions, 500 series, events of 280 bytes, all good."""

    what: str
    partitions: int = 4
    locations: int = 20
    comment: int = 0
    rejected_pct: float = 0.0

    def make(self) -> Body:
        """Its events."""

        def one(rnd: random.Random, now_ms: int) -> bytes:
            event = body(rnd, now_ms, locations=self.locations)
            if self.comment:
                event["comment"] = "the queue was long and nobody came " * (self.comment // 35)
            if self.rejected_pct and rnd.random() * 100 < self.rejected_pct:
                event["channel"] = "stoer"
            return orjson.dumps(event)

        return one


VARIANTS = (
    Variant("plain: 4 partitions, 500 series, 280 bytes, none rejected"),
    Variant("1 partition", partitions=1),
    Variant("12 partitions", partitions=12),
    Variant("10,000 series", locations=400),
    Variant("50,000 series", locations=2_000),
    Variant("events of 1.3 kB", comment=1_000),
    Variant("events of 4.3 kB", comment=4_000),
    Variant("1 % rejected", rejected_pct=1.0),
    Variant("10 % rejected", rejected_pct=10.0),
)
QUICK = (VARIANTS[0], VARIANTS[3], VARIANTS[8])


@dataclass(frozen=True)
class Cost:
    """What one variant took."""

    pace: Pace
    panes: int
    """Records in the topics of panes."""
    broker_cpu_s: float
    events: int
    event_bytes: float
    """Of an event as it lies in Kafka, in its batch."""


async def cost(kafka: LocalKafka, data: Path, variant: Variant, events: int) -> Cost:
    """One worker on a log of that kind."""
    settings = Settings(kafka_brokers=kafka.bootstrap, topic_prefix=f"g{uuid.uuid4().hex[:8]}.")
    log = await fill(settings, events, partitions=variant.partitions, make=variant.make())
    before_s = _broker_cpu_s(kafka)
    with tempfile.TemporaryFile() as quiet:
        pace = await count(log, stderr=quiet)
    used_s = _broker_cpu_s(kafka) - before_s
    async with Progress(settings, None) as progress:  # type: ignore[arg-type]  # no store is asked here
        panes = sum((await progress.ends([settings.topic("panes")])).values())
    return Cost(pace, panes, used_s, log.events, log_bytes(data, log.topic) / log.events)


def log_bytes(data: Path, topic: str) -> int:
    """What a topic takes in the broker's folder."""
    return sum(path.stat().st_size for path in data.glob(f"{topic}-*/*.log"))


def _broker_cpu_s(kafka: LocalKafka) -> float:
    return cpu_s(kafka.pid) if kafka.pid else 0.0


def costs(variants: Sequence[Variant], events: int, tell: Callable[[str], None]) -> Iterator[tuple[Variant, Cost]]:
    """Each variant once, on one broker."""
    with tempfile.TemporaryDirectory(prefix="bench-growth-") as folder:
        (Path(folder) / "kafka").mkdir()
        data = Path(folder) / "kafka" / "data"
        with LocalKafka(Path(folder) / "kafka", throughput=True, heap_mb=1_024) as kafka:
            for variant in variants:
                tell(f"growth: {variant.what}")
                # No partition longer than a horizon, or all of its end were late.
                yield variant, asyncio.run(cost(kafka, data, variant, min(events, 250_000 * variant.partitions)))


def batches(events: int, rejected_pct: float) -> list[list[Stored]]:
    """Records of one partition as fetches bring them."""
    rnd, now_ms = random.Random(3), time.time_ns() // 1_000_000
    records = []
    for offset in range(events):
        one = body(rnd, now_ms)
        if rnd.random() * 100 < rejected_pct:
            one |= {"channel": "stoer", "score": 9}
        records.append(Stored(offset, now_ms, event_key(one["producer"], one["event_id"]), orjson.dumps(one)))
    return [records[first : first + BATCH] for first in range(0, events, BATCH)]


def us_per_event(fetched: Sequence[Sequence[Stored]]) -> float:
    """Counting all of it with a fresh counter, and handing over what changed: CPU microseconds an event."""
    counter = PartitionCounter(Rulebook([POLICY], lambda _: Decoder().decode), None, 0)
    gc.collect()
    began = time.process_time()
    for records in fetched:
        counter.feed(records)
    counter.take(coarse=True)
    return 1e6 * (time.process_time() - began) / sum(map(len, fetched))


def rejected_costs(events: int, rounds: int) -> dict[float, float]:
    """CPU microseconds an event by share of rejected ones: the least of several rounds, which take turns."""
    made = {share: batches(events, share) for share in SHARES_PCT}
    least = dict.fromkeys(SHARES_PCT, float("inf"))
    gc.collect()
    gc.freeze()  # as a worker does before it counts
    for _ in range(rounds):
        for share, fetched in made.items():
            least[share] = min(least[share], us_per_event(fetched))
    return least


def over_parts(measured: Mapping[float, float], share_pct: float) -> float:
    """What a mixed batch costs, over what its good and its rejected events cost apart; 1.0 is neither more nor less."""
    share = share_pct / 100
    return measured[share_pct] / ((1 - share) * measured[0.0] + share * measured[100.0])


def results(found: Sequence[tuple[Variant, Cost]], rejected: Mapping[float, float]) -> Iterator[Result]:
    """The table."""
    for variant, one in found:
        note = f"{one.pace.events_per_s:,.0f} events/s, {1e6 * one.panes / one.events:,.0f} pane records a million"
        yield told(NAME, f"score, {variant.what}", one.pace.cpu_s_per_million, "CPU s/million", note)
    for share, cost_us in rejected.items():
        yield told(NAME, f"counting alone, {share:g} % rejected", cost_us, "CPU us/event")
    for share in SHARES_PCT[1:3]:
        what = f"a batch with {share:g} % rejected over the sum of its parts"
        yield at_most(NAME, what, over_parts(rejected, share), "x", MOST_OVER_PARTS)


def windows(quick: bool, tell: Callable[[str], None]) -> Iterator[Result]:
    """What an answer costs `roll` with one, two and three windows."""
    from tests.bench.roll import apart

    # A day of history takes long to lay down: not for a quick look.
    for windows_s in ((300,), (300, 3_600), (300, 3_600, 86_400))[: 2 if quick else 3]:
        tell(f"growth: windows of {windows_s} s")
        found = apart(series=1_000 if quick else 10_100, windows_s=windows_s, live_s=10 if quick else 30)
        names = ", ".join(f"{window_s:,}" for window_s in windows_s)
        note = f"p95 of a tick {found['tick_p95_ms']} ms, {found['rss_mb']} MB"
        what = f"roll, windows of {names} s, {found['series']:,} series"
        yield told(NAME, what, found["handle_us_per_answer"], "CPU us/answer", note)


def bench(quick: bool, tell: Callable[[str], None]) -> Iterator[Result]:
    """The bench as `./run bench growth` runs it."""
    found = list(costs(QUICK if quick else VARIANTS, 250_000 if quick else 800_000, tell))
    tell("growth: rejected events")
    rejected = rejected_costs(*((20_000, 3) if quick else (60_000, 7)))
    yield from results(found, rejected)
    yield from windows(quick, tell)
