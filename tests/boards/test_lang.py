"""Boards in Chinese: whole, and the same boards."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

import dashboards.zh
from dashboards.grafana import GENERATED
from dashboards.lang import LanguageError, in_language, texts, translated, words_of
from dashboards.library import BOARDS
from dashboards.panel import Board
from streams.cli import app
from streams.edges.errors import UserError

EACH = pytest.mark.parametrize("one", [pytest.param(board, id=board.uid) for board in BOARDS])
KEPT = re.compile(r"\d+(?:\.\d+)?|`[^`]+`|\$\w+|▲|▼|●|○|◆")
"""What a translation must say as well: numbers, commands, variables and signs."""


@EACH
def test_a_board_has_no_english_left(one: Board) -> None:
    """A text that is new, or was changed in English alone, turns up here: add it to dashboards/zh."""
    words = words_of("zh")
    assert [text for text in texts(one) if text not in words] == []


def test_no_translation_is_left_over() -> None:
    """Of a text that no board says any more: take it out of dashboards/zh."""
    said = {text for board in BOARDS for text in texts(board)}
    assert [text for text in words_of("zh") if text not in said] == []


def test_a_text_is_translated_once() -> None:
    """Two files with the same text would overrule each other: what several boards say stands in shared.py."""
    names = [module.name for module in pkgutil.iter_modules(dashboards.zh.__path__)]
    found = [text for name in names for text in getattr(importlib.import_module(f"dashboards.zh.{name}"), "WORDS", ())]
    assert sorted({text for text in found if found.count(text) > 1}) == []


def test_a_translation_keeps_numbers_signs_and_commands() -> None:
    """A bound that was moved in one language is two truths."""
    kept = [(en, zh, Counter(KEPT.findall(en)) - Counter(KEPT.findall(zh))) for en, zh in words_of("zh").items()]
    assert [one for one in kept if one[2]] == []


@EACH
def test_only_words_change(one: Board) -> None:
    """SQL, ids and uids are the same in each language: links and alert rules point at them."""
    other = in_language(one, "zh")
    assert other.uid == one.uid
    assert [(panel.id, panel.queries) for panel in other.panels] == [(panel.id, panel.queries) for panel in one.panels]
    assert [variable.choices for variable in other.variables if variable.fixed] == [
        variable.choices for variable in one.variables if variable.fixed
    ]
    assert in_language(one, "en") is one
    assert translated(one, words_of("en")) == one


def test_the_program_writes_chinese_boards(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["boards", "build", "--lang", "zh", "--to", str(tmp_path)])
    assert done.exit_code == 0, done.output
    made = json.loads((tmp_path / "touchpulse-key-experience.json").read_text())
    assert "差值三角" in [panel["title"] for panel in made["panels"]]
    assert "Touchpulse · 总览" in [link["title"] for link in made["links"]]
    assert made["uid"] == json.loads((GENERATED / "touchpulse-key-experience.json").read_text())["uid"]
    assert CliRunner().invoke(app, ["boards", "diff", "--lang", "zh", "--to", str(tmp_path)]).exit_code == 0


@pytest.mark.parametrize("command", ["build", "diff"])
def test_english_files_are_not_written_over(command: str) -> None:
    """Grafana loads them: another language needs a folder of its own."""
    done = CliRunner().invoke(app, ["boards", command, "--lang", "zh"])
    assert isinstance(done.exception, UserError)
    assert "--to" in str(done.exception)


def test_an_unknown_language_says_which_there_are() -> None:
    with pytest.raises(LanguageError, match="en, zh"):
        words_of("fr")
