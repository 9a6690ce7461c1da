"""The pinned packages: hashes for all, addresses for none, and as little as possible for a worker."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.launch import USED
from deploy.lock import SETS

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "requirements"
FILES = (*SETS, "build")


def pins(name: str) -> dict[str, set[str]]:
    """Versions by package; several where Pythons differ.

    Raises:
        AssertionError: an entry without a hash.
    """
    found: dict[str, set[str]] = {}
    for entry in (FOLDER / f"{name}.txt").read_text().replace("\\\n", " ").splitlines():
        pin, *hashes = entry.split(" --hash=")
        assert hashes, f"{name}.txt: no hash for {pin}"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}\s*", each) for each in hashes), pin
        requirement = Requirement(pin)
        (specifier,) = requirement.specifier
        assert specifier.operator == "=="
        found.setdefault(canonicalize_name(requirement.name), set()).add(specifier.version)
    return found


@pytest.mark.parametrize("name", FILES)
def test_every_package_is_pinned_with_hashes_and_no_address(name: str) -> None:
    """Where packages come from is the business of whoever installs them."""
    assert pins(name)
    text = (FOLDER / f"{name}.txt").read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-(?!-hash=)", text, re.M), "hashes are the only options"


def test_a_worker_gets_no_engine_no_mock_broker_no_boards_and_no_tests() -> None:
    """The image that runs everywhere stays small, and has less to attack."""
    unwanted = {"chdb", "chdb-core", "confluent-kafka", "nicegui", "pytest", "playwright", "hatchling", "ruff"}
    assert unwanted & pins("worker").keys() == set()
    assert {"faust-streaming", "aiokafka", "cramjam", "clickhouse-connect"} <= pins("worker").keys()


@pytest.mark.parametrize("name", [name for name in FILES if name != "dev"])
def test_the_tests_run_on_the_versions_that_others_run_on(name: str) -> None:
    """Each set is a part of the widest."""
    widest = pins("dev")
    assert {package: versions for package, versions in pins(name).items() if widest.get(package) != versions} == {}


def test_the_pinned_versions_are_what_the_project_asks_for() -> None:
    """Fails when pyproject.toml was changed without `./run lock`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"].values()
    asked = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *(line for extra in extras for line in extra),
    ]
    locked = pins("dev")
    for line in asked:
        requirement = Requirement(line)
        versions = locked.get(canonicalize_name(requirement.name))
        assert versions, f"{requirement.name} is not locked: run `./run lock`"
        assert all(version in requirement.specifier for version in versions), f"{line}: locked {versions}"


def test_what_is_tried_after_installing_is_installed() -> None:
    """A package that left the demo must leave the trial too, or no newcomer gets past it."""
    owners = packages_distributions()
    demo = pins("demo").keys()
    for module in USED:
        assert {canonicalize_name(owner) for owner in owners[module.partition(".")[0]]} & demo, module
