"""A mapping made ready for rows: what depends on the mapping alone is worked out once, not for each cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from streams.edges.importer.cells import BadCellError, Reader, Row, number_reader, reader
from streams.edges.importer.mapping import Fields, ImportMapping
from streams.edges.importer.marked_yaml import Place
from streams.edges.importer.parts import Source
from streams.edges.importer.scores import ScoreReader, score_reader

Event = dict[str, Any]
Maker = Callable[[Row], Any]

FIELDS = tuple(name for name in Fields.model_fields if name != "blank")
"""Common fields a mapping may fill."""


@dataclass(frozen=True)
class AnswerPlan:
    """One answer column, made ready."""

    column: str
    blank: frozenset[str]
    score: ScoreReader
    field: str | None
    event_id: Reader
    constants: Event
    own: tuple[tuple[str, Maker], ...]
    """Fields that are not the same for the whole row; they win over the row's."""


def answer_plan(mapping: ImportMapping, index: int, column: str, whole_row: list[str]) -> AnswerPlan:
    """One answer column, with everything that does not depend on the row worked out.

    Args:
        mapping: the mapping.
        index: which entry of its `answers` takes the column.
        column: name of the column.
        whole_row: the fields that `whole_row` names; they are left to the row.
    Raises:
        FileError: unknown scale or direction, or a code that means blank and is a score as well.
    """
    entry = mapping.answers[index]
    constants: Event = {"kind": entry.kind}
    for name in ("scale", "direction"):
        if getattr(entry, name) is not None:
            constants[name] = getattr(entry, name)
    makers: list[tuple[str, list[Source], Maker]] = []
    for name in FIELDS:
        owner: Fields = entry if getattr(entry, name) is not None else mapping
        if getattr(owner, name) is not None and not (owner is mapping and name in whole_row):
            makers.append((name, _sources(owner, name), maker(owner, name, column)))
    if entry.touchpoint is None and mapping.touchpoint is None:
        constants["touchpoint"] = column.lower()
    makers += [(name, [source], reader(source, column)) for name, source in entry.texts.items()]
    makers += [(name, [source], number_reader(source, column)) for name, source in entry.numbers.items()]
    own = []
    for name, sources, make in makers:
        if any(source.columns() for source in sources):
            own.append((name, make))
            continue
        try:
            constants[name] = make({})
        except BadCellError as bad:  # a constant weight that is no number
            at_top = name in FIELDS and getattr(entry, name) is None
            place: Place = (name,) if at_top else ("answers", index, name)
            raise mapping.error(place, f"{bad.value!r} {bad.problem}") from None
    score = score_reader(mapping, index)
    blank = entry.blank if entry.blank is not None else mapping.blank or ()
    for code in blank:
        if entry.cell_field() and score.read(code) is not None:
            place = ("answers", index, "blank") if entry.blank is not None else ("answers", index)
            raise mapping.error(place, f"code {code!r} means blank and is a score too; give this entry its own `blank`")
    return AnswerPlan(
        column=column,
        blank=frozenset(blank),
        score=score,
        field=entry.cell_field(),
        event_id=reader(mapping.event_id, column, required=True),
        constants=constants,
        own=tuple(own),
    )


def _sources(fields: Fields, name: str) -> list[Source]:
    """What a field is made from."""
    value = getattr(fields, name)
    if value is None:
        return []
    if name == "question":
        return [value.id, *([value.version] if value.version else [])]
    return list(value.values()) if name == "attributes" else [value]


def whole_row(mapping: ImportMapping) -> list[str]:
    """Top-level fields that are read once for all answers of a row."""
    sources = {name: _sources(mapping, name) for name in FIELDS}
    return [
        name
        for name, parts in sources.items()
        if any(part.columns() for part in parts) and not any(part.names_the_answer() for part in parts)
    ]


def maker(fields: Fields, name: str, column: str) -> Maker:
    """How a field's value is made from a row; None leaves the field out."""
    if name == "question" and fields.question is not None:
        read_id = reader(fields.question.id, column)
        version = fields.question.version
        read_version = reader(version, column) if version else lambda row: None
        return lambda row: {"id": id_, "version": read_version(row)} if (id_ := read_id(row)) else None
    if name == "attributes" and fields.attributes is not None:
        readers = {key: reader(source, column) for key, source in fields.attributes.items()}
        return lambda row: {key: text for key, read in readers.items() if (text := read(row)) is not None} or None
    source: Source = getattr(fields, name)
    if name == "weight":
        return number_reader(source, column)
    return reader(source, column, required=name == "channel")
