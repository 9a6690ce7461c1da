"""What the server reads out of a statement before the engine sees it."""

from __future__ import annotations

import pytest

from streams.edges.embedded_sql import read_statement


@pytest.mark.parametrize(
    ("sql", "head", "form", "data"),
    [
        pytest.param(b"INSERT INTO t FORMAT CSV\n1,2\n", b"INSERT INTO t", "CSV", b"1,2\n", id="plain"),
        pytest.param(
            b"insert into d.t (`a`, b) format Native\n\x00\xff",
            b"insert into d.t (`a`, b)",
            "Native",
            b"\x00\xff",
            id="binary",
        ),
        pytest.param(
            b"INSERT INTO t (`FORMAT CSV`) FORMAT TSV\r\nx",
            b"INSERT INTO t (`FORMAT CSV`)",
            "TSV",
            b"x",
            id="quoted-name",
        ),
        pytest.param(
            b"INSERT INTO t SETTINGS a = 'FORMAT CSV' FORMAT TSV x",
            b"INSERT INTO t SETTINGS a = 'FORMAT CSV'",
            "TSV",
            b"x",
            id="settings",
        ),
        pytest.param(
            b"/* FORMAT CSV */ INSERT INTO t -- FORMAT CSV\nFORMAT JSONEachRow {}",
            b"/* FORMAT CSV */ INSERT INTO t -- FORMAT CSV",
            "JSONEachRow",
            b"{}",
            id="comments",
        ),
        pytest.param(
            b"INSERT INTO t FORMAT Native\n\n\x01", b"INSERT INTO t", "Native", b"\n\x01", id="one-line-end-only"
        ),
        pytest.param(b"INSERT INTO t FORMAT CSV;\n", b"INSERT INTO t", "CSV", b"", id="no-rows"),
    ],
)
def test_an_insert_is_parted_from_its_bytes(sql: bytes, head: bytes, form: str, data: bytes) -> None:
    """A byte too many or too few and every row after it is wrong."""
    found = read_statement(sql)
    assert (found.text.strip(), found.format, found.data) == (head, form, data)
    assert not found.has_rows


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param(b"INSERT INTO t VALUES (1, 'FORMAT CSV x')", id="values"),
        pytest.param(b"INSERT INTO t (a) SELECT 1 FORMAT CSV", id="select"),
        pytest.param(b"INSERT INTO t WITH 1 AS x SELECT x", id="with"),
        pytest.param(b"INSERT INTO t FROM INFILE 'x' FORMAT CSV", id="infile"),
    ],
)
def test_an_insert_with_rows_of_its_own_runs_as_it_is(sql: bytes) -> None:
    """Nothing of it is data for the server."""
    found = read_statement(sql)
    assert (found.text, found.data, found.has_rows) == (sql, None, False)


@pytest.mark.parametrize(
    ("sql", "rows", "form"),
    [
        pytest.param(b"SELECT 1", True, "", id="select"),
        pytest.param(b"-- why\n  with 1 as x select x\n FORMAT Native", True, "Native", id="with"),
        pytest.param(b"(SELECT 1) UNION ALL (SELECT 2)", True, "", id="brackets"),
        pytest.param(b"SELECT format FROM t", True, "", id="a-column-called-format"),
        pytest.param(b"SELECT 'x FORMAT CSV'", True, "", id="in-quotes"),
        pytest.param(b"SELECT * FROM (SELECT 1 FORMAT x)", True, "", id="inside"),
        pytest.param(b"SELECT 1 FORMAT JSON SETTINGS max_threads = 1;", True, "JSON", id="settings-after"),
        pytest.param(b"SHOW TABLES", True, "", id="show"),
        pytest.param(b"DESCRIBE TABLE t", True, "", id="describe"),
        pytest.param(b"EXISTS TABLE t", True, "", id="exists"),
        pytest.param(b"CREATE TABLE t AS SELECT 1", False, "", id="create"),
        pytest.param(b"ALTER TABLE t DELETE WHERE 1", False, "", id="alter"),
        pytest.param(b"SET a = 1", False, "", id="set"),
        pytest.param(b"", False, "", id="nothing"),
    ],
)
def test_statements_with_and_without_a_result(sql: bytes, rows: bool, form: str) -> None:
    """Clients see a header where there is a result, even an empty one."""
    found = read_statement(sql)
    assert (found.has_rows, found.format, found.data, found.several) == (rows, form, None, False)


@pytest.mark.parametrize(
    ("sql", "several"),
    [
        pytest.param(b"SELECT 1; SELECT 2", True, id="two"),
        pytest.param(b"SELECT 1;", False, id="one-ended"),
        pytest.param(b"SELECT 1; -- done; really", False, id="a-comment-after-it"),
        pytest.param(b"SELECT ';' FROM `a;b`", False, id="quoted"),
    ],
)
def test_more_than_one_statement_is_seen(sql: bytes, several: bool) -> None:
    """The engine would run them all; the protocol takes one."""
    assert read_statement(sql).several is several
