"""Boards in another language: every word of a definition that a reader sees, looked up in a dictionary.

The dictionary is keyed by the English text, so that an English text that changes is missed at once. A text without a
translation stays English: a board is never without words. A test names all that lack one, and all that no board uses.

SQL stays as it is, so the words it makes (reasons, verdicts) come in English; said.py turns the fixed ones where they
are drawn.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache

from dashboards.panel import Axis, Board, Column, Line, Panel, Plane, Variable
from streams.edges.errors import UserError

LANGUAGES = ("en", "zh")
Translate = Callable[[str], str]


class LanguageError(UserError):
    """There is no dictionary of that language. Says which there are."""


@cache
def words_of(language: str) -> Mapping[str, str]:
    """The dictionary: English text to the other. A file a board in dashboards/<language>, as `WORDS`.

    Raises:
        LanguageError: no such language.
    """
    if language not in LANGUAGES:
        raise LanguageError(f"--lang is one of {', '.join(LANGUAGES)}, not {language!r}")
    if language == "en":
        return {}
    package = importlib.import_module(f"dashboards.{language}")
    found: dict[str, str] = {}
    for module in pkgutil.iter_modules(package.__path__):
        found |= getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "WORDS", {})
    return found


def in_language(board: Board, language: str) -> Board:
    """An English board as readers of a language see it; its SQL, uid and ids stay.

    Raises:
        LanguageError: no such language.
    """
    if language == board.language:
        return board
    other = translated(board, words_of(language))
    panels = tuple(replace(panel, language=language) for panel in other.panels)
    return replace(other, language=language, panels=panels)


def translated(board: Board, words: Mapping[str, str]) -> Board:
    """The board with its words looked up."""

    def say(text: str) -> str:
        return words.get(text, text)

    return replace(
        board,
        title=say(board.title),
        question=say(board.question),
        panels=tuple(_panel(panel, say) for panel in board.panels),
        variables=tuple(_variable(variable, say) for variable in board.variables),
        annotations=tuple(replace(one, name=say(one.name)) for one in board.annotations),
    )


def texts(board: Board) -> Iterator[str]:
    """Every text of a definition that a reader sees, but empty ones and bare variables such as $channel."""
    seen: list[str] = []

    def say(text: str) -> str:
        seen.append(text)
        return text

    translated(board, _Listening(say))
    yield from (text for text in dict.fromkeys(seen) if text and not text.startswith("$"))


class _Listening(dict[str, str]):
    """A dictionary that only notes what is looked up."""

    def __init__(self, say: Translate) -> None:
        super().__init__()
        self._say = say

    def get(self, key: str, default: str = "") -> str:  # type: ignore[override]  # narrower on purpose
        return self._say(key)


def _panel(panel: Panel, say: Translate) -> Panel:
    return replace(
        panel,
        title=say(panel.title),
        question=say(panel.question),
        empty=say(panel.empty),
        columns=tuple(_column(column, say) for column in panel.columns),
        states=tuple(replace(state, title=say(state.title)) for state in panel.states),
        plane=_plane(panel.plane, say) if panel.plane else None,
    )


def _column(column: Column, say: Translate) -> Column:
    link = replace(column.link, title=say(column.link.title)) if column.link else None
    return replace(column, title=say(column.title), link=link)


def _plane(plane: Plane, say: Translate) -> Plane:
    def axis(one: Axis) -> Axis:
        return replace(one, title=say(one.title))

    def line(one: Line) -> Line:
        return replace(one, title=say(one.title))

    top_left, top_right, bottom_left, bottom_right = plane.corners
    return replace(
        plane,
        x=axis(plane.x),
        y=axis(plane.y),
        lines=tuple(line(one) for one in plane.lines),
        corners=(say(top_left), say(top_right), say(bottom_left), say(bottom_right)),
    )


def _variable(variable: Variable, say: Translate) -> Variable:
    if variable.fixed:
        return variable  # never shown
    choices = tuple((say(text), value) for text, value in variable.choices)
    return replace(variable, label=say(variable.label), choices=choices)
