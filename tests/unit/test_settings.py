"""Settings: read once, refused when misspelt, and each error names the variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.edges.errors import SettingsError
from streams.edges.processes import environment
from streams.edges.settings import Settings


def test_a_misspelt_variable_stops_the_start_and_names_the_nearest() -> None:
    with pytest.raises(
        SettingsError, match="TOUCHPULSE_KAFKA_BROKER is not a setting; did you mean TOUCHPULSE_KAFKA_BROKERS"
    ):
        Settings.from_env({"TOUCHPULSE_KAFKA_BROKER": "a:1"})


def test_other_programs_variables_are_none_of_our_business() -> None:
    assert Settings.from_env({"PATH": "x", "TOUCHPULSE_TEST_SFO": "y", "TOUCHPULSE_GRAFANA_TOKEN": "z"}) == Settings()


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        pytest.param("BLOCK_SIZE", "0", id="zero-is-no-block"),
        pytest.param("HORIZON", "many", id="not-a-number"),
        pytest.param("WINDOWS_S", "300,305", id="not-made-of-slices"),
        pytest.param("WINDOWS_S", "300,3610", id="long-windows-are-made-of-five-minutes"),
        pytest.param("WINDOWS_S", "300,300", id="twice"),
        pytest.param("KAFKA_SESSION_TIMEOUT_MS", "500", id="shorter-than-brokers-allow"),
        pytest.param("CLICKHOUSE_DATABASE", "a; DROP", id="not-a-name"),
    ],
)
def test_a_wrong_value_is_refused_with_the_name_of_its_variable(variable: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"TOUCHPULSE_{variable}: "):
        Settings.from_env({f"TOUCHPULSE_{variable}": text})


def test_a_secret_may_stand_in_a_file_and_never_shows_itself(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2\n")
    settings = Settings.from_env({"TOUCHPULSE_CLICKHOUSE_PASSWORD_FILE": str(secret)})
    assert settings.clickhouse_password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings)
    with pytest.raises(SettingsError, match="cannot read"):
        Settings.from_env({"TOUCHPULSE_CLICKHOUSE_PASSWORD_FILE": str(tmp_path / "absent")})


def test_a_needed_setting_that_is_absent_is_asked_for_by_name() -> None:
    with pytest.raises(SettingsError, match="TOUCHPULSE_KAFKA_BROKERS is not set"):
        Settings().brokers()


def test_a_child_process_gets_the_very_same_settings() -> None:
    settings = Settings(
        kafka_brokers="a:1,b:2",
        memory_broker=True,
        windows_s=(300, 600),
        catalogue_path=Path("shop.yaml"),
        clickhouse_password="x",
    )
    assert Settings.from_env(environment(settings)) == settings
