"""The bench's end of the zygote: asks for workers, signals them, hears what became of them.

Processes are known here by numbers of our own; only the zygote, their parent, knows which ids are still theirs.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]


class Forker:
    """Asks the zygote for workers and hears what became of them."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._told: dict[int, Callable[[dict[str, Any]], None]] = {}
        self._numbers = itertools.count()
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        # One thread for the linear algebra: a process with threads cannot be forked safely.
        env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.chaos.zygote"),
            cwd=ROOT,
            env={name: value for name, value in env.items() if not name.startswith("TOUCHPULSE_")},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        if b"ready" not in await self._process.stdout.readline():
            raise RuntimeError("the process that forks the workers did not start")
        self._reader = asyncio.create_task(self._read(self._process.stdout))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()  # it ends its children and itself
        try:
            await asyncio.wait_for(self._process.wait(), 5)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        if self._reader is not None:
            self._reader.cancel()

    async def _read(self, lines: asyncio.StreamReader) -> None:
        async for line in lines:
            message = json.loads(line)
            self._told[message["id"]](message)

    def fork(
        self, role: str, env: dict[str, str], log: Path, hooks: dict[str, Any], told: Callable[[dict[str, Any]], None]
    ) -> int:
        """Starts a worker; `told` hears of its pid, of its freezing and of its end. Its number, for `signal`."""
        number = next(self._numbers)
        self._told[number] = told
        self._order({"id": number, "role": role, "env": env, "log": str(log), "hooks": hooks})
        return number

    def signal(self, number: int, what: signal.Signals) -> None:
        """Signals a worker; nothing happens if it has ended."""
        self._order({"id": number, "signal": what})

    def _order(self, order: dict[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        if not self._process.stdin.is_closing():
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
