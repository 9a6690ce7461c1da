"""What `./run` does once it has a Python: install what is needed into .venv, then become the program.

Standard library only: it runs before anything is installed. Packages come by `pip` from wherever the
user's own pip configuration points, pinned and with hashes. Once installed, nothing is fetched again
until the requirement files, the Python or the checkout's place change, so that it also works offline.
All it has to say goes to standard error: standard output belongs to the program.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USAGE = """\
usage: ./run COMMAND ...

  demo [...]          the whole product on this machine, in memory; stop it with Ctrl-C
  touchpulse ARGS...  the program itself; `./run touchpulse --help` lists its commands
  test [...]          all tests, quick ones first; further words go to pytest
  bench [NAME ...]    measure speed, each figure beside its goal
  chaos [...]         try to break it: faults on a real Kafka broker
  lock [...]          for developers: renew deploy/requirements from pyproject.toml
  pictures            for developers: the README's pictures anew, of boards on seeded data, in Chromium
  supply [...]        for developers: bill of materials, licences and health of packages, known holes
"""

DOWNLOAD_MB = {"demo": 310, "dev": 430}
"""What a first installation fetches, measured on Linux x86-64; dev holds all of demo."""

USED = (
    *("aiokafka", "chdb", "clickhouse_connect", "faust", "nicegui", "pandas", "pyarrow", "pydantic"),
    *("rich", "starlette", "typer", "uvicorn"),
)
"""Imported once after installing: what does not work on this machine says so now, not in a worker."""

Call = Callable[[Sequence[str]], int]
"""Runs a command with nothing on standard output, returns its exit code."""


class LaunchError(Exception):
    """Said in one sentence; exit code 1."""


@dataclass(frozen=True)
class Checkout:
    """A checkout and the virtual environment inside it."""

    root: Path
    """The folder of `run`."""
    python: str
    """The Python to make the environment with."""

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.root / ".venv"

    def tool(self, name: str) -> Path:
        """A program of the environment."""
        return self.venv / "bin" / name

    def requirement_files(self, set_name: str) -> list[Path]:
        """What the set is made of: the pinned packages, and what builds our own."""
        return [self.root / "deploy" / "requirements" / f"{name}.txt" for name in ("build", set_name)]

    def stamp(self, set_name: str) -> str:
        """All that the installed set depends on. A virtual environment cannot be moved, hence the place."""
        parts = [sys.version, str(self.root)]
        files = [*self.requirement_files(set_name), self.root / "pyproject.toml"]
        return "\n".join([*parts, *(file.read_text() for file in files)])

    def installed(self, set_name: str) -> bool:
        """Whether the set, or one that holds it, is there whole and current."""
        if self._unfinished.exists() or not self.tool("touchpulse").exists():
            return False
        holding = ["demo", "dev"] if set_name == "demo" else [set_name]
        return any(
            self._stamp_file(name).is_file() and self._stamp_file(name).read_text() == self.stamp(name)
            for name in holding
        )

    def ensure(self, set_name: str, call: Call) -> None:
        """Install a set where it is not yet there.

        An installation that was interrupted is begun again from nothing: pip takes a package that was
        half unpacked for a whole one.

        Raises:
            LaunchError: what could not be done; pip's own words stand before it.
        """
        if self.installed(set_name):
            return
        with self._alone():
            if self.installed(set_name):  # by whoever was before us
                return
            if self._unfinished.exists() or not self._usable(call):
                shutil.rmtree(self.venv, ignore_errors=True)
                self._make_venv(call)
            self._unfinished.touch()
            self._install(set_name, call)
            for name in DOWNLOAD_MB:
                self._stamp_file(name).unlink(missing_ok=True)
            self._stamp_file(set_name).write_text(self.stamp(set_name))
            self._unfinished.unlink()

    def _usable(self, call: Call) -> bool:
        """Whether an environment is there and of this very Python."""
        python = self.tool("python")
        same = f"import sys; sys.exit(sys.version != {sys.version!r})"
        return python.exists() and call([str(python), "-c", same]) == 0

    def _make_venv(self, call: Call) -> None:
        if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
            raise LaunchError(
                f"{self.python} comes without venv; install it (Debian, Ubuntu: apt install python3-venv)"
            )
        if call([self.python, "-m", "venv", str(self.venv)]):
            raise LaunchError(f"{self.python} could not make the virtual environment {self.venv}")

    def _install(self, set_name: str, call: Call) -> None:
        say(f"installing the {set_name} packages into .venv, once (up to {DOWNLOAD_MB[set_name]} MB to download)")
        pip = [str(self.tool("python")), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
        files = [word for file in self.requirement_files(set_name) for word in ("-r", str(file))]
        began_s = time.monotonic()
        # Compiling all modules takes three times as long as all the rest, and two thirds are never used.
        if call([*pip, "--no-compile", "--require-hashes", *files]):
            raise LaunchError("the packages could not be installed; mend what pip says above and start again")
        own = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--editable", str(self.root)]
        if call([*pip, *own]):
            raise LaunchError("touchpulse itself could not be installed; pip says why above")
        # The environment is ours, so compiled modules belong there whatever the user wants elsewhere:
        # without them each worker takes seconds longer to start.
        compiling = f"import sys; sys.dont_write_bytecode = False; import {', '.join(USED)}"
        if call([str(self.tool("python")), "-c", compiling]):
            raise LaunchError("the packages were installed but do not work on this machine; the reason stands above")
        say(f"installed in {time.monotonic() - began_s:.0f} s")

    @property
    def _unfinished(self) -> Path:
        return self.venv / "unfinished"

    def _stamp_file(self, set_name: str) -> Path:
        return self.venv / f"installed-{set_name}"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two `./run` at once must not install into each other."""
        import fcntl

        lock_file = self.root / ".cache" / "install.lock"
        lock_file.parent.mkdir(exist_ok=True)
        with lock_file.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("waiting for another ./run that is installing")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def say(text: str) -> None:
    """A word to the person at the terminal."""
    print(f"run: {text}", file=sys.stderr, flush=True)


