"""What a missing Java, Maven or Chromium does to a run: told when allowed, failing when not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from streams.edges import kafka_jars
from tests.__main__ import main, steps
from tests.conftest import OUTSIDE
from tests.kit.needs import required

ROOT = Path(__file__).resolve().parents[2]
A_KAFKA_TEST = "tests/broker/test_real_broker.py::test_a_broker_that_cannot_start_says_why_and_leaves_no_process"


def run_without_java(empty: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """pytest on one test that needs a broker, on a machine whose PATH is empty."""
    environment = {**os.environ, "PATH": str(empty), "TESTS_REQUIRE": "", **env}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", A_KAFKA_TEST]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def test_where_java_is_missing_the_run_says_what_nobody_checked(tmp_path: Path) -> None:
    """A skip is a hole in the proof, and is named as one."""
    done = run_without_java(tmp_path)
    assert done.returncode == 0
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("NOT CHECKED")]
    assert "Java 17 or newer" in line
    assert "nothing is lost or counted twice" in line


def test_where_a_broker_is_required_its_absence_fails_the_run(tmp_path: Path) -> None:
    """CI must never turn green because Java was missing."""
    done = run_without_java(tmp_path, TESTS_REQUIRE="kafka")
    assert done.returncode == 1
    assert "TESTS_REQUIRE asks for kafka" in done.stdout
    assert "NOT CHECKED" not in done.stdout


def test_a_misspelt_requirement_stops_the_run() -> None:
    """It would otherwise require nothing."""
    assert required({"TESTS_REQUIRE": "kafka, browser"}) == {"kafka", "browser"}
    assert required({}) == frozenset()
    with pytest.raises(ValueError, match="unknown kafak; known: browser, kafka"):
        required({"TESTS_REQUIRE": "kafak"})


def fake_java(folder: Path, version: str) -> None:
    """A java that only tells its version, on standard error as the real one does."""
    java = folder / "java"
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    java.chmod(0o755)


@pytest.mark.parametrize(
    ("version", "missing"),
    [
        pytest.param("17.0.15", ["Maven"], id="new-enough"),
        pytest.param("21", ["Maven"], id="newer"),
        pytest.param("11.0.2", ["Java 17 or newer (this is Java 11)", "Maven"], id="too-old"),
        pytest.param("1.8.0_402", ["Java 17 or newer (this is Java 1)", "Maven"], id="old-numbering"),
    ],
)
def test_an_old_java_counts_as_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, missing: list[str]
) -> None:
    """Kafka 4 would only end with a class version error."""
    fake_java(tmp_path, version)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert kafka_jars.missing_tools(tmp_path / "cache") == missing


def test_maven_is_not_needed_once_the_jars_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests run again offline."""
    fake_java(tmp_path, "17.0.1")
    monkeypatch.setenv("PATH", str(tmp_path))
    kafka_jars._folder(tmp_path / "cache").mkdir(parents=True)
    assert kafka_jars.missing_tools(tmp_path / "cache") == []


def test_both_halves_of_a_run_are_the_whole_and_what_needs_a_broker_or_a_browser_runs_alone() -> None:
    (quick, alone) = (step[step.index("-m") + 1] for step in steps())
    assert quick == f"not ({alone})"
    assert set(alone.split(" or ")) == OUTSIDE


@pytest.mark.parametrize(("codes", "whole"), [((0, 0), 0), ((1, 0), 1), ((0, 1), 1), ((2, 0), 2)])
def test_a_mistake_in_either_half_fails_the_run(
    codes: tuple[int, int], whole: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = iter(codes)
    monkeypatch.setattr(subprocess, "run", lambda command: subprocess.CompletedProcess(command, next(ended)))
    assert main([]) == whole
