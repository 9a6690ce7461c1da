"""`touchpulse schema` and `touchpulse conform`, as a producer team runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from schemas.json_schema import CURRENT
from streams.cli.contract import add_to
from streams.edges.errors import FileError
from tests.kit.contract import raw

app = typer.Typer()
add_to(app)


def test_schema_prints_the_committed_schema() -> None:
    """A producer may take it from the program as well as from the repository."""
    result = CliRunner().invoke(app, ["schema"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == json.loads(CURRENT.read_text(encoding="utf-8"))


def test_conform_says_of_each_line_what_it_is(tmp_path: Path) -> None:
    """A refused line fails the producer's test run and says why; empty lines are nothing."""
    path = tmp_path / "events.ndjson"
    path.write_bytes(raw() + b"\r\n\n" + raw(score=6) + b"\n" + raw()[:-1])
    result = CliRunner().invoke(app, ["conform", str(path)])
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "line 1: accepted"
    assert lines[1] == ("line 3: rejected (off_scale): score is off its scale: send a whole number from 1 to 5. Got 6.")
    assert lines[2].startswith("line 4: rejected (not_json): ")
    assert lines[3] == "1 of 3 events accepted."


def test_conform_is_content_when_all_is_well() -> None:
    """Standard input works as well as a file."""
    result = CliRunner().invoke(app, ["conform", "-"], input=raw() + b"\n" + raw(event_id="e-2"))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "2 of 2 events accepted."


def test_conform_knows_a_catalogue(tmp_path: Path) -> None:
    """Names are checked against the one that is in force."""
    path = tmp_path / "catalogue.yaml"
    path.write_text("touchpoints: {checkout: {stage: purchase}}")
    result = CliRunner().invoke(app, ["conform", "-", "--catalogue", str(path)], input=raw(touchpoint="chekout"))
    assert result.exit_code == 1
    assert "did you mean 'checkout'?" in result.stdout


@pytest.mark.parametrize("arguments", [["none.ndjson"], ["-", "--catalogue", "none.yaml"]], ids=["events", "catalogue"])
def test_conform_without_its_file_is_a_mistake_of_the_user(arguments: list[str]) -> None:
    """One sentence, not a traceback."""
    result = CliRunner().invoke(app, ["conform", *arguments], input=raw())
    assert isinstance(result.exception, FileError)
    assert arguments[-1] in str(result.exception)


def test_conform_of_nothing_is_no_success() -> None:
    """An empty file in a producer's test run means that nothing was tested."""
    result = CliRunner().invoke(app, ["conform", "-"], input=b"\n")
    assert isinstance(result.exception, FileError)


def test_conform_tells_machines_in_the_words_of_the_gateway(tmp_path: Path) -> None:
    """One JSON object, so that a pipeline can point at the line."""
    path = tmp_path / "events.ndjson"
    path.write_bytes(raw() + b"\n\n" + raw(channel="stoer"))
    result = CliRunner().invoke(app, ["conform", "--json", str(path)])
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["accepted"], told["rejected"]) == (1, 1)
    assert told["events"][0] == {"line": 1, "status": "accepted", "event_id": "e-1"}
    second = told["events"][1]
    assert (second["line"], second["status"], second["field"], second["nearest"]) == (3, "rejected", "channel", "store")
