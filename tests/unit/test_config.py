"""Settings told and tried: the table is whole, secrets stay secret, what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams.cli import app
from streams.edges.config import given, known, markdown
from streams.edges.settings import Settings

SECRET = "a-secret-nobody-may-see-in-any-output"
DOCS = Path(__file__).parents[2] / "deploy" / "docs" / "settings.md"


def test_every_setting_is_documented() -> None:
    assert [each.variable for each in known()] == Settings.variables()
    assert [each.variable for each in known() if not each.meaning] == []


def test_the_table_in_the_docs_is_the_one_the_program_writes() -> None:
    """`touchpulse config table > deploy/docs/settings.md` after each change."""
    assert DOCS.read_text() == markdown()


def test_kinds_and_units_are_told() -> None:
    told = {each.variable: (each.kind, each.unit, each.default) for each in known()}
    assert told["TOUCHPULSE_WINDOWS_S"] == ("list of whole numbers, with commas", "s", "300,3600,86400")
    assert told["TOUCHPULSE_CLICKHOUSE_PASSWORD"] == ("secret", "", "")
    assert told["TOUCHPULSE_STATE_PATH"] == ("path", "", "")
    assert told["TOUCHPULSE_MEMORY_BROKER"] == ("yes or no", "", "false")


@pytest.mark.parametrize("name", ["CLICKHOUSE_PASSWORD", "GATEWAY_SECRET", "PRIVACY_KEYS"])
def test_a_secret_is_masked_wherever_it_comes_from(name: str, tmp_path: Path) -> None:
    value = f"k1:{SECRET}" if name == "PRIVACY_KEYS" else SECRET
    (tmp_path / "secret").write_text(value)
    for env in ({f"TOUCHPULSE_{name}": value}, {f"TOUCHPULSE_{name}_FILE": str(tmp_path / "secret")}):
        told = {each.variable: each for each in given(env)}[f"TOUCHPULSE_{name}"]
        assert (told.value, told.source) == ("******", next(iter(env)))
        shown = CliRunner().invoke(app, ["config", "show"], env=env)
        assert shown.exit_code == 0
        assert "******  (set)" in shown.output
        assert SECRET not in shown.output


def test_what_is_wrong_is_named_and_the_rest_still_tried(tmp_path: Path) -> None:
    """All that is wrong in one go, not one mistake at a time."""
    env = {
        "TOUCHPULSE_KAFKA_BROKERS": "127.0.0.1:1",
        "TOUCHPULSE_CLICKHOUSE_URL": "http://127.0.0.1:1",
        "TOUCHPULSE_CATALOGUE_PATH": str(tmp_path / "none.yaml"),
        "TOUCHPULSE_PRIVACY_KEYS": "k1:short",
        "TOUCHPULSE_STATE_PATH": str(tmp_path / "state"),
    }
    told = CliRunner().invoke(app, ["config", "check"], env=env)
    assert told.exit_code == 1
    lines = told.output.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["WRONG", "WRONG", "WRONG", "WRONG", "right"]
    assert "no Kafka broker answers at '127.0.0.1:1'" in lines[0]
    assert "127.0.0.1:1" in lines[1]
    assert "none.yaml" in lines[2]
    assert "short" not in lines[3].replace("shorter", "")
