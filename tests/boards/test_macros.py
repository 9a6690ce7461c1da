"""Macros and variables, as each version of the plugin renders them."""

from __future__ import annotations

import pytest

from dashboards.macros import Shown, Style, expand

SHOWN = Shown(from_ms=1_795_000_000_123, to_ms=1_795_003_600_456, interval_ms=30_000)


def rendered(sql: str, style: Style = Style.PLUGIN_4, **values: str | list[str]) -> str:
    return expand(sql, shown=SHOWN, values=values, style=style)


@pytest.mark.parametrize(
    ("macro", "in_3", "in_4"),
    [
        ("$__fromTime", "toDateTime(intDiv(1795000000123,1000))", "toDateTime(1795000000)"),
        ("$__toTime", "toDateTime(intDiv(1795003600456,1000))", "toDateTime(1795003600)"),
        (
            "$__timeFilter(at)",
            "at >= '1795000000' AND at <= '1795003600'",
            "at >= toDateTime(1795000000) AND at <= toDateTime(1795003600)",
        ),
        (
            "$__timeFilter_ms(at)",
            "at >= '1795000000123' AND at <= '1795003600456'",
            "at >= fromUnixTimestamp64Milli(1795000000123) AND at <= fromUnixTimestamp64Milli(1795003600456)",
        ),
        (
            "$__timeInterval(at)",
            "toStartOfInterval(toDateTime(at), INTERVAL 30 second)",
            "toStartOfInterval(toDateTime(at), INTERVAL 30 second)",
        ),
        ("$__interval_s", "30", "30"),
    ],
)
def test_a_macro_becomes_what_the_plugin_makes_of_it(macro: str, in_3: str, in_4: str) -> None:
    """The texts are those of the plugin's own sources, versions 3.3.0 and 4.8.2."""
    assert (rendered(macro, Style.PLUGIN_3), rendered(macro, Style.PLUGIN_4)) == (in_3, in_4)


@pytest.mark.parametrize("sql", ["$__fromTime_ms", "$__dateTimeFilter(a)", "$__conditionalAll(a)", "$__unknown"])
def test_a_macro_that_half_of_the_readers_lack_is_refused(sql: str) -> None:
    """A board must run on both versions, so what only one knows is an error here and not there."""
    with pytest.raises(ValueError, match="not a macro of both"):
        rendered(sql)


@pytest.mark.parametrize("sql", ["$__timeFilter", "$__fromTime(at)"])
def test_a_macro_with_the_wrong_argument_is_refused(sql: str) -> None:
    """The plugin would fail on it only when somebody opens the board."""
    with pytest.raises(ValueError, match="takes"):
        rendered(sql)


def test_chosen_names_are_quoted_one_by_one() -> None:
    """A repeated panel hands over one text, a drop-down several; both stand in IN ()."""
    assert rendered("IN (${c:sqlstring})", c=["app", "O'Hare"]) == "IN ('app','O''Hare')"
    assert rendered("IN (${c:sqlstring})", c="app") == "IN ('app')"


@pytest.mark.parametrize("name", ["' OR 1 = 1 --", "\\' OR 1 = 1 --", "\\", "a\\'b''c"])
def test_no_name_from_an_address_gets_out_of_its_quotes(name: str, small) -> None:  # type: ignore[no-untyped-def]  # fixture
    """Values of the local page come from its address, which anyone may type."""
    found = small.store.query(rendered("SELECT ${c:sqlstring} AS text, 1 AS one", c=name))
    assert found == [{"text": name, "one": 1}]


def test_a_number_that_stands_bare_is_a_number() -> None:
    """Without quotes, anything else would be SQL."""
    assert rendered("${w:raw}", w="300") == "300"
    with pytest.raises(ValueError, match="not a number"):
        rendered("${w:raw}", w="300 OR 1")


@pytest.mark.parametrize("sql", ["$channel", "${channel}", "[[channel]]"])
def test_a_bare_variable_is_refused(sql: str) -> None:
    """A repeated panel would put it in without quotes."""
    with pytest.raises(ValueError, match="left over"):
        rendered(sql, channel="app")


def test_a_dollar_in_a_name_is_only_a_dollar() -> None:
    """What somebody called a store is not a variable."""
    assert rendered("${c:sqlstring}", c="$store [[1]]") == "'$store [[1]]'"
