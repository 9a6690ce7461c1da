"""The airport survey of 2017, read by its mapping, gives exactly the answers that are in the file.

The file is public but not part of the project: it is looked for where TOUCHPULSE_TEST_SFO says, else beside
the project, and these tests are skipped where it is not. The figures were counted straight from the file.
"""

from __future__ import annotations

import os
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.decode import Decoder
from schemas.reasons import Rejection
from streams.edges.importer.found import Found
from streams.edges.importer.survey import Survey

ROOT = Path(__file__).parents[2]
FILE = Path(os.environ.get("TOUCHPULSE_TEST_SFO") or ROOT.parent / "shared" / "data" / "sfo-2017.csv")
MAPPING = ROOT / "deploy" / "mappings" / "sfo-2017.yaml"


@cache
def imported() -> tuple[list[dict[str, Any]], Found]:
    """The file as events, read once. Not a fixture: a skip in here is one line of the summary for all tests."""
    if not FILE.exists():
        pytest.skip(f"no airport survey at {FILE} (TOUCHPULSE_TEST_SFO)")
    found = Found()
    return list(Survey.open(FILE, MAPPING).events(found)), found


def scores(events: list[dict[str, Any]], touchpoint: str) -> list[int]:
    return [event["score"] for event in events if event["touchpoint"] == touchpoint]


def test_every_answer_of_the_file_is_an_event_and_nothing_else() -> None:
    """55,839 answers in 2,831 rows; every other cell of the 26 columns is blank, none is bad."""
    events, found = imported()
    assert (found.rows, found.events, len(events)) == (2_831, 55_839, 55_839)
    assert found.blanks == 2_831 * 26 - 55_839
    assert (found.bad_answers, found.bad_rows, found.misshapen_rows, found.bad_cells) == (0, 0, 0, [])


def test_the_published_figures_come_out() -> None:
    """NPS 39.84, overall 82.07 %, restaurants 55.72 %: from the counts that give them."""
    events, _ = imported()
    net = scores(events, "netpro")
    promoters, detractors = sum(s >= 9 for s in net), sum(s <= 6 for s in net)
    assert (len(net), promoters, len(net) - promoters - detractors, detractors) == (2_746, 1_436, 968, 342)
    overall = scores(events, "q7all")
    assert (len(overall), sum(s >= 4 for s in overall)) == (2_688, 2_206)
    assert round(sum(overall) / len(overall), 4) == 4.0644
    food = scores(events, "q7food")
    assert (len(food), sum(s >= 4 for s in food)) == (2_421, 1_349)


def test_each_column_is_a_touchpoint_of_its_kind() -> None:
    """Difficult-to-easy questions are effort with the direction ease, so that they pool with no other scale."""
    events, _ = imported()
    kinds = {(event["touchpoint"], event["kind"], event.get("direction", "")) for event in events}
    assert len(kinds) == 26
    assert {name for name, kind, direction in kinds if (kind, direction) == ("ces", "ease")} == {
        "q13getrate",
        "q14find",
        "q14passthru",
    }
    assert {name for name, kind, _ in kinds if kind == "nps"} == {"netpro"}
    assert Counter(kind for _, kind, _ in kinds) == {"csat": 22, "ces": 3, "nps": 1}


def test_common_fields_come_from_the_columns_of_the_row() -> None:
    """The first row: at the gate on 13 May, boarding area G, an international flight."""
    events, _ = imported()
    assert events[0] == {
        "event_id": "sfo-2017/1/q7sign",
        "producer": "sfo-survey",
        "occurred_at": "2017-05-13T19:00:00Z",
        "kind": "csat",
        "scale": "1-5",
        "score": 3,
        "channel": "face_to_face",
        "touchpoint": "q7sign",
        "stage": "use",
        "element": "cognition",
        "location": "G",
        "segment": "international",
        "customer": "sfo-2017-1",
        "weight": 0.2847177143,
        "question": {"id": "q7sign", "version": "2017"},
    }
    respondents = {event["customer"]: event for event in events}.values()
    assert Counter(event["channel"] for event in respondents).keys() == {"face_to_face", "direct_mail", "web"}
    assert {event["location"] for event in respondents} == set("ABCDEFG")
    assert min(event["occurred_at"] for event in events) == "2017-05-05T19:00:00Z"
    assert max(event["occurred_at"] for event in events) == "2017-05-30T19:00:00Z"


def test_the_contract_accepts_every_event_and_no_id_repeats() -> None:
    """What the importer sends, the workers count, each once."""
    events, _ = imported()
    decoder = Decoder()
    assert [r for e in events if isinstance(r := decoder.decode(orjson.dumps(e)), Rejection)] == []
    assert len({event["event_id"] for event in events}) == len(events)


def test_importing_again_gives_the_same_events() -> None:
    """The same ids for ever: a second import must meet its first."""
    events, _ = imported()
    assert list(Survey.open(FILE, MAPPING).events(Found())) == events
