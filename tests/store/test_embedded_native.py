"""Native blocks in the framing of newer clients: every column must end where it ends."""

from __future__ import annotations

import httpx
import pytest

from streams.edges.embedded_native import UnknownLayoutError, reframe

HEADER = b"\x01\x00\x02\xff\xff\xff\xff\x00"
ROWS = 70_000
"""More than one dictionary's worth, more than 2 bytes of index."""

COLUMNS = {
    "ints": "toInt8(number)",
    "wide": "toUInt256(number)",
    "floats": "toFloat64(number)",
    "text": "toString(number)",
    "long text": "repeat('x', number % 300)",
    "fixed": "toFixedString(toString(number % 999), 4)",
    "nullable": "if(number % 3 = 0, NULL, number)",
    "times": "toDateTime64(number, 3, 'UTC')",
    "seconds": "toDateTime(number, 'Asia/Shanghai')",
    "few names": "toLowCardinality(toString(number % 7))",
    "many names": "toLowCardinality(toString(number))",
    "names or none": "toLowCardinality(if(number % 3 = 0, NULL, toString(number % 7)))",
    "arrays": "range(number % 5)",
    "arrays of arrays": "[range(number % 3), []]",
    "arrays of names": "arrayMap(x -> toLowCardinality(toString(x)), range(number % 4))",
    "no elements": "CAST([] AS Array(LowCardinality(String)))",
    "maps": "map(toLowCardinality('k'), toString(number))",
    "tuples": "(number, toString(number), [toLowCardinality('q')])",
    "named tuples": "CAST((1, '2026-01-01 00:00:00') AS Tuple(a UInt8, b DateTime64(3, 'UTC')))",
    "enums": "CAST('b, (c)' AS Enum8('a' = 1, 'b, (c)' = 2))",
    "decimals": "toDecimal128(number, 5)",
    "nothing": "NULL",
    "truth": "number % 2 = 0",
    "uuids": "toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0')",
    "addresses": "toIPv6('::1')",
    "spans": "toIntervalDay(1)",
}


@pytest.fixture(scope="module")
def native(clickhouse_url: str):  # type: ignore[no-untyped-def]  # returns the function below
    """Asks the real engine for one plain Native block."""

    def ask(columns: str, rows: int) -> bytes:
        sql = f"SELECT {columns} FROM numbers({rows}) SETTINGS max_block_size = {max(rows, 1)}"
        parameters = {"default_format": "Native", "wait_end_of_query": "1"}
        return httpx.post(clickhouse_url, params=parameters, content=sql).raise_for_status().content

    return ask


def varint(number: int) -> bytes:
    """A number as Native writes it."""
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def read_text(data: bytes, at: int) -> int:
    """Past a text of less than 128 bytes."""
    return at + 1 + data[at]


@pytest.mark.parametrize("rows", [1, 3, ROWS])
def test_a_block_of_all_types_gets_a_header_and_a_flag_a_column(native, rows: int) -> None:  # type: ignore[no-untyped-def]
    """Columns asked for one by one say where each must end: put together they must be the whole block."""
    wanted = HEADER + varint(len(COLUMNS)) + varint(rows)
    named = [f"{expression} AS c{number}" for number, expression in enumerate(COLUMNS.values())]
    for column in named:
        alone = native(column, rows)
        start = 1 + len(varint(rows))
        end_of_type = read_text(alone, read_text(alone, start))
        wanted += alone[start:end_of_type] + b"\x00" + alone[end_of_type:]
    together = native(", ".join(named), rows)
    assert reframe(together) == wanted


def test_blocks_in_a_row_each_get_their_header(native) -> None:  # type: ignore[no-untyped-def]
    """A stream is block after block."""
    block = native("toLowCardinality(toString(number)) AS s, number", 5)
    assert reframe(block + block) == 2 * reframe(block)
    assert reframe(b"") == b""


def test_a_type_nobody_can_skip_is_refused(native) -> None:  # type: ignore[no-untyped-def]
    """Guessed lengths would give wrong numbers."""
    with pytest.raises(UnknownLayoutError, match="AggregateFunction"):
        reframe(native("sumState(number)", 1))
