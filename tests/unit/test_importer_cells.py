"""Single cells: ids that stay valid, moments that are not guessed, numbers that are numbers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fields import check_id
from streams.edges.importer.cells import BadCellError, as_id, moment_reader, number
from streams.edges.importer.parts import Source, When


@given(texts=st.lists(st.text(min_size=1), min_size=2, max_size=2, unique=True))
def test_an_id_is_valid_and_different_texts_have_different_ids(texts: list[str]) -> None:
    """Question texts in any script may be columns: the contract takes their ids, and they stay apart."""
    one, other = map(as_id, texts)
    assert check_id(one) != check_id(other)


def test_an_ordinary_id_stays_as_it_is() -> None:
    """Ids that producers use elsewhere too must meet their twins; only what is too long becomes a hash."""
    assert as_id("sfo-2017/1/q7food") == "sfo-2017/1/q7food"
    assert as_id("x" * 128) == "x" * 128
    assert len(as_id("x" * 129)) == 64
    assert as_id("100 %") != as_id("100%20%25"), "an id that looks encoded already is encoded again"


@pytest.mark.parametrize(
    ("row", "when", "moment"),
    [
        pytest.param(
            {"at": "2026-03-02T10:15:00+01:00"}, {"text": "{at}"}, "2026-03-02T09:15:00Z", id="iso-with-offset"
        ),
        pytest.param(
            {"at": "2026-03-02T10:15:00.250Z"},
            {"text": "{at}", "zone": "Asia/Tokyo"},
            "2026-03-02T10:15:00.250Z",
            id="an-offset-wins-over-the-zone",
        ),
        pytest.param(
            {"d": "2", "m": 3, "y": "2026", "t": "9:05 PM"},
            {"text": "{y}-{m}-{d} {t}", "formats": ["%Y-%m-%d %H:%M", "%Y-%m-%d %I:%M %p"], "zone": "UTC"},
            "2026-03-02T21:05:00Z",
            id="parts-in-four-columns-and-the-second-format",
        ),
        pytest.param(
            {"day": "5"},
            {"text": "2017-05-{day} 12:00", "formats": ["%Y-%m-%d %H:%M"], "zone": "America/Los_Angeles"},
            "2017-05-05T19:00:00Z",
            id="a-bare-day-in-summer-time",
        ),
        pytest.param(
            {"at": "29.03.2026 02:30"},
            {"text": "{at}", "formats": ["%d.%m.%Y %H:%M"], "zone": "Europe/Berlin"},
            "2026-03-29T01:30:00Z",
            id="an-hour-that-spring-skips",
        ),
        pytest.param(
            {"at": "2026-10-25 02:30"},
            {"text": "{at}", "zone": "Europe/Berlin"},
            "2026-10-25T00:30:00Z",
            id="an-hour-that-autumn-repeats-is-the-first",
        ),
    ],
)
def test_a_moment_is_put_together_from_columns_format_and_zone(
    row: dict[str, object], when: dict[str, Any], moment: str
) -> None:
    """Exports write dates in many ways; each comes out as one instant in UTC."""
    assert moment_reader(When(**when))(row) == moment


@pytest.mark.parametrize(
    ("text", "zone", "words"),
    [
        ("2026-03-02 10:15", None, "offset"),
        ("2026-02-30 10:15", "UTC", "iso"),
        ("yesterday", "UTC", "iso"),
        ("", "UTC", "empty"),
        ("0001-01-01 00:00", "Asia/Tokyo", "iso"),
    ],
)
def test_a_moment_that_cannot_be_read_is_not_guessed(text: str, zone: str | None, words: str) -> None:
    """A guessed zone or day would silently move every answer of the row."""
    with pytest.raises(BadCellError, match=words):
        moment_reader(When(text=Source(text="{at}"), zone=zone))({"at": text})


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("5.0", 5), ("-0.25", -0.25), ("+1e2", 100), (".5", 0.5)],
)
def test_a_number_is_whole_where_it_can_be(text: str, value: float) -> None:
    """The contract takes 4 and not 4.0 for a score, whatever a spreadsheet made of it."""
    assert number(text) == value
    assert type(number(text)) is type(value)


@pytest.mark.parametrize("text", ["", "x", "1_000", "1,5", "nan", "inf", "1e999", "٤", "0x10", "1 2"])
def test_what_only_python_takes_for_a_number_is_none(text: str) -> None:
    """float() reads 1_000, nan and Arabic digits; a survey file that has them has something else in mind."""
    assert number(text) is None
