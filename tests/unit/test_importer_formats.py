"""The same survey, whatever it was saved as; and an import that goes on where it stopped."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook as Book

from schemas.decode import Decoder
from schemas.reasons import Rejection
from streams.edges.errors import FileError
from streams.edges.importer.formats import look_through
from streams.edges.importer.found import Found
from streams.edges.importer.parts import FileShape
from streams.edges.importer.resume import Progress
from streams.edges.importer.survey import Survey

MAPPINGS = Path(__file__).parents[2] / "deploy" / "mappings"
MAPPING = """
producer: till
event_id: "{id}-{column}"
occurred_at: {text: "{at}", formats: [iso], zone: UTC}
channel: store
customer: {column: who}
answers: [{kind: csat, scale: 1-5, columns: [csat]}, {kind: nps, columns: [nps]}]
"""
ROWS: list[dict[str, Any]] = [
    {"id": "01", "at": datetime(2026, 3, 2, 10, 15), "who": "c-1", "csat": 4, "nps": None},
    {"id": "02", "at": datetime(2026, 3, 2, 10, 20, 30), "who": None, "csat": None, "nps": 9},
    {"id": "03", "at": datetime(2026, 3, 2, 10, 25), "who": "c-3", "csat": 7, "nps": 10},
]


def workbook(path: Path, rows: list[list[Any]], *, sheet: str = "Sheet", first_row: int = 1) -> Path:
    book = Book()
    page = book.active
    assert page is not None
    page.title = sheet
    for number, row in enumerate(rows, start=first_row):
        for column, value in enumerate(row, start=1):
            page.cell(number, column, value)
    book.create_sheet("Other").append(["x"])
    book.save(path)
    return path


def saved(folder: Path, form: str) -> Path:
    path = folder / f"answers.{form}"
    if form == "xlsx":
        return workbook(path, [list(ROWS[0]), *(list(row.values()) for row in ROWS)])
    texts = [{name: v.isoformat() if isinstance(v, datetime) else v for name, v in row.items()} for row in ROWS]
    if form == "csv":
        lines = [",".join("" if v is None else str(v) for v in row.values()) for row in texts]
        path.write_text("\n".join([",".join(ROWS[0]), *lines]))
    else:
        path.write_text("\n".join(json.dumps({k: v for k, v in row.items() if v is not None}) for row in texts))
    return path


@pytest.mark.parametrize("form", ["csv", "ndjson", "jsonl", "xlsx"])
def test_a_survey_gives_the_same_events_however_it_was_saved(tmp_path: Path, form: str) -> None:
    """Ids are for ever: the same answer must get the same one from each form."""
    (tmp_path / "m.yaml").write_text(MAPPING)
    found = Found()
    survey = Survey.open(saved(tmp_path, form), tmp_path / "m.yaml")
    events = list(survey.events(found))
    common = {"producer": "till", "channel": "store"}
    csat, nps = {"kind": "csat", "scale": "1-5", "touchpoint": "csat"}, {"kind": "nps", "touchpoint": "nps"}
    assert events == [
        {**common, **csat, "event_id": "01-csat", "occurred_at": "2026-03-02T10:15:00Z", "customer": "c-1", "score": 4},
        {**common, **nps, "event_id": "02-nps", "occurred_at": "2026-03-02T10:20:30Z", "score": 9},
        {**common, **nps, "event_id": "03-nps", "occurred_at": "2026-03-02T10:25:00Z", "customer": "c-3", "score": 10},
    ]
    assert (survey.file.n_rows, found.rows, found.events, found.blanks, found.bad_answers) == (3, 3, 3, 2, 1)
    bad = found.bad_cells[0]
    assert (bad.row, bad.column, bad.value) == (3 if form.endswith(("json", "jsonl")) else 4, "csat", "7")


def test_lines_that_are_no_objects_are_reported_and_the_others_are_read(tmp_path: Path) -> None:
    """Each line stands for itself; nested names are joined with a dot."""
    path = tmp_path / "a.ndjson"
    path.write_bytes(
        b'\xef\xbb\xbf{"id": 1, "answer": {"score": 4, "tags": ["a"]}}\n\n[1]\n{"id": \n{"id": 2, "x": true}\n'
        + b'{"a":' * 20 + b"1" + b"}" * 20 + b"\n"
    )  # fmt: skip
    file = look_through(path, FileShape())
    assert file.header == ("id", "answer.score", "answer.tags", "x")
    rows = list(file.rows())
    assert rows[0] == (1, {"id": 1, "answer.score": 4, "answer.tags": ["a"]})
    assert [number for number, _ in rows] == [1, 3, 4, 5, 6]
    assert [row for _, row in rows if isinstance(row, str)] == [
        "is no JSON object",
        "is no JSON (unexpected end of data: line 2 column 1 (char 8))",
        "is nested more than 8 deep",
    ]


def test_cells_of_a_sheet_come_as_a_person_reads_them(tmp_path: Path) -> None:
    """Dates as dates, empty rows passed over but counted, the sheet by its name."""
    rows = [
        [" id ", "when", "day", "hour", "took", "yes", "n", None],
        ["01", datetime(2026, 3, 2, 10, 15), date(2026, 3, 2), time(10, 15), timedelta(hours=30), True, 4.5, None],
        [None] * 8,
        ["02", None, None, None, None, False, 5.0, "beyond"],
    ]
    path = workbook(tmp_path / "a.xlsx", rows, sheet="Answers", first_row=3)
    file = look_through(path, FileShape(sheet="Answers"))
    assert file.header == ("id", "when", "day", "hour", "took", "yes", "n")
    assert list(file.rows()) == [
        (4, {"id": "01", "when": "2026-03-02T10:15:00", "day": "2026-03-02", "hour": "10:15:00", "took": 108_000.0,
             "yes": True, "n": 4.5}),
        (6, "has cells beyond the 7 columns of the header"),
    ]  # fmt: skip
    with pytest.raises(FileError, match=r"no sheet 'Answer'.*Answers"):
        look_through(path, FileShape(sheet="Answer"))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.ndjson", b"", "holds no JSON object"),
        ("a.ndjson", b"[]\n3\n", "holds no JSON object"),
        ("a.xlsx", b"PK\x03\x04 no zip", "cannot be read as a spreadsheet"),
        ("a.xlsx", b"id,csat\n1,4\n", "cannot be read as a spreadsheet"),
        ("a.jsonl", None, "cannot be read"),
        ("a.xlsx", None, "cannot be read"),
    ],
)
def test_a_file_that_is_not_what_it_is_called_is_refused(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    """One sentence, before anything is sent."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FileError, match=said):
        look_through(path, FileShape())


