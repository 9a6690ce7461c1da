"""How long until a killed `score` is caught up again, at 20,000 events a second.

Four partitions, a horizon of records in each. Three cases: the same worker starts anew with what it kept in its state
folder, with nothing kept, and another worker takes over. Caught up means: less than a second of events uncommitted.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from streams.edges.local_kafka import LocalKafka
from streams.edges.processes import Process, end, spawn
from streams.edges.progress import Progress
from streams.edges.settings import Settings
from streams.edges.topics import declared
from streams.edges.topics_live import apply
from tests.kit.feed import Feed

PER_S = 20_000
PARTITIONS = 4
AWAY_S = 2.0
"""Between the end of a worker and its new start: what a supervisor takes."""
GIVE_UP_S = 120.0


class Crew:
    """Workers on one log, and how far they are behind."""

    def __init__(self, settings: Settings, folder: Path, progress: Progress) -> None:
        self._settings, self._folder, self._progress = settings, folder, progress
        self.running: dict[str, Process] = {}

    def start(self, name: str, *, keeps: bool) -> None:
        """Starts a worker; with a state folder of its own if it keeps one."""
        own = self._settings.model_copy(
            update={"worker_id": name} | ({"state_path": self._folder / name} if keeps else {})
        )
        self.running[name] = spawn(own.model_validate(own.model_dump(exclude_unset=True)), "worker", "score")

    def kill(self, name: str) -> None:
        """As hard as can be."""
        process = self.running.pop(name)
        process.kill()
        process.wait()

    async def behind(self) -> int:
        """Events not committed."""
        return await self._progress.behind(self._settings.topic("touchpoints"), "score")

    async def caught_up(self, since_s: float) -> float:
        """Seconds from `since_s` until less than a second of events is uncommitted.

        Raises:
            RuntimeError: a worker ended, or it took too long.
        """
        while await self.behind() > PER_S:
            if any(process.poll() is not None for process in self.running.values()):
                raise RuntimeError("a worker ended by itself")
            if time.monotonic() - since_s > GIVE_UP_S:
                raise RuntimeError(f"not caught up within {GIVE_UP_S:.0f} s, {await self.behind():,} events behind")
            await asyncio.sleep(0.1)
        return time.monotonic() - since_s


async def restarted(crew: Crew, *, keeps: bool) -> float:
    """One worker, killed and started anew: seconds from its start."""
    crew.start("one", keeps=keeps)
    try:
        await crew.caught_up(time.monotonic())
        await asyncio.sleep(5)
        crew.kill("one")
        await asyncio.sleep(AWAY_S)
        crew.start("one", keeps=keeps)
        return await crew.caught_up(time.monotonic())
    finally:
        end(crew.running.values())


async def taken_over(crew: Crew, *, session_s: float) -> float:
    """One of two workers killed: seconds from its end, less the session timeout, until the other has caught up."""
    for name in ("one", "two"):
        crew.start(name, keeps=True)
    try:
        await crew.caught_up(time.monotonic())
        await asyncio.sleep(5)
        crew.kill("one")
        killed_s = time.monotonic()
        await asyncio.sleep(session_s)  # until then nobody can know; it falls behind meanwhile
        return await crew.caught_up(killed_s) - session_s
    finally:
        end(crew.running.values())


async def run(settings: Settings, folder: Path) -> dict[str, Any]:
    """All three cases on one log."""
    await apply(settings, declared(settings, partitions=PARTITIONS))
    with Feed(settings, 100_000) as filling:  # one horizon, and a block
        while filling.sent < 1_400_000:
            await asyncio.sleep(0.1)
    async with Progress(settings, None) as progress:  # type: ignore[arg-type]  # no store is asked here
        with Feed(settings, PER_S):
            found: dict[str, Any] = {"events_per_s": PER_S, "partitions": PARTITIONS}
            for name, keeps in (("restart_s", True), ("restart_nothing_kept_s", False)):
                found[name] = round(await restarted(Crew(settings, folder, progress), keeps=keeps), 1)
            session_s = settings.kafka_session_timeout_ms / 1000
            found["take_over_after_session_s"] = round(
                await taken_over(Crew(settings, folder, progress), session_s=session_s), 1
            )
            return found


def measure() -> dict[str, Any]:
    """restart_s, restart_nothing_kept_s, take_over_after_session_s."""
    with tempfile.TemporaryDirectory(prefix="bench-recovery-") as name:
        folder = Path(name)
        (folder / "kafka").mkdir()
        with LocalKafka(folder / "kafka", throughput=True) as kafka:
            settings = Settings(kafka_brokers=kafka.bootstrap, topic_prefix=f"b{uuid.uuid4().hex[:8]}.")
            return asyncio.run(run(settings, folder))
