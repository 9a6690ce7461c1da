"""From rows to events: plain code that knows a mapping and dicts, and neither files nor Kafka.

Each answer cell of a row ends in exactly one class: an event, blank, bad, or held back with its row. Held
back means that something the whole row needs (its date, its channel) cannot be read. Nothing half right is
sent: an event id is for ever, so a wrong event could never be mended by importing the file again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from streams.edges.importer.cells import (
    BadCellError,
    Reader,
    Row,
    as_id,
    cell_text,
    moment_reader,
    number_reader,
    reader,
)
from streams.edges.importer.mapping import Answers, Fields, ImportMapping, Source
from streams.edges.importer.scores import ScoreReader, score_reader

Event = dict[str, Any]
Maker = Callable[[Row], Any]

KEPT_BAD_CELLS = 100
FIELDS = tuple(name for name in Fields.model_fields if name != "blank")
"""Common fields a mapping may fill."""


@dataclass(frozen=True)
class BadCell:
    """A cell that could not be used."""

    row: int
    """As a spreadsheet counts: the header is row 1."""
    column: str
    """Empty where the shape of the whole row is wrong."""
    value: str
    problem: str


@dataclass
class Found:
    """What a file held. Each answer cell of a well-shaped row is in one of events, blanks, bad, held back."""

    rows: int = 0
    events: int = 0
    blanks: int = 0
    bad_answers: int = 0
    """Answer cells that are neither a score nor blank, or whose own further fields cannot be read."""
    held_back: int = 0
    """Answers of rows whose date, id or another common field cannot be read."""
    bad_rows: int = 0
    """Rows of that kind, and rows with more or fewer cells than the header."""
    bad_cells: list[BadCell] = field(default_factory=list)
    """The first hundred of them."""

    def note(self, cell: BadCell) -> None:
        """Keep a bad cell while there is room."""
        if len(self.bad_cells) < KEPT_BAD_CELLS:
            self.bad_cells.append(cell)

    def misshapen(self, row: int, problem: str) -> None:
        """Count a row whose cells cannot be told apart."""
        self.rows += 1
        self.bad_rows += 1
        self.note(BadCell(row, "", "", problem))


@dataclass(frozen=True)
class _Answer:
    """One answer column, made ready."""

    column: str
    blank: frozenset[str]
    score: ScoreReader
    field: str | None
    event_id: Reader
    constants: Event
    own: tuple[tuple[str, Maker], ...]
    """Fields that are not the same for the whole row; they win over the row's."""


class Converter:
    """Turns rows into events by one mapping.

    Args:
        mapping: a checked mapping.
        found: counts what the rows held; a new one by default.
    Raises:
        FileError: the mapping contradicts itself (a blank code that is a score, a column in two entries).
    """

    def __init__(self, mapping: ImportMapping, found: Found | None = None) -> None:
        self.found = Found() if found is None else found
        self._mapping = mapping
        self._moment = moment_reader(mapping.occurred_at)
        self._whole_row = _whole_row(mapping)
        self._row_makers = [(name, _maker(mapping, name, "")) for name in self._whole_row]
        self._answers: dict[tuple[str, ...], list[_Answer]] = {}
        self._by_pattern = any(entry.pattern for entry in mapping.answers)
        self.answers_for(())

    def row(self, number: int, row: Row) -> Iterator[Event]:
        """Events of one row.

        Args:
            number: position in the file for people, counted from 1.
            row: cells by column name: texts, or plain JSON values. A missing column is an empty cell.
        """
        found = self.found
        found.rows += 1
        answers = self.answers_for(tuple(row) if self._by_pattern else ())
        try:
            common: Event = {"occurred_at": self._moment(row), "producer": self._mapping.producer}
            for name, make in self._row_makers:
                value = make(row)
                if value is not None:
                    common[name] = value
        except BadCellError as bad:
            found.bad_rows += 1
            found.note(BadCell(number, bad.column, bad.value, bad.problem))
            for answer in answers:
                if _is_blank(answer, row):
                    found.blanks += 1
                else:
                    found.held_back += 1
            return
        for answer in answers:
            try:
                event = _event(answer, row, common)
            except BadCellError as bad:
                found.bad_answers += 1
                found.note(BadCell(number, bad.column, bad.value, bad.problem))
                continue
            if event is None:
                found.blanks += 1
            else:
                found.events += 1
                yield event

    def answers_for(self, header: tuple[str, ...]) -> list[_Answer]:
        """The answer columns of a file with this header.

        Raises:
            FileError: two entries of the mapping take the same column.
        """
        if header not in self._answers:
            taken: dict[str, int] = {}
            answers = []
            for index, entry in enumerate(self._mapping.answers):
                for column in entry.taken(header):
                    if column in taken:
                        raise self._mapping.error(
                            ("answers", index),
                            f"column {column!r} is taken by answers[{taken[column]}] too; its event ids would clash",
                        )
                    taken[column] = index
                    answers.append(_answer(self._mapping, index, entry, column, self._whole_row))
            self._answers = {header: answers}  # one kept: a stranger's rows must not fill the memory
        return self._answers[header]


