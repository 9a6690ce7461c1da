"""Peers are held against the truth, and ratios are made of runs side by side."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from streams.edges.settings import Settings
from tests.bench import environments, peer, score
from tests.bench.log import Cell, Log, cell_of
from tests.bench.peer import BYTEWAX, FAUST, FETCH_ONLY, FLINK, Finding, NotInstalled, Peer, PeerFailed
from tests.bench.worker import Pace, Sample, pace
from tests.kit.logs import START_MS, event

WEB, APP = (1_790_000_000, "web", "csat", 4), (1_790_000_000, "app", "csat", 5)


def log() -> Log:
    """Two partitions: three events, one of them no answer, and one."""
    settings = Settings(kafka_brokers="127.0.0.1:1", topic_prefix="b.")
    cells: dict[int, list[Cell | None]] = {0: [WEB, None, APP], 1: [WEB]}
    return Log(settings, {0: 3, 1: 1}, cells)


def pretending(tmp_path: Path, found: dict[str, Any] | str, code: int = 0) -> Peer:
    """A peer that tells what it is told to."""
    said = found if isinstance(found, str) else json.dumps(found)
    program = tmp_path / "peer.py"
    program.write_text(f"import sys\nprint({said!r})\nprint('a word of its own', file=sys.stderr)\nsys.exit({code})\n")
    return Peer("pretending", lambda task: [sys.executable, str(program)])


def told(*counts: tuple[Cell, int], events: int = 4) -> dict[str, Any]:
    return {"events": events, "seconds": 2.0, "cpu_s": 1.0, "counts": [[*cell, n] for cell, n in counts]}


def test_the_truth_of_a_log_is_a_plain_count_up_to_any_offset() -> None:
    assert log().expected({0: 3, 1: 1}) == {WEB: 2, APP: 1}
    assert log().expected({0: 1, 1: 0}) == {WEB: 1}
    assert log().part(2) == {0: 1, 1: 0}
    assert log().part(1_000) == {0: 3, 1: 1}


def test_an_event_belongs_to_the_ten_seconds_it_occurred_in() -> None:
    raw = json.dumps(event("e", START_MS + 19_999, score=2)).encode()
    assert cell_of(raw) == (START_MS // 1_000 + 10, "web", "csat", 2)
    assert cell_of(b"{") is None


def test_a_peer_that_counts_right_is_told_with_its_rate(tmp_path: Path) -> None:
    finding = peer.run(pretending(tmp_path, told((WEB, 2), (APP, 1))), log())
    assert finding.events_per_s == 2.0


@pytest.mark.parametrize(
    ("found", "code", "why"),
    [
        pytest.param(told((WEB, 2)), 0, "counts wrong: .* has 0, not 1", id="one-missing"),
        pytest.param(told((WEB, 3), (APP, 1)), 0, "has 3, not 2", id="one-too-many"),
        pytest.param(told((WEB, 2), (APP, 1), events=3), 0, "read 3 of 4", id="stopped-early"),
        pytest.param("no finding", 0, "a word of its own", id="nothing-told"),
        pytest.param(told((WEB, 2), (APP, 1)), 3, "ended with 3", id="failed-behind-it"),
    ],
)
def test_a_peer_that_counts_wrong_is_no_peer(tmp_path: Path, found: dict[str, Any] | str, code: int, why: str) -> None:
    """Speed without the work is no speed."""
    with pytest.raises(PeerFailed, match=why):
        peer.run(pretending(tmp_path, found, code), log())


def test_a_peer_that_cannot_be_installed_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And nothing half made is taken for an environment the next time."""
    monkeypatch.setattr(environments, "default_cache", lambda: tmp_path)
    calls: list[list[str]] = []

    def refuse(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        return subprocess.CompletedProcess(command, 1, "", "ERROR: No matching distribution found for nothing==1")

    monkeypatch.setattr(subprocess, "run", refuse)
    for _ in range(2):
        with pytest.raises(NotInstalled, match="No matching distribution"):
            environments.python("nothing", ["nothing==1"])
    assert len(calls) == 2


def test_flink_without_a_jdk_is_told_as_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments.shutil, "which", lambda tool: None if tool == "javac" else tool)
    with pytest.raises(NotInstalled, match="needs javac"):
        environments.flink()


def finding(rate: float) -> Finding:
    return Finding(1_000, 1_000 / rate, 1.0, {})


def test_ratios_are_made_round_by_round_and_held_against_their_goals() -> None:
    """A machine that was slow in one round was slow for both."""
    runs = score.Runs(
        ours=[Pace(1_000, 0.01, 0.01), Pace(1_000, 0.02, 0.01)],
        two=[Pace(1_000, 0.01, 0.0114), Pace(1_000, 0.01, 0.012)],
        peers={
            FAUST: [finding(4_000), finding(1_000)],
            BYTEWAX: [finding(30_000), finding(20_000)],
            FETCH_ONLY: [finding(200_000), finding(100_000)],
        },
        why_not={FLINK: "no Maven"},
    )
    found = {one.what: one for one in score.results(runs, [FETCH_ONLY, FAUST, BYTEWAX, FLINK])}
    assert found["times a plain Faust agent"].runs == (25.0, 50.0)
    assert found["times a plain Faust agent"].met
    assert found["times Bytewax"].figure == pytest.approx(35 / 12)
    assert not found[f"share of {FETCH_ONLY.name}"].met
    assert found["CPU for an event, Bytewax over ours"].runs == (100.0, 100.0)
    assert found["CPU for an event that two processes take more than one"].figure == pytest.approx(17.0)
    assert not found["CPU for an event that two processes take more than one"].met
    assert found[f"times {FLINK.name}"].met is False
    assert found[f"peer: {FLINK.name}"].note == "not run: no Maven"
    assert found["counted by one process, by the clock"].met is False


def test_a_pace_is_taken_between_the_first_commit_and_the_last_full_one() -> None:
    """Neither the imports before nor the idle rest of the last second are counting."""
    samples = [
        Sample(0.0, 3.0, 0), Sample(1.0, 4.0, 100), Sample(1.5, 4.5, 100), Sample(2.0, 5.0, 300), Sample(3.0, 6.0, 500),
        Sample(9.0, 6.1, 550),
    ]  # fmt: skip
    assert pace(samples, 550) == Pace(400, 2.0, 2.0)
    assert pace(samples[:3] + samples[-1:], 550) == Pace(450, 8.0, pytest.approx(2.1))
    with pytest.raises(ValueError, match="too short"):
        pace([Sample(0.0, 3.0, 0), Sample(1.0, 4.0, 550)], 550)
