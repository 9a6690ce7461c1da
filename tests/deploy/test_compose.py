"""The compose file says what compose takes, and what our programs understand."""

from __future__ import annotations

import json
import re
import tomllib
from importlib import resources
from typing import Any

import jsonschema
import pytest

from dashboards.grafana_settings import PREFIX as GRAFANA
from dashboards.grafana_settings import GrafanaSettings
from streams.apps.run import ROLES as KNOWN_ROLES
from streams.edges.settings import PREFIX, Settings
from tests.deploy.files import (
    COMPOSE,
    DEPLOY,
    ROLES,
    ROOT,
    boards_source,
    command,
    compose,
    env_example,
    filled,
    loaded,
    ours,
    variables,
)

SERVICES = compose()["services"]
OURS = ours(SERVICES)
WORKERS = {name: service for name, service in OURS.items() if service["command"][0] == "worker"}
SECRETS = (
    *("CLICKHOUSE_PASSWORD", "CLICKHOUSE_MIGRATOR_PASSWORD", "CLICKHOUSE_READER_PASSWORD", "GRAFANA_ADMIN_PASSWORD"),
    *("PRIVACY_KEYS", "GATEWAY_SECRET", "KAFKA_CLUSTER_ID"),
)
GIVEN = {name: value or "k1:" + "0" * 40 for name, value in env_example().items()}
NOT_SETTINGS = {f"TOUCHPULSE_{who}_PASSWORD" for who in ("MIGRATOR", "WRITER", "READER")}
"""Read by ClickHouse's own users file, not by us."""


def schema() -> dict[str, Any]:
    """The compose specification's own JSON Schema, as check-jsonschema carries it."""
    vendored = resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    read: dict[str, Any] = json.loads(vendored.read_text())
    return read


def test_the_file_is_what_the_compose_specification_allows() -> None:
    checker = jsonschema.Draft7Validator(schema())
    assert [error.message for error in checker.iter_errors(filled(compose(), GIVEN))] == []
    wrong = filled(compose(), GIVEN)
    wrong["services"]["score"]["healtcheck"] = {}
    assert list(checker.iter_errors(wrong)), "a misspelt key must be found, or this proves nothing"


def test_every_variable_stands_in_the_example_and_every_one_there_is_used() -> None:
    assert variables(COMPOSE.read_text()).keys() == env_example().keys()


def test_no_secret_has_a_default_and_each_complaint_says_where_to_write_it() -> None:
    found = variables(COMPOSE.read_text())
    for name in SECRETS:
        how, word = found[name]
        assert how == ":?", name
        assert "deploy/.env" in word
        assert env_example()[name] == ""
        with pytest.raises(ValueError, match=re.escape(word)):
            filled(compose(), GIVEN | {name: ""})
    words = re.compile(r"(?i)password|secret|token")
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if words.search(variable) and not variable.endswith("_PATH"):
                assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value), f"{name}: {variable} must come from outside"


def test_the_default_of_a_variable_is_what_the_example_says() -> None:
    for name, (how, word) in variables(COMPOSE.read_text()).items():
        if how == ":-":
            assert env_example()[name] == word


def test_images_are_pinned_by_version_and_ours_by_the_version_of_the_program() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for name, service in SERVICES.items():
        _, tag = service["image"].rsplit(":", 1)
        assert re.fullmatch(r"v?\d+(\.\d+){1,3}", tag), f"{name}: {service['image']}"
        if service["image"].startswith("touchpulse-"):
            assert tag == version


def test_there_is_a_service_for_every_role_and_no_other_role() -> None:
    assert sorted(ROLES) == sorted(KNOWN_ROLES)
    assert sorted(name for name in WORKERS) == sorted(ROLES)
    assert all(service["command"] == ["worker", name] for name, service in WORKERS.items())


@pytest.mark.parametrize("name", OURS)
def test_each_command_is_one_the_program_has(name: str) -> None:
    service = filled(OURS[name], GIVEN)
    entry = service.get("entrypoint", ["touchpulse"])
    assert entry[0] == "touchpulse"
    assert command([*entry[1:], *service["command"]])
    with pytest.raises(Exception, match="No such option"):
        command([*entry[1:], *service["command"], "--no-such-option"])


@pytest.mark.parametrize("name", OURS)
def test_each_variable_of_ours_is_a_setting_and_its_value_is_taken(name: str) -> None:
    settings = Settings.from_env(filled(OURS[name].get("environment", {}), GIVEN))
    assert settings.worker_id == "" or OURS[name]["command"][1] in ("notify", "deliver"), "scaled, it would be fenced"


def test_variables_of_others_that_look_like_ours_are_known_too() -> None:
    known = set(Settings.variables()) | NOT_SETTINGS
    known |= {GRAFANA + name.upper() for name in GrafanaSettings.model_fields}
    for name, service in SERVICES.items():
        unknown = {each for each in service.get("environment", {}) if each.startswith(PREFIX)} - known
        assert unknown == set(), name


