"""The workers of one run, and the supervisor who starts again whoever ended."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streams.edges.processes import environment
from streams.edges.settings import Settings
from tests.chaos.forker import Forker
from tests.chaos.plan import Plan, Point

RESTART_S, RESTART_MAX_S = 0.2, 2.0
"""How soon the supervisor starts a worker again; twice as long each time it dies without having been struck."""
FROZEN = 76
"""Exit code of a worker that found on waking that it had slept too long."""
GONE_S = 8.0
"""How long a worker may take to end when asked to."""


@dataclass
class Worker:
    """One place in the crew; whoever fills it changes with each restart."""

    role: str
    number: int
    log: Path
    point: Point | None = None
    child: int = -1
    """What the forker calls its present life."""
    running: bool = False
    lives: int = 0
    restart_s: float = RESTART_S
    frozen_s: float = 0.0
    """How long the next freeze lasts."""
    asked: bool = False
    """Whether its end was brought about."""
    slept: bool = False
    """Whether it was frozen in its present life: it may end itself on waking."""
    retired: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Crew:
    """All workers of one run."""

    def __init__(self, forker: Forker, settings: Settings, plan: Plan, logs: Path) -> None:
        self._forker = forker
        self._env = environment(settings)
        self._plan = plan
        self._logs = logs
        self._timers: set[asyncio.TimerHandle] = set()
        self.workers: list[Worker] = []
        self.deaths: list[dict[str, Any]] = []
        """Ends that nobody brought about: role, exit code, what the log said last."""
        self.struck: list[str] = []
        """What struck, by kind; a point whose call never came did not."""
        self.late_writes: list[tuple[float, Path]] = []
        """(when it arrives by `time.monotonic()`, what) of what dead writers left on its way."""
        self.began_s = time.monotonic()

    def start(self, role: str) -> Worker:
        """One more worker of a role."""
        number = sum(worker.role == role for worker in self.workers)
        point = next((p for p in self._plan.points if (p.role, p.worker) == (role, number)), None)
        worker = Worker(role, number, self._logs / f"{role}-{number}.log", point)
        self.workers.append(worker)
        self._fork(worker)
        return worker

    def start_all(self) -> None:
        """Everybody the plan names."""
        for role, count in self._plan.workers.items():
            for _ in range(count):
                self.start(role)

    def of(self, role: str, number: int = 0) -> Worker | None:
        """A worker of a role that can be struck now; `number` is taken modulo how many there are."""
        able = [w for w in self.workers if w.role == role and not w.retired and w.running and not w.frozen_s]
        return able[number % len(able)] if able else None

    def kill(self, worker: Worker) -> None:
        """kill -9; the supervisor starts it again."""
        worker.asked = True
        self._signal(worker, signal.SIGKILL)

    def terminate(self, worker: Worker) -> None:
        """SIGTERM; the supervisor starts it again."""
        worker.asked = True
        self._signal(worker, signal.SIGTERM)

    def freeze(self, worker: Worker, seconds: float) -> None:
        """SIGSTOP, and SIGCONT later: a zombie that does not know how long it slept."""
        worker.frozen_s = seconds
        self._signal(worker, signal.SIGSTOP)

    async def retire(self, worker: Worker, *, by: signal.Signals = signal.SIGTERM) -> None:
        """Ends a worker for good."""
        worker.retired = worker.asked = True
        if not worker.running:
            return
        self._signal(worker, signal.SIGCONT)
        self._signal(worker, by)
        try:
            await asyncio.wait_for(worker.ended.wait(), GONE_S)
        except TimeoutError:
            self._signal(worker, signal.SIGKILL)
            await worker.ended.wait()

    async def retire_all(self, role: str | None = None, *, by: signal.Signals = signal.SIGTERM) -> None:
        """Ends everybody, or everybody of a role."""
        await asyncio.gather(*(self.retire(w, by=by) for w in self.workers if role in (None, w.role)))

    def frozen(self) -> bool:
        """Whether somebody still sleeps."""
        return any(worker.frozen_s and worker.running for worker in self.workers)

    def _fork(self, worker: Worker) -> None:
        worker.asked = worker.slept = worker.running = False
        worker.frozen_s = 0.0
        worker.ended.clear()
        worker.lives += 1
        point = worker.point if worker.lives == 1 else None
        hooks: dict[str, Any] = {"sabotage": self._plan.sabotage, "point": None}
        if point is not None:
            after = point.after and point.kind != "late_write"
            hooks["point"] = {"place": point.place, "nth": point.nth, "after": after, "kind": point.kind}
            hooks["point"]["late"] = str(worker.log.with_suffix(".late"))
        worker.child = self._forker.fork(
            worker.role, self._environment(worker), worker.log, hooks, lambda message: self._hear(worker, message)
        )

    def _environment(self, worker: Worker) -> dict[str, str]:
        """Every other worker keeps its trail in a folder, the rest read the log back."""
        if (worker.number + self._plan.seed) % 2:
            return self._env
        return self._env | {"TOUCHPULSE_STATE_PATH": str(worker.log.with_suffix(".state"))}

    def _hear(self, worker: Worker, message: dict[str, Any]) -> None:
        if "pid" in message:
            worker.running = True
            if worker.retired:
                self._signal(worker, signal.SIGKILL)
        elif "stopped" in message:
            if not worker.frozen_s and worker.point is not None:
                worker.frozen_s = worker.point.seconds
                self.struck.append(worker.point.kind)
            worker.slept = True
            self._later(worker.frozen_s, lambda: self._thaw(worker))
        else:
            self._end(worker, message["ended"])

    def _thaw(self, worker: Worker) -> None:
        worker.frozen_s = 0.0
        self._signal(worker, signal.SIGCONT)

    def _end(self, worker: Worker, code: int) -> None:
        worker.running = False
        point = worker.point if worker.lives == 1 and not worker.asked else None
        by_point = point is not None and (point.kind == "exception" if code > 0 else point.kind != "freeze_at")
        if point is not None and by_point:
            self.struck.append(point.kind)
            if point.kind == "late_write":
                self.late_writes.append((time.monotonic() + point.seconds, worker.log.with_suffix(".late")))
        if not worker.asked and not by_point and not (worker.slept and code == FROZEN):
            said = worker.log.read_text(errors="replace")[-1_500:] if worker.log.exists() else ""
            at_s = round(time.monotonic() - self.began_s, 1)
            worker.restart_s = min(RESTART_MAX_S, 2 * worker.restart_s)
            self.deaths.append({"role": worker.role, "code": code, "at_s": at_s, "said": said})
        worker.ended.set()
        if not worker.retired:
            self._later(worker.restart_s, lambda: None if worker.retired else self._fork(worker))

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        handle: asyncio.TimerHandle

        def do() -> None:
            self._timers.discard(handle)
            what()

        handle = asyncio.get_running_loop().call_later(seconds, do)
        self._timers.add(handle)

    def _signal(self, worker: Worker, number: signal.Signals) -> None:
        if worker.running:
            self._forker.signal(worker.child, number)

    async def dismiss(self) -> None:
        """Ends everybody at once; nothing is started again."""
        for timer in self._timers:
            timer.cancel()
        await self.retire_all(by=signal.SIGKILL)
