"""Survey files as rows of named cells, and a CSV file read so that nothing in it is misread in silence.

The whole file is looked through before anything is sent: a wrong encoding or a quote that never closes is
found at once, and not after half of the answers. Files may be larger than memory; rows come one by one.
"""

from __future__ import annotations

import codecs
import csv
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from streams.edges.errors import FileError
from streams.edges.importer.mapping import ImportMapping
from streams.edges.importer.marked_yaml import nearest
from streams.edges.importer.parts import FileShape

MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
"""What programs put at the start of a file to tell its encoding."""
ZIPPED = b"PK\x03"
"""Start of XLSX files and other archives."""
OTHER_DELIMITERS = ",;\t|"


Cells = dict[str, Any]


@dataclass(frozen=True)
class SurveyFile(ABC):
    """A file that was looked through once and can be read."""

    path: Path
    shape: FileShape
    header: tuple[str, ...]
    """Names of the columns, without surrounding blanks."""
    n_rows: int
    """Rows below the header that are not empty."""

    @abstractmethod
    def rows(self) -> Iterator[tuple[int, Cells | str]]:
        """Number of each row as people count, and its cells by column; or in their place what is wrong with it."""

    def check_columns(self, mapping: ImportMapping) -> None:
        """Hold the header against the columns a mapping names.

        Raises:
            FileError: a column is missing or stands in the header twice, or a pattern fits none.
        """
        for place, name in mapping.references():
            if name not in self.header:
                raise mapping.error(place, f"{self.path.name} has no column {name!r}{self._hint(name)}")
            if self.header.count(name) > 1:
                raise mapping.error(place, f"{self.path.name} has {self.header.count(name)} columns {name!r}")
        for index, entry in enumerate(mapping.answers):
            taken = entry.taken(self.header)
            if not taken and entry.pattern:
                raise mapping.error(
                    ("answers", index, "pattern"),
                    f"fits no column of {self.path.name}: {_short(self.header)}",
                )
            if len(set(taken)) < len(taken):
                raise mapping.error(("answers", index), f"takes a column of {self.path.name} twice")

    def _hint(self, name: str) -> str:
        if len(self.header) == 1:
            for delimiter in OTHER_DELIMITERS:
                if delimiter in self.header[0]:
                    return f"; its cells seem to be parted by {delimiter!r} (file.delimiter)"
        return nearest(name, self.header) or f"; it has: {_short(self.header)}"


class CsvFile(SurveyFile):
    """A CSV file."""

    @classmethod
    def look_through(cls, path: Path, shape: FileShape) -> CsvFile:
        """Read the file once from end to end.

        Raises:
            FileError: not readable, empty, in another encoding, or with broken quotes; names the row.
        """
        records = _records(path, shape)
        _, header = next(records, (1, []))
        if not any(header):
            raise FileError(f"{path}: is empty; its first row must name the columns")
        names = tuple(name.strip() for name in header)
        return cls(path, shape, names, max(0, sum(1 for _ in records) - shape.skip))

    def rows(self) -> Iterator[tuple[int, Cells | str]]:
        """Number of each row as a spreadsheet shows it, and its cells by column.

        In place of the cells of a row that has more or fewer than the header comes a text that says so: which
        cell belongs where is then a guess. Empty cells too many at its end are harmless.
        """
        width = len(self.header)
        for number, cells in islice(_records(self.path, self.shape), 1 + self.shape.skip, None):
            if len(cells) == width or (len(cells) > width and not any(cells[width:])):
                yield number, dict(zip(self.header, cells, strict=False))
            else:
                yield number, f"has {len(cells)} cells, the header has {width}"


def _records(path: Path, shape: FileShape) -> Iterator[tuple[int, list[str]]]:
    """All rows that are not empty, with their numbers, counted from 1."""
    number = 0
    encoding = codecs.lookup(shape.encoding).name
    try:
        with path.open("rb") as raw:
            start = raw.read(3)
        if start == ZIPPED:
            raise FileError(f"{path}: is a spreadsheet or an archive; name it .xlsx, or save it as CSV")
        for mark, name in MARKS.items():
            if start.startswith(mark) and not encoding.startswith(name):
                raise FileError(f"{path}: is {name}, but file.encoding in the mapping is {shape.encoding}")
        with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as text:
            for number, cells in enumerate(csv.reader(text, delimiter=shape.delimiter, strict=True), start=1):
                if any(cells):
                    yield number, cells
    except UnicodeError as error:
        raise FileError(
            f"{path}: row {number + 1} or a little below is not {shape.encoding} ({error}); "
            "set file.encoding in the mapping"
        ) from None
    except csv.Error as error:
        raise FileError(f"{path}: row {number + 1} cannot be read ({error})") from None
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror})") from None


def _short(names: tuple[str, ...]) -> str:
    """The first of many names."""
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