def test_the_boards_source_looks_into_this_machines_clickhouse_as_the_reader() -> None:
    """Every variable it names is set, or making it fails; who may edit a panel may send any statement through it."""
    environment = filled(SERVICES["grafana"]["environment"], GIVEN)
    source = boards_source(environment)
    told = source["jsonData"]
    assert (told["protocol"], told["host"], told["port"], told["secure"]) == ("http", "clickhouse", "8123", "false")
    assert (told["username"], told["defaultDatabase"]) == ("touchpulse_reader", "touchpulse")
    assert source["secureJsonData"] == {"password": environment["TOUCHPULSE_GRAFANA_CLICKHOUSE_PASSWORD"]}


def test_passwords_meet_where_they_are_asked_for() -> None:
    """What the users file reads from its environment is what the others send."""
    users = (DEPLOY / "clickhouse-server" / "users.xml").read_text()
    clickhouse = SERVICES["clickhouse"]["environment"]
    assert set(re.findall(r'from_env="([A-Z_]+)"', users)) == clickhouse.keys()
    assert OURS["archive"]["environment"]["TOUCHPULSE_CLICKHOUSE_PASSWORD"] == clickhouse["TOUCHPULSE_WRITER_PASSWORD"]
    assert OURS["tables"]["environment"]["TOUCHPULSE_CLICKHOUSE_PASSWORD"] == clickhouse["TOUCHPULSE_MIGRATOR_PASSWORD"]
    grafana = SERVICES["grafana"]["environment"]
    assert grafana["TOUCHPULSE_GRAFANA_CLICKHOUSE_PASSWORD"] == clickhouse["TOUCHPULSE_READER_PASSWORD"]
    for user in (OURS["tables"]["environment"]["TOUCHPULSE_CLICKHOUSE_USER"], "touchpulse_reader"):
        assert f"<{user}>" in users
    assert grafana["TOUCHPULSE_GRAFANA_CLICKHOUSE_USER"] == "touchpulse_reader"


def test_only_the_gateway_listens_to_the_outside() -> None:
    for name, service in SERVICES.items():
        for port in service.get("ports", ()):
            assert name == "gateway" or port.startswith("127.0.0.1:"), f"{name} publishes {port}"


def test_every_service_that_runs_on_has_a_health_check_a_restart_and_limits() -> None:
    for name, service in SERVICES.items():
        limits = service["deploy"]["resources"]["limits"]
        assert limits.keys() == {"cpus", "memory"}, name
        once = name in ("topics", "tables", "keys")
        assert ("healthcheck" in service) != once, name
        assert service["restart"] == ("no" if name == "keys" else "on-failure:5" if once else "unless-stopped")


@pytest.mark.parametrize("name", [name for name in OURS if "healthcheck" in OURS[name]])
def test_a_health_check_asks_the_port_its_process_listens_on(name: str) -> None:
    service = filled(OURS[name], GIVEN)
    asked = re.search(r"http://127\.0\.0\.1:(\d+)/readyz", service["healthcheck"]["test"][-1])
    assert asked is not None
    if name == "gateway":
        assert service["command"][-2:] == ["--port", asked[1]]
        assert service["ports"] == [f"0.0.0.0:8090:{asked[1]}"]
    else:
        assert service["environment"]["TOUCHPULSE_HEALTH_PORT"] == asked[1]


@pytest.mark.parametrize("name", OURS)
def test_ours_run_without_root_without_rights_and_write_only_where_it_is_named(name: str) -> None:
    service = OURS[name]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    environment = service.get("environment", {})
    written = {path for path in (environment.get("TOUCHPULSE_STATE_PATH"),) if path}
    if name == "keys":
        written.add(environment["TOUCHPULSE_KEYS_PATH"].rpartition("/")[0])
    writable = {each.rpartition(":")[2] for each in service.get("volumes", ()) if not each.endswith(":ro")}
    assert writable == written


def test_what_is_mounted_from_here_is_here() -> None:
    for service in filled(SERVICES, GIVEN).values():
        for volume in service.get("volumes", ()):
            source, *_ = volume.split(":")
            assert not source.startswith(".") or (DEPLOY / source).exists(), volume
    named = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())}
    assert compose()["volumes"].keys() == {name for name in named if re.fullmatch(r"[a-z]+", name)}


def test_who_has_a_file_among_its_settings_has_it_mounted() -> None:
    for name, service in OURS.items():
        targets = [volume.removesuffix(":ro").rpartition(":")[2] for volume in service.get("volumes", ())]
        for variable, value in service.get("environment", {}).items():
            if variable.endswith("_PATH"):
                assert any(value == target or value.startswith(target + "/") for target in targets), f"{name}: {value}"


def test_prometheus_asks_every_role_at_the_port_it_answers_on() -> None:
    config = loaded((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    (workers,), (gateway,) = (jobs[name]["dns_sd_configs"] for name in ("touchpulse", "touchpulse-gateway"))
    assert sorted(workers["names"]) == sorted(ROLES)
    assert {str(workers["port"])} == {each["environment"]["TOUCHPULSE_HEALTH_PORT"] for each in WORKERS.values()}
    assert (gateway["names"], str(gateway["port"])) == (["gateway"], OURS["gateway"]["command"][-1])
    (rules,) = config["rule_files"]
    assert (DEPLOY / "prometheus" / rules).exists()
    ((target,),) = [each["targets"] for each in config["alerting"]["alertmanagers"][0]["static_configs"]]
    assert target == "alertmanager:9093"
