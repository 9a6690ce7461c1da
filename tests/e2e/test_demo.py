"""`touchpulse demo` as a newcomer runs it: one object on stdout, sums that add up, nothing left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from streams.pure.intervals import adjusted_wald, wilson

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SFO = Path(os.environ.get("TOUCHPULSE_TEST_SFO", ROOT.parent / "shared" / "data" / "sfo-2017.csv"))
COUNTS = ("sent", "accepted", "duplicate", "late", "rejected")


def demo(*arguments: str, folder: Path, **more: Any) -> subprocess.Popen[str]:
    """Starts the demo with its temporary files in a folder of the test's."""
    return subprocess.Popen(
        [sys.executable, "-c", "from streams.cli import main; main()", "demo", *arguments],
        cwd=ROOT,
        # NiceGUI behaves otherwise where it sees pytest at work.
        env={**{k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"}, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


def finished(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=170)
    assert process.returncode == 0, err
    assert out.count("\n") == 1, "one line on stdout, and nothing else there"
    found: dict[str, Any] = json.loads(out)
    return found


def children_of(pid: int) -> list[int]:
    """Ids of processes whose parent is `pid`."""
    answer = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in answer.stdout.split()]


def wait_for_children(pid: int, count: int) -> list[int]:
    """Ids of the children, once there are so many; fails after a minute."""
    deadline_s = time.monotonic() + 60
    while len(children := children_of(pid)) < count:
        assert time.monotonic() < deadline_s, f"only {len(children)} of {count} processes were started"
        time.sleep(0.1)
    return children


def check_row(row: dict[str, Any]) -> None:
    """Value, interval and parts of a row agree with each other."""
    assert row["n"] > 0
    if row["metric"] == "nps":
        parts = row["promoters"], row["passives"], row["detractors"]
        assert sum(parts) == row["n"]
        assert row["mean"] is None
        assert row["value"] == pytest.approx(100 * (parts[0] - parts[2]) / row["n"])
        band = adjusted_wald(parts[0], parts[2], row["n"])
        assert band is not None
        assert (row["lower"], row["upper"]) == pytest.approx((100 * band[0], 100 * band[1]))
    elif row["metric"] == "csat":
        band = wilson(round(row["value"] * row["n"] / 100), row["n"])
        assert band is not None
        assert (row["lower"], row["upper"]) == pytest.approx((100 * band[0], 100 * band[1]))
    else:
        assert row["value"] == row["mean"]


def test_once_counts_every_event_in_one_class_and_leaves_nothing_behind(tmp_path: Path) -> None:
    began_s = time.monotonic()
    report = finished(demo("--once", "--json", "--events", "6000", "--seed", "3", folder=tmp_path))
    assert time.monotonic() - began_s < 60, "the promise of a minute"
    assert report["sent"] == 6_000
    assert sum(report[name] for name in COUNTS[1:]) == 6_000
    assert all(report[name] > 0 for name in COUNTS), "the simulated hour holds each class"
    for row in report["scores"]:
        check_row(row)
    keys = [(row["channel"], row["touchpoint"], row["metric"], row["scale"]) for row in report["scores"]]
    assert len(set(keys)) == len(keys)
    assert {("app", None), ("app", "payment"), (None, None), (None, "payment")} <= {key[:2] for key in keys}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.deep
def test_the_rows_of_all_channels_add_up_from_their_parts(tmp_path: Path) -> None:
    rows = finished(demo("--once", "--json", "--events", "2000", folder=tmp_path))["scores"]
    for metric, scale in {(row["metric"], row["scale"]) for row in rows}:
        same = [row for row in rows if (row["metric"], row["scale"]) == (metric, scale)]
        whole = next(row["n"] for row in same if row["channel"] is None and row["touchpoint"] is None)
        assert whole == sum(row["n"] for row in same if row["channel"] and row["touchpoint"] is None)
        assert whole == sum(row["n"] for row in same if row["channel"] is None and row["touchpoint"])


@pytest.mark.deep
@pytest.mark.skipif(not SFO.exists(), reason="the SFO survey is absent: its published figures are left unchecked")
def test_a_real_survey_gives_its_published_figures(tmp_path: Path) -> None:
    mapping = ROOT / "deploy" / "mappings" / "sfo-2017.yaml"
    report = finished(demo("--once", "--json", "--file", str(SFO), "--mapping", str(mapping), folder=tmp_path))
    assert {name: report[name] for name in COUNTS} == {
        "sent": 55_839, "accepted": 55_839, "duplicate": 0, "late": 0, "rejected": 0,
    }  # fmt: skip
    whole = {row["touchpoint"]: row for row in report["scores"] if row["channel"] is None}
    nps = whole["netpro"]
    assert (nps["n"], nps["promoters"], nps["passives"], nps["detractors"]) == (2746, 1436, 968, 342)
    assert nps["value"] == pytest.approx(39.84, abs=0.005)
    assert (whole["q7all"]["n"], round(whole["q7all"]["value"], 2), round(whole["q7all"]["mean"], 4)) == (
        2688,
        82.07,
        4.0644,
    )
    assert (whole["q7food"]["n"], round(whole["q7food"]["value"], 2)) == (2421, 55.72)
    assert {whole[name]["scale"] for name in ("q13getrate", "q14find", "q14passthru")} == {"ces-ease-1-5"}
    for row in report["scores"]:
        check_row(row)


def test_the_live_demo_serves_its_page_and_ctrl_c_ends_everything(tmp_path: Path) -> None:
    process = demo("--port", "0", folder=tmp_path, start_new_session=True)
    try:
        assert process.stderr is not None
        said = ""
        while "Live page" not in said:
            line = process.stderr.readline()
            assert line, f"the demo ended: {said}"
            said += line
        assert "memory" in said, "the first lines say what is in memory"
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert found
        assert wait_for_page(found.group())
        children = wait_for_children(process.pid, 5)  # four workers and the page
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        assert process.returncode == 0
        assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
        assert list(tmp_path.iterdir()) == []
    finally:
        process.kill()


def wait_for_page(url: str) -> bool:
    """Whether the page answers within a minute; each try waits for the answer, not for time."""
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.2)
    return False


def test_wrong_words_are_told_in_one_sentence(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        process = demo("--json", folder=Path(folder))
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out == ""
    assert err.strip().count("\n") == 0
    assert "--once" in err
