"""The pages for whoever runs it: what they name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboards.grafana_settings import PREFIX as GRAFANA
from dashboards.grafana_settings import GrafanaSettings
from streams.edges.settings import Settings
from streams.edges.vitals import Exit
from tests.conftest import DEEP
from tests.deploy.files import DEPLOY, ROLES, compose, containers, has_command, pod_templates

README = DEPLOY / "README.md"
CONTRIBUTING = DEPLOY / "docs" / "contributing.md"
PAGES = [README, DEPLOY / "docs" / "backup.md", CONTRIBUTING]
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@every_page
def test_links_and_files_of_a_page_are_there(page: Path) -> None:
    text = page.read_text()
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert (page.parent / link).exists(), link
    for path in re.findall(r"(?<!/)\bdeploy/[\w./*-]+\w", text):
        if not path.endswith((".env", "gateway.key")):
            assert list(DEPLOY.parent.glob(path)), path


@every_page
def test_commands_and_settings_of_a_page_are_ours(page: Path) -> None:
    text = page.read_text()
    for said in re.findall(r"`touchpulse ([a-z]+(?: [a-z]+)?)", text.replace("\n", " ")):
        assert has_command(said.split()), said
    known = {*Settings.variables(), "TOUCHPULSE_GATEWAY_SERVICE_HOST", DEEP}
    known |= {GRAFANA + name.upper() for name in GrafanaSettings.model_fields}
    assert set(re.findall(r"\bTOUCHPULSE_[A-Z_]+", text)) <= known


def test_what_contributors_are_sent_to_is_there() -> None:
    """Files to change, tests to run; names in capitals are theirs to fill in."""
    named = re.findall(r"\b(?:schemas|streams|dashboards|tests)/[\w./*-]*\w", CONTRIBUTING.read_text())
    assert len(named) > 40
    assert [name for name in named if not re.search("[A-Z]", name) and not list(DEPLOY.parent.glob(name))] == []


def test_every_exit_code_is_told() -> None:
    text = README.read_text()
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)} == {0, 1, 130, *map(int, Exit)}


def test_services_a_page_speaks_of_are_in_the_compose_file() -> None:
    services = compose()["services"]
    text = README.read_text()
    named = set(re.findall(r"--scale (\w+)=", text)) | set(re.findall(r"run --rm (\w+)", text))
    for line in re.findall(r"compose\.yaml restart ([\w ]+)`", text):
        named |= set(line.split())
    assert named
    assert named <= services.keys()


def test_the_secrets_and_files_a_cluster_is_given_are_those_its_pods_ask_for() -> None:
    text = README.read_text()
    (secrets,) = re.findall(r"generic touchpulse-secrets \\\n((?:.*\\\n)*.*)", text)
    (files,) = re.findall(r"configmap touchpulse-files (.*)", text)
    given = set(re.findall(r"--from-file=([\w.-]+)", secrets))
    asked = {
        item["key"]
        for template in pod_templates().values()
        for volume in template["spec"]["volumes"]
        for item in volume.get("secret", {}).get("items", ())
    }
    assert given == asked
    mounted = {
        each["value"].removeprefix("/etc/touchpulse/")
        for _, container in containers()
        for each in container.get("env", ())
        if each.get("value", "").startswith("/etc/touchpulse/")
    }
    assert set(re.findall(r"--from-file=([\w.-]+)", files)) == mounted


def test_an_upgrade_goes_from_readers_to_writers_over_every_role() -> None:
    there, back = (roles.split() for roles in re.findall(r"for role in ([\w ]+); do", README.read_text()))
    assert sorted(there) == sorted(ROLES)
    assert (there[0], there[-1]) == ("archive", "score")
    assert back == there[::-1]
