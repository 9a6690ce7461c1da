"""Rows become events by the mapping alone, and no answer cell gets lost between two classes."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.decode import Decoder
from schemas.events import MODELS
from schemas.reasons import Rejection
from streams.edges.errors import FileError
from streams.edges.importer.convert import events
from streams.edges.importer.found import Found
from streams.edges.importer.mapping import ImportMapping

NOON = {"text": "2017-05-{DAY} 12:00", "formats": ["%Y-%m-%d %H:%M"], "zone": "America/Los_Angeles"}
CSAT = {"kind": "csat", "scale": "1-5", "columns": ["FOOD", "SHOP"], "blank": ["0", "6", "Blank"]}
NPS = {"kind": "nps", "columns": ["NET"], "blank": ["11"]}


def mapping(**changed: Any) -> ImportMapping:
    """A small survey, but for what a test changes; None leaves a key out."""
    given = {
        "producer": "panel",
        "event_id": "panel-{ID}-{column}",
        "occurred_at": NOON,
        "channel": {"column": "HOW", "map": {"1": "face_to_face", "3": "web"}},
        "answers": [CSAT, NPS],
    } | changed
    return ImportMapping.model_validate({key: value for key, value in given.items() if value is not None})


def row(**changed: object) -> dict[str, object]:
    """A passenger who answered everything, but for what a test changes."""
    return {"ID": "7", "DAY": "13", "HOW": "1", "FOOD": "4", "SHOP": "2", "NET": "9"} | changed


def converted(rows: list[dict[str, object]], **changed: Any) -> tuple[list[dict[str, Any]], Found]:
    found = Found()
    return list(events(mapping(**changed), rows, found)), found


def test_a_row_gives_one_event_for_each_answer() -> None:
    """Three answers of one passenger are three events that differ in id, touchpoint and score only."""
    made, _ = converted([row()])
    common = {"producer": "panel", "occurred_at": "2017-05-13T19:00:00Z", "channel": "face_to_face"}
    assert made == [
        common
        | {
            "event_id": "panel-7-food",
            "kind": "csat",
            "scale": "1-5",
            "touchpoint": "food",
            "score": 4,
        },
        common
        | {
            "event_id": "panel-7-shop",
            "kind": "csat",
            "scale": "1-5",
            "touchpoint": "shop",
            "score": 2,
        },
        common | {"event_id": "panel-7-net", "kind": "nps", "touchpoint": "net", "score": 9},
    ]


@pytest.mark.parametrize("code", ["", "  ", "0", "6", "Blank", None, float("nan"), 0, 6.0])
def test_a_blank_code_is_no_answer(code: object) -> None:
    """Not answered, never used and an empty cell of any kind of file give no event and no complaint."""
    made, found = converted([row(FOOD=code)])
    assert [event["touchpoint"] for event in made] == ["shop", "net"]
    assert (found.blanks, found.bad_answers, found.bad_cells) == (1, 0, [])


@pytest.mark.parametrize("code", ["4", " 4 ", "4.0", 4, 4.0])
def test_a_score_is_read_however_a_file_writes_it(code: object) -> None:
    """Spreadsheets write 4.0, JSON has a number: it is the same answer, a whole number in the event."""
    made, _ = converted([row(FOOD=code)])
    assert made[0]["score"] == 4
    assert isinstance(made[0]["score"], int)


@pytest.mark.parametrize("code", ["7", "-1", "4.5", "four", "1e9", "nan", "٤", "4,0", True, [4]])
def test_a_code_that_is_neither_score_nor_blank_is_reported_and_the_rest_goes_on(code: object) -> None:
    """One wrong cell costs one answer, is named with row and column, and never vanishes in silence."""
    made, found = converted([row(), row(ID="8", FOOD=code)])
    assert len(made) == 5
    assert found.bad_answers == 1
    (bad,) = found.bad_cells
    assert (bad.row, bad.column) == (3, "FOOD")


def test_eleven_is_a_blank_and_zero_a_score_where_the_entry_says_so() -> None:
    """Blank codes belong to an entry: 0 means nothing on 1-5 and is a detractor on 0-10."""
    made, found = converted([row(NET="11"), row(ID="8", NET="0", FOOD="0")])
    assert [event["score"] for event in made if event["kind"] == "nps"] == [0]
    assert found.blanks == 2


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"DAY": "32"}, "DAY"),
        ({"DAY": ""}, "DAY"),
        ({"HOW": "2"}, "HOW"),
        ({"HOW": ""}, "HOW"),
        ({"ID": ""}, "ID"),
        ({"W": "much"}, "W"),
    ],
    ids=["no such day", "no day", "unknown channel", "no channel", "no id", "weight is no number"],
)
def test_a_row_whose_common_fields_cannot_be_read_is_held_back_whole(cells: dict[str, object], column: str) -> None:
    """Half a truth sent once could never be mended: its id would already be taken."""
    made, found = converted([row(**cells), row(ID="8")], weight={"column": "W"})
    assert {event["event_id"][:7] for event in made} == {"panel-8"}
    assert (found.bad_rows, found.held_back, found.events) == (1, 3, 3)
    assert found.bad_cells[0].column == column


CELLS = st.sampled_from(["", "0", "1", "3", "5", "6", "7", "Blank", "x", "11"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {"ID": st.sampled_from(["", "7", "8"]), "DAY": st.sampled_from(["13", "99"]), "HOW": CELLS}
        | dict.fromkeys(("FOOD", "SHOP", "NET"), CELLS)
    ),
    max_size=20,
)


@given(rows=ROWS)
def test_each_answer_cell_is_in_exactly_one_class(rows: list[dict[str, object]]) -> None:
    """Events, blanks, bad and held-back cells add up to the cells there were: nothing is dropped in silence."""
    made, found = converted(rows)
    assert found.rows == len(rows)
    assert found.events == len(made)
    assert found.events + found.blanks + found.bad_answers + found.held_back == 3 * len(rows)


@given(rows=ROWS)
def test_what_is_made_keeps_the_contract(rows: list[dict[str, object]]) -> None:
    """A mapping whose names are right never makes an event that the workers would refuse."""
    made, _ = converted(rows)
    decoder = Decoder()
    assert [r for e in made if isinstance(r := decoder.decode(orjson.dumps(e)), Rejection)] == []


@given(rows=ROWS)
def test_the_same_file_gives_the_same_events(rows: list[dict[str, object]]) -> None:
    """Importing again changes nothing, because every event comes out byte for byte the same."""
    first, second = converted(rows)[0], converted(rows)[0]
    assert [orjson.dumps(event) for event in first] == [orjson.dumps(event) for event in second]


def test_common_fields_come_from_constants_columns_and_maps_and_an_entry_may_have_its_own() -> None:
    """What stands at the top holds for all answers, unless an entry says otherwise."""
    made, _ = converted(
        [row(AREA="A", PEAK="3", W="0.5", SAID="fine", AGE="")],
        location={"column": "AREA"},
        segment={"column": "PEAK", "map": {"3": "international"}},
        customer="panel-{ID}",
        weight={"column": "W"},
        stage="use",
        comment={"column": "SAID"},
        attributes={"age": {"column": "AGE"}, "method": {"column": "HOW"}},
        question={"version": "2017"},
        answers=[
            {**CSAT, "columns": ["FOOD"], "stage": "purchase", "element": "perception", "touchpoint": "eat"},
            {**NPS, "location": {"column": "AGE"}, "question": {"id": "recommend", "version": "{DAY}"}},
        ],
    )
    food, net = made
    assert food["location"] == "A"
    assert food["segment"] == "international"
    assert food["customer"] == "panel-7"
    assert food["weight"] == 0.5
    assert food["comment"] == "fine"
    assert food["attributes"] == {"method": "1"}
    assert (food["stage"], food["element"], food["touchpoint"]) == ("purchase", "perception", "eat")
    assert food["question"] == {"id": "food", "version": "2017"}
    assert net["question"] == {"id": "recommend", "version": "13"}
    assert net["stage"] == "use"
    assert "location" not in net, "the entry's own empty cell wins over the row's"
    assert [r for e in made if isinstance(r := Decoder().decode(orjson.dumps(e)), Rejection)] == []


def test_an_empty_weight_or_segment_is_left_out() -> None:
    """A name of "" would be a member of its own in every list, and a weight of 0 would hide the answer."""
    made, _ = converted([row(W="", PEAK=None)], weight={"column": "W"}, segment={"column": "PEAK"})
    assert len(made) == 3
    assert not any({"weight", "segment"} & event.keys() for event in made)


def test_words_become_scores_by_a_map() -> None:
    """Many tools export the label that was clicked; a label that is missing is reported."""
    answers = [{**CSAT, "columns": ["FOOD"], "map": {"Very good": "5", "no": "1"}}]
    made, found = converted([row(FOOD=text) for text in ("Very good", "no", "3", "Good")], answers=answers)
    assert [event["score"] for event in made] == [5, 1, 3]
    assert found.bad_cells[0].value == "Good"


def test_a_pattern_takes_the_columns_that_fit_it_whole() -> None:
    """Q7COM holds comments: a pattern that fits its start must not read them as scores."""
    cells = {"Q7A": "4", "Q7COM": "12", "Q7AX": "3", "XQ7B": "3"}
    made, found = converted([row(**cells)], answers=[{"kind": "csat", "scale": "1-5", "pattern": "Q7[A-Z]"}])
    assert [event["touchpoint"] for event in made] == ["q7a"]
    assert found.bad_cells == []


@pytest.mark.parametrize(
    ("entry", "cell", "expected"),
    [
        (
            {"kind": "rating", "field": "experience", "texts": {"aspect": "price"}, "numbers": {"importance": "{NET}"}},
            "8",
            {"experience": 8, "aspect": "price", "importance": 9},
        ),
        ({"kind": "trust", "field": "ability"}, "10", {"ability": 10}),
        ({"kind": "emotion", "field": "valence"}, "-0.5", {"valence": -0.5}),
        ({"kind": "emotion", "field": "feeling", "map": {":(": "sad"}}, ":(", {"feeling": "sad"}),
        ({"kind": "complaint", "field": "severity"}, "3", {"severity": 3}),
        ({"kind": "interaction", "field": "wait_s"}, "12.5", {"wait_s": 12.5}),
        ({"kind": "interaction", "field": "first_contact", "map": {"Y": "1"}}, "Y", {"first_contact": True}),
        ({"kind": "purchase", "field": "amount", "texts": {"currency": "EUR"}}, "9.99", {"amount": 9.99}),
        ({"kind": "invitation", "texts": {"survey": "till"}}, "yes", {"survey": "till"}),
        ({"kind": "visit"}, "yes", {}),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else None,
)
def test_other_kinds_name_the_field_that_takes_the_cell(
    entry: dict[str, Any], cell: str, expected: dict[str, Any]
) -> None:
    """Ratings, waits, purchases and the rest come from files as well, and keep the contract."""
    made, found = converted([row(FOOD=cell)], answers=[entry | {"columns": ["FOOD"]}])
    assert found.bad_cells == []
    kinds_own = {name: made[0][name] for name in MODELS[entry["kind"]].model_fields if name in expected}
    assert kinds_own == expected
    assert not isinstance(Decoder().decode(orjson.dumps(made[0])), Rejection)


def test_two_entries_cannot_take_one_column() -> None:
    """Both answers would have the same id, and one of them would be taken for a repeat."""
    with pytest.raises(FileError, match="'FOOD'"):
        converted([row()], answers=[CSAT, {"kind": "csat", "scale": "1-5", "columns": ["FOOD"]}])


def test_a_blank_code_that_is_a_score_is_refused() -> None:
    """`blank: [0]` for the whole file would lose every detractor who answered 0."""
    with pytest.raises(FileError, match="'0' means blank and is a score too"):
        converted([row()], blank=["0"], answers=[{"kind": "nps", "columns": ["NET"]}])
