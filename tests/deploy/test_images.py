"""The Dockerfiles, as far as they can be judged without a Docker engine."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.files import DEPLOY, ROOT

DOCKERFILES = [DEPLOY / "Dockerfile", DEPLOY / "grafana" / "Dockerfile"]
every_one = pytest.mark.parametrize("path", DOCKERFILES, ids=["program", "grafana"])


def steps(path: Path) -> list[tuple[str, str]]:
    """(instruction, words) in order, continued lines joined, comments left out."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in text.splitlines() if line.strip()]


@every_one
def test_base_images_are_pinned_and_can_be_replaced_by_a_digest(path: Path) -> None:
    (base,) = [words for name, words in steps(path) if name == "ARG" and words.partition("=")[0].endswith("_IMAGE")]
    name, _, image = base.partition("=")
    assert re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+[\w.-]*", image), image
    stages = {words.rpartition(" AS ")[2] for step, words in steps(path) if step == "FROM"}
    for step, words in steps(path):
        if step == "FROM":
            assert words.split()[0] == "${" + name + "}" or words.split()[0] in stages


@every_one
def test_the_last_user_is_a_number_and_not_root(path: Path) -> None:
    users = [words for name, words in steps(path) if name == "USER"]
    assert re.fullmatch(r"[1-9]\d*(:[1-9]\d*)?", users[-1])


@every_one
def test_what_is_copied_is_here_and_reaches_the_builder(path: Path) -> None:
    kept = [
        line[1:] for line in path.with_name(path.name + ".dockerignore").read_text().splitlines() if line[:1] == "!"
    ]
    for name, words in steps(path):
        if name == "COPY" and not words.startswith("--from"):
            for source in words.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert any(source == each or source.startswith(each + "/") for each in kept), f"{source} is kept out"


def test_all_that_is_installed_is_pinned_with_hashes_and_nothing_names_where_from() -> None:
    text = " ".join(words for _, words in steps(DOCKERFILES[0]))
    installs = re.findall(r"pip\S* (?:--python \S+ )?install\s+(\S+)", text)
    assert installs
    assert all(first in ("--require-hashes", "--no-deps") for first in installs)
    assert not re.search(r"https?://|index-url|trusted-host", DOCKERFILES[0].read_text())


def test_what_runs_has_no_compiler_and_no_pip() -> None:
    text = DOCKERFILES[0].read_text()
    runtime = text[text.index(" AS runtime") :]
    assert "gcc" not in runtime
    assert "apt-get" not in runtime
    assert "--without-pip /opt/touchpulse" in text


@every_one
def test_the_linter_finds_nothing(path: Path) -> None:
    hadolint = shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("hadolint is not installed: the Dockerfiles are left unlinted")
    done = subprocess.run([hadolint, "--ignore", "DL3066", str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
