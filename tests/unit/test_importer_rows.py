"""A CSV file is read as it was meant, or refused with the row that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.edges.errors import FileError
from streams.edges.importer.parts import FileShape
from streams.edges.importer.rows import CsvFile


def read(tmp_path: Path, content: bytes, **shape: str) -> tuple[CsvFile, list[tuple[int, dict[str, str] | str]]]:
    """A file with this content, looked through and read."""
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    file = CsvFile.look_through(path, FileShape(**shape))
    return file, list(file.rows())


@pytest.mark.parametrize(
    ("content", "shape"),
    [
        ("ID,CITY\n1,Zürich\n".encode("latin-1"), {"encoding": "latin-1"}),
        ("ID,CITY\n1,Zürich\n".encode(), {}),
        ("ID,CITY\r\n1,Zürich\r\n".encode("utf-8-sig"), {}),
        ("ID,CITY\n1,Zürich\n".encode("utf-8-sig"), {"encoding": "UTF8"}),
        ("ID;CITY\n1;Zürich\n".encode("utf-16"), {"encoding": "utf-16", "delimiter": ";"}),
        ("ID\tCITY\n1\tZürich".encode(), {"delimiter": "\t"}),
        (' ID , CITY \n"1","Zürich"\n'.encode(), {}),
    ],
    ids=["latin-1", "utf-8", "utf-8 with mark", "mark, other name", "utf-16", "tabs, no last newline", "quotes"],
)
def test_the_same_table_is_read_from_every_way_of_writing_it(
    tmp_path: Path, content: bytes, shape: dict[str, str]
) -> None:
    """Encoding, mark, delimiter, quotes and line ends are the file's affair, not the answers'."""
    file, rows = read(tmp_path, content, **shape)
    assert file.header == ("ID", "CITY")
    assert rows == [(2, {"ID": "1", "CITY": "Zürich"})]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    """A comment over two lines is one row, an empty line is a row too, and is no answer."""
    file, rows = read(tmp_path, b'ID,SAID\n1,"two\nlines, one cell"\n\n2,"a ""quote"""\n')
    assert rows == [
        (2, {"ID": "1", "SAID": "two\nlines, one cell"}),
        (4, {"ID": "2", "SAID": 'a "quote"'}),
    ]
    assert file.n_rows == 2


def test_a_row_of_another_length_is_reported_and_not_guessed_at(tmp_path: Path) -> None:
    """A comma too many would move every answer behind it into the wrong column."""
    _, rows = read(tmp_path, b"A,B,C\n1,2\n1,2,3\n1,2,3,4\n1,2,3,,\n")
    assert rows == [
        (2, "has 2 cells, the header has 3"),
        (3, {"A": "1", "B": "2", "C": "3"}),
        (4, "has 4 cells, the header has 3"),
        (5, {"A": "1", "B": "2", "C": "3"}),
    ]


@pytest.mark.parametrize(
    ("content", "shape", "words"),
    [
        (b"", {}, ["empty"]),
        (b"\n\n", {}, ["empty"]),
        (b"PK\x03\x04\x14", {"encoding": "latin-1"}, ["spreadsheet", "CSV"]),
        ("A,B\n1,Zürich\n".encode("latin-1"), {}, ["row", "utf-8", "file.encoding"]),
        ("A,B\n1,2\n".encode("utf-8-sig"), {"encoding": "latin-1"}, ["utf-8", "latin-1"]),
        ("A,B\n1,2\n".encode("utf-16"), {"encoding": "latin-1"}, ["utf-16", "latin-1"]),
        (b'A,B\n1,2\n3,"never closed\n4,5\n', {}, ["row 3"]),
        (b'A,B\n1,2\n3,"closed" early\n', {}, ["row 3"]),
        (b"A,B\n1," + b"x" * 200_000, {}, ["row 2", "limit"]),
    ],
    ids=["empty", "blank lines", "xlsx", "not utf-8", "mark", "utf-16 mark", "open quote", "stray text", "huge cell"],
)
def test_a_broken_file_is_refused_before_anything_is_sent(
    tmp_path: Path, content: bytes, shape: dict[str, str], words: list[str]
) -> None:
    """The whole file is looked through first, so that half an import is never left behind."""
    with pytest.raises(FileError) as refused:
        read(tmp_path, content, **shape)
    assert [word for word in ["f.csv", *words] if word not in str(refused.value)] == []


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    """A misspelt path is the commonest mistake."""
    with pytest.raises(FileError, match=r"none\.csv: cannot be read"):
        CsvFile.look_through(tmp_path / "none.csv", FileShape())
