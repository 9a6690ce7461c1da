"""One look for the whole house: the linter, the formatter and the type checker find nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["ruff", "check", "--no-cache", "."], id="linter"),
        pytest.param(["ruff", "format", "--no-cache", "--check", "."], id="formatter"),
        pytest.param(["mypy", "schemas", "streams", "dashboards", "deploy"], id="types"),
    ],
)
def test_the_house_looks_the_same_everywhere(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=250
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
