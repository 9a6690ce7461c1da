"""What a bench tells of its figures: goals that can be missed, medians, a table and one JSON object."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from rich.console import Console

from tests.bench.__main__ import BENCHES, arguments
from tests.bench.results import RATE, Result, as_json, as_table, at_least, at_most, not_run, told


@pytest.mark.parametrize(
    ("result", "met"),
    [
        pytest.param(at_least("score", "rate", 120_000, RATE, 120_000), True, id="just-enough"),
        pytest.param(at_least("score", "rate", 119_999, RATE, 120_000), False, id="one-too-few"),
        pytest.param(at_most("latency", "p95", 2.0, "s", 2), True, id="just-quick-enough"),
        pytest.param(at_most("latency", "p95", 2.001, "s", 2), False, id="a-little-late"),
        pytest.param(told("score", "peer", 5.0), None, id="no-goal"),
        pytest.param(not_run("score", "times Flink", "x", "no Java", 2.9), False, id="goal-nobody-measured"),
        pytest.param(not_run("score", "peer", RATE, "no wheel"), None, id="peer-nobody-measured"),
    ],
)
def test_a_goal_is_met_missed_or_absent(result: Result, met: bool | None) -> None:
    """Also a figure that could not be measured has missed its goal: nothing is met by not looking."""
    assert result.met is met


def test_the_figure_of_several_runs_is_their_median() -> None:
    """One lucky run must not make a goal."""
    result = at_least("score", "rate", [100.0, 130.0, 90.0], RATE, 120)
    assert (result.figure, result.runs, result.met) == (100.0, (100.0, 130.0, 90.0), False)


def test_json_is_one_object_with_all_that_was_promised() -> None:
    """Rates stand in events_per_s, everything else in figure with its unit."""
    found = [at_least("score", "rate", [3.0, 1.0], RATE, 4), at_most("latency", "p95", 1.5, "s", 2)]
    told_as = json.loads(as_json({"cores": 2}, found))
    rate, wait = told_as["results"]
    assert told_as["machine"] == {"cores": 2}
    assert {"name", "what", "events_per_s", "runs", "goal", "met"} <= rate.keys() & wait.keys()
    assert (rate["events_per_s"], rate["figure"], rate["runs"], rate["met"]) == (2.0, None, [3.0, 1.0], False)
    assert (wait["events_per_s"], wait["figure"], wait["unit"], wait["goal"], wait["met"]) == (None, 1.5, "s", 2, True)


def test_the_table_shows_what_was_missed_and_why_something_was_not_run() -> None:
    """A missed goal is never left out."""
    screen = StringIO()
    results = [
        at_least("score", "counted", [100.0, 200.0, 300.0], RATE, 250),
        at_most("latency", "p95", 0.25, "s", 2),
        not_run("score", "peer: Bytewax", RATE, "no wheel for this Python"),
    ]
    Console(file=screen, width=200).print(as_table({"cores": 2, "load": 0.4}, results))
    said = screen.getvalue()
    for words in ("cores 2", "200 events/s", "≥ 250", "missed", "0.25 s", "≤ 2", "met", "not run: no wheel"):
        assert words in said


def test_a_bench_nobody_wrote_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt name must not measure nothing and succeed."""
    with pytest.raises(SystemExit) as ended:
        arguments(["scroe"])
    assert ended.value.code == 2
    assert "there is no bench 'scroe'" in capsys.readouterr().err


def test_what_the_issue_of_speed_asks_for_can_be_asked_for() -> None:
    """Every bench by name, quick, as JSON, with all peers."""
    given = arguments([*BENCHES, "--quick", "--json", "--peers", "all"])
    assert (given.names, given.quick, given.json, given.peers) == (list(BENCHES), True, True, "all")
    assert {"score", "archive", "roll", "latency", "boards", "growth", "plan", "gateway"} <= BENCHES.keys()
