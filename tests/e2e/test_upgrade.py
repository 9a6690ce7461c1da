"""A rolling upgrade from the version before, and back, while events flow: as deploy/README.md says, nothing is lost."""

from __future__ import annotations

import asyncio
import re
import signal
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from streams.edges.local_kafka import LocalKafka
from streams.edges.migrate import read_migrations
from streams.edges.processes import Process, end
from streams.edges.rulebook import ANNOUNCED_REFRESHES, announce
from streams.edges.settings import Settings
from streams.edges.store import Store
from streams.pure.alerting.messages import DeliveryMessage
from streams.pure.cells import decode
from tests.chaos.compare import differences
from tests.chaos.feed import Feed
from tests.chaos.oracle import CLASSES, Truth, one_pass
from tests.chaos.pages import RULES, missing_or_false, said
from tests.chaos.plan import Mixture, Plan, Rules
from tests.chaos.run import SETTLE_S, untold
from tests.chaos.stream import make_stream
from tests.chaos.topics import LOGS, read_log, read_policies, read_topic
from tests.kit.earlier import ROOT, run_in, start_in
from tests.kit.pipeline import Installation
from tests.kit.takers import Taker, taker

pytest_plugins = ["tests.kit.earlier"]
pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.deep, pytest.mark.timeout(900)]

PARTITIONS = 3
WORKERS = {"archive": 2, "deliver": 1, "notify": 1, "roll": 1, "score": 2}
"""Those of which several share the work get two: the group is then of both versions for a while."""
STEP_S = 2.5
"""Of the stream, sent while a role is exchanged."""
PER_S = 200
REFRESH_S = 0.25
PATIENCE_S = 60
STOP_S = 30
"""Compose and Kubernetes kill what is still there after it."""


def order() -> list[str]:
    """The roles in the order in which deploy/README.md upgrades them."""
    there, _ = re.findall(r"for role in ([\w ]+); do", (ROOT / "deploy" / "README.md").read_text())
    roles: list[str] = there.split()
    return roles


def plan() -> Plan:
    """A stream of all kinds of events, long enough for every step there and back; small rules, so that all matter."""
    feed_s = STEP_S * (2 * len(order()) + 3)
    rules = Rules(
        block_size=256,
        block_span_ms=10_000,
        horizon=300,
        max_age_ms=40_000,
        max_skew_ms=400,
        max_series_per_block=5_000,
    )
    return Plan(
        seed=9,
        rules=rules,
        partitions=PARTITIONS,
        inner_partitions=PARTITIONS,
        windows_s=(60, 600, 7_200),
        events=int(PER_S * feed_s),
        feed_s=feed_s,
        workers=WORKERS,
        session_ms=6_000,
        mixture=Mixture(burst=0.0),
    )


@dataclass
class Place:
    """One place in the crew, as a StatefulSet's pod: who comes after keeps its folder."""

    role: str
    number: int
    process: Process | None = None


class Rehearsal:
    """An installation whose workers are exchanged one by one."""

    def __init__(self, running: Installation, feed: Feed) -> None:
        self.running, self.feed = running, feed
        self.places = [Place(role, number) for role in order() for number in range(WORKERS[role])]
        self._sent_s = 0.0

    def start(self, place: Place, tree: Path) -> None:
        """Fills a place with a worker of this version."""
        log = self.running.logs / f"{place.role}-{len(self.running.processes)}.log"
        # Every other one remembers in a folder, which the other version then reads; the rest read the log back.
        state = self.running.logs / f"{place.role}-{place.number}.state"
        keeps = place.role in ("score", "archive") and place.number == 0
        settings = self.running.settings.model_copy(update={"state_path": state} if keeps else {})
        place.process = start_in(tree, settings, "worker", place.role, log=log)
        self.running.processes.append((place.role, place.process))

    async def exchange(self, role: str, tree: Path) -> None:
        """Every worker of a role, one after the other; each has its share before the next one goes."""
        for place in self.places:
            if place.role == role:
                assert place.process is not None
                self.running.killed.append(place.process)
                place.process.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(place.process.wait, STOP_S) == 0, f"{role} did not stop in order"
                self.start(place, tree)
                await self.running.wait_shared(role, WORKERS[role])

    async def during(self, step: Awaitable[None]) -> None:
        """A step while the next piece of the stream is sent; the stream's time stands still for what is left of it."""
        self._sent_s += STEP_S
        under_way = asyncio.ensure_future(step)
        await self.feed.until(self._sent_s)
        await self.feed.paused(under_way)

    async def settled(self) -> Truth:
        """Returns once the store says in every row what one plain loop over the log says; what that is."""
        running, settings = self.running, self.running.settings
        logs = [await read_log(settings, name) for name in LOGS]
        truth = one_pass(logs, await read_policies(settings))
        await running.wait_stored(120)
        until_s = time.monotonic() + 2 * SETTLE_S
        while True:
            found = await asyncio.to_thread(differences, running.store, truth, settings, untold=untold(running.logs))
            found = found or await missing_or_false(settings)
            if not found or time.monotonic() > until_s:
                break
            await asyncio.sleep(1)
        assert found == []
        return truth

    def versions(self) -> set[Path]:
        """Folders of the programs that ran, as they said themselves."""
        logs = [path.read_text(errors="replace") for path in self.running.logs.glob("*-*.log")]
        return {Path(re.match(r"program of (.+)\n", log)[1]).resolve().parent for log in logs}  # type: ignore[index]


