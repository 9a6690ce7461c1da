"""What the code in an answer cell stands for, and which codes are none.

The scales come from the contract's own table, so that a range is declared in one place only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from schemas.answers import FEELINGS, RULES_BY_KIND, AnswerRule
from schemas.scales import SCALES
from streams.edges.importer.cells import number
from streams.edges.importer.mapping import Answers, ImportMapping
from streams.edges.importer.marked_yaml import nearest

Score = float | bool | str
"""JSON value of the field: int where whole."""

YES_NO = {"0": False, "1": True, "false": False, "true": True}


@dataclass(frozen=True)
class ScoreReader:
    """Reads the codes of one column."""

    read: Callable[[str], Score | None]
    """The score of a code; None for a code that is no score."""
    problem: str
    """What to say of such a code: `is not a whole number from 1 to 5`."""
    example: Score
    """Some value the field may have."""


def score_reader(mapping: ImportMapping, index: int) -> ScoreReader:
    """How the cells of an entry of `answers` are read.

    Raises:
        FileError: unknown scale or direction; a mapped value that is off the scale.
    """
    entry = mapping.answers[index]
    field = entry.cell_field()
    if field is None:
        return ScoreReader(lambda code: True, "", True)
    plain = _plain_reader(_rule(mapping, index, entry, field))
    table: dict[str, Score] = {}
    for code, meaning in entry.map.items():
        score = plain.read(meaning)
        if score is None:
            raise mapping.error(("answers", index, "map", code), f"{meaning!r} {plain.problem}")
        table[code] = score
    if not table:
        return plain
    return ScoreReader(
        lambda code: table[code] if code in table else plain.read(code),
        f"{plain.problem}, nor in its map",
        plain.example,
    )


def _rule(mapping: ImportMapping, index: int, entry: Answers, field: str) -> AnswerRule | None:
    """The row of the contract's table for this entry; None where the field is no answer (an amount)."""
    rules = [rule for rule in RULES_BY_KIND.get(entry.kind, ()) if rule.field == field]
    for name in ("direction", "scale"):
        given = getattr(entry, name)
        known_values = list(dict.fromkeys(rule.where[name] for rule in rules if name in rule.where))
        if not known_values and given is not None:
            raise mapping.error(("answers", index, name), f"{entry.kind} has no {name}")
        if known_values and given not in known_values:
            said = f"unknown {given!r}{nearest(given, known_values)}" if given else "is missing"
            what = f"{entry.kind} {entry.direction}" if name == "scale" and entry.direction else entry.kind
            raise mapping.error(("answers", index, name), f"{said}; {what} knows: {', '.join(known_values)}")
        rules = [rule for rule in rules if rule.where.get(name) == given]
    return rules[0] if rules else None


def _plain_reader(rule: AnswerRule | None) -> ScoreReader:
    """Reads codes that are the value itself."""
    if rule is None:
        return ScoreReader(number, "is not a number", 1)
    if rule.field == "feeling":
        return ScoreReader(lambda code: code if code in FEELINGS else None, "is not a known feeling", "calm")
    if rule.scale == "yes-no":
        return ScoreReader(lambda code: YES_NO.get(code.casefold()), "is not 0, 1, true or false", True)
    if rule.field == "wait_s":
        return _within(0, float("inf"), "is not a number of seconds from 0 up")
    if rule.field == "valence":
        return _within(-1, 1, "is not a number from -1 to 1")
    scale = SCALES[rule.scale]
    ready = {str(score): score for score in range(scale.low, scale.high + 1)}

    def read_whole(code: str) -> Score | None:
        if code in ready:
            return ready[code]
        score = number(code)  # spreadsheets write 5.0
        return score if isinstance(score, int) and scale.low <= score <= scale.high else None

    return ScoreReader(read_whole, f"is not a whole number from {scale.low} to {scale.high}", scale.low)


def _within(low: float, high: float, problem: str) -> ScoreReader:
    def read(code: str) -> Score | None:
        score = number(code)
        return score if score is not None and low <= score <= high else None

    return ScoreReader(read, problem, low)
