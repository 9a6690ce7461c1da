"""Alerts about the monitor itself: they speak of metrics that exist, fire when they should, and say what to do."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest

from streams.edges.gateway.metrics import Metrics as GatewayMetrics
from streams.edges.metrics import METRICS
from streams.edges.settings import Settings
from tests.deploy.files import DEPLOY, KUBERNETES, ROLES, ROOT, RULES, alerts, documents, has_command, loaded

ALERTS = [pytest.param(alert, id=alert["alert"]) for alert in alerts()]
RUNBOOKS = sorted((DEPLOY / "runbooks").glob("monitor-*.md"))
TESTS = sorted(RULES.parent.glob("*.test.yaml"))
HEADINGS = ["## What it means", "## Look", "## Do", "## Meanwhile"]
ADDED = {"role", "namespace", "pod", "instance", "job"}
"""Labels that whoever scrapes puts on."""


def labels_by_name() -> dict[str, set[str]]:
    """Labels of every series there is: of the workers' list, and of the gateway's own."""
    known: dict[str, set[str]] = {}
    for metric in METRICS:
        more = {"le"} if metric.kind == "histogram" else set()
        for end in ("_bucket", "_sum", "_count") if metric.kind == "histogram" else ("",):
            known[metric.name + end] = {*metric.labels, *more}
    for metric in (value for value in vars(GatewayMetrics()).values() if hasattr(value, "_labelnames")):
        end = "_total" if metric._type == "counter" else ""
        known[metric._name + end] = set(metric._labelnames)
    return known


def selectors(node: Any) -> Iterator[Any]:
    """Every series an expression asks for."""
    if type(node).__name__ == "VectorSelector":
        yield node
        return
    for name in ("expr", "lhs", "rhs", "args", "vector_selector", "param"):
        part = getattr(node, name, None)
        for each in part if isinstance(part, list) else [part]:
            if each is not None and not isinstance(each, str):
                yield from selectors(each)


@pytest.mark.parametrize("alert", ALERTS)
def test_each_expression_is_promql_about_series_that_exist(alert: dict[str, Any]) -> None:
    asked = list(selectors(promql_parser.parse(alert["expr"])))
    assert asked, "no series found: then nothing was checked"
    known = labels_by_name()
    for series in asked:
        assert series.name in known, f"{series.name} is told by nobody"
        labels = {matcher.name for matcher in series.matchers.matchers} - {"__name__"}
        assert labels <= known[series.name] | ADDED, series.name


def test_what_is_no_promql_and_what_is_no_metric_would_be_found() -> None:
    with pytest.raises(ValueError, match=r".+"):
        promql_parser.parse("sum(touchpulse_ready")
    assert "touchpulse_lag" not in labels_by_name()
    assert {"touchpulse_gateway_events_total", "touchpulse_publish_seconds_bucket"} <= labels_by_name().keys()


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_says_how_bad_it_is_what_happened_and_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("page", "ticket")
    assert alert["annotations"]["summary"].endswith(".")
    assert Path(ROOT / alert["annotations"]["runbook"]) in RUNBOOKS


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_each_runbook_belongs_to_an_alert_and_speaks_of_things_that_exist(path: Path) -> None:
    text = path.read_text()
    assert str(path.relative_to(ROOT)) in {alert["annotations"]["runbook"] for alert in alerts()}
    assert [line for line in text.splitlines() if line.startswith("## ")] == HEADINGS
    names = set(re.findall(r"touchpulse_[a-z_]+", text))
    assert {name for name in names if not any(each.startswith(name) for each in labels_by_name())} == {
        name
        for name in names
        if name.startswith("touchpulse_gateway_queue")  # a gauge of the running gateway
    }
    assert set(re.findall(r"\bTOUCHPULSE_[A-Z_]+", text)) <= set(Settings.variables())
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (path.parent / link).exists(), link
    for said in re.findall(r"`touchpulse ([a-z]+(?: [a-z]+)?)", text):
        assert has_command(said.split()), said


def test_every_role_that_is_missing_is_told_of() -> None:
    (missing,) = [alert["expr"] for alert in alerts() if alert["alert"] == "TouchpulseRoleMissing"]
    assert sorted(re.findall(r'role="(\w+)"', missing)) == sorted(ROLES)


def test_kubernetes_has_the_very_same_groups() -> None:
    (rules,) = documents(KUBERNETES / "components" / "prometheus-operator" / "rules.yaml")
    assert rules["spec"] == loaded(RULES.read_text())


def test_alertmanager_is_told_of_alerts_that_exist() -> None:
    config = (DEPLOY / "alertmanager" / "alertmanager.yml").read_text()
    assert set(re.findall(r"Touchpulse\w+", config)) <= {alert["alert"] for alert in alerts()}


def test_each_alert_has_a_case_that_fires_and_one_that_stays_silent() -> None:
    fires, silent = set(), set()
    for case in (case for path in TESTS for case in loaded(path.read_text())["tests"]):
        for asked in case["alert_rule_test"]:
            (fires if asked["exp_alerts"] else silent).add(asked["alertname"])
    named = {alert["alert"] for alert in alerts()}
    assert fires == named
    assert silent == named


def test_series_in_alerts_out() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: prometheus): whether the rules fire is left unchecked")
    done = subprocess.run([promtool, "test", "rules", *map(str, TESTS)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
