"""The deployments over TLS: what they add is right by their schemas, and makes settings that our program takes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from streams.edges.settings import Settings
from tests.deploy.files import (
    DEPLOY,
    KUBERNETES,
    boards_source,
    compose,
    documents,
    filled,
    loaded,
    ours,
    several,
    variables,
)
from tests.deploy.test_compose import GIVEN, schema

OWN_KAFKA = DEPLOY / "compose.own-kafka.yaml"
OWN_CLICKHOUSE = DEPLOY / "compose.own-clickhouse.yaml"
MORE = {"KAFKA_BROKERS": "kafka.example.org:9093", "KAFKA_USER": "touchpulse"}


def settings(variables_of: dict[str, str], folder: Path) -> Settings:
    """What a process would start with; the files it is given hold something."""
    secret = folder / "secret"
    secret.write_text("k1:" + "0" * 40)
    return Settings.from_env({name: str(secret) if name.endswith("_FILE") else value
                              for name, value in variables_of.items()})  # fmt: skip


def test_compose_with_an_own_kafka_reaches_it_over_tls_from_every_service(tmp_path: Path) -> None:
    added = filled(loaded(OWN_KAFKA.read_text()), GIVEN | MORE)
    assert [error.message for error in jsonschema.Draft7Validator(schema()).iter_errors(added)] == []
    services = filled(compose()["services"], GIVEN)
    speaks = {name for name, each in services.items() if "TOUCHPULSE_KAFKA_BROKERS" in each.get("environment", {})}
    assert added["services"].keys() - {"kafka"} == speaks, "whoever speaks to Kafka must be told of the other one"
    for name in speaks:
        given = added["services"][name]
        together = settings(services[name]["environment"] | given["environment"], tmp_path)
        assert (together.kafka_security_protocol, together.kafka_user) == ("SASL_SSL", "touchpulse")
        assert together.kafka_password.get_secret_value()
        assert "outside" in given["networks"], f"{name} cannot reach a Kafka elsewhere"
        for variable in ("TOUCHPULSE_KAFKA_PASSWORD_FILE", "TOUCHPULSE_KAFKA_CA_PATH"):
            assert given["environment"][variable].removeprefix("/run/secrets/") in given["secrets"]
    assert added["secrets"].keys() == {"kafka-password", "kafka-ca"}
    assert added["services"]["topics"]["depends_on"]["kafka"]["required"] is False
    assert {name for name, (how, _) in variables(OWN_KAFKA.read_text()).items() if how == ":?"} == MORE.keys()
    assert ours(services).keys() >= speaks


def test_compose_with_an_own_clickhouse_reaches_it_over_tls_from_every_service_and_grafana(tmp_path: Path) -> None:
    added = filled(loaded(OWN_CLICKHOUSE.read_text()), GIVEN | {"CLICKHOUSE_HOST": "clickhouse.example.org"})
    assert [error.message for error in jsonschema.Draft7Validator(schema()).iter_errors(added)] == []
    services = filled(compose()["services"], GIVEN)
    speaks = {name for name, each in services.items() if "TOUCHPULSE_CLICKHOUSE_URL" in each.get("environment", {})}
    assert added["services"].keys() == speaks | {"clickhouse", "grafana"}
    for name in speaks:
        given = added["services"][name]
        together = settings(services[name]["environment"] | given["environment"], tmp_path)
        assert together.clickhouse_url == "https://clickhouse.example.org:8443"
        assert together.clickhouse_user in ("touchpulse", "touchpulse_migrator", "touchpulse_reader")
        assert "outside" in given["networks"], f"{name} cannot reach a ClickHouse elsewhere"
        ca = given["environment"]["TOUCHPULSE_CLICKHOUSE_CA_PATH"].removeprefix("/run/secrets/")
        assert given["secrets"] == [ca]
        assert ca in added["secrets"]
    assert added["services"]["tables"]["depends_on"]["clickhouse"]["required"] is False
    assert {name for name, (how, _) in variables(OWN_CLICKHOUSE.read_text()).items() if how == ":?"} == {
        "CLICKHOUSE_HOST"
    }
    grafana = added["services"]["grafana"]
    told = boards_source(services["grafana"]["environment"] | grafana["environment"])["jsonData"]
    assert (told["host"], told["port"], told["secure"]) == ("clickhouse.example.org", "8443", "true")
    assert told["username"] == "touchpulse_reader"
    (volume,) = grafana["volumes"]
    assert volume == f"{added['secrets'][ca]['file']}:/etc/ssl/certs/touchpulse-clickhouse.pem:ro"
    assert "outside" in services["grafana"]["networks"]


@pytest.fixture(scope="module")
def built() -> list[dict[str, Any]]:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed: what kustomize makes of the manifests is left unchecked")
    done = subprocess.run(
        [kubectl, "kustomize", str(KUBERNETES / "overlays" / "secured")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return several(done.stdout)


def test_every_pod_over_tls_starts_with_settings_that_fit_and_files_that_are_mounted(
    built: list[dict[str, Any]], tmp_path: Path
) -> None:
    (common,) = [each["data"] for each in built if each["kind"] == "ConfigMap"]
    seen = 0
    for pod in (each["spec"]["template"]["spec"] for each in built if "template" in each.get("spec", {})):
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            own = {each["name"]: each.get("value", "name") for each in container.get("env", ())}
            given = common | own
            together = settings(given, tmp_path)
            assert together.kafka_security_protocol == "SASL_SSL"
            files = {
                f"{mount['mountPath']}/{item['path']}"
                for mount in container["volumeMounts"]
                for item in volumes.get(mount["name"], {}).get("secret", {}).get("items", ())
            }
            needed = [given["TOUCHPULSE_KAFKA_PASSWORD_FILE"], given["TOUCHPULSE_KAFKA_CA_PATH"]]
            if "TOUCHPULSE_CLICKHOUSE_PASSWORD_FILE" in own:
                needed.append(given["TOUCHPULSE_CLICKHOUSE_CA_PATH"])
            assert set(needed) <= files, container["args"]
            seen += 1
    assert seen == 8


def test_the_autoscaler_says_who_it_is_as_the_workers_do(built: list[dict[str, Any]]) -> None:
    (common,) = [each["data"] for each in built if each["kind"] == "ConfigMap"]
    (scaled,) = [each for each in built if each["kind"] == "ScaledObject"]
    (trigger,) = scaled["spec"]["triggers"]
    (authentication,) = documents(KUBERNETES / "components" / "secured-kafka-keda" / "authentication.yaml")
    assert trigger["authenticationRef"]["name"] == authentication["metadata"]["name"]
    assert trigger["metadata"]["sasl"] == common["TOUCHPULSE_KAFKA_SASL_MECHANISM"].lower().replace("-sha-", "_sha")
    assert trigger["metadata"]["tls"] == "enable"
    assert trigger["metadata"]["bootstrapServers"] == common["TOUCHPULSE_KAFKA_BROKERS"]
