"""From rows to events: plain code that knows a mapping and dicts, and neither files nor Kafka.

Each answer cell of a row ends in exactly one class: an event, blank, bad, or held back with its row. Held
back means that something the whole row needs (its date, its channel) cannot be read. Nothing half right is
sent: an event id is for ever, so a wrong event could never be mended by importing the file again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from streams.edges.importer.cells import BadCellError, Row, as_id, cell_text, moment_reader, reader
from streams.edges.importer.found import BadCell, Found
from streams.edges.importer.mapping import ImportMapping
from streams.edges.importer.plan import AnswerPlan, Event, answer_plan, maker, whole_row


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
        self._check_id = reader(mapping.event_id, "any", required=True)
        self._whole_row = whole_row(mapping)
        self._row_makers = [(name, maker(mapping, name, "")) for name in self._whole_row]
        self._answers: dict[tuple[str, ...], list[AnswerPlan]] = {}
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
            self._check_id(row)
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

    def answers_for(self, header: tuple[str, ...]) -> list[AnswerPlan]:
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
                        clash = f"takes column {column!r} as answers[{taken[column]}] does: ids would clash"
                        raise self._mapping.error(("answers", index), clash)
                    taken[column] = index
                    answers.append(answer_plan(self._mapping, index, column, self._whole_row))
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
    for number, row in enumerate(rows, start=first_row):
        yield from converter.row(number, row)


def _is_blank(answer: AnswerPlan, row: Row) -> bool:
    try:
        code = cell_text(row, answer.column)
    except BadCellError:
        return False
    return not code or code in answer.blank


def _event(answer: AnswerPlan, row: Row, common: Event) -> Event | None:
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
