"""Words that a definition does not hold, in the reader's language: those of rows, and the screens' own.

Why apart from lang.py: a definition is translated once, but a reason or a verdict comes with each answer of the store.
The SQL stays the same in every language, so both screens turn the fixed words where they draw them, by the same rules:
the page by `said`, Grafana by value mappings made of `rules`. A rule is a phrase and what is shown for it. In both, `#`
stands for what holds no letters (numbers, signs, blanks), `*` for anything; a rule counts only where it fits the whole
text, and only in panels whose SQL says all of the phrase's words. So a name or a comment that a customer wrote is
left alone unless it is exactly such a phrase.

What stays English: names and codes that people or producers gave; reasons that the alert engine wrote down when it
told an alert; the words of annotations, which Grafana gives no way to map; and cells whose words are put together in
more ways than anybody would list.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from dashboards.panel import Panel, Picture

NUMBERS, ANYTHING = "#", "*"
_GROUPS = {NUMBERS: "([^A-Za-z]*)", ANYTHING: "(.*)"}
_QUOTED = re.compile(r"'((?:[^'\\]|\\.|'')*)'")
_WORD = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """What is shown for a phrase. Both have the same `#` and `*`, in the same order."""

    phrase: str
    shown: str

    @property
    def pattern(self) -> str:
        """As a regular expression that Python and JavaScript read alike; a group for each `#` and `*`."""
        return "".join(_GROUPS.get(part) or escaped(part) for part in re.split(r"([#*])", self.phrase))

    def filled(self, reference: str) -> str:
        """What is shown, with references to the groups: `reference` is `$` in JavaScript, a backslash in Python."""
        parts = re.split(r"[#*]", self.shown)
        return parts[0] + "".join(f"{reference}{number}{part}" for number, part in enumerate(parts[1:], 1))


def escaped(text: str) -> str:
    """Text as a regular expression of JavaScript, which knows fewer escapes than Python."""
    return re.sub(r"([.*+?^${}()|\[\]\\/])", r"\\\1", text)


def said(words: str, panel: Panel, column: str) -> str:
    """Words of a row as this panel's readers are told them; as they are where no rule fits."""
    if panel.language == "en" or column in _sources(panel):
        return words
    return _turned(words, panel.language, panel.sql, column)


def rules(panel: Panel, column: str) -> tuple[Rule, ...]:
    """The rules for the words of one column, the most definite first; none in English.

    None either for a column that a link hands on: Grafana would hand on what is shown, which the other board would
    not know.
    """
    if panel.language == "en" or column in _sources(panel):
        return ()
    return _rules(panel.language, panel.sql, column)


def fixed(text: str, language: str) -> str:
    """A text that the screens have of their own, in a language; English where it lacks one."""
    return text if language == "en" else _table(language, "screens", "SCREENS").get(text, text)


def _sources(panel: Panel) -> set[str]:
    if panel.picture is Picture.MATRIX:
        return set()  # its links hand on the value, not what is shown
    return {name for column in panel.columns if column.link for _, name in column.link.set_from}


def _table(language: str, module: str, name: str) -> Mapping[str, str]:
    found: Mapping[str, str] = getattr(importlib.import_module(f"dashboards.{language}.{module}"), name)
    return found


@cache
def _rules(language: str, sql: str, column: str) -> tuple[Rule, ...]:
    spoken = spoken_words(sql)
    phrases = {
        phrase: shown
        for phrase, shown in _table(language, "rows", "ROWS").items()
        if set(_WORD.findall(phrase)) <= spoken
    }
    values = importlib.import_module(f"dashboards.{language}.rows").VALUES.get(column, {})
    return tuple(Rule(*pair) for pair in sorted({**phrases, **values}.items(), key=lambda pair: _place(pair[0])))


def spoken_words(sql: str) -> set[str]:
    """The words in the texts that a statement holds."""
    return {word for text in _QUOTED.findall(sql) for word in _WORD.findall(text)}


def _place(phrase: str) -> tuple[bool, bool, int, str]:
    return ANYTHING in phrase, NUMBERS in phrase, -len(phrase), phrase


@lru_cache(maxsize=8_192)
def _turned(words: str, language: str, sql: str, column: str) -> str:
    for rule in _rules(language, sql, column):
        found = re.fullmatch(rule.pattern, words)
        if found:
            return found.expand(rule.filled("\\"))
    return words
