"""Colours and words of texts in Grafana: value mappings, by how a text begins and by the phrases of another language.

Why mappings and not other SQL: one statement serves every language, and a colour goes by what the SQL says. Grafana
takes the first mapping that fits, puts `^` and `$` around its pattern and fills `$1` in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grafana_foundation_sdk.models import dashboard as model

from dashboards.colours import COLOURS
from dashboards.panel import Tone
from dashboards.said import NUMBERS, Rule, escaped

Tones = Sequence[tuple[str, Tone]]


def mappings(tones: Tones, rules: Sequence[Rule] = ()) -> list[model.ValueMapping]:
    """Mappings of a column.

    Args:
        tones: text that starts with this has this tone.
        rules: phrases that are shown in other words; they keep their tone.
    """
    found = [one for rule in rules for one in _said(rule, tones)]
    found += [(f"^{escaped(text)}.*", None, tone) for text, tone in tones]
    return [
        model.RegexMap(
            model.DashboardRegexMapOptions(
                pattern=pattern,
                result=model.ValueMappingResult(text=text, color=COLOURS.get(tone) if tone else None, index=index),
            )
        )
        for index, (pattern, text, tone) in enumerate(found)
    ]


def _said(rule: Rule, tones: Tones) -> Iterator[tuple[str, str | None, Tone | None]]:
    """(pattern, what is shown, tone) of a phrase; once for each tone that a text of it may have."""
    shown = rule.filled("$")
    for start, tone in tones:
        match _begins(rule.phrase, start):
            case True:
                yield f"^{rule.pattern}$", shown, tone
                return
            case None:
                yield f"^(?={escaped(start)}){rule.pattern}$", shown, tone
    yield f"^{rule.pattern}$", shown, None


def _begins(phrase: str, start: str) -> bool | None:
    """Whether each text of this phrase begins so; None: some do."""
    for place, sign in enumerate(start):
        here = phrase[place : place + 1]
        if here == NUMBERS:
            return False if any(letter.isascii() and letter.isalpha() for letter in start[place:]) else None
        if here == "*":
            return None
        if here != sign:
            return False
    return True
