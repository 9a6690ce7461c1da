"""Our own commands as child processes: how the demo, the tests and the benches run workers.

A child gets its settings as production gives them, through TOUCHPULSE_ variables, and is ended by its
process id, never by its name.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import IO

from streams.edges.settings import PREFIX, Settings

Process = subprocess.Popen[bytes]


def environment(settings: Settings) -> dict[str, str]:
    """The variables that give another process these settings."""
    given = settings.model_dump(exclude_unset=True, exclude_none=True)
    return {
        PREFIX + name.upper(): ",".join(map(str, value)) if isinstance(value, tuple) else _plain(value)
        for name, value in given.items()
    }


def _plain(value: object) -> str:
    secret = getattr(value, "get_secret_value", None)
    return str(secret()) if secret else str(value)


def spawn(settings: Settings, *arguments: str, log: IO[bytes] | None = None) -> Process:
    """Starts `touchpulse ARGUMENTS` with these settings; its stdout is thrown away, its stderr shown or kept."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return subprocess.Popen(
        [sys.executable, "-c", "from streams.cli import main; main()", *arguments],
        env=others | environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=log,
        # A Ctrl-C in the terminal is the parent's to pass on: children must not race it to the exit.
        start_new_session=True,
    )


def end(processes: Iterable[Process], *, patience_s: float = 5.0) -> None:
    """Ends processes politely, and those that do not listen for good."""
    alive = [process for process in processes if process.poll() is None]
    for process in alive:
        process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + patience_s
    for process in alive:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
