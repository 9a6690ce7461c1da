"""Rules as files: what is refused, with line and field, and what can never work."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.edges.errors import FileError
from streams.edges.rules_file import load, merged
from streams.pure.alerting.check import check
from streams.pure.alerting.words import TEMPLATES, TemplateError, checked

HEAD = "version: 1\nrules:\n"
GOOD = "  - {name: a, kind: worsening, metric: csat, scale: csat-1-5, scope: {channel: each}}\n"
SHIPPED = Path(__file__).parents[3] / "deploy" / "rules" / "channels.yaml"


def written(folder: Path, text: str, name: str = "rules.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            HEAD + GOOD.replace("scope", "scop"), r"line 3, rules\.0\.scop.*did you mean 'scope'", id="misspelt"
        ),
        pytest.param(HEAD + GOOD.replace("worsening", "worse"), r"line 3, rules\.0: kind must be one of", id="kind"),
        pytest.param(
            HEAD + GOOD.replace("csat-1-5", "csat-1-6"), r"line 3, rules\.0\.scale: .*did you mean", id="scale"
        ),
        pytest.param(HEAD + GOOD.replace("}}", "}, odds: many}"), r"line 3, rules\.0\.odds", id="no-number"),
        pytest.param(HEAD + GOOD + GOOD, "stands twice", id="twice"),
        pytest.param("version: 1\n", "rules: is missing", id="no-rules"),
        pytest.param("- 1\n", "holds no table", id="no-table"),
        pytest.param("version: 1\nversion: 1\n", "line 2", id="repeated-key"),
        pytest.param(HEAD + GOOD.replace("csat,", "complaint,"), "complaints alone never page", id="complaints"),
        pytest.param(HEAD + GOOD.replace("csat-1-5", "count"), "no answer on count is bad", id="only-counted"),
    ],
)
def test_a_wrong_file_is_refused_with_file_line_field_and_reason(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(FileError, match=problem) as refused:
        load(written(tmp_path, text))
    assert "rules.yaml" in str(refused.value)


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        pytest.param(
            "{name: b, kind: burn, metric: csat, scale: csat-1-5, goal_pct: 85, tiers: [{spent_pct: 2, window_h: 1}]}",
            "can never fire: it needs 216 %",
            id="the-usual-page-tier-at-85",
        ),
        pytest.param("{name: b, kind: level, metric: csat, scale: csat-1-5, below: 101}", "never fire", id="off-range"),
        pytest.param(
            "{name: b, kind: level, metric: ces, scale: ces-effort-1-5, below: 2.0}", "use above", id="direction"
        ),
        pytest.param("{name: b, kind: level, metric: csat, scale: nps-0-10, below: 50}", "never on", id="other-scale"),
        pytest.param("{name: b, kind: late, mute: {mon-sun: '00:00-24:00'}}", "whole week", id="muted-for-ever"),
        pytest.param(GOOD.strip()[2:].replace("name: a", "name: b"), "watches the same as 'a'", id="twins"),
    ],
)
def test_what_can_never_work_is_found(tmp_path: Path, rule: str, problem: str) -> None:
    loaded = load(written(tmp_path, HEAD + GOOD + f"  - {rule}\n"))
    findings = check([("f", loaded.rules)])["f"]
    assert any(problem in finding.message and finding.level == "error" for finding in findings)
    assert "line 4" in loaded.told(findings[0])


def test_tiers_that_can_fire_are_let_through(tmp_path: Path) -> None:
    """At a goal of 99 % the usual tier needs 14 % bad answers."""
    rule = (
        "  - {name: b, kind: burn, metric: csat, scale: csat-1-5, goal_pct: 99, tiers: [{spent_pct: 2, window_h: 1}]}\n"
    )
    assert check([("f", load(written(tmp_path, HEAD + rule)).rules)])["f"] == []


def test_too_little_traffic_for_a_goal_is_said(tmp_path: Path) -> None:
    rules = load(written(tmp_path, HEAD + GOOD)).rules
    assert check([("f", rules)], a_month=5_000)["f"] == []
    assert "too little traffic" in check([("f", rules)], a_month=200)["f"][0].message


def test_a_receiver_that_nobody_knows_is_found_before_the_night_it_is_needed(tmp_path: Path) -> None:
    loaded = load(written(tmp_path, HEAD + GOOD.replace("}}", "}, receivers: [team, on-cal]}")))
    assert check([("f", loaded.rules)])["f"] == [], "who there is, is not known here"
    (finding,) = check([("f", loaded.rules)], receivers={"team", "on-call"})["f"]
    assert finding.level == "error"
    assert "rules.0.receivers.1: there is no receiver 'on-cal': did you mean 'on-call'?" in loaded.told(finding)


def test_the_shipped_rules_are_sound() -> None:
    loaded = load(SHIPPED)
    assert check([("f", loaded.rules)], a_month=5_000)["f"] == []


def test_files_that_share_a_name_are_not_merged(tmp_path: Path) -> None:
    one, two = (load(written(tmp_path, HEAD + GOOD, name)) for name in ("1.yaml", "2.yaml"))
    with pytest.raises(FileError, match="also in"):
        merged([one, two])


def test_templates_put_in_only_what_there_is() -> None:
    """A template comes from a file anybody may edit."""
    for phrases in TEMPLATES.values():
        for text in phrases.values():
            checked(text)
    with pytest.raises(TemplateError, match=r"\$secret is not known"):
        checked("$where $secret")
    assert TEMPLATES["en"].keys() == TEMPLATES["zh"].keys()
