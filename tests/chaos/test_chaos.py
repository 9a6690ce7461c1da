"""The bench at work: short runs are right, and each safety taken away is missed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.cases import CASES

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

ROOT = Path(__file__).parents[2]


def chaos(*words: str, seconds: float) -> tuple[int, dict[str, Any], str]:
    """`./run chaos` in a process of its own: exit code, what `--json` printed, what was said."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--json", *words], cwd=ROOT, capture_output=True, timeout=seconds
    )
    return done.returncode, json.loads(done.stdout or b"{}"), done.stderr.decode(errors="replace")


@pytest.mark.timeout(300)
def test_three_runs_under_faults_are_right(tmp_path: Path) -> None:
    """Every sum, score, class, reject and ledger as one plain loop over the log says; a second call runs none again."""
    kept = str(tmp_path / "results.jsonl")
    words = ("--runs", "3", "--seed", "31", "--without", "broker_restart", "--jobs", "2", "--resume", kept)
    code, found, said = chaos(*words, seconds=280)
    assert found["failures"] == [], said[-3_000:]
    assert (code, found["runs"], found["wrong"]) == (0, 3, 0)
    assert sum(found["faults"].values()) >= 3
    again, same, _ = chaos(*words, seconds=20)
    assert (again, same) == (code, found)


QUICK = (
    "commit_before_publishing",
    "a_policy_holds_at_once",
    "lateness_not_tied_to_the_horizon",
    "late_line_drawn_without_the_horizon",
)
"""Two of score, one of archive, one of both; `./run chaos --prove` takes all away, which takes minutes."""


@pytest.mark.deep
@pytest.mark.timeout(300)
def test_safeties_taken_away_are_missed() -> None:
    """A bench that cannot fail proves nothing."""
    assert set(QUICK) <= set(CASES)
    code, found, said = chaos("--prove", "--only", ",".join(QUICK), "--jobs", "2", seconds=280)
    assert found["failed"] == [], said[-3_000:]
    assert code == 0
    assert set(QUICK) <= found["found"].keys()


@pytest.mark.deep
@pytest.mark.timeout(60)
def test_told_to_stop_it_leaves_nothing_behind() -> None:
    """Neither workers nor broker, each ended by its own id."""
    bench = subprocess.Popen(
        [sys.executable, "-m", "tests.chaos", "--runs", "1"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline_s = time.monotonic() + 40
    while len(started := family(bench.pid)) < 8:
        assert bench.poll() is None
        assert time.monotonic() < deadline_s, "the workers did not start"
        time.sleep(0.1)
    bench.send_signal(signal.SIGTERM)
    assert bench.wait(30) == 130
    while alive := [pid for pid in started if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < deadline_s + 20, f"{alive} live on"
        time.sleep(0.1)


def family(pid: int) -> set[int]:
    """All processes that descend from one."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = dict(map(int, line.split()) for line in listed.splitlines())
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid, os.getpid()}
