"""The version before this one, taken out of the history and run beside it: what an upgrade meets.

Its processes get its own files: nothing of this tree is imported by them, and each says so in its log.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from streams.edges.processes import Process, environment
from streams.edges.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
MESSAGES = ("streams/pure/cells.py", "streams/pure/alerting/messages.py", "streams/pure/alerting/inputs.py")
"""Where it is written down what workers say to each other."""
PROGRAM = (
    "import sys, streams; print('program of', streams.__path__[0], file=sys.stderr, flush=True); "
    "from streams.cli import main; main()"
)


def _git(*words: str) -> str:
    """What git prints; '' where there is no git, no history, or no such thing."""
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def version_before() -> str:
    """The newest release before this commit; before the first release, the commit before messages last changed.

    Returns:
        Its id, or '' where the history does not reach so far.
    """
    released = _git("describe", "--tags", "--abbrev=0", "HEAD^")
    if released:
        return _git("rev-parse", "--verify", f"{released}^{{commit}}")
    changed = _git("log", "-1", "--format=%H", "--", *MESSAGES)
    return _git("rev-parse", "--verify", f"{changed}^") if changed else ""


@pytest.fixture(scope="session")
def version_before_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All files of the version before this one, in a folder of its own."""
    commit = version_before()
    if not commit:
        pytest.skip("no git or no history here: an upgrade from the version before is left unchecked")
    folder = tmp_path_factory.mktemp("version-before")
    packed = folder / "files.tar"
    _git("archive", "--format=tar", f"--output={packed}", commit)
    with tarfile.open(packed) as files:
        files.extractall(folder / "tree", filter="data")
    return folder / "tree"


def start_in(tree: Path, settings: Settings, *words: str, log: Path) -> Process:
    """Starts `touchpulse WORDS` with the files of a tree; stdout and stderr go to the end of `log`."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *words],
            cwd=tree,
            env=others | environment(settings) | {"PYTHONPATH": str(tree)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )


def run_in(tree: Path, settings: Settings, *words: str, log: Path) -> tuple[int, str]:
    """Runs `touchpulse WORDS` to its end: exit code, and what it said."""
    code = start_in(tree, settings, *words, log=log).wait(120)
    return code, log.read_text(errors="replace")
