"""A process that has imported every worker once, and forks one whenever asked.

Why: a worker pays two to three seconds for its imports; a run starts a dozen workers. A fork is a process like any
other: it has its own id, can be killed, stopped and continued, and shares nothing that matters. This process runs no
thread and no event loop, so that forking it is safe. It ends its children, by id, when its own input ends: whatever
becomes of the bench, no worker stays behind.

Input, one JSON object a line: {"id", "role", "env", "log", "hooks"} starts a worker, {"id", "signal"} signals one: only
this process knows which ids are still its children's. Output likewise: {"id", "pid"} once forked, {"id", "stopped"}
when it was frozen, {"id", "ended"} with its exit code (negative: the signal).
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import json
import os
import random
import select
import signal
import sys
import threading
from typing import Any

MODULES = (
    *(f"streams.apps.{name}" for name in ("run", "score", "roll", "notify", "archive")),
    *("streams.edges.store", "clickhouse_connect.driver.httpclient", "pyarrow", "aiokafka.admin"),
    *("schemas.catalogue", "tests.chaos.hooks"),
)
POLL_S = 0.02


def main() -> None:
    """Serves until the input ends."""
    for name in MODULES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    # Ctrl-C is the bench's to pass on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    children: dict[int, int] = {}
    if threading.active_count() > 1:
        raise SystemExit("a module started a thread when it was imported: forking is not safe")
    say({"ready": os.getpid()})
    try:
        rest = b""
        while True:
            readable, _, _ = select.select([0], [], [], POLL_S)
            if readable:
                read = os.read(0, 1 << 16)
                if not read:
                    return
                *lines, rest = (rest + read).split(b"\n")
                for order in map(json.loads, lines):
                    if "signal" in order:
                        for pid in [pid for pid, number in children.items() if number == order["id"]]:
                            os.kill(pid, order["signal"])
                        continue
                    pid = os.fork()
                    if pid == 0:
                        become(order)
                    children[pid] = order["id"]
                    say({"id": order["id"], "pid": pid})
            reap(children)
    finally:
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def reap(children: dict[int, int]) -> None:
    """Tells of children that ended or were frozen."""
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
        if pid == 0:
            return
        if os.WIFSTOPPED(status):
            say({"id": children[pid], "stopped": True})
        else:
            say({"id": children.pop(pid), "ended": os.waitstatus_to_exitcode(status)})


def say(message: dict[str, Any]) -> None:
    """One line to the bench."""
    with contextlib.suppress(BrokenPipeError):
        os.write(1, json.dumps(message).encode() + b"\n")


def become(order: dict[str, Any]) -> None:
    """Turns this fork into a worker; never returns."""
    code = 70
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ.update(order["env"])
        random.seed()
        code = work(order["role"], order["hooks"])
    finally:
        sys.stderr.flush()
        os._exit(code)


def work(role: str, hooks: dict[str, Any]) -> int:
    """Runs the worker as `touchpulse worker ROLE` does; its exit code."""
    from mode.utils import loops

    from streams.apps.run import run
    from streams.edges.errors import TouchpulseError
    from tests.chaos.hooks import apply

    # Faust's services ask for the loop of this thread one by one; after a fork they were seen to get different ones.
    loops._current_loop.loop = asyncio.new_event_loop()
    try:
        apply(role, hooks)
        run(role, verbose=True)
    except TouchpulseError as error:
        print(f"touchpulse: {error}", file=sys.stderr)
        return 1
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    main()
