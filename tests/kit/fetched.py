"""What a few tests need from other registries than PyPI: fetched once, by their ordinary clients, into the cache.

No package of PyPI holds the published schema of AsyncAPI, or a Kotlin compiler. Where a client or the network is
missing and the cache is empty, the tests that need them are skipped, and pytest says so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from streams.edges.kafka_jars import default_cache

ASYNCAPI = "@asyncapi/specs@6.11.1"
CUSTOM_RESOURCES = ("@kubernetes-models/keda@2.0.0", "@kubernetes-models/prometheus-operator@6.0.0", "typescript@5.9.3")
ALERTMANAGER = "github.com/prometheus/alertmanager/cmd/alertmanager@v0.31.1"
"""The last version whose module holds its own web pages, without which it does not build."""
KOTLIN_POM = Path(__file__).parent / "kotlin-pom.xml"
_TIMEOUT_S = 300
_BUILD_S = 1_800


def asyncapi_schemas() -> Path:
    """Folder of the published JSON Schemas, one file a version (0.4 MB)."""

    def fill(folder: Path) -> None:
        _run("npm", "pack", ASYNCAPI, "--silent", "--pack-destination", str(folder))
        (archive,) = folder.glob("*.tgz")
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        archive.unlink()

    return _cached(f"asyncapi-{ASYNCAPI.rpartition('@')[2]}", fill) / "package" / "schemas"


def custom_resource_types() -> Path:
    """Folder with what KEDA and Prometheus' operator publish of their resources, as types, and the compiler that checks
    against them (53 MB)."""
    quiet = ("--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock")
    name = f"custom-resources-{hashlib.sha256(' '.join(CUSTOM_RESOURCES).encode()).hexdigest()[:12]}"
    return _cached(name, lambda folder: _run("npm", "install", *quiet, "--prefix", str(folder), *CUSTOM_RESOURCES))


def kotlin_jars() -> Path:
    """Folder of the Kotlin compiler's jars (61 MB)."""
    name = f"kotlin-{hashlib.sha256(KOTLIN_POM.read_bytes()).hexdigest()[:12]}"
    goal = ("dependency:copy-dependencies", "-DincludeScope=runtime")
    quiet = ("--batch-mode", "--quiet", "--no-transfer-progress", "--strict-checksums")
    return _cached(
        name, lambda folder: _run("mvn", *quiet, "--file", str(KOTLIN_POM), *goal, f"-DoutputDirectory={folder}")
    )


def alertmanager() -> Path:
    """Prometheus' Alertmanager, built from its Go module: five minutes of one core, and 1 GB while it builds."""

    def fill(folder: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="go-") as scratch:
            places = {"GOBIN": str(folder), "GOMODCACHE": f"{scratch}/mod", "GOCACHE": f"{scratch}/cache"}
            _run("go", "install", "-modcacherw", ALERTMANAGER, env=places, timeout_s=_BUILD_S)

    return _cached(f"alertmanager-{ALERTMANAGER.rpartition('@')[2]}", fill) / "alertmanager"


def _cached(name: str, fill: Callable[[Path], None]) -> Path:
    """A folder of the cache, filled the first time; a fetch that breaks off leaves nothing behind."""
    folder = default_cache() / name
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetch-") as scratch:
        made = Path(scratch) / "made"
        made.mkdir()
        fill(made)
        try:
            made.rename(folder)
        except OSError:
            if not folder.is_dir():  # otherwise another run was first, with the same files
                raise
    return folder


def _run(program: str, *arguments: str, env: Mapping[str, str] | None = None, timeout_s: int = _TIMEOUT_S) -> None:
    """Run a registry's client, or skip the test that needs it."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    try:
        done = subprocess.run(
            [found, *arguments],
            capture_output=True,
            text=True,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(env or {})},
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{program} did not fetch {arguments[-1]} within {timeout_s} s")
    if done.returncode:
        pytest.skip(f"{program} fetched nothing: {(done.stdout + done.stderr).strip()[-300:]}")
