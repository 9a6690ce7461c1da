"""A file and its mapping, checked against each other and ready to be turned into events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.decode import Decoder
from streams.edges.importer.check import check
from streams.edges.importer.convert import Converter
from streams.edges.importer.formats import look_through
from streams.edges.importer.found import Found
from streams.edges.importer.mapping import ImportMapping
from streams.edges.importer.plan import Event
from streams.edges.importer.rows import SurveyFile


@dataclass(frozen=True)
class Survey:
    """A survey file that fits its mapping."""

    file: SurveyFile
    mapping: ImportMapping

    @classmethod
    def open(cls, file: Path, mapping_file: Path, decoder: Decoder | None = None) -> Survey:
        """Check the mapping, look through the file, and hold one against the other.

        Args:
            file: CSV, NDJSON or a spreadsheet; see `formats`.
            mapping_file: a YAML file; see `ImportMapping`.
            decoder: the contract with the catalogue in force; the built-in names by default.
        Raises:
            FileError: names file, line or row, and field.
        """
        mapping = ImportMapping.read(mapping_file)
        check(mapping, decoder or Decoder())
        table = look_through(file, mapping.file)
        table.check_columns(mapping)
        return cls(table, mapping)

    def events(self, found: Found, *, limit: int | None = None) -> Iterator[Event]:
        """Events in file order. The same file and mapping always give the same events.

        Args:
            found: counts what the rows held.
            limit: how many rows to read at most.
        """
        converter = Converter(self.mapping, found)
        for number, row in self.file.rows():
            if limit is not None and found.rows >= limit:
                return
            if isinstance(row, str):
                found.leave_out(number, row)
            else:
                yield from converter.row(number, row)
