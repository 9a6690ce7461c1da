"""What a test may need from the machine, and what stays unchecked where it is missing.

A skip is a hole in the proof, so it is never silent: the end of the run names the promises nobody
checked. Where holes are not allowed (CI), the environment variable TESTS_REQUIRE lists the needs whose
absence is a failure: TESTS_REQUIRE=kafka,browser.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from streams.edges.kafka_jars import missing_tools

REQUIRE = "TESTS_REQUIRE"
_CHROMIUMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def chromium() -> Path | None:
    """The installed Chromium or Chrome; None when there is none."""
    found = next((path for name in _CHROMIUMS if (path := shutil.which(name))), None)
    return Path(found) if found else None


@dataclass(frozen=True)
class Need:
    """Something outside Python packages that marked tests need."""

    mark: str
    """Name of the pytest mark, and in TESTS_REQUIRE."""
    missing: Callable[[], list[str]]
    """What is missing here, in words; empty when the tests can run."""
    promises: str
    """What stays unchecked without it, as the end of a sentence."""


NEEDS = (
    Need(
        mark="kafka",
        missing=missing_tools,
        promises="on a real broker nothing is lost or counted twice through rebalances, kills and restarts"
        " (promise 1), and every answer ends in exactly one class (promise 2)",
    ),
    Need(
        mark="browser",
        missing=lambda: [] if chromium() else ["Chromium"],
        promises="the pages show the numbers that are stored (promise 7)",
    ),
)


def required(env: Mapping[str, str]) -> frozenset[str]:
    """The needs that must be met, from TESTS_REQUIRE.

    Raises:
        ValueError: a name is unknown; a misspelt one would require nothing.
    """
    names = frozenset(name.strip() for name in env.get(REQUIRE, "").split(",") if name.strip())
    known = {need.mark for need in NEEDS}
    if unknown := names - known:
        raise ValueError(f"{REQUIRE}: unknown {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
    return names