def call_pip_and_the_like(command: Sequence[str]) -> int:
    """Run a command; of pip's many lines show the one at work on a terminal, and errors everywhere."""
    environment = {**os.environ, "PIP_USER": "0"}  # a user-wide setting that a virtual environment refuses
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace", env=environment
    ) as process:
        assert process.stdout
        live = sys.stderr.isatty()
        for line in process.stdout:
            if live and line.startswith(("Collecting ", "Downloading ", "Building ", "Installing ")):
                print(f"\r\033[K  {line.strip()[:76]}", end="", file=sys.stderr, flush=True)
        if live:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
    return process.returncode


def program(checkout: Checkout, arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    """The set a command needs, if any, and the command line it becomes.

    Raises:
        LaunchError: the command is unknown.
    """
    name, rest = arguments[0], list(arguments[1:])
    touchpulse, python = str(checkout.tool("touchpulse")), str(checkout.tool("python"))
    if name == "touchpulse":
        return "demo", [touchpulse, *rest]
    if name == "demo":
        return "demo", [touchpulse, "demo", *rest]
    if name in ("bench", "chaos"):
        return "dev", [python, "-m", f"tests.{name}", *rest]
    if name == "test":
        return "dev", [python, "-m", "tests", *rest]
    if name == "pictures":
        return "dev", [python, "-m", "tests.browser.pictures", *rest]
    if name in ("lock", "supply"):
        return None, [checkout.python, str(checkout.root / "deploy" / f"{name}.py"), *rest]
    raise LaunchError(f"unknown command {name!r}; `./run --help` lists them")


def main(arguments: Sequence[str]) -> int:
    """Become the program asked for; returns only on errors and for help."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0
    checkout = Checkout(root=Path(__file__).resolve().parent.parent, python=sys.executable)
    try:
        set_name, command = program(checkout, arguments)
        if set_name:
            checkout.ensure(set_name, call_pip_and_the_like)
    except LaunchError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("stopped while installing; the next start begins again")
        return 130
    if arguments[0] in ("test", "bench", "chaos", "pictures"):
        os.chdir(checkout.root)  # paths of tests are written from the top, and their packages lie there
    return os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
