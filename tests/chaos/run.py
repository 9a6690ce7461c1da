"""One run: its own topics, its own database, its own workers; fed, struck, settled, compared."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams.edges.errors import TouchpulseError
from streams.edges.migrate import migrate
from streams.edges.progress import Progress
from streams.edges.settings import Settings
from streams.edges.store import Store
from tests.chaos import topics
from tests.chaos.compare import TOLD_SHORT, differences
from tests.chaos.crew import Crew
from tests.chaos.faults import strike_all
from tests.chaos.feed import Feed
from tests.chaos.oracle import Log, one_pass
from tests.chaos.pages import RULES, missing_or_false
from tests.chaos.plan import ROLES, Plan
from tests.chaos.store_faults import BENCH_USER
from tests.chaos.stream import make_stream
from tests.chaos.world import World

READY_S = 60.0
"""How long all workers may take to start."""
STORED_S = 45.0
"""How long counting and storing may take after the last event."""
SETTLE_S = 25.0
"""How long after that the last windows may take to be told: one ends every ten seconds."""
SOON_S = 6.0
"""How long everything else may take."""
SURE_S = 2.0
"""The same where a safety was taken away: an error is what is expected."""
LOOK_S = 0.5
REFRESH_S = 0.25
"""How often workers look for new rules: a change is announced three seconds ahead, not two minutes."""
DROPS = 10
"""Attempts at taking a database away, a second apart."""


BROKE_OFF = ("the run broke off", "not over")


@dataclass
class Outcome:
    """What became of a run."""

    seed: int
    differences: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    deaths: list[dict[str, Any]] = field(default_factory=list)
    """Workers that ended uninvited."""
    records: int = 0
    classes: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    phases: dict[str, float] = field(default_factory=dict)
    logs: str = ""
    """Folder kept of a run that went wrong."""

    @property
    def wrong(self) -> bool:
        """Whether anything is not as it must be."""
        return bool(self.differences)

    @property
    def broke_off(self) -> bool:
        """Whether it could not be carried out, or did not come to an end."""
        return any(each.startswith(BROKE_OFF) for each in self.differences)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


class Run:
    """One run in a world."""

    def __init__(self, world: World, plan: Plan, logs: Path, told: Callable[[str], None] = lambda _: None) -> None:
        self.world, self.plan, self.told = world, plan, told
        name = f"c{plan.seed % 10**9}_{uuid.uuid4().hex[:8]}"
        self.settings = Settings(
            kafka_brokers=world.kafka.bootstrap,
            topic_prefix=f"{name}.",
            kafka_session_timeout_ms=plan.session_ms,
            clickhouse_url=world.clickhouse_url,
            clickhouse_database=name,
            windows_s=plan.windows_s,
            rules_refresh_s=REFRESH_S,
            rules_path=RULES,
        )
        self.founding = self.settings.model_copy(update=asdict(plan.rules))
        """What the topics are made with; workers read the rules from there."""
        self.logs = logs
        self.crew = Crew(world.forker, self.settings, plan, logs)
        self.feed = Feed(self.settings, make_stream(plan))
        self.admin = AIOKafkaAdminClient(bootstrap_servers=self.settings.brokers())
        self.past: list[Log] = []
        """Lives of the topic that are over."""
        self.outcome = Outcome(plan.seed)
        self._began_s = time.monotonic()

    async def go(self) -> Outcome:
        """The whole run."""
        self.logs.mkdir(parents=True, exist_ok=True)
        bench = self.settings.model_copy(update={"clickhouse_user": BENCH_USER})
        store = await asyncio.to_thread(Store.connect, bench)
        await self.admin.start()
        try:
            await asyncio.gather(topics.make(self.admin, self.plan, self.founding), asyncio.to_thread(migrate, store))
            self._phase("made")
            self.crew.start_all()
            if self.plan.ready:
                await self._ready()
            await self.feed.start()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._feed())
                tasks.create_task(strike_all(self))
            self._phase("fed")
            await self._settle(store)
        except* Exception as errors:
            self.outcome.differences += [f"the run broke off: {each!r}" for each in leaves(errors)]
        finally:
            await self.crew.dismiss()
            await self.feed.stop()
            await topics.take_away(self.admin, self.settings)
            await self.admin.close()
            await asyncio.to_thread(_drop, store)
            self._phase("taken down")
        self.outcome.deaths, self.outcome.faults = self.crew.deaths, self.crew.struck
        self.outcome.differences += [
            f"worker {death['role']} ended with {death['code']} and no fault of the plan ends it"
            for death in self.crew.deaths
            if not self.plan.kinds_on(death["role"])
        ]
        self.outcome.seconds = round(time.monotonic() - self._began_s, 1)
        return self.outcome

    async def _ready(self) -> None:
        """Returns once every worker is in its group and the groups have settled."""
        async with asyncio.timeout(READY_S):
            for role in ROLES:
                while await self._members(role) != self.plan.workers[role]:
                    await asyncio.sleep(0.1)

    async def _members(self, role: str) -> int:
        """Workers in a settled group; 0 while it is not settled."""
        try:
            # One by one: aiokafka misreads an answer about several.
            (answer,) = await self.admin.describe_consumer_groups([self.settings.topic(f"touchpulse-{role}")])
        except KafkaError:  # the broker is still making its topic of groups
            return 0
        _, _, state, _, _, members = answer.groups[0][:6]
        return len(members) if state == "Stable" else 0

    async def _feed(self) -> None:
        recreations = [strike.at_s for strike in self.plan.strikes if strike.kind == "recreate"]
        for at_s in recreations:
            await self.feed.until(at_s)
            await self.feed.paused(self._recreate())
        await self.feed.until(float("inf"))

    async def _recreate(self) -> None:
        """Makes the topic of events anew as the operator's text says: caught up, workers stopped, then deleted."""
        with Store.connect(self.settings.model_copy(update={"clickhouse_user": BENCH_USER})) as store:
            async with Progress(self.settings, store) as progress:
                await progress.wait_stored(STORED_S)
        await asyncio.gather(*(self.crew.retire_all(role) for role in ("score", "archive")))
        self.past.append(await topics.read_log(self.settings, "touchpoints"))
        await topics.take_away(self.admin, self.settings, ["touchpoints"])
        await topics.make(self.admin, self.plan, self.founding)
        for role in ("score", "archive"):
            for _ in range(self.plan.workers[role]):
                self.crew.start(role)

    async def _settle(self, store: Store) -> None:
        """Waits by events until all is stored, then until the last windows are told."""
        database, outcome = self.settings.clickhouse_database, self.outcome
        until_s = time.monotonic() + STORED_S
        while self.crew.frozen() or not self.world.faults.over(database):
            await asyncio.sleep(0.1)
        live, imported = await asyncio.gather(
            *(topics.read_log(self.settings, name, successor=bool(self.past)) for name in topics.LOGS)
        )
        truth = one_pass([*self.past, live, imported], await topics.read_policies(self.settings))
        outcome.records = sum(len(part) for log in (*self.past, live) for part in log.records.values())
        for (topic, *_), counts in truth.ledger.items():
            if topic != live.topic:
                continue
            for name in ("accepted", "duplicate", "late", "rejected"):
                outcome.classes[name] = outcome.classes.get(name, 0) + counts[name]
        async with Progress(self.settings, store) as progress:
            try:
                await progress.wait_stored(max(1.0, until_s - time.monotonic()))
            except TouchpulseError as error:
                outcome.differences.append(f"not settled: {error}")
        self._phase("stored")
        stored_s = time.monotonic()
        while True:
            began_s = time.monotonic()
            found = await asyncio.to_thread(differences, store, truth, self.settings, untold=untold(self.logs))
            if not found:  # dear, so only once all else is right
                found = await missing_or_false(self.settings)
            slow = all(each.startswith(("scores", "tiers", "pages")) for each in found)
            patience_s = 0.0 if outcome.differences else SETTLE_S if slow else SURE_S if self.plan.sabotage else SOON_S
            if not found or began_s > stored_s + patience_s:
                break
            await asyncio.sleep(max(LOOK_S, time.monotonic() - began_s))
        outcome.differences += found
        self._phase("compared")

    def _phase(self, name: str) -> None:
        self.outcome.phases[name] = round(time.monotonic() - self._began_s, 1)
        self.told(name)


def untold(logs: Path) -> int:
    """Bad answers that `score` says in its logs it told as a number only."""
    found = 0
    for log in logs.glob("score-*.log"):
        for line in log.read_text(errors="replace").splitlines():
            if TOLD_SHORT in line:
                found += int(line.split(TOLD_SHORT)[0].split('"')[-1])
    return found


def leaves(error: BaseException) -> list[BaseException]:
    """The errors of a group, however deep."""
    if isinstance(error, BaseExceptionGroup):
        return [leaf for each in error.exceptions for leaf in leaves(each)]
    return [error]


def _drop(store: Store) -> None:
    """Takes the run's database away.

    A request of a worker that was killed may still be at work in the engine, and make dropping fail; it ends soon.
    """
    with store:
        for attempt in range(DROPS):
            try:
                if store.has_database():
                    store.command(f"DROP DATABASE IF EXISTS {store.database}")
                return
            except TouchpulseError:
                if attempt == DROPS - 1:
                    raise
                time.sleep(1)
