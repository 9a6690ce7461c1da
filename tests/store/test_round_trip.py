"""What goes into a table comes out of it, column for column, whatever the way."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from streams.edges.store import Store, StoreError
from tests.kit.rows import NOW_MS, ROWS, TIMES, columns

# Arrow has no enums and no bytes as text, and ClickHouse gives it DateTime as bare seconds.
AS_ARROW = {
    "class": "toString({0})",
    "lane": "toString({0})",
    "why": "toString({0})",
    "slice": "toDateTime64({0}, 3, 'UTC')",
    "raw": "lower(hex({0}))",
}


def as_ms(value: Any) -> Any:
    """Times as the rows write them."""
    return round(value.timestamp() * 1000) if isinstance(value, dt.datetime) else value


@pytest.mark.parametrize("table", ROWS)
def test_every_column_of_every_table_comes_back_as_it_went_in(any_store: Store, table: str) -> None:
    """To the millisecond, to the last bit, None as None, in rows as in Arrow."""
    any_store.insert_columns(table, columns(table))
    expected = {name: value.hex() if isinstance(value, bytes) else value for name, value in ROWS[table].items()}
    asked = ", ".join(f"{AS_ARROW.get(name, '{0}').format(f'`{name}`')} AS `{name}`" for name in expected)

    row = any_store.query(f"SELECT {asked} FROM {table} FINAL")[0]
    assert {name: as_ms(value) for name, value in row.items()} == expected

    arrow = any_store.arrow(f"SELECT {asked} FROM {table} FINAL").to_pylist()[0]
    found = {name: dict(value) if name in ("attributes", "scope") else as_ms(value) for name, value in arrow.items()}
    assert found == expected


def test_enums_and_bytes_come_back_in_rows_without_help(any_store: Store) -> None:
    """Names of enums, not their numbers; bytes that are no text as hex."""
    any_store.insert_columns("panes_1m", columns("panes_1m"))
    any_store.insert_columns("rejected", columns("rejected"))
    assert any_store.rows("SELECT lane FROM panes_1m") == [("live",)]
    assert any_store.rows("SELECT raw FROM rejected") == [(ROWS["rejected"]["raw"].hex(),)]


@pytest.mark.parametrize("table", ROWS)
def test_the_plausible_row_names_every_column(any_store: Store, table: str) -> None:
    """A new column must be put to the test too; only the store's own time may be left out."""
    found = {name for (name, *_) in any_store.rows(f"DESCRIBE TABLE {table}")}
    assert found - set(ROWS[table]) <= {"stored_at"}


def test_times_come_back_as_aware_utc(any_store: Store) -> None:
    """A naive time would be read in the zone of whoever reads it."""
    any_store.insert_columns("names", columns("names"))
    (seen,) = any_store.rows("SELECT last_seen FROM names")[0]
    assert seen.utcoffset() == dt.timedelta(0)
    assert as_ms(seen) == NOW_MS


def test_an_arrow_table_made_elsewhere_goes_in_as_it_is(any_store: Store) -> None:
    """The fastest way for whoever has Arrow already."""
    rows = pa.table(
        {
            "dimension": ["channel", "channel"],
            "name": ["web", "app"],
            "last_seen": pa.array([NOW_MS, NOW_MS + 1], pa.int64()).cast(pa.timestamp("ms", "UTC")),
        }
    )
    any_store.insert_arrow("names", rows)
    found = any_store.rows("SELECT name, toUnixTimestamp64Milli(last_seen) FROM names ORDER BY name")
    assert found == [("app", NOW_MS + 1), ("web", NOW_MS)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"n": [-1]}, "column n of type UInt64", id="negative"),
        pytest.param({"bin": [70_000]}, "column bin of type Int16", id="too-large"),
        pytest.param({"slice": ["yesterday"]}, "column slice", id="no-time"),
        pytest.param({"slice": [dt.datetime.now(dt.UTC)]}, "column slice", id="a-datetime"),
        pytest.param({"nobody": [1]}, "no column nobody", id="no-such-column"),
        pytest.param({"n": [1, 2]}, "differ in length", id="lengths"),
        pytest.param({"lane": ["sideways"]}, "lane", id="unknown-name-of-an-enum"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_named(
    any_store: Store, change: dict[str, list[Any]], message: str
) -> None:
    """Cut off or wrapped round it would be a wrong number nobody notices."""
    with pytest.raises(StoreError, match=message):
        any_store.insert_columns("panes_1m", {**columns("panes_1m"), **change})
    assert any_store.rows("SELECT count() FROM panes_1m") == [(0,)]


def test_parameters_are_values_never_sql(any_store: Store) -> None:
    """Quotes, tabs, backslashes and lists arrive as they are."""
    nasty = "a'b\"c\\d\te\nf`; DROP TABLE names --"
    assert any_store.rows("SELECT {x:String}, {y:Array(String)}", {"x": nasty, "y": [nasty, ""]}) == [
        (nasty, [nasty, ""])
    ]
    many = list(range(20_000))
    assert any_store.rows("SELECT arraySum({x:Array(Int64)})", {"x": many}) == [(sum(many),)]


def test_a_command_takes_as_many_parameters_as_a_query(any_store: Store) -> None:
    """Recounts name thousands of slices in one statement."""
    slices = [1_790_000_000 + 10 * i for i in range(5_000)]
    any_store.command(
        "INSERT INTO names SELECT 'slice', toString(arrayJoin({x:Array(Int64)})), now64(3)", {"x": slices}
    )
    assert any_store.rows("SELECT count() FROM names") == [(5_000,)]


def test_no_rows_are_an_empty_list(any_store: Store) -> None:
    """And an empty Arrow table still has its columns."""
    assert any_store.query("SELECT name FROM names WHERE 0") == []
    assert any_store.rows("SELECT name FROM names WHERE 0") == []
    empty = any_store.arrow("SELECT name FROM names WHERE 0")
    assert (empty.num_rows, empty.column_names) == (0, ["name"])


def test_the_rows_of_the_kit_mark_their_times() -> None:
    """Whoever adds a table says which of its columns are times."""
    for row in ROWS.values():
        assert {name for name in row if name.endswith(("_at", "_time", "_until", "_seen"))} <= TIMES
