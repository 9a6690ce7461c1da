"""Rules on history from the command line: a survey file in, pages and times to detect out."""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SFO = Path(os.environ.get("TOUCHPULSE_TEST_SFO") or ROOT.parent / "shared" / "data" / "sfo-2017.csv")
RULES = """\
version: 1
rules:
  - {name: worse, kind: worsening, metric: csat, scale: csat-1-5, scope: {channel: each}}
  - {name: alive, kind: heartbeat}
"""
MAPPING = """\
producer: survey
event_id: "{id}"
occurred_at: {text: "{at}", zone: UTC, formats: ["%Y-%m-%d %H:%M:%S"]}
channel: app
answers:
  - {kind: csat, scale: 1-5, columns: [score]}
"""


def touchpulse(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    code = "from streams.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    """Twenty days of three answers an hour at 10 % bad; the last day is at 50 %."""
    rnd, start = random.Random(4), datetime(2026, 1, 5, tzinfo=UTC)
    with (tmp_path / "survey.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "at", "score"])
        for index in range(20 * 24 * 3):
            at = start + timedelta(minutes=20 * index)
            bad = rnd.random() < (0.5 if index >= 19 * 72 else 0.1)
            writer.writerow([index, f"{at:%Y-%m-%d %H:%M:%S}", 1 if bad else 5])
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    return tmp_path


def test_new_rules_beside_old_ones_tell_which_alerts_start_and_which_stop(survey: Path) -> None:
    (survey / "new.yaml").write_text(RULES.replace("worse,", "drop,"))
    done = touchpulse(
        "backtest", survey / "new.yaml", "--beside", survey / "rules.yaml", "--file", survey / "survey.csv",
        "--mapping", survey / "mapping.yaml", "--no-drops", "--json",
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert {page["rule"] for page in told["starts"]} == {"drop"}
    assert {page["rule"] for page in told["stops"]} == {"worse"}
    done = touchpulse(
        "backtest", survey / "rules.yaml", "--beside", survey / "rules.yaml", "--file", survey / "survey.csv",
        "--mapping", survey / "mapping.yaml",
    )  # fmt: skip
    assert "0 alerts would start" in done.stdout
    assert "0 alerts would stop" in done.stdout


def test_a_backtest_tells_what_would_have_paged_and_how_soon_drops_are_found(survey: Path) -> None:
    """The real drop at the end pages; a drop of 20 points in the middle is found, with its answers and minutes."""
    done = touchpulse(
        "backtest",
        survey / "rules.yaml",
        "--file",
        survey / "survey.csv",
        "--mapping",
        survey / "mapping.yaml",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["events"] == 20 * 72
    last = told["pages"][-1]
    assert (last["rule"], last["scope"]) == ("worse", {"channel": "app"})
    assert datetime.fromtimestamp(last["at_ms"] / 1000, UTC).date().isoformat() == "2026-01-24"
    assert last["value"] > last["baseline"] > 0
    assert {"severity", "n", "reason"} <= last.keys()
    assert [one["points"] for one in told["detections"]] == [5.0, 10.0, 20.0]
    twenty = told["detections"][2]
    assert (twenty["found"], twenty["missed"]) == (1, 0)
    assert twenty["answers"] < 150
    assert twenty["minutes"] > 0
    assert told["pages_a_week"] >= 0


def test_a_wrong_rule_file_is_one_sentence_with_file_line_and_field(survey: Path) -> None:
    (survey / "rules.yaml").write_text(RULES.replace("scope", "scpe"))
    done = touchpulse("rules", "check", survey / "rules.yaml")
    assert done.returncode == 1
    assert "rules.yaml, line 3, rules.0.scpe: unknown key 'scpe': did you mean 'scope'?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_backtest_needs_to_know_what_history(survey: Path) -> None:
    done = touchpulse("backtest", survey / "rules.yaml")
    assert done.returncode == 1
    assert "give either --file with --mapping, or --from" in done.stderr


def test_the_shipped_rules_pass_their_tests() -> None:
    done = touchpulse("rules", "test", ROOT / "deploy" / "rules" / "channels.test.yaml")
    assert done.returncode == 0, done.stdout
    assert "6 tests, 0 failed" in done.stdout


@pytest.mark.deep
@pytest.mark.slow
def test_the_airport_survey_is_replayed() -> None:
    """Real answers: three channels, 3.6 weeks, each day's interviews in one slice."""
    if not SFO.exists():
        pytest.skip(f"no airport survey at {SFO} (TOUCHPULSE_TEST_SFO)")
    mapping = ROOT / "deploy" / "mappings" / "sfo-2017.yaml"
    rules = ROOT / "deploy" / "rules" / "channels.yaml"
    done = touchpulse("backtest", rules, "--file", SFO, "--mapping", mapping, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["events"] == 55_839
    assert told["pages_a_week"] <= 1
    part = next(one for one in told["detections"] if one["rule"] == "touchpoint-worsens" and one["points"] == 20.0)
    assert part["missed"] == 0


def test_stored_answers_are_history_too(clickhouse_url: str) -> None:
    """Customers' answers of the time asked for, in order; employees are never pooled with them."""
    from streams.edges.rules_history import from_store
    from streams.edges.settings import Settings
    from tests.kit.clickhouse import fresh_database, migrated
    from tests.kit.seed import MINUTE, SECOND, World, fill

    settings = Settings(clickhouse_url=clickhouse_url, clickhouse_database=fresh_database())
    with migrated(settings) as store:
        now_ms = store.now_us() // 1_000_000 * SECOND
        world = World(now_ms)
        world.add(now_ms - MINUTE, "web", "csat-1-5", [5] * 30 + [2] * 10, touchpoint="checkout")
        world.add(now_ms - 2 * MINUTE, "app", "nps-0-10", [1] * 7, touchpoint="search")
        world.add(now_ms - MINUTE, "web", "csat-1-5", [1] * 99, respondent="employee")
        fill(store.insert_columns, world, [world.window_end_ms()])
        found = from_store(settings, "1h", "now")
        assert from_store(settings, "2020-01-01", "2020-01-02") == []
    assert len(found) == 47
    assert [event.at_ms for event in found] == sorted(event.at_ms for event in found)
    assert {(event.channel, event.answers[0][:2]) for event in found} == {
        ("web", ("csat", "csat-1-5")),
        ("app", ("nps", "nps-0-10")),
    }
