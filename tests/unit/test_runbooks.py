"""Runbooks for people woken at night: every command in them exists, and every rule shipped leads to one."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from typer.main import get_command

import deploy
from streams.cli import app
from streams.pure.alerting.rules import AnyRule

DEPLOY = Path(deploy.__file__).parent
RUNBOOKS = sorted((DEPLOY / "runbooks").glob("*.md"))
RULES = sorted(path for path in (DEPLOY / "rules").glob("*.yaml") if not path.name.endswith(".test.yaml"))
KINDS = {get_args(kind.model_fields["kind"].annotation)[0] for kind in get_args(AnyRule)}
PROGRAM: Any = get_command(app)
COMMAND = re.compile(r"`(touchpulse [^`]+)`")


def refused(command: str) -> str:
    """Why a command line is none of ours; '' if it is. Nothing is run."""
    words = ["1" if word == "..." else word for word in shlex.split(command)[1:]]
    if not words:
        return "names no command"
    found = PROGRAM
    while hasattr(found, "commands"):
        if not words:
            return ""  # a group by its name
        if words[0] not in found.commands:
            return f"there is no command {words[0]!r}"
        found = found.commands[words.pop(0)]
    try:
        found.make_context(found.name, words)
    except Exception as error:  # whichever the library of the day raises for a wrong option
        return f"{type(error).__name__}: {error}"
    return ""


@pytest.mark.parametrize("path", RUNBOOKS, ids=[path.stem for path in RUNBOOKS])
def test_every_command_in_a_runbook_exists_with_its_options(path: Path) -> None:
    """Found out at night, a misspelt option costs more than the alert."""
    commands = COMMAND.findall(" ".join(path.read_text().split()))
    assert commands or path.stem not in KINDS
    assert {command: why for command in commands if (why := refused(command))} == {}


@pytest.mark.parametrize(
    "command",
    ["touchpulse alert list", "touchpulse alerts why ID --loud", "touchpulse silences add --until 2h", "touchpulse"],
)
def test_a_command_that_is_not_ours_is_found(command: str) -> None:
    """The test above must be able to fail."""
    assert refused(command)


def test_every_kind_of_rule_has_a_runbook() -> None:
    assert {path.stem for path in RUNBOOKS} >= KINDS


@pytest.mark.parametrize("path", RULES, ids=[path.stem for path in RULES])
def test_every_rule_shipped_leads_to_the_runbook_of_its_kind(path: Path) -> None:
    rules = yaml.safe_load(path.read_text())["rules"]
    assert rules
    for rule in rules:
        assert rule.get("runbook") == f"{rule['kind']}.md", rule["name"]
        assert (DEPLOY / "runbooks" / rule["runbook"]).exists()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_runbook_says_what_to_do_and_fits_on_a_screen(kind: str) -> None:
    """Who has to scroll through an essay at night does something else instead."""
    path = DEPLOY / "runbooks" / f"{kind}.md"
    text = path.read_text()
    assert text.startswith(f"# {kind}: ")
    assert "## The first five minutes" in text
    assert "## Decide" in text
    assert "## When it is over" in text
    assert len(text.splitlines()) <= 60
    for other in re.findall(r"\b(\w+\.md)\b", text):
        assert (path.parent / other).exists(), other
