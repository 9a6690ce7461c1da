"""The Kubernetes manifests: right by the published schemas, and by what our program understands.

The manifests are plain, so that they can be checked as they lie here. What kustomize makes of them is checked too,
where kubectl is installed.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from streams.edges.settings import PREFIX, Settings
from tests.deploy.files import (
    KUBERNETES,
    ROLES,
    ROOT,
    command,
    containers,
    documents,
    manifests,
    pod_templates,
    several,
)

VERSIONS = ("1.31", kubernetes_validate.latest_version())
"""The oldest Kubernetes that knows every field we use, and the newest with a schema at hand."""
CUSTOM = ("keda.sh/", "monitoring.coreos.com/")
"""Not Kubernetes' own: tests/deploy/test_custom_resources.py has them."""
OVERLAYS = ("overlays/production", "overlays/secured", "overlays/small")
FILES = ("catalogue.yaml", "rules.yaml")
"""What the README has put into the ConfigMap touchpulse-files."""
ONCE = ("setup",)


def built_in() -> list[Any]:
    return [
        pytest.param(manifest, id=f"{path.stem}-{manifest['kind']}-{manifest['metadata']['name']}")
        for path, manifest in manifests()
        if not manifest["apiVersion"].startswith(CUSTOM)
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("manifest", built_in())
def test_each_object_is_what_kubernetes_allows(manifest: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


def test_a_misspelt_field_is_found() -> None:
    """Or the test above proves nothing."""
    manifest = documents(KUBERNETES / "base" / "score.yaml")[0]
    manifest["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="livenesProbe"):
        kubernetes_validate.validate(manifest, VERSIONS[-1], strict=True)


def test_every_file_is_part_of_a_kustomization_and_every_part_is_a_file() -> None:
    named = set()
    for path in KUBERNETES.rglob("kustomization.yaml"):
        (kustomization,) = documents(path)
        for part in (*kustomization.get("resources", ()), *kustomization.get("components", ())):
            named.add((path.parent / part).resolve())
        for generator in kustomization.get("configMapGenerator", ()):
            named |= {(path.parent / part).resolve() for part in generator.get("envs", ())}
    assert all(part.exists() for part in named)
    files = {path for path in KUBERNETES.rglob("*.*") if path.is_file() and path.name != "kustomization.yaml"}
    assert files <= named


def test_a_pod_runs_for_every_role_the_gateway_and_the_setup() -> None:
    assert sorted(pod_templates()) == sorted([*ROLES, "gateway", "setup"])


def test_each_command_is_one_the_program_has_and_runs_the_role_it_is_called_after() -> None:
    for component, container in containers():
        assert "command" not in container, "the image's own entry point knows the program"
        path = command(container["args"])
        if component in ROLES:
            assert (path, container["args"]) == (["worker"], ["worker", component])


def settings_given(container: dict[str, Any]) -> dict[str, str]:
    """A container's variables with a value each, of the ConfigMap too."""
    given = dict(line.split("=", 1) for line in (KUBERNETES / "base" / "settings.env").read_text().splitlines())
    assert container["envFrom"] == [{"configMapRef": {"name": "touchpulse-settings"}}]
    return given | {each["name"]: each.get("value", "a-name") for each in container.get("env", ())}


def test_each_variable_is_a_setting_and_its_value_is_taken(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("0" * 40)
    for component, container in containers():
        given = settings_given(container)
        settings = Settings.from_env({name: str(secret) if name.endswith("_FILE") else given[name] for name in given})
        assert all(name.startswith(PREFIX) for name in given)
        assert bool(settings.worker_id) == (component in ROLES), component


def test_secrets_come_as_files_and_each_file_is_mounted() -> None:
    secret = re.compile(r"PASSWORD|SECRET|_KEYS|TOKEN")
    for component, container in containers():
        spec = pod_templates()[component]["spec"]
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        found = set()
        for mount in container["volumeMounts"]:
            volume = volumes.get(mount["name"], {})
            for item in volume.get("secret", {}).get("items", ()):
                found.add(f"{mount['mountPath']}/{item['path']}")
            if "configMap" in volume:
                found |= {f"{mount['mountPath']}/{name}" for name in FILES}
            if mount["name"] == "state":
                found.add(mount["mountPath"])
        for each in container.get("env", ()):
            if secret.search(each["name"]):
                assert each["name"].endswith(("_FILE", "_PATH")), f"{component}: {each['name']} would stand in the pod"
            if each["name"].endswith(("_FILE", "_PATH")):
                assert each["value"] in found, f"{component}: {each['value']} is not mounted"
    for path, manifest in manifests():
        assert manifest["kind"] != "Secret", f"{path}: secrets are made on the cluster, not kept here"


def test_images_are_pinned_by_the_version_of_the_program() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for component, container in containers():
        image = "touchpulse-gateway" if component == "gateway" else "touchpulse-worker"
        assert container["image"] == f"{image}:{version}"
    (production,) = documents(KUBERNETES / "overlays" / "production" / "kustomization.yaml")
    assert {(each["name"], each["newTag"]) for each in production["images"]} == {
        ("touchpulse-worker", version),
        ("touchpulse-gateway", version),
    }


def test_probes_ask_the_paths_and_ports_that_are_served() -> None:
    for component, container in containers():
        if component in ONCE:
            continue
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        asked = {
            name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")
        }  # each must be there
        assert {name: get["path"] for name, get in asked.items()} == {
            "startup": "/healthz",
            "liveness": "/healthz",
            "readiness": "/readyz",
        }
        served = settings_given(container).get("TOUCHPULSE_HEALTH_PORT") or container["args"][-1]
        assert {str(ports[get["port"]]) for get in asked.values()} == {served}


def test_no_pod_has_root_rights_or_a_token_and_none_gets_variables_nobody_set() -> None:
    """With service links, Kubernetes sets TOUCHPULSE_GATEWAY_SERVICE_HOST, and our program refuses to start."""
    for component, template in pod_templates().items():
        spec = template["spec"]
        assert spec["enableServiceLinks"] is False, component
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] == 10001
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for component, container in containers():
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, component
        assert container["resources"]["limits"].keys() == container["resources"]["requests"].keys() == {"cpu", "memory"}


def test_workers_differ_in_nothing_but_what_their_role_needs() -> None:
    """Five files that were copied by hand drift apart unless somebody looks."""
    plain = {}
    for role in ROLES:
        template = json.loads(json.dumps(pod_templates()[role]).replace(f'component": "{role}"', 'component": "ROLE"'))
        (container,) = template["spec"]["containers"]
        for own in ("args", "env", "resources", "volumeMounts", "ports"):
            container.pop(own)
        template["spec"].pop("volumes")
        plain[role] = template
    assert all(template == plain["score"] for template in plain.values())


def test_whoever_keeps_state_has_a_volume_of_its_own() -> None:
    for _, manifest in manifests():
        if manifest["kind"] != "StatefulSet":
            continue
        role = manifest["metadata"]["labels"]["app.kubernetes.io/component"]
        claims = [claim["metadata"]["name"] for claim in manifest["spec"].get("volumeClaimTemplates", ())]
        assert claims == (["state"] if role in ("score", "archive") else [])
        assert manifest["spec"]["serviceName"] == "touchpulse-workers"


def test_every_selector_finds_pods_and_every_role_survives_a_drain() -> None:
    labels = {component: template["metadata"]["labels"] for component, template in pod_templates().items()}
    budgets = set()
    for path, manifest in manifests():
        spec = manifest.get("spec", {})
        selector = spec.get("selector") or spec.get("podSelector") or {}
        wanted = selector.get("matchLabels", {} if "matchExpressions" in selector else selector)
        if manifest["kind"] in ("Service", "PodDisruptionBudget", "NetworkPolicy", "PodMonitor", "StatefulSet"):
            found = [name for name, has in labels.items() if wanted.items() <= has.items()]
            assert found, f"{path.name}: {manifest['metadata']['name']} selects nothing"
            for expression in selector.get("matchExpressions", ()):
                assert set(expression["values"]) <= set(labels)
            if manifest["kind"] == "PodDisruptionBudget":
                budgets |= set(found)
                assert spec["maxUnavailable"] == 1
    assert budgets == {*ROLES, "gateway"}


def test_score_grows_with_the_lag_of_its_own_group_to_no_more_than_its_partitions() -> None:
    (scaled,) = documents(KUBERNETES / "components" / "keda" / "score.yaml")
    (trigger,) = scaled["spec"]["triggers"]
    settings = Settings()
    assert trigger["metadata"]["consumerGroup"] == settings.topic("touchpulse-score")
    assert trigger["metadata"]["topic"] == settings.topic("touchpoints")
    target = scaled["spec"]["scaleTargetRef"]
    sets = {each["metadata"]["name"]: each for _, each in manifests() if each["kind"] == target["kind"]}
    assert target["name"] in sets
    (topics,) = [container["args"] for _, container in containers() if container["name"] == "topics"]
    assert scaled["spec"]["maxReplicaCount"] == int(topics[topics.index("--partitions") + 1])


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_kustomize_builds_is_right_too(overlay: str) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed: what kustomize makes of the manifests is left unchecked")
    done = subprocess.run(
        [kubectl, "kustomize", str(KUBERNETES / overlay)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    built = several(done.stdout)
    for document in built:
        if not document["apiVersion"].startswith(CUSTOM):
            kubernetes_validate.validate(document, VERSIONS[-1], strict=True)
    sets = {each["metadata"]["name"]: each for each in built if each["kind"] == "StatefulSet"}
    (settings,) = [each["metadata"]["name"] for each in built if each["kind"] == "ConfigMap"]
    assert re.fullmatch(r"touchpulse-settings-\w+", settings), "a changed setting must start the pods anew"
    for each in sets.values():
        (container,) = each["spec"]["template"]["spec"]["containers"]
        assert container["envFrom"] == [{"configMapRef": {"name": settings}}]
    replicas = sets["touchpulse-score"]["spec"].get("replicas")
    assert replicas == (1 if overlay == "overlays/small" else None)
