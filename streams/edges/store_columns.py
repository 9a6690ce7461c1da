"""Python columns to Arrow tables, by the types ClickHouse says its columns have.

Arrow is by far the fastest way in, but takes numbers for what they are: a bare number in a time column
would count as seconds. So each column's type comes from the table, and times stay int ms all the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import pyarrow as pa

_MS_UTC = pa.timestamp("ms", "UTC")
_SIMPLE: dict[str, pa.DataType] = {
    **{f"Int{bits}": getattr(pa, f"int{bits}")() for bits in (8, 16, 32, 64)},
    **{f"UInt{bits}": getattr(pa, f"uint{bits}")() for bits in (8, 16, 32, 64)},
    "Float32": pa.float32(),
    "Float64": pa.float64(),
    "Bool": pa.bool_(),
    # Takes str and bytes; what was rejected need not be UTF-8.
    "String": pa.binary(),
    "DateTime": _MS_UTC,
    "DateTime64": _MS_UTC,
    "Enum8": pa.string(),
    "Enum16": pa.string(),
}


class ColumnError(ValueError):
    """Columns that do not fit their table. Says which and why."""


def to_arrow(columns: Mapping[str, Sequence[Any]], types: Mapping[str, str]) -> pa.Table:
    """An Arrow table of columns.

    Args:
        columns: equally long; times as int ms UTC, enums by name, bytes or str for String, dicts for Map.
        types: ClickHouse type of every column of the table.
    Raises:
        ColumnError: an unknown column, a value that does not fit, or columns of different lengths.
    """
    arrays = {}
    for name, values in columns.items():
        if name not in types:
            raise ColumnError(f"there is no column {name}")
        try:
            arrays[name] = _array(values, arrow_type(types[name]))
        except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
            raise ColumnError(f"column {name} of type {types[name]}: {error}") from None
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise ColumnError(f"columns differ in length: {lengths}")
    return pa.table(arrays)


def arrow_type(kind: str) -> pa.DataType:
    """The Arrow type that ClickHouse reads into a column of type `kind`.

    Raises:
        ColumnError: no table of ours has such a column.
    """
    name, _, rest = kind.partition("(")
    if name in _SIMPLE:
        return _SIMPLE[name]
    inner = rest[:-1]
    if name in ("LowCardinality", "Nullable"):
        return arrow_type(inner)
    if name == "Array":
        return pa.list_(arrow_type(inner))
    if name == "Map":
        key, _, value = inner.partition(", ")
        return pa.map_(arrow_type(key), arrow_type(value))
    raise ColumnError(f"type {kind} is not provided for")


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if kind == _MS_UTC:
        # By way of whole numbers: floats and datetimes are refused, and nothing is converted.
        return pa.array(values, pa.int64()).cast(kind)
    if pa.types.is_map(kind):
        # Flat and by hand: most are empty, and a list made for each takes longer than all other columns together.
        ends = [0, *accumulate(map(len, values))]
        full = [value for value in values if value]
        keys = pa.array([key for value in full for key in value], kind.key_type)
        items = pa.array([item for value in full for item in value.values()], kind.item_type)
        return pa.MapArray.from_arrays(pa.array(ends, pa.int32()), keys, items)
    return pa.array(values, kind)