def events(
    mapping: ImportMapping, rows: Iterable[Row], found: Found | None = None, *, first_row: int = 2
) -> Iterator[Event]:
    """Events of many rows, one by one, as JSON-ready dicts.

    Args:
        mapping: a checked mapping.
        rows: cells by column name.
        found: counts what the rows held.
        first_row: number of the first row for people; 2 in a file with a header.
    """
    converter = Converter(mapping, found)
    for number_, row in enumerate(rows, start=first_row):
        yield from converter.row(number_, row)


def _is_blank(answer: _Answer, row: Row) -> bool:
    try:
        code = cell_text(row, answer.column)
    except BadCellError:
        return False
    return not code or code in answer.blank


def _event(answer: _Answer, row: Row, common: Event) -> Event | None:
    """The event of one answer cell; None where it is blank."""
    code = cell_text(row, answer.column)
    if not code or code in answer.blank:
        return None
    score = answer.score.read(code)
    if score is None:
        raise BadCellError(answer.column, code, answer.score.problem)
    event = {"event_id": as_id(answer.event_id(row) or ""), **common, **answer.constants}
    for name, make in answer.own:
        value = make(row)
        if value is None:
            event.pop(name, None)
        else:
            event[name] = value
    if answer.field:
        event[answer.field] = score
    return event


def _answer(mapping: ImportMapping, index: int, entry: Answers, column: str, whole_row: list[str]) -> _Answer:
    """One answer column, with everything that does not depend on the row worked out."""
    constants: Event = {"kind": entry.kind}
    for name in ("scale", "direction"):
        if getattr(entry, name) is not None:
            constants[name] = getattr(entry, name)
    makers: list[tuple[str, list[Source], Maker]] = []
    for name in FIELDS:
        owner: Fields = entry if getattr(entry, name) is not None else mapping
        if getattr(owner, name) is not None and not (owner is mapping and name in whole_row):
            makers.append((name, _sources(owner, name), _maker(owner, name, column)))
    if entry.touchpoint is None and mapping.touchpoint is None:
        constants["touchpoint"] = column.lower()
    makers += [(name, [source], reader(source, column)) for name, source in entry.texts.items()]
    makers += [(name, [source], number_reader(source, column)) for name, source in entry.numbers.items()]
    own = []
    for name, sources, make in makers:
        if any(source.columns() for source in sources):
            own.append((name, make))
        else:
            constants[name] = make({})
    score = score_reader(mapping, index)
    blank = entry.blank if entry.blank is not None else mapping.blank or ()
    for code in blank:
        if entry.cell_field() and score.read(code) is not None:
            place = ("answers", index, "blank") if entry.blank is not None else ("answers", index)
            raise mapping.error(place, f"code {code!r} means blank and is a score too; give this entry its own `blank`")
    return _Answer(
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


def _whole_row(mapping: ImportMapping) -> list[str]:
    """Top-level fields that are read once for all answers of a row."""
    sources = {name: _sources(mapping, name) for name in FIELDS}
    return [
        name
        for name, parts in sources.items()
        if any(part.columns() for part in parts) and not any(part.names_the_answer() for part in parts)
    ]


def _maker(fields: Fields, name: str, column: str) -> Maker:
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
