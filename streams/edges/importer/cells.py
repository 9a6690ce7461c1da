"""Reading single cells: texts, numbers, moments, and fields put together from several.

Everything here works on one row given as a dict, whose values may be texts (CSV) or plain JSON values.
An empty cell is None: the field is left out, because "" would be a name of its own in every list.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote

from schemas.fields import MAX_ID
from streams.edges.importer.parts import ANSWER_COLUMN, TEMPLATE, Source, When

_PRINTABLE = "".join(map(chr, range(0x21, 0x7F))).replace("%", "")

Row = Mapping[str, object]
Reader = Callable[[Row], str | None]


class BadCellError(Exception):
    """A cell cannot be used; says which and why. Never leaves the importer."""

    def __init__(self, column: str, value: str, problem: str) -> None:
        super().__init__(f"{column}: {value!r} {problem}")
        self.column = column
        self.value = value
        self.problem = problem


def cell_text(row: Row, column: str) -> str:
    """A cell as text without surrounding blanks; "" where it is empty or missing."""
    value = row.get(column)
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # Spreadsheets keep whole numbers as floats, and an empty number as NaN.
        return "" if math.isnan(value) else str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, int):
        return str(value)
    raise BadCellError(column, str(value)[:60], f"is a {type(value).__name__}, not a single value")


def number(text: str) -> float | None:
    """A finite number, as int where it is whole (`5.0` is 5); None where it is none (`1_000`, `1,5`)."""
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII):
        return None
    value = float(text)
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() else value


def as_id(text: str) -> str:
    """A text as an event id, which is printable ASCII without blanks, at most 128 characters.

    Other characters, and `%`, are percent-encoded, so that different texts stay different; what is too long
    then becomes its SHA-256. The rule is for ever: another one would count old answers again.
    """
    if not (text.isascii() and text.isprintable()) or " " in text or "%" in text:
        text = quote(text, safe=_PRINTABLE)
    return text if len(text) <= MAX_ID else sha256(text.encode()).hexdigest()


def reader(source: Source, answer_column: str, *, required: bool = False) -> Reader:
    """The value of a source for the answers in one column.

    Args:
        source: constant, text with columns, or column with an optional map.
        answer_column: name of the column that holds the answer; `{column}` stands for it in lower case.
        required: an empty cell is a bad cell, not a field left out.
    """
    if source.column is not None:
        read = _column_reader(source.column, source.map)
        return _insisting(read, source.column) if required else read
    own = answer_column.lower()
    # Odd positions are names of columns, even ones the text between them.
    parts = TEMPLATE.split(source.text or "")
    parts[1::2] = ["" if name == ANSWER_COLUMN else name for name in parts[1::2]]
    names = [name for name in parts[1::2] if name]
    if not names:
        constant = (source.text or "").replace(f"{{{ANSWER_COLUMN}}}", own)
        return lambda row: constant

    def read_text(row: Row) -> str | None:
        values = parts.copy()
        for index in range(1, len(parts), 2):
            value = cell_text(row, parts[index]) if parts[index] else own
            if not value:
                if required:
                    raise BadCellError(parts[index], "", "is empty, but it is needed")
                return None
            values[index] = value
        return "".join(values)

    return read_text


def _column_reader(column: str, table: dict[str, str] | None) -> Reader:
    if table is None:
        return lambda row: cell_text(row, column) or None

    def read_code(row: Row) -> str | None:
        code = cell_text(row, column)
        if code in table:
            return table[code]
        if not code:
            return None
        raise BadCellError(column, code, f"is not in its map ({', '.join(map(repr, table))})")

    return read_code


def _insisting(read: Reader, column: str) -> Reader:
    def read_required(row: Row) -> str:
        value = read(row)
        if not value:
            raise BadCellError(column, "", "is empty, but it is needed")
        return value

    return read_required


def number_reader(source: Source, answer_column: str) -> Callable[[Row], float | None]:
    """Like `reader`, as a number."""
    read = reader(source, answer_column)
    name = ", ".join(source.columns()) or "constant"

    def read_number(row: Row) -> float | None:
        text = read(row)
        if text is None:
            return None
        value = number(text)
        if value is None:
            raise BadCellError(name, text, "is not a number")
        return value

    return read_number


def moment_reader(when: When) -> Reader:
    """Moment of a row's answers as RFC 3339 in UTC."""
    read = reader(when.text, "", required=True)
    columns = ", ".join(when.text.columns()) or "constant"
    zone = when.tzinfo()

    # Many rows share a day; the cache is bounded because a file may hold any number of moments.
    @lru_cache(maxsize=4096)
    def parsed(text: str) -> str | None:
        for form in when.formats:
            try:
                moment = datetime.fromisoformat(text) if form == "iso" else datetime.strptime(text, form)
            except ValueError:
                continue
            if moment.tzinfo is None:
                if zone is None:
                    return None
                moment = moment.replace(tzinfo=zone)
            try:
                moment = moment.astimezone(UTC).replace(tzinfo=None)
            except OverflowError:
                continue
            return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds") + "Z"
        return None

    tried = " or ".join(when.formats)
    offset = "" if zone else ", with an offset, because the mapping gives no zone"
    problem = f"is not a moment ({tried}{offset})"

    def read_moment(row: Row) -> str:
        text = read(row) or ""
        moment = parsed(text)
        if moment is None:
            raise BadCellError(columns, text, problem)
        return moment

    return read_moment
