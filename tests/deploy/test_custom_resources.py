"""What is not Kubernetes' own, held to what KEDA and Prometheus' operator publish.

Their schemas are on no package registry but npm's, as types for TypeScript: so the manifests become literals, and its
compiler says what does not fit. It finds what a schema would let pass, too: a key that is misspelt.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.files import manifests
from tests.kit.fetched import custom_resource_types

PLACES = {
    "keda.sh/v1alpha1": "@kubernetes-models/keda/keda.sh/v1alpha1",
    "monitoring.coreos.com/v1": "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1",
}
TSC = ("--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext")


def complaints(resource: dict[str, Any], folder: Path) -> str:
    """What the compiler says of an object; empty if it fits."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    installed = custom_resource_types() / "node_modules"
    (folder / "node_modules").symlink_to(installed)
    (folder / "package.json").write_text('{"type": "module"}')
    place, kind = PLACES[resource["apiVersion"]], f"I{resource['kind']}"
    source = (
        f'import type {{ {kind} }} from "{place}";\nexport const resource: {kind} = {json.dumps(resource, indent=1)};\n'
    )
    (folder / "resource.ts").write_text(source)
    compiler = str(installed / "typescript" / "bin" / "tsc")
    done = subprocess.run([node, compiler, *TSC, "resource.ts"], cwd=folder, capture_output=True, text=True)
    return done.stdout


RESOURCES = [manifest for _, manifest in manifests() if manifest["apiVersion"] in PLACES]


@pytest.mark.deep
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_each_custom_resource_is_what_its_owner_publishes(resource: dict[str, Any], tmp_path: Path) -> None:
    assert complaints(resource, tmp_path) == ""


@pytest.mark.deep
def test_a_misspelt_key_of_a_custom_resource_is_found(tmp_path: Path) -> None:
    (scaled,) = [each for each in RESOURCES if each["kind"] == "ScaledObject"]
    wrong = {**scaled, "spec": {**scaled["spec"], "maxReplicas": 3}}
    assert "maxReplicas" in complaints(wrong, tmp_path)


def test_no_manifest_is_of_a_kind_nobody_checks() -> None:
    """Kubernetes' own are checked in tests/deploy/test_kubernetes.py, by what is in their name."""
    others = {manifest["apiVersion"] for _, manifest in manifests() if "." in manifest["apiVersion"].split("/")[0]}
    assert {each for each in others if not each.split("/")[0].endswith("k8s.io")} == PLACES.keys()
