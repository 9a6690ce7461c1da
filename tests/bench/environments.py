"""Environments of the peers: made once, in the cache, each with what its peer needs and nothing of the product.

Packages come by pip, and jars by Maven, from wherever these are told to fetch from. A peer that cannot be installed
here is not a failure of the bench: it is told as not run, with the reason.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from streams.edges.kafka_jars import default_cache

PEERS = Path(__file__).parent / "peers"
INSTALL_S = 900
DONE = "installed"


class NotInstalled(Exception):
    """A peer cannot run here; the text says why."""


def python(name: str, packages: Sequence[str]) -> Path:
    """The Python of a peer's environment, made where it is not yet there.

    Args:
        packages: pinned, as `name==version`.
    Raises:
        NotInstalled: pip's last words.
    """
    folder = _folder(name, [sys.version, *packages])
    with _alone(folder):
        if not (folder / DONE).exists():
            shutil.rmtree(folder, ignore_errors=True)  # one that broke off is begun again
            _call([sys.executable, "-m", "venv", str(folder)])
            pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
            _call([*pip, "install", "--quiet", *packages])
            (folder / DONE).touch()
    return folder / "bin" / "python"


def flink() -> str:
    """The class path of the Flink peer, with its jars and its one class.

    Raises:
        NotInstalled: no JDK or Maven, or what they said.
    """
    if missing := [tool for tool in ("java", "javac", "mvn") if not shutil.which(tool)]:
        raise NotInstalled(f"it needs {', '.join(missing)}")
    source, pom = PEERS / "flink" / "Count.java", PEERS / "flink" / "pom.xml"
    folder = _folder("flink", [source.read_text(), pom.read_text()])
    with _alone(folder):
        if not (folder / DONE).exists():
            shutil.rmtree(folder, ignore_errors=True)
            (folder / "classes").mkdir(parents=True)
            maven = (
                "mvn",
                "--batch-mode",
                "--quiet",
                "--no-transfer-progress",
                "--strict-checksums",
                "--file",
                str(pom),
            )
            copy = ("dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder / 'jars'}")
            _call([*maven, *copy])
            _call(["javac", "-cp", f"{folder}/jars/*", "-d", str(folder / "classes"), str(source)])
            (folder / DONE).touch()
    return f"{folder}/jars/*:{folder}/classes"


def _folder(name: str, made_of: Sequence[str]) -> Path:
    """Named by what is in it, so that a new version never meets an old environment."""
    return default_cache() / "bench" / f"{name}-{hashlib.sha256('|'.join(made_of).encode()).hexdigest()[:12]}"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two benches at once must not install into each other."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _call(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=INSTALL_S, stdin=subprocess.DEVNULL, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"{Path(command[0]).name} took longer than {INSTALL_S} s") from None
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        errors = [line for line in said if "ERROR" in line.upper()]
        raise NotInstalled((errors or said or [f"{command[0]} failed"])[0].strip()[:200])
