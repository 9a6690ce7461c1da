"""ClickHouse's Native format with the framing newer clients ask for.

The in-process engine writes Native blocks as for the oldest clients. Newer Go clients (so the newer
Grafana plugins) send `client_protocol_version` and then expect a block header, and a flag byte after
each column's type. Nothing in the data differs, so it is enough to find where each column ends.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

FLAG_SINCE = 54454
"""First protocol version with the flag byte a column."""

# Field 1: no overflow rows; field 2: bucket -1; end of the header.
_BLOCK_HEADER = b"\x01\x00\x02\xff\xff\xff\xff\x00"
_PLAIN_SERIALIZATION = b"\x00"

_WIDTHS = {
    **dict.fromkeys(("UInt8", "Int8", "Bool", "Enum8", "Nothing"), 1),
    **dict.fromkeys(("UInt16", "Int16", "Date", "Enum16", "BFloat16"), 2),
    **dict.fromkeys(("UInt32", "Int32", "Float32", "DateTime", "Date32", "IPv4", "Decimal32", "Time"), 4),
    **dict.fromkeys(("UInt64", "Int64", "Float64", "DateTime64", "Decimal64", "Time64"), 8),
    **dict.fromkeys(("UInt128", "Int128", "UUID", "IPv6", "Decimal128"), 16),
    **dict.fromkeys(("UInt256", "Int256", "Decimal256"), 32),
}
_INDEX_WIDTHS = (1, 2, 4, 8)
_HAS_KEYS = 1 << 9
_HAS_SHARED_KEYS = 1 << 8
_ARGUMENT = re.compile(r"'(?:[^'\\]|\\.)*'|[(),]|[^'(),]+")


class UnknownLayoutError(ValueError):
    """A type whose bytes this module does not know how to skip."""


@dataclass(frozen=True)
class _Type:
    name: str
    arguments: tuple[str, ...]


def reframe(data: bytes) -> bytes:
    """Native blocks with header and flags, as protocol version 54454 and later has them.

    Args:
        data: whole Native blocks in the oldest framing; b"" stays b"".
    Raises:
        UnknownLayoutError: names a type that cannot be skipped (JSON, Dynamic, aggregate states).
    """
    out: list[bytes] = []
    at = 0
    while at < len(data):
        start = at
        columns, at = _varint(data, at)
        rows, at = _varint(data, at)
        out += (_BLOCK_HEADER, data[start:at])
        for _ in range(columns):
            start = at
            size, at = _varint(data, at)
            at += size
            size, at = _varint(data, at)
            kind = data[at : at + size].decode()
            at += size
            out += (data[start:at], _PLAIN_SERIALIZATION)
            start = at
            if rows:
                at = _skip(kind, data, _skip_prefix(kind, data, at), rows)
            out.append(data[start:at])
    return b"".join(out)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _u64(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<Q", data, at)[0])


def _parse(kind: str) -> _Type:
    name, bracket, rest = kind.partition("(")
    if not bracket:
        return _Type(kind, ())
    arguments, current, depth = [], "", 0
    for token in _ARGUMENT.findall(rest[:-1]):
        depth += (token == "(") - (token == ")")
        if token == "," and depth == 0:
            arguments.append(current.strip())
            current = ""
        else:
            current += token
    return _Type(name, (*arguments, current.strip()))


def _inner(kind: _Type) -> tuple[str, ...]:
    """Types of the columns that lie inside, in the order of their bytes."""
    if kind.name in ("Nullable", "Array"):
        return kind.arguments
    if kind.name == "SimpleAggregateFunction":
        return kind.arguments[-1:]
    if kind.name in ("Map", "Tuple", "Nested"):
        return tuple(_without_name(argument) for argument in kind.arguments)
    return ()


def _without_name(argument: str) -> str:
    """`a UInt8` of a named tuple is a UInt8; `DateTime64(3, 'UTC')` has no name."""
    head, space, rest = argument.partition(" ")
    return rest if space and "(" not in head and "`" not in rest else argument


def _skip_prefix(kind: str, data: bytes, at: int) -> int:
    """Past the version numbers that LowCardinality columns write before the data of the whole column."""
    parsed = _parse(kind)
    if parsed.name == "LowCardinality":
        return at + 8
    for inner in _inner(parsed):
        at = _skip_prefix(inner, data, at)
    return at


def _skip(kind: str, data: bytes, at: int, rows: int) -> int:
    """Past `rows` values of one type."""
    parsed = _parse(kind)
    if (width := _width(parsed)) is not None:
        return at + width * rows
    if parsed.name == "String":
        for _ in range(rows):
            size, at = _varint(data, at)
            at += size
        return at
    if parsed.name == "LowCardinality":
        return _skip_low_cardinality(parsed.arguments[0], data, at, rows)
    if parsed.name == "Nullable":
        at += rows
    elif parsed.name in ("Array", "Map", "Nested"):
        at, rows = at + 8 * rows, _u64(data, at + 8 * (rows - 1)) if rows else 0
    elif parsed.name not in ("Tuple", "SimpleAggregateFunction"):
        raise UnknownLayoutError(kind)
    for inner in _inner(parsed):
        at = _skip(inner, data, at, rows)
    return at


def _width(kind: _Type) -> int | None:
    """Bytes a value takes, None where they vary."""
    if kind.name == "FixedString":
        return int(kind.arguments[0])
    if kind.name == "Decimal":
        digits = int(kind.arguments[0])
        return 4 if digits <= 9 else 8 if digits <= 18 else 16 if digits <= 38 else 32
    if kind.name.startswith("Interval"):
        return 8
    return _WIDTHS.get(kind.name)


def _skip_low_cardinality(kind: str, data: bytes, at: int, rows: int) -> int:
    """Past dictionary and indexes; a large column has several of them."""
    if kind.startswith("Nullable("):
        kind = kind[len("Nullable(") : -1]
    while rows > 0:
        flags = _u64(data, at)
        at += 8
        if flags & _HAS_SHARED_KEYS:
            raise UnknownLayoutError(f"LowCardinality({kind}) with a shared dictionary")
        if flags & _HAS_KEYS:
            keys = _u64(data, at)
            at = _skip(kind, data, at + 8, keys)
        here = _u64(data, at)
        at += 8 + here * _INDEX_WIDTHS[flags & 0xFF]
        rows -= here
    return at