def test_rows_under_the_header_can_be_passed_over(tmp_path: Path) -> None:
    """Qualtrics repeats the questions there; numbers stay those of the file."""
    text = "id,q\nId,How?\nx,y\n1,4\n"
    (tmp_path / "a.csv").write_text(text)
    workbook(tmp_path / "a.xlsx", [line.split(",") for line in text.split()])
    for name in ("a.csv", "a.xlsx"):
        file = look_through(tmp_path / name, FileShape(skip=2))
        assert file.n_rows == 1
        assert list(file.rows()) == [(4, {"id": "1", "q": "4"})]


def test_the_qualtrics_sample_reads_an_export_of_the_documented_columns(tmp_path: Path) -> None:
    """Previews are reported and not sent; what is not answered is blank."""
    path = tmp_path / "responses.csv"
    path.write_text(
        "StartDate,EndDate,Status,IPAddress,Progress,Duration (in seconds),Finished,RecordedDate,ResponseId,"
        "RecipientLastName,RecipientFirstName,RecipientEmail,ExternalReference,LocationLatitude,LocationLongitude,"
        "DistributionChannel,UserLanguage,Q1,Q2,Q3,Q4\n"
        + "Start Date," * 20 + "Your words\n" + '"{""ImportId"":""x""}",' * 20 + "x\n"
        "2026-03-02 10:00:00,2026-03-02 10:05:00,0,,100,300,1,2026-03-02 10:05:01,R_1,,,,c-17,,,email,EN,5,,9,fine\n"
        "2026-03-02 10:00:00,2026-03-02 10:05:00,1,,100,300,1,2026-03-02 10:05:01,R_2,,,,,,,preview,EN,5,6,9,\n"
        "2026-03-02 10:00:00,2026-03-02 10:05:00,0,,50,300,0,2026-03-02 10:06:00,R_3,,,,,,,anonymous,EN,,-99,3,\n"
    )  # fmt: skip
    found = Found()
    events = list(Survey.open(path, MAPPINGS / "qualtrics.sample.yaml").events(found))
    assert [(e["event_id"], e["channel"], e["score"]) for e in events] == [
        ("R_1/q1", "email", 5), ("R_1/q3", "email", 9), ("R_3/q3", "web", 3),
    ]  # fmt: skip
    assert events[0]["comment"] == "fine"
    assert (found.rows, found.bad_rows) == (3, 1)
    _accepted(events)


def test_the_medallia_sample_reads_an_export_of_the_documented_columns(tmp_path: Path) -> None:
    """Nobody's name or address is read."""
    path = tmp_path / "responses.csv"
    path.write_text(
        "request_id,request_sent_at,request_delivery_status,response_received_at,star_rating,comments,"
        "ext_interaction_id,channel,tags,brand,customer_name,request_sent_to\n"
        "r-1,2026-03-02 10:00:00 UTC,Sent,2026-03-02 11:00:00 UTC,4,true,i-1,phone,,Acme,A. Person,a@example.org\n"
    )
    events = list(Survey.open(path, MAPPINGS / "medallia-agent-connect.sample.yaml").events(Found()))
    assert events == [
        {"event_id": "r-1/star_rating", "occurred_at": "2026-03-02T11:00:00Z", "producer": "medallia-agent-connect",
         "channel": "phone_in", "kind": "csat", "scale": "1-5", "touchpoint": "service_contact",
         "attributes": {"brand": "Acme"}, "score": 4}
    ]  # fmt: skip
    _accepted(events)


def _accepted(events: list[dict[str, Any]]) -> None:
    for event in events:
        assert not isinstance(Decoder().decode(json.dumps(event).encode()), Rejection), event


def test_an_import_goes_on_where_it_stopped_unless_file_or_mapping_changed(tmp_path: Path) -> None:
    """The note is written after each acknowledged portion, and replaced as a whole."""
    state, file, mapping = tmp_path / "state.json", tmp_path / "a.csv", tmp_path / "m.yaml"
    file.write_text("a"), mapping.write_text("m")
    first = Progress(state, file, mapping, "t")
    assert first.done == 0
    first.note(2_000)
    first.note(4_000)
    second = Progress(state, file, mapping, "t")
    assert second.done == 4_000
    second.note(500)
    assert Progress(state, file, mapping, "t").done == 4_500
    assert Progress(state, file, mapping, "other").done == 0
    mapping.write_text("m2")
    assert Progress(state, file, mapping, "t").done == 0
    state.write_text("{}")
    with pytest.raises(FileError, match="is no note of an import"):
        Progress(state, file, mapping, "t")