@asynccontextmanager
async def rehearsal(kafka: LocalKafka, clickhouse_url: str, folder: Path, older: Path) -> AsyncIterator[Rehearsal]:
    """Topics and tables made by the older version, its workers running."""
    chosen, name = plan(), f"u{uuid.uuid4().hex[:8]}"
    settings = Settings(
        kafka_brokers=kafka.bootstrap,
        topic_prefix=f"{name}.",
        kafka_session_timeout_ms=chosen.session_ms,
        clickhouse_url=clickhouse_url,
        clickhouse_database=name,
        windows_s=chosen.windows_s,
        rules_refresh_s=REFRESH_S,
        rules_path=RULES,
        receivers_path=folder / "receivers.yaml",
    )
    founding = settings.model_copy(update=asdict(chosen.rules))
    for words in (("topics", "apply", "--partitions", str(PARTITIONS)), ("migrate",)):
        code, text = run_in(older, founding, *words, log=folder / f"older-{words[0]}.log")
        assert code == 0, text
    async with AsyncExitStack() as stack:
        store = stack.enter_context(Store.connect(settings))
        stack.callback(store.command, f"DROP DATABASE IF EXISTS {name}")
        running = Installation(settings, store, folder)
        stack.callback(lambda: end(process for _, process in running.processes))
        feed = Feed(settings, make_stream(chosen))
        stack.push_async_callback(feed.stop)
        found = Rehearsal(running, feed)
        for place in found.places:
            found.start(place, older)
        for role, members in WORKERS.items():
            await running.wait_shared(role, members)
        await feed.start()
        yield found


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Taker]:
    """Who is told of pages."""
    with taker() as server:
        (tmp_path / "receivers.yaml").write_text(
            "version: 1\ndefault: [hook]\nreceivers:\n"
            f"  - {{name: hook, kind: webhook, url: {server.url}, secret: {'0123456789abcdef' * 2}}}\n"
        )
        yield server


async def test_an_upgrade_and_the_way_back_lose_nothing_and_count_nothing_twice(
    kafka: LocalKafka, clickhouse_url: str, tmp_path: Path, version_before_tree: Path, told: Taker
) -> None:
    """Role by role in the documented order, policy changed half way; then all numbers against one plain loop."""
    older, newer = version_before_tree, ROOT
    async with rehearsal(kafka, clickhouse_url, tmp_path, older) as going:
        settings = going.running.settings
        await going.during(asyncio.sleep(0))
        for words in (("topics", "apply"), ("migrate",)):
            code, text = await asyncio.to_thread(
                run_in, newer, settings, *words, log=tmp_path / f"newer-{words[0]}.log"
            )
            assert code == 0, text
        for role in order():
            if role == "score":
                await new_policy(settings)
            await going.during(going.exchange(role, newer))
        await going.during(asyncio.sleep(0))
        await going.feed.paused(going.settled())

        code, text = await asyncio.to_thread(run_in, older, settings, "migrate", log=tmp_path / "older-again.log")
        newest_of_older = len(read_migrations(older / "deploy" / "clickhouse"))
        if newest_of_older < len(read_migrations()):
            assert code == 1, "the older program must not touch tables it does not know"
            assert "use the newer program" in text
        for role in reversed(order()):
            await going.during(going.exchange(role, older))
        await going.feed.until(float("inf"))
        truth = await going.settled()

        classes = {name: sum(block[name] for block in truth.ledger.values()) for name in CLASSES}
        assert min(classes.values()) > 0, "the stream must hold each class, or this proves little"
        assert len(await read_policies(settings)) == 2, "the change of policy must have come in time"
        await all_told(settings)
        assert told.got
        assert going.versions() == {older.resolve(), newer.resolve()}


async def new_policy(settings: Settings) -> None:
    """Other rules from a few seconds on: while workers of both versions count, and with a memory that suffices."""
    now_ms, rules = time.time_ns() // 1_000_000, plan().rules
    from_ms = now_ms + int(1_000 * REFRESH_S * ANNOUNCED_REFRESHES) + 1_000
    changes = {"horizon": rules.horizon - 50, "max_age_ms": rules.max_age_ms // 2, "max_skew_ms": 2 * rules.max_skew_ms}
    await announce(settings, from_ms=from_ms, now_ms=now_ms, **changes)


async def all_told(settings: Settings) -> None:
    """Returns once every page was handed over."""
    asked = said((await read_topic(settings, settings.topic("alerts")))[0])
    assert asked, "the rules must page, or this proves little"
    async with asyncio.timeout(PATIENCE_S):
        while asked - (delivered := await handed_over(settings)):
            await asyncio.sleep(0.5)
    assert delivered == asked


async def handed_over(settings: Settings) -> set[str]:
    """Pages that were delivered, by what was written down of them."""
    records = await read_topic(settings, settings.topic("deliveries"))
    words = [decode(record.value) for part in records.values() for record in part if record.value]
    return {word.page_id for word in words if isinstance(word, DeliveryMessage) and word.state == "delivered"}
