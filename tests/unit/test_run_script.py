"""`./run`: what a newcomer meets first."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy.launch import Checkout, LaunchError, main, program

ROOT = Path(__file__).resolve().parents[2]


class Calls:
    """Stands for pip and venv: notes what was called, makes what they would have made, can fail."""

    def __init__(self, checkout: Checkout, fail_on: str = "") -> None:
        self.checkout = checkout
        self.fail_on = fail_on
        self.made: list[str] = []

    def __call__(self, command: Sequence[str]) -> int:
        words = " ".join(command)
        if self.fail_on and self.fail_on in words:
            return 1
        if command[1:3] == ["-m", "venv"]:
            self.made.append("venv")
            self.checkout.tool("python").parent.mkdir(parents=True)
            self.checkout.tool("python").touch()
        elif "--require-hashes" in words:
            self.made.append("packages")
        elif "--editable" in words:
            self.made.append("touchpulse")
            self.checkout.tool("touchpulse").touch()
        return 0


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout with requirement files of its own and nothing installed."""
    folder = tmp_path / "deploy" / "requirements"
    folder.mkdir(parents=True)
    for name in ("build", "demo", "dev"):
        (folder / f"{name}.txt").write_text(f"{name}==1 --hash=sha256:00\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    return Checkout(root=tmp_path, python=sys.executable)


def ensure(checkout: Checkout, set_name: str = "demo", fail_on: str = "") -> list[str]:
    """What had to be made."""
    calls = Calls(checkout, fail_on)
    checkout.ensure(set_name, calls)
    return calls.made


def test_the_first_start_makes_everything_and_the_second_nothing(checkout: Checkout) -> None:
    """So that it works again offline."""
    assert ensure(checkout) == ["venv", "packages", "touchpulse"]
    assert ensure(checkout) == []


@pytest.mark.parametrize("name", ["pyproject.toml", "deploy/requirements/demo.txt", "deploy/requirements/build.txt"])
def test_a_changed_file_installs_again_into_the_same_environment(checkout: Checkout, name: str) -> None:
    """After a pull with new versions, what runs is what is pinned."""
    ensure(checkout)
    with (checkout.root / name).open("a") as file:
        file.write("# changed\n")
    assert ensure(checkout) == ["packages", "touchpulse"]
    assert ensure(checkout) == []


def test_the_dev_set_serves_the_demo_too(checkout: Checkout) -> None:
    """Who has run the tests waits for nothing; the reverse does not hold."""
    ensure(checkout, "dev")
    assert ensure(checkout, "demo") == []
    ensure_demo_only = Checkout(root=checkout.root, python=checkout.python)
    shutil.rmtree(checkout.venv)
    ensure(ensure_demo_only, "demo")
    assert ensure(checkout, "dev") == ["packages", "touchpulse"]


def test_a_newer_demo_set_makes_an_older_dev_set_stale(checkout: Checkout) -> None:
    """Both live in one environment, so the tests must not trust what the demo has changed under them."""
    ensure(checkout, "dev")
    (checkout.root / "pyproject.toml").write_text("[project]\nversion = '2'\n")
    ensure(checkout, "demo")
    (checkout.root / "pyproject.toml").write_text("[project]\n")
    assert ensure(checkout, "dev") == ["packages", "touchpulse"]


@pytest.mark.parametrize("step", ["--require-hashes", "--editable", "import sys; sys.dont_write"])
def test_an_installation_that_broke_off_is_begun_again_from_nothing(checkout: Checkout, step: str) -> None:
    """pip takes a half unpacked package for a whole one."""
    with pytest.raises(LaunchError):
        ensure(checkout, fail_on=step)
    assert ensure(checkout) == ["venv", "packages", "touchpulse"]


def test_another_python_makes_a_new_environment(checkout: Checkout) -> None:
    """Packages built for one Python do not load in another."""
    ensure(checkout)
    (checkout.venv / "installed-demo").write_text("made by another Python")
    assert ensure(checkout, fail_on="sys.exit(sys.version != ") == ["venv", "packages", "touchpulse"]


def test_a_moved_checkout_installs_again(checkout: Checkout, tmp_path: Path) -> None:
    """A virtual environment names its own place in every script."""
    ensure(checkout)
    moved = Checkout(root=tmp_path / "moved", python=checkout.python)
    shutil.copytree(checkout.root, moved.root, ignore=shutil.ignore_patterns("moved"))
    assert ensure(moved) != []


@pytest.mark.parametrize(
    ("words", "set_name", "tail"),
    [
        (["demo", "--once"], "demo", ["touchpulse", "demo", "--once"]),
        (["touchpulse", "topics", "check"], "demo", ["touchpulse", "topics", "check"]),
        (["test", "-x"], "dev", ["python", "-m", "tests", "-x"]),
        (["bench", "--quick"], "dev", ["python", "-m", "tests.bench", "--quick"]),
        (["chaos", "--runs", "3"], "dev", ["python", "-m", "tests.chaos", "--runs", "3"]),
    ],
)
def test_each_command_becomes_its_program(checkout: Checkout, words: list[str], set_name: str, tail: list[str]) -> None:
    """Further words are passed on as they are."""
    found_set, command = program(checkout, words)
    assert found_set == set_name
    assert [Path(command[0]).name, *command[1:]] == tail


def test_renewing_the_requirements_needs_no_installation(checkout: Checkout) -> None:
    """What is pinned may be just what cannot be installed."""
    set_name, command = program(checkout, ["lock", "--upgrade"])
    assert set_name is None
    assert command == [checkout.python, str(checkout.root / "deploy" / "lock.py"), "--upgrade"]


def test_an_unknown_command_is_one_sentence(capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing on standard output, and no installation before the mistake is told."""
    assert main(["dmeo"]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err == "run: unknown command 'dmeo'; `./run --help` lists them\n"


def fake_python(folder: Path, *, exit_code: int) -> None:
    """A python3 that fits (0) or does not (1); asked to run a file, it tells which."""
    script = folder / "python3"
    script.write_text(f'#!/bin/sh\n[ "$1" = -c ] && exit {exit_code}\necho "$@"\n')
    script.chmod(0o755)


def shell(path: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """./run with nothing on PATH but what a folder holds."""
    return subprocess.run(
        [str(ROOT / "run"), *words], capture_output=True, text=True, env={"PATH": str(path), **env}, timeout=30
    )


def test_it_needs_no_program_but_python(tmp_path: Path) -> None:
    """Not even what every system has beside its shell."""
    fake_python(tmp_path, exit_code=0)
    done = shell(tmp_path, "demo", "--once")
    assert done.returncode == 0
    assert done.stdout.split() == [str(ROOT / "deploy/launch.py"), "demo", "--once"]
    assert done.stderr == ""


def test_no_python_that_fits_is_one_sentence(tmp_path: Path) -> None:
    """It says which ones fit and how to name one."""
    fake_python(tmp_path, exit_code=1)
    done = shell(tmp_path, "demo")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "run: no Python from 3.11 to 3.14 found; install one, or name it: PYTHON=/path/to/python3 ./run ...\n"
    )


def test_a_python_named_by_the_user_is_the_only_one_tried(tmp_path: Path) -> None:
    """Falling back in silence would hide the mistake."""
    fake_python(tmp_path, exit_code=0)
    done = shell(tmp_path, "demo", PYTHON="/nowhere/python3")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "run: PYTHON=/nowhere/python3 is not a Python from 3.11 to 3.14.\n"


def test_help_needs_no_installation() -> None:
    """And goes to standard output, because it was asked for."""
    done = subprocess.run([str(ROOT / "run"), "--help"], capture_output=True, text=True, env=os.environ, timeout=30)
    assert done.returncode == 0
    assert "./run COMMAND" in done.stdout
