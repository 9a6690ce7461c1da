"""Slices of very few customers are hidden on the boards, and say so."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from typer.testing import CliRunner

from dashboards import choices, pictures
from dashboards.channel import CHANNEL
from dashboards.feed import Feed, Row
from dashboards.grafana import to_dict
from dashboards.library import BOARDS, boards
from streams.cli import app
from tests.boards.conftest import Seeded
from tests.kit.seed import HOUR, MINUTE, World

MATRIX, LOCATIONS, VOICES = (CHANNEL.panel(number) for number in (4, 5, 6))
PLACES = {"Alone": 1, "Few": 4, "Enough": 5, "Nameless": 5}
"""Location to the customers that answered there, ten answers each; nobody is named at the last."""


@pytest.fixture(scope="module")
def kiosk(untouched: Seeded) -> Seeded:
    """One more channel, whose answers come from a known number of people at each place."""
    world = World(untouched.world.now_ms)
    for place in PLACES:
        how = {"location": place, "touchpoint": f"at {place}", "stage": "use", "comment": f"words at {place}"}
        world.add(world.now_ms - MINUTE, "kiosk", "csat-1-5", [1] * 10, **how)
    rows = list(world.touchpoints())
    for number, row in enumerate(rows):
        people = PLACES[row["location"]]
        row |= {"event_id": f"kiosk-{number}", "customer": f"k-{row['location']}-{number % people}"}
        if row["location"] == "Nameless":
            row["customer"] = ""
    for table, made in (("panes_10s", list(world.panes(10_000, coarse=False))), ("touchpoints", rows)):
        untouched.store.insert_columns(table, {name: [row[name] for row in made] for name in made[0]})
    return untouched


def by(rows: list[Row], name: str) -> Mapping[str, Row]:
    return {str(row[name]): row for row in rows}


@pytest.mark.parametrize(
    ("least", "shown"),
    [
        pytest.param("5", {"Enough", "Nameless"}, id="five"),
        pytest.param("4", {"Few", "Enough", "Nameless"}, id="four"),
        pytest.param("0", set(PLACES), id="off"),
        pytest.param("11", set[str](), id="eleven"),
    ],
)
def test_a_place_is_shown_from_so_many_customers_on(kiosk: Seeded, least: str, shown: set[str]) -> None:
    """Customers, not answers: one person who answers ten times is one; who is not named counts as one each."""
    places = by(kiosk.ask(CHANNEL, LOCATIONS, channel="kiosk", hide_under=least), "name")
    cells = by(kiosk.ask(CHANNEL, MATRIX, channel="kiosk", hide_under=least), "row_name")
    voices = kiosk.ask(CHANNEL, VOICES, channel="kiosk", hide_under=least)
    assert {name for name, row in places.items() if row["value"] is not None} == shown
    assert {name for name, row in cells.items() if row["net"] is not None} == {f"at {name}" for name in shown}
    assert {row["comment"] for row in voices} >= {f"words at {name}" for name in shown}
    assert {row["location"] for row in voices} - {""} == shown


def test_what_is_hidden_keeps_its_place_and_says_why(kiosk: Seeded) -> None:
    """A silent gap would look like a shop without customers."""
    places = by(kiosk.ask(CHANNEL, LOCATIONS, channel="kiosk"), "name")
    assert set(places) == set(PLACES)
    assert list(places)[-2:] == ["Alone", "Few"]
    alone = places["Alone"]
    assert (alone["score"], alone["verdict"]) == ("hidden: fewer than 5 customers", "hidden")
    assert [alone[name] for name in ("n", "value", "lower", "upper")] == [None] * 4
    cell = by(kiosk.ask(CHANNEL, MATRIX, channel="kiosk"), "row_name")["at Alone"]
    assert cell["cell"] == "○ < 5 customers"
    assert [cell[name] for name in ("net", "net_lower", "n", "good", "bad", "net_now", "turn")] == [None] * 6 + [0]
    voices = kiosk.ask(CHANNEL, VOICES, channel="kiosk")
    hidden = [row for row in voices if not row["location"]]
    assert len(hidden) == 20
    names = ("comment", "touchpoint", "segment", "event_id", "producer")
    assert {tuple(row[name] for name in names) for row in hidden} == {
        ("hidden: fewer than 5 customers", "", "", "", "")
    }


def test_a_place_whose_customers_are_known_no_more_is_hidden(kiosk: Seeded) -> None:
    """Counts are kept longer than events: nobody could say how many people they were."""
    world = World(kiosk.world.now_ms)
    world.add(world.now_ms - 2 * MINUTE, "aged", "csat-1-5", [1] * 30, location="Old")
    made = list(world.panes(10_000, coarse=False))
    kiosk.store.insert_columns("panes_10s", {name: [row[name] for row in made] for name in made[0]})
    (row,) = kiosk.ask(CHANNEL, LOCATIONS, channel="aged")
    assert (row["name"], row["verdict"]) == ("Old", "hidden")


def test_many_answers_are_shown_without_asking_who_gave_them(small: Seeded) -> None:
    """A hundred answers of one place need no look-up; and the small world's places stay as they were."""
    rows = small.ask(CHANNEL, LOCATIONS, span_ms=HOUR)
    assert {row["name"]: row["n"] for row in rows} == {"North": 40, "South": 80}


def test_pictures_of_the_page_say_what_is_hidden(kiosk: Seeded) -> None:
    """Also where all is hidden."""
    ranked = pictures.ranking(kiosk.ask(CHANNEL, LOCATIONS, channel="kiosk", hide_under="11"), LOCATIONS)
    drawn = pictures.matrix(kiosk.ask(CHANNEL, MATRIX, channel="kiosk"), MATRIX)
    assert ranked.count("hidden: fewer than 11 customers") == 4
    assert drawn.count("○ &lt; 5 customers") == 2
    assert "None" not in ranked + drawn


def test_the_number_is_the_installations_and_no_readers() -> None:
    """In Grafana a constant; on the page no drop-down, and no address changes it."""
    (channel,) = [one for one in boards(9) if one.uid == CHANNEL.uid]
    (constant,) = [one for one in to_dict(channel)["templating"]["list"] if one["name"] == "hide_under"]
    assert (constant["type"], constant["query"], constant["hide"]) == ("constant", "9", 2)

    class Nothing:
        def query(self, sql: str) -> list[dict[str, Any]]:
            return []

    async def asked() -> tuple[str, str]:
        feed = Feed(Nothing(), now_ms=lambda: 0)
        values = await feed.chosen(channel, {"hide_under": ["0"]})
        return str(values["hide_under"]), await choices.controls(feed, channel, values, "1h")

    value, controls = asyncio.run(asked())
    assert value == "9"
    assert "hide_under" not in controls


def test_the_setting_reaches_the_boards_that_are_built(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the committed ones are those of the default."""
    assert boards(5) == BOARDS
    monkeypatch.setenv("TOUCHPULSE_HIDE_UNDER", "12")
    assert CliRunner().invoke(app, ["boards", "build", "--to", str(tmp_path)]).exit_code == 0
    assert '"query": "12"' in (tmp_path / f"{CHANNEL.uid}.json").read_text()
