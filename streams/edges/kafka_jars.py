"""Where a real Kafka broker's jars come from: Maven Central, once, into a cache folder.

No package of PyPI holds a Kafka broker, and tests of groups, offsets and kills are worth nothing on
an imitation. Java runs it and Maven fetches it; where either is absent, `missing_tools` says so and
the caller decides whether that is a skip or a failure.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import deploy
from streams.edges.errors import Unavailable, UserError

MIN_JAVA = 17
"""Kafka 4 brokers do not start on older Java."""
POM = Path(deploy.__file__).parent / "kafka" / "pom.xml"
_FETCH_TIMEOUT_S = 540


def default_cache(env: Mapping[str, str] = os.environ) -> Path:
    """`.cache` in the checkout; for an installed package, the user's cache folder."""
    checkout = Path(deploy.__file__).parent.parent
    if (checkout / "pyproject.toml").is_file():
        return checkout / ".cache"
    return Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "touchpulse"


def missing_tools(cache: Path | None = None) -> list[str]:
    """What a broker needs and this machine lacks, in words; empty when it can be run.

    Maven is not needed once the jars are in the cache.
    """
    missing = []
    version = _java_version()
    if version is None:
        missing.append(f"Java {MIN_JAVA} or newer")
    elif version < MIN_JAVA:
        missing.append(f"Java {MIN_JAVA} or newer (this is Java {version})")
    if not _complete(_folder(cache)) and not shutil.which("mvn"):
        missing.append("Maven")
    return missing


def fetch_jars(cache: Path | None = None) -> Path:
    """The folder with the broker's jars, fetched the first time (43 MB, about 15 s).

    A fetch that breaks off leaves nothing behind, and two at the same time do not disturb each other.

    Raises:
        UserError: Java or Maven is missing.
        Unavailable: Maven could not fetch the jars; its last words.
    """
    folder = _folder(cache)
    if missing := missing_tools(cache):
        raise UserError(f"a real Kafka broker needs {' and '.join(missing)}")
    if _complete(folder):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetch-") as scratch:
        jars = Path(scratch) / "jars"
        command = [
            *("mvn", "--batch-mode", "--quiet", "--no-transfer-progress"),
            "--strict-checksums",  # a damaged jar must fail here, not in the broker
            *("--file", str(POM), "dependency:copy-dependencies"),
            *("-DincludeScope=runtime", f"-DoutputDirectory={jars}"),
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_FETCH_TIMEOUT_S, stdin=subprocess.DEVNULL
            )
        except subprocess.TimeoutExpired:
            raise Unavailable(f"Maven did not fetch Kafka's jars within {_FETCH_TIMEOUT_S} s") from None
        if done.returncode:
            said = [line for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line]
            raise Unavailable(f"Maven could not fetch Kafka's jars: {said[0] if said else done.returncode}")
        try:
            jars.rename(folder)
        except OSError:
            if not _complete(folder):  # otherwise another process was first, with the same jars
                raise
    return folder


def _folder(cache: Path | None) -> Path:
    """Named by the content of the pom, so that a new version never meets old jars."""
    return (cache or default_cache()) / f"kafka-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"


def _complete(folder: Path) -> bool:
    return folder.is_dir()  # made by one rename, when all jars are there


def _java_version() -> int | None:
    """Java's major version; None when there is no Java that runs."""
    if not shutil.which("java"):
        return None
    done = subprocess.run(["java", "-version"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    found = re.search(r'version "(\d+)', done.stderr + done.stdout)  # 1.8 counts as 1: too old either way
    return int(found[1]) if done.returncode == 0 and found else None
