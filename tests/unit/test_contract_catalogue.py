"""The catalogue: which names exist, what they mean, and what an error in the file says."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

import deploy
from schemas.catalogue import Catalogue, CatalogueError
from schemas.common import CHANNELS
from schemas.decode import Decoder, Event, Rejection
from tests.kit.contract import raw

EXAMPLE = Path(deploy.__file__).parent / "catalogue" / "example.yaml"
SMALL = {
    "channels": {"store": {"medium": "store"}, "Laden": {"medium": "store"}},
    "touchpoints": {"checkout": {"stage": "purchase"}},
    "locations": {"store-berlin": {"time_zone": "Europe/Berlin"}},
}


def decode(catalogue: dict[str, Any], **fields: Any) -> Event | Rejection:
    """One event under a catalogue."""
    return Decoder(Catalogue.model_validate(catalogue)).decode(raw(**fields))


@pytest.mark.parametrize(
    ("field", "name", "nearest"),
    [
        ("channel", "laden", "Laden"),
        ("channel", "web", ""),
        ("touchpoint", "chekout", "checkout"),
        ("location", "store-berlni", "store-berlin"),
    ],
)
def test_an_unlisted_name_is_refused_with_the_nearest_listed_one(field: str, name: str, nearest: str) -> None:
    """A misspelt name would split a score in two, and nobody would notice."""
    found = decode(SMALL, **{field: name})
    assert isinstance(found, Rejection)
    assert (found.reason, found.field, found.nearest) == ("unknown_name", field, nearest)


def test_unlisted_names_are_admitted_by_setting() -> None:
    """Some would rather see a new name than lose an answer."""
    found = decode({**SMALL, "unknown_names": "admit"}, channel="web", touchpoint="new", location="there")
    assert isinstance(found, Event)
    assert found.series == ("web", "", "new", "there", "", "customer")


def test_a_section_that_is_left_out_is_not_checked() -> None:
    """A catalogue may begin with touchpoints alone; the channels are then the built-in ones."""
    only_touchpoints = {"touchpoints": SMALL["touchpoints"]}
    assert isinstance(decode(only_touchpoints, channel="fax", location="anywhere"), Event)
    assert isinstance(decode(only_touchpoints, channel="Laden"), Rejection)


def test_without_a_catalogue_the_built_in_channels_are_known() -> None:
    """Everything else is taken as sent."""
    for channel in CHANNELS:
        assert isinstance(Decoder().decode(raw(channel=channel, touchpoint="x", location="y")), Event)
    assert isinstance(Decoder().decode(raw(channel="Laden")), Rejection)


def test_a_known_name_stays_known_after_an_unknown_one() -> None:
    """What the decoder remembers of one event must not rub off on the next."""
    decoder = Decoder(Catalogue.model_validate(SMALL))
    for _ in range(2):
        assert isinstance(decoder.decode(raw(touchpoint="chekout")), Rejection)
        assert isinstance(decoder.decode(raw(touchpoint="checkout")), Event)


def test_the_example_is_a_whole_company() -> None:
    """What a newcomer copies must be right, and have every part."""
    example = Catalogue.load(EXAMPLE)
    assert example.unknown_names == "refuse"
    assert {info.stage for info in example.touchpoints.values()} == {"pre_purchase", "purchase", "use", "after_sale"}
    assert len({place.time_zone for place in example.locations.values()}) > 1
    assert example.locations["store-zuerich"].hours[0] == ((540, 750), (810, 1_140))
    assert 6 not in example.locations["store-zuerich"].hours
    assert date(2026, 12, 25) in example.locations["store-hamburg"].holidays
    assert example.targets.ideal["convenience"] == 10
    assert example.targets.ideal["price"] == "as_it_is"
    assert example.targets.goals


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no catalogue"),
        ("- a\n- b\n", "is no catalogue"),
        ("channels: {web: {medium: web}\n", "line 2: "),
        ("channels:\n  web: {medium: web}\n  web: {medium: app}\n", "line 3: the key 'web' stands twice"),
        ("chanels: {}\n", "line 1, chanels: "),
        ("channels:\n  web: {medium: webb}\n", "line 2, channels.web.medium: is no medium: did you mean 'web'?"),
        ("touchpoints:\n  pay:\n    stage: buying\n", "line 3, touchpoints.pay.stage: "),
        ("touchpoints:\n  a|b:\n    stage: use\n", "line 2, touchpoints.a|b: is no name"),
        ("locations:\n  x: {time_zone: Mars/Base}\n", "line 2, locations.x.time_zone: is no time zone"),
        ("locations:\n  x:\n    region: r\n", "line 2, locations.x.time_zone: field required"),
        (
            "locations:\n  x:\n    time_zone: UTC\n    hours: {mon: '20:00-10:00'}\n",
            "line 4, locations.x.hours: hours '20:00-10:00' end before they begin",
        ),
        (
            "locations:\n  x:\n    time_zone: UTC\n    hours: {mondy: '10:00-20:00'}\n",
            "line 4, locations.x.hours: day 'mondy' is unknown",
        ),
        (
            "locations:\n  x:\n    time_zone: UTC\n    hours: {mon: '10:00-14:00, 13:00-18:00'}\n",
            "hours '10:00-14:00, 13:00-18:00' end before they begin",
        ),
        ("locations:\n  x:\n    time_zone: UTC\n    hours: {mon: 10}\n", "hours 10 are unclear"),
        (
            "locations:\n  x:\n    time_zone: UTC\n    hours: {mon: closed, mon-tue: closed}\n",
            "line 4, locations.x.hours: mon is given twice",
        ),
        ("locations:\n  x: {time_zone: UTC, holidays: [xmas]}\n", "line 2, locations.x.holidays.0: "),
        ("targets:\n  ideal: {price: 11}\n", "line 2, targets.ideal.price"),
        ("targets:\n  goals: [{metric: csat, scale: csat-1-6, value: 1}]\n", "did you mean 'csat-1-5'"),
        (
            "targets:\n  goals: [{metric: csat, scale: csat-1-5, value: 1, channel: wbe}]\n",
            "channel 'wbe' is not in the catalogue",
        ),
    ],
)
def test_an_error_names_file_line_and_field(tmp_path: Path, text: str, message: str) -> None:
    """The person who wrote the file must find the place."""
    path = tmp_path / "catalogue.yaml"
    path.write_text(text)
    with pytest.raises(CatalogueError) as refusal:
        Catalogue.load(path)
    assert str(refusal.value).startswith(str(path))
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_hours_are_minutes_of_the_local_day() -> None:
    """Spans are [open, close); midnight is the end of the day, not its beginning; a day left out is closed."""
    hours = {"mon-tue": "09:30-12:00, 13:00-24:00", "sun": "closed"}
    place = Catalogue.model_validate({"locations": {"x": {"time_zone": "UTC", "hours": hours}}}).locations["x"]
    open_spans = ((570, 720), (780, 1_440))
    assert place.hours == {0: open_spans, 1: open_spans, 6: ()}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """One sentence, no traceback of a file system."""
    with pytest.raises(CatalogueError, match="cannot be read"):
        Catalogue.load(tmp_path / "none.yaml")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """A spreadsheet saved under a wrong name, for example."""
    path = tmp_path / "catalogue.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CatalogueError, match="not UTF-8"):
        Catalogue.load(path)
