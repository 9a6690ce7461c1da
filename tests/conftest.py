"""What every test run shares: the brokers, the order, and what happens when the machine lacks something."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest

from tests.kit.needs import NEEDS, REQUIRE, required

pytest_plugins = ["tests.kit.kafka", "tests.kit.clickhouse"]

LAYERS = ("unit", "deploy", "property", "client", "store", "broker", "gateway", "boards", "e2e", "chaos", "browser")
"""Quick first, so that a mistake shows in seconds. The browser last: its library keeps an event loop running in
this thread, and an asynchronous test could not start its own."""
DEEP = "TOUCHPULSE_TEST_DEEP"
"""Set to anything: run also what takes minutes."""
SECOND = (
    *((f"store/test_{name}.py", "embedded") for name in ("rebuild", "reconcile", "replacing", "revisions", "lanes")),
    *((f"store/test_{name}.py", "embedded") for name in ("forget", "ageing", "rejected", "receipt", "method_examples")),
    ("broker/test_stuck_workers.py", "memory"),
    ("broker/test_batch_transport.py", "memory"),
)
"""The same engine behind another door, the same rules on another broker: the first door and the real broker run always,
these where there is time."""
OUTSIDE = {need.mark for need in NEEDS} | {"slow"}


def pytest_configure(config: pytest.Config) -> None:
    """A misspelt requirement stops the run."""
    try:
        required(os.environ)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what needs nothing first, then layer by layer."""

    def place(item: pytest.Item) -> tuple[bool, int]:
        layer = item.path.relative_to(item.config.rootpath / "tests").parts[0]
        heavy = any(item.get_closest_marker(mark) for mark in OUTSIDE)
        return heavy, LAYERS.index(layer) if layer in LAYERS else len(LAYERS)

    items.sort(key=place)
    for item in items:
        if any(item.path.match(file) and f"[{variant}" in item.name for file, variant in SECOND):
            item.add_marker(pytest.mark.deep)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot run, or fail where that is not allowed; and what nobody has the minutes for."""
    if item.get_closest_marker("deep") and not os.environ.get(DEEP):
        pytest.skip(f"deep: set {DEEP}=1 to run it")
    for need in NEEDS:
        if item.get_closest_marker(need.mark) and (missing := need.missing()):
            if need.mark in required(os.environ):
                pytest.fail(
                    f"{REQUIRE} asks for {need.mark}, but here is no {' and no '.join(missing)}",
                    pytrace=False,
                )
            pytest.skip(f"{need.mark}: needs {' and '.join(missing)}")


@pytest.fixture(autouse=True)
def no_logs_into_a_closed_stream() -> Iterator[None]:
    """What a program run in this process sets up for its logs goes with its test: its stderr is closed by then."""
    yield
    root = logging.getLogger()
    for handler in [each for each in root.handlers if type(each) is logging.StreamHandler]:
        root.removeHandler(handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each need that was missing: what nobody checked."""
    skipped = terminalreporter.stats.get("skipped", [])
    deep = sum("deep" in getattr(report, "keywords", ()) for report in skipped)
    if deep:
        terminalreporter.write_line(f"NOT CHECKED ({deep} tests marked deep skipped): set {DEEP}=1 to run them too.")
    for need in NEEDS:
        count = sum(need.mark in getattr(report, "keywords", ()) for report in skipped)
        if count:
            why = " and ".join(need.missing()) or "see the reasons above"
            terminalreporter.write_line(
                f"NOT CHECKED ({count} tests marked {need.mark} skipped; missing: {why}): {need.promises}."
            )
