"""How a survey export becomes events: the mapping file as a checked model.

One row of a file may hold many answers. The mapping says which cells are answers, on which scale, and
from which cells (or constants) the common fields come. It knows nothing of CSV or Kafka, so that other
file types and webhook bodies can use the same mapping.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from pydantic import Field, PrivateAttr, model_validator

from streams.edges.errors import FileError
from streams.edges.importer import marked_yaml
from streams.edges.importer.marked_yaml import Part, Place
from streams.edges.importer.parts import FileShape, Source, When

SCORED_KINDS = ("csat", "ces", "nps")
"""Kinds whose answer is their field `score`."""


class Question(Part):
    """Which question, in which wording, was answered."""

    id: Source = Source(text="{column}")
    """By default the name of the answer's column, in lower case."""
    version: Source | None = None


class Fields(Part):
    """Common fields of an event: at the top for all answers; an entry of `answers` may set its own."""

    channel: Source | None = None
    touchpoint: Source | None = None
    """By default the name of the answer's column, in lower case."""
    stage: Source | None = None
    location: Source | None = None
    segment: Source | None = None
    customer: Source | None = None
    """A pseudonym: never a name, an address or a number that others know the person by."""
    respondent: Source | None = None
    element: Source | None = None
    comment: Source | None = None
    weight: Source | None = None
    """A survey weight; an empty cell counts as 1."""
    question: Question | None = None
    attributes: dict[str, Source] | None = None
    blank: tuple[str, ...] | None = None
    """Codes that mean "not answered". An empty cell always does."""


class Answers(Fields):
    """Columns that hold answers of one kind."""

    columns: tuple[str, ...] = ()
    """Names of the columns."""
    pattern: re.Pattern[str] | None = None
    """Instead of `columns`: a regular expression that the whole name of a column matches."""
    kind: str
    """Kind of event, such as csat, ces, nps, rating, trust."""
    scale: str | None = None
    direction: str | None = None
    field: str | None = None
    """Field of the event that takes the cell: `score` by default for csat, ces and nps; for a rating, say,
    `experience`. None: a filled cell only says that it happened (a visit, an invitation)."""
    map: dict[str, str] = Field(default_factory=dict)
    """What a code means where it is not the score itself: `Very satisfied: 5`."""
    texts: dict[str, Source] = Field(default_factory=dict)
    """Further text fields of the kind, such as `aspect: price`."""
    numbers: dict[str, Source] = Field(default_factory=dict)
    """Further number fields of the kind, from columns or constants."""

    @model_validator(mode="after")
    def _has_columns(self) -> Self:
        if bool(self.columns) == (self.pattern is not None):
            raise ValueError("give either `columns` or `pattern`")
        return self

    def cell_field(self) -> str | None:
        """Field that takes the cell, with its default."""
        return self.field or ("score" if self.kind in SCORED_KINDS else None)

    def taken(self, header: tuple[str, ...]) -> list[str]:
        """Its columns: those named, or those of the header that match the pattern, in file order."""
        if self.pattern is None:
            return list(self.columns)
        return [name for name in header if self.pattern.fullmatch(name)]


class ImportMapping(Fields):
    """A whole mapping file."""

    file: FileShape = FileShape()
    producer: str = Field(min_length=1)
    """Name under which the events are known. Together with `event_id` it tells answers apart, for ever."""
    event_id: Source
    """Made from cells that never change, so that importing the file again gives the same ids."""
    occurred_at: When
    answers: tuple[Answers, ...] = Field(min_length=1)

    _marked: marked_yaml.Marked | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        several = len(self.answers) > 1 or self.answers[0].pattern or len(self.answers[0].columns) > 1
        if several and not self.event_id.names_the_answer():
            raise marked_yaml.mistake("event_id", "must contain {column}: a row has several answers")
        if not self.event_id.columns():
            raise marked_yaml.mistake("event_id", "must contain a column that tells rows apart, like {ID}")
        return self

    @classmethod
    def read(cls, file: Path) -> Self:
        """A mapping from its YAML file.

        Raises:
            FileError: names file, line, field, and the nearest known name.
        """
        marked = marked_yaml.read(file)
        mapping = marked_yaml.validated(cls, marked)
        mapping._marked = marked
        return mapping

    def error(self, place: Place, message: str) -> FileError:
        """A mistake in a part of this mapping; names file and line where it came from a file."""
        if self._marked is not None:
            return self._marked.error(place, message)
        return FileError(f"mapping: {marked_yaml.dotted(place)}: {message}")

    def references(self) -> Iterator[tuple[Place, str]]:
        """Each column the mapping names, with the place where it does."""
        yield from _references(self, ())


def _references(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, Source):
        for name in value.columns():
            yield (*place, "column") if value.column else place, name
    elif isinstance(value, Part):
        if isinstance(value, Answers):
            for index, name in enumerate(value.columns):
                yield (*place, "columns", index), name
        for key in type(value).model_fields:
            yield from _references(getattr(value, key), (*place, key))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _references(item, (*place, key))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _references(item, (*place, index))
