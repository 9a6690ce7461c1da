"""`touchpulse handover`: ten lines, each with the number that a plain count gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from dashboards.handover import FIRED, SAID, Handover, read
from dashboards.handover_words import lines
from dashboards.macros import Shown, expand
from dashboards.report.words import Language
from streams.cli import app
from streams.edges.settings import Settings
from streams.pure.method.voices import terms
from tests.boards.conftest import Seeded, seeded
from tests.kit.clickhouse import fresh_database, migrated
from tests.kit.rows import columns
from tests.kit.seed import DAY, HOUR, MINUTE
from tests.kit.seed_voices import NOW, lay_voices


@pytest.fixture(scope="module")
def shift(clickhouse_url: str) -> Iterator[Seeded]:
    """The small world with alerts and voices; a till that was heard a day ago and not since."""
    for one in seeded(clickhouse_url):
        lay_voices(one.store, one.world.now_ms)
        ago_ms = one.world.now_ms - DAY - 10 * MINUTE
        times = {"appended_at": ago_ms, "stored_at": ago_ms, "occurred_at": ago_ms}
        one.store.insert_columns("touchpoints", columns("touchpoints", {"producer": "till-9", **times}))
        yield one


@pytest.fixture(scope="module")
def hour(shift: Seeded) -> Handover:
    """The last hour of it."""
    return read(shift.store, now_ms=shift.world.now_ms, shift_ms=HOUR, hide_under=5)


def test_channels_are_those_of_a_plain_count_the_worst_first(shift: Seeded, hour: Handover) -> None:
    """Net experience over CSAT, CES and NPS of customers; four answers neither lead nor trail."""
    since_ms = hour.from_ms
    real = [a for a in shift.world.answers if a.respondent == "customer" and a.kept_as == "accepted"]
    asked = [a for a in real if a.at_ms >= since_ms and a.metric in ("csat", "ces", "nps")]
    found = {one.channel: one.now for one in hour.channels}
    for channel in ("app", "web", "store"):
        boxes = Counter(a.box for a in asked if a.channel == channel)
        n = sum(boxes.values())
        assert (found[channel].n, found[channel].value) == (n, pytest.approx(100 * (boxes[1] - boxes[-1]) / n))
    ample = [one.now.upper for one in hour.channels if one.now.n >= 30]
    assert ample == sorted(ample)
    assert hour.channels[-1].channel == "store"
    assert hour.answers == sum(one.now.n for one in hour.channels)


def test_alerts_silences_and_pages(shift: Seeded, hour: Handover) -> None:
    """What fired this hour; what stands and who has it; what is silent until when; what did not get through."""
    assert hour.fired == {"pages": 3, "tickets": 1, "held_back": 2, "over": 2}
    told = shift.alerted
    assert [one.alert_id for one in hour.stands] == [told.paged.id, told.taken.id, told.part.id, told.silenced.id]
    assert [one.id for one in hour.quiet] == ["s-7"]
    said = lines(hour, "en")
    assert "channel-worsens (n 100; nobody has it); ticket pickup pickup-below-goal (n 640; Kim has it)" in said[3]
    assert said[3].endswith("and 1 more.")
    assert said[4].startswith("Silences in force: 1: Old Town until ")
    assert said[5] == "Pages not through: 1: 1 to wecom, 9 tries, HTTP 500."


def test_an_alert_that_fired_before_the_shift_is_not_of_it(shift: Seeded) -> None:
    shown = Shown(shift.world.now_ms - 20 * MINUTE, shift.world.now_ms)
    (late,) = shift.store.query(expand(FIRED, shown=shown, values={}))
    assert late == {"pages": 0, "tickets": 0, "held_back": 1, "over": 0}


def test_what_bad_answers_say_most(shift: Seeded, hour: Handover) -> None:
    """Each answer once for a word; what fewer customers name than must be is not told."""
    counted = Counter(term for text in NOW * 10 for term in terms(text))
    assert (hour.said[0]["term"], hour.said[0]["now"]) == ("failed", counted["failed"] + 1)
    assert (hour.said[1]["term"], hour.said[1]["now"]) == ("payment", counted["payment"])
    shown, many = Shown(hour.from_ms, hour.to_ms), {"hide_under": str(counted["failed"] + 1)}
    assert [row["term"] for row in shift.store.query(expand(SAID, shown=shown, values=many))] == ["failed"]


def test_producers_data_and_revisions(hour: Handover) -> None:
    """The till was heard at this hour yesterday; four records were refused; the books add up."""
    assert hour.gone == ("till-9",)
    assert [(row["producer"], row["refused"], row["mostly"]) for row in hour.refused] == [("seed", 4, "unknown_name")]
    assert hour.account["all_wrong"] == 0
    assert hour.account["all_offsets"] > 0
    assert (hour.revised["slices"], hour.revised["answers"], hour.revised["bad_answers"]) == (1, 1, 1)


@pytest.fixture(scope="module")
def nothing(clickhouse_url: str) -> Iterator[Handover]:
    """Of a new installation."""
    with migrated(Settings(clickhouse_url=clickhouse_url, clickhouse_database=fresh_database())) as empty:
        yield read(empty, now_ms=1_795_400_000_000, shift_ms=8 * HOUR, hide_under=5)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_ten_lines_whatever_there_is(hour: Handover, nothing: Handover, language: Language) -> None:
    """Full or empty, each a sentence on one line."""
    for found in (nothing, hour):
        said = lines(found, language)
        assert len(said) == 10
        assert all("\n" not in line and line.endswith((".", "。")) for line in said)


def test_the_command_prints_them(shift: Seeded, clickhouse_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_URL", clickhouse_url)
    monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_DATABASE", shift.store.database)
    done = CliRunner().invoke(app, ["handover", "--shift", "2h"])
    assert done.exit_code == 0, done.output
    assert len(done.output.splitlines()) == 10
