"""The kinds of files a survey comes in, told apart by their names: CSV, JSON lines, spreadsheets.

All end as rows of named cells, so one mapping serves a tool's export in whatever form it is saved.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from streams.edges.errors import FileError
from streams.edges.importer.marked_yaml import nearest
from streams.edges.importer.parts import FileShape
from streams.edges.importer.rows import Cells, CsvFile, SurveyFile

JSON_LINES = (".ndjson", ".jsonl")
SPREADSHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
MAX_DEPTH = 8


def look_through(path: Path, shape: FileShape) -> SurveyFile:
    """Read a file once from end to end.

    Args:
        path: `.ndjson` or `.jsonl`, a spreadsheet by its usual ending, else CSV.
        shape: how it is written.
    Raises:
        FileError: not readable, empty, or broken; names the row where it is known.
    """
    suffix = path.suffix.lower()
    if suffix in JSON_LINES:
        return JsonLines.look_through(path, shape)
    return Workbook.look_through(path, shape) if suffix in SPREADSHEETS else CsvFile.look_through(path, shape)


class JsonLines(SurveyFile):
    """One JSON object a line. Its columns are all names that occur; those of objects inside are `outer.inner`."""

    @classmethod
    def look_through(cls, path: Path, shape: FileShape) -> JsonLines:
        """Read the file once; as `look_through` above."""
        names: dict[str, None] = {}
        count = 0
        for _, cells in _objects(path, shape):
            count += 1
            if not isinstance(cells, str):
                names.update(dict.fromkeys(cells))
        if not names:
            raise FileError(f"{path}: holds no JSON object; it must have one on each line")
        return cls(path, shape, tuple(names), count)

    def rows(self) -> Iterator[tuple[int, Cells | str]]:
        """Number of each line, counted from 1, and its values by name."""
        return _objects(self.path, self.shape)


def _objects(path: Path, shape: FileShape) -> Iterator[tuple[int, Cells | str]]:
    try:
        with path.open("rb") as lines:
            for number, line in islice(enumerate(lines, start=1), shape.skip, None):
                if line.strip(b"\xef\xbb\xbf \t\r\n"):
                    yield number, _object(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror})") from None


def _object(line: bytes) -> Cells | str:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return f"is no JSON ({error})"
    if not isinstance(value, dict):
        return "is no JSON object"
    cells: Cells = {}
    return cells if _flatten(value, "", 0, cells) else f"is nested more than {MAX_DEPTH} deep"


def _flatten(value: dict[str, Any], prefix: str, depth: int, cells: Cells) -> bool:
    if depth >= MAX_DEPTH:
        return False
    for name, item in value.items():
        if isinstance(item, dict):
            if not _flatten(item, f"{prefix}{name}.", depth + 1, cells):
                return False
        else:
            cells[f"{prefix}{name}"] = item  # a list stays: it is a bad cell only where a mapping asks for it
    return True


class Workbook(SurveyFile):
    """A sheet of a spreadsheet file. It is held in memory, as its format demands."""

    @classmethod
    def look_through(cls, path: Path, shape: FileShape) -> Workbook:
        """Read the file once; as `look_through` above."""
        rows = _sheet(path, shape)
        header = next((cells for _, cells in rows), [])
        while header and header[-1] == "":
            header.pop()
        if not header:
            raise FileError(f"{path}: is empty; the first row of the sheet must name the columns")
        return cls(path, shape, tuple(str(name).strip() for name in header), max(0, sum(1 for _ in rows) - shape.skip))

    def rows(self) -> Iterator[tuple[int, Cells | str]]:
        """Number of each row as the spreadsheet shows it, and its cells by column."""
        width = len(self.header)
        for number, cells in islice(_sheet(self.path, self.shape), 1 + self.shape.skip, None):
            if any(cell != "" for cell in cells[width:]):
                yield number, f"has cells beyond the {width} columns of the header"
            else:
                yield number, dict(zip(self.header, cells, strict=False))


def _sheet(path: Path, shape: FileShape) -> Iterator[tuple[int, list[Any]]]:
    """Rows that are not empty, with their numbers."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(path) as book:
            names = book.sheet_names
            name = shape.sheet or (names[0] if names else "")
            if name not in names:
                raise FileError(
                    f"{path}: has no sheet {name!r}{nearest(name, names)}; it has: {', '.join(names)} (file.sheet)"
                )
            sheet = book.get_sheet_by_name(name)
            first = (sheet.start or (0, 0))[0] + 1
            for number, cells in enumerate(sheet.to_python(skip_empty_area=True), start=first):
                if any(cell != "" for cell in cells):
                    yield number, [_plain(cell) for cell in cells]
    except (CalamineError, OSError) as error:
        raise FileError(f"{path}: cannot be read as a spreadsheet ({error})") from None


def _plain(cell: Any) -> Any:
    """Dates as texts that the format `iso` reads; durations as seconds."""
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return cell.total_seconds() if isinstance(cell, timedelta) else cell
