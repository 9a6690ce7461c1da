"""The numbers on the boards are those of the small world, counted again here by plain loops."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt
from typing import Any

import pytest

from dashboards.channel import CHANNEL
from dashboards.feed import Row
from dashboards.overview import OVERVIEW
from tests.boards.conftest import SPANS_MS, Seeded
from tests.kit.seed import HOUR, MINUTE, Answer

FIVE_MINUTES = 5 * MINUTE


def counted(small: Seeded, *, since_ms: int = HOUR, **where: Any) -> list[Answer]:
    """Customers' answers since so long ago that fit."""
    return [
        answer
        for answer in small.world.answers
        if answer.respondent == "customer"
        and answer.kept_as == "accepted"
        and answer.at_ms >= small.world.now_ms - since_ms
        and all(getattr(answer, name) == value for name, value in where.items())
    ]


def wilson_by_roots(hits: int, n: int) -> tuple[float, float]:
    """The two shares p with (hits/n - p)^2 = z^2 p (1 - p) / n, in percent: another way to Wilson's ends."""
    z2, share = 1.96**2, hits / n
    a, b, c = 1 + z2 / n, -(2 * share + z2 / n), share * share
    root = sqrt(b * b - 4 * a * c)
    return 100 * (-b - root) / (2 * a), 100 * (-b + root) / (2 * a)


def by_series(rows: list[Row]) -> dict[tuple[str, str], Row]:
    return {(row["channel"], row["scale"]): row for row in rows}


@pytest.fixture
def now(small: Seeded) -> dict[tuple[str, str], Row]:
    """Rows of the overview's table."""
    return by_series(small.ask(OVERVIEW, OVERVIEW.panel(3)))


def test_a_score_on_the_overview_is_that_of_its_answers(small: Seeded, now: dict[tuple[str, str], Row]) -> None:
    """10 of 40 satisfied: 25 %, with Wilson's interval; employees and test events are not among them."""
    answers = counted(small, since_ms=FIVE_MINUTES, channel="app", scale="csat-1-5")
    satisfied = sum(answer.point >= 4 for answer in answers)
    row = now[("app", "csat-1-5")]
    assert (row["n"], row["value"], row["score"]) == (len(answers), 100 * satisfied / len(answers), "25.0 %")
    assert (row["lower"], row["upper"]) == pytest.approx(wilson_by_roots(satisfied, len(answers)))
    assert row["interval"] == "14.2 to 40.2"


def test_nps_is_promoters_minus_detractors(now: dict[tuple[str, str], Row]) -> None:
    """60 / 15 / 25 of 100 make +35, as the method's example says."""
    row = now[("web", "nps-0-10")]
    assert (row["score"], row["value"], row["net"], row["n"]) == ("+35.0", 35.0, 35.0, 100)


def test_silence_is_shown_as_words_and_never_as_zero(now: dict[tuple[str, str], Row]) -> None:
    """The call centre has been silent for an hour: no number, no interval, no change."""
    row = now[("phone_in", "csat-1-5")]
    assert (row["value"], row["net"], row["lower"], row["change"]) == (None, None, None, None)
    assert (row["score"], row["interval"], row["trend"], row["evidence"]) == ("no answers", "–", "–", "no answers")


def test_few_answers_are_marked_and_do_not_lead(small: Seeded) -> None:
    """Four customers, all unhappy, are no reason to look there first; silence is last."""
    rows = small.ask(OVERVIEW, OVERVIEW.panel(3))
    assert [(row["channel"], row["scale"]) for row in rows] == [
        ("app", "csat-1-5"),  # an alert says it is worsening
        ("app", "ces-effort-1-5"),
        ("web", "nps-0-10"),
        ("web", "csat-1-5"),
        ("store", "csat-1-5"),  # 0 of 4
        ("phone_in", "csat-1-5"),  # silent
    ]
    assert rows[4]["evidence"] == "few answers"
    assert rows[0]["evidence"] == "firm"


def test_a_change_is_against_the_window_before_and_up_is_better(now: dict[tuple[str, str], Row]) -> None:
    """App: 70 of 80 before, 10 of 40 now. Effort rose, which is worse. Web: 44 and 45 of 50 are the same."""
    assert now[("app", "csat-1-5")]["change"] == pytest.approx(25.0 - 87.5)
    assert now[("app", "csat-1-5")]["trend"] == "▼ −62.5"
    assert now[("app", "ces-effort-1-5")]["trend"].startswith("▼ +")
    assert now[("web", "csat-1-5")]["trend"] == "≈ +2.0"


def test_a_change_never_compares_windows_that_share_answers(small: Seeded) -> None:
    """Also where the newest score is old: 20 minutes ago against 26, and not against 22."""
    end = small.world.window_end_ms()
    (row,) = [
        row
        for row in small.world.scores([end])
        if (row["channel"], row["window_s"], row["scale"]) == ("store", 300, "csat-1-5")
    ]
    for ago_min, value in ((20, 50.0), (22, 60.0), (26, 70.0)):
        old = {**row, "channel": "old", "as_of": end - ago_min * MINUTE, "value": value}
        small.store.insert_columns("scores", {name: [field] for name, field in old.items()})
    (shown,) = small.ask(OVERVIEW, OVERVIEW.panel(3), channel=["old"])
    assert (shown["value"], shown["change"]) == (50.0, -20.0)


def test_alerts_stand_beside_the_score_they_are_about(now: dict[tuple[str, str], Row]) -> None:
    """One channel worsens in one question; one clearly bad answer in another."""
    assert {key: row["worsening"] for key, row in now.items() if row["worsening"]} == {("app", "csat-1-5"): 1}
    assert {key: row["bad_alerts"] for key, row in now.items() if row["bad_alerts"]} == {("store", "csat-1-5"): 1}


def test_all_channels_together_are_the_sum_of_their_answers(small: Seeded) -> None:
    """55 of 94 satisfied, not a mean of the channels' percentages."""
    shown = {row["title"]: row for row in small.ask(OVERVIEW, OVERVIEW.panel(1))}
    answers = counted(small, since_ms=FIVE_MINUTES, scale="csat-1-5")
    percent = 100 * sum(answer.point >= 4 for answer in answers) / len(answers)
    assert shown["CSAT 1–5"]["shown"] == f"{percent:.1f} %"
    assert shown["CSAT 1–5"]["note"].endswith(f"n {len(answers)}")
    assert shown["NPS"]["shown"] == "+35.0"


def test_freshness_is_the_oldest_of_what_is_complete(small: Seeded) -> None:
    """Up to when every source was heard, in ms UTC."""
    assert small.ask(OVERVIEW, OVERVIEW.panel(2)) == [{"title": "scores complete until", "shown": small.world.now_ms}]


def test_the_line_is_the_number_of_the_table(small: Seeded, now: dict[tuple[str, str], Row]) -> None:
    """Two numbers for one thing on one board would be one too many."""
    line = small.ask(OVERVIEW, OVERVIEW.panel(4), channel=["app"])
    row = now[("app", "csat-1-5")]
    assert (line[-1]["score"], line[-1]["lower"], line[-1]["n"]) == (row["value"], row["lower"], row["n"])
    times = [point["time"] for point in line]
    assert times == sorted(set(times))


def test_a_gap_in_the_scores_is_a_gap_in_the_line(small: Seeded) -> None:
    """Joined across, an outage would look like a steady score."""
    end = small.world.window_end_ms()
    early = [
        {**row, "as_of": row["as_of"] - 20 * MINUTE} for row in small.world.scores([end]) if row["channel"] == "web"
    ]
    small.store.insert_columns("scores", {name: [row[name] for row in early] for name in early[0]})
    line = small.ask(OVERVIEW, OVERVIEW.panel(4), channel=["web"])
    assert line[0]["score"] == 90.0
    assert [point["score"] for point in line[1:50]] == [None] * 49


@pytest.mark.parametrize("span_ms", list(SPANS_MS.values()), ids=list(SPANS_MS))
def test_the_matrix_counts_the_time_shown_from_each_tier(small: Seeded, span_ms: int) -> None:
    """Good minus bad over CSAT, CES and NPS, by touchpoint and stage."""
    rows = small.ask(CHANNEL, CHANNEL.panel(4), span_ms=span_ms)
    cells = {(row["row_name"], row["column_name"]): row for row in rows}
    assert list(cells) == [("search", "Before purchase"), ("checkout", "Purchase")]
    answers = counted(small, since_ms=span_ms, channel="app", touchpoint="checkout")
    good, bad = (sum(answer.box == box for answer in answers) for box in (1, -1))
    row = cells[("checkout", "Purchase")]
    assert (row["n"], row["good"], row["bad"]) == (len(answers), good, bad)
    assert row["net"] == pytest.approx(100 * (good - bad) / len(answers))


def test_the_matrix_says_where_the_newest_window_turned(small: Seeded) -> None:
    """Over the hour the checkout looks fair; now it is bad, and that is what the cell says first."""
    cells = {row["row_name"]: row for row in small.ask(CHANNEL, CHANNEL.panel(4))}
    assert cells["checkout"]["cell"] == "▼ −45 now · n 80 · was +100"
    assert cells["checkout"]["turn"] == -1
    assert cells["search"]["cell"] == "▲ +75 · n 80"
    assert cells["search"]["turn"] == 0


@pytest.mark.parametrize("span_ms", list(SPANS_MS.values()), ids=list(SPANS_MS))
def test_locations_are_told_apart_by_their_interval(small: Seeded, span_ms: int) -> None:
    """North is surely worse than the app as a whole, South surely better; worst first."""
    rows = small.ask(CHANNEL, CHANNEL.panel(5), span_ms=span_ms)
    assert [(row["name"], row["verdict"]) for row in rows] == [("North", "worse"), ("South", "better")]
    answers = counted(small, channel="app", scale="csat-1-5", location="North")
    satisfied = sum(answer.point >= 4 for answer in answers)
    assert (rows[0]["n"], rows[0]["value"]) == (len(answers), 100 * satisfied / len(answers))
    assert (rows[0]["lower"], rows[0]["upper"]) == pytest.approx(wilson_by_roots(satisfied, len(answers)))
    everyone = counted(small, channel="app", scale="csat-1-5")
    assert rows[0]["whole"] == pytest.approx(100 * sum(answer.point >= 4 for answer in everyone) / len(everyone))


def test_a_location_with_four_answers_neither_leads_nor_trails(small: Seeded) -> None:
    """East: four of four unhappy. The interval would say worse; four people do not say so."""
    (row,) = small.ask(CHANNEL, CHANNEL.panel(5), channel="store", hide_under="0")
    assert (row["name"], row["n"], row["verdict"], row["apart"]) == ("East", 4, "too few answers", 0.0)


def test_less_effort_is_better_also_in_the_ranking(small: Seeded) -> None:
    """On a scale where low is good, the order turns round."""
    world = small.world
    rows = small.ask(CHANNEL, CHANNEL.panel(5), scale="ces-effort-1-5")
    assert rows == []  # no location was named with those answers
    for place, point in (("Hard", 5), ("Easy", 1)):
        extra = type(world)(world.now_ms)
        extra.add(world.now_ms - MINUTE, "desk", "ces-effort-1-5", [point] * 30 + [3] * 4, location=place)
        for table, found in extra.tables():
            if table == "panes_10s":
                small.store.insert_columns(table, {name: [row[name] for row in found] for name in found[0]})
    rows = small.ask(CHANNEL, CHANNEL.panel(5), scale="ces-effort-1-5", channel="desk", hide_under="0")
    assert [(row["name"], row["verdict"]) for row in rows] == [("Hard", "worse"), ("Easy", "better")]


def test_periods_are_counted_by_themselves(small: Seeded) -> None:
    """70 of 80 seven minutes ago, 10 of 40 just now; not a rolling mixture of both."""
    rows = small.ask(CHANNEL, CHANNEL.panel(3), span_ms=30 * MINUTE)
    assert sum(row["n"] for row in rows) == len(counted(small, since_ms=30 * MINUTE, channel="app", scale="csat-1-5"))
    tops = sum(row["score"] * row["n"] / 100 for row in rows)
    assert tops == pytest.approx(80)


def test_bad_answers_are_the_newest_and_only_the_bad_ones(small: Seeded) -> None:
    """Newest first, with the answer and the customer's words; no employees, no tests, no good ones."""
    rows = small.ask(CHANNEL, CHANNEL.panel(6))
    assert len(rows) == 50
    assert all(row["at"] >= later["at"] for row, later in pairwise(rows))
    assert {row["answer"] for row in rows} <= {"CSAT 1–5: 1", "CSAT 1–5: 2", "CES effort 1–5: 5"}
    assert "never shown" not in {row["comment"] for row in rows}
    assert (rows[0]["answer"], rows[0]["comment"]) == ("CSAT 1–5: 2", "It failed <b>twice</b>")


def test_of_an_event_with_several_answers_only_the_bad_ones_are_shown(small: Seeded) -> None:
    """One questionnaire: satisfied, yet would not recommend."""
    row = {**next(small.world.touchpoints()), "channel": "mixed", "event_id": "mixed-1"}
    row |= {"metrics": ["csat", "nps"], "scales": ["csat-1-5", "nps-0-10"], "bins": [5, 2], "boxes": [1, -1]}
    small.store.insert_columns("touchpoints", {name: [value] for name, value in row.items()})
    assert [shown["answer"] for shown in small.ask(CHANNEL, CHANNEL.panel(6), channel="mixed")] == ["NPS: 2"]


def test_an_answer_stored_twice_is_shown_once(small: Seeded) -> None:
    """A late twin of an answer, or a blanked row, replaces what was there before it is merged."""
    before = small.ask(CHANNEL, CHANNEL.panel(6), channel="store", hide_under="0")
    rows = [row for row in small.world.touchpoints() if row["channel"] == "store"]
    again = [{**row, "rank": 2, "comment": "blanked"} for row in rows]
    small.store.insert_columns("touchpoints", {name: [row[name] for row in again] for name in again[0]})
    after = small.ask(CHANNEL, CHANNEL.panel(6), channel="store", hide_under="0")
    assert [row["event_id"] for row in after] == [row["event_id"] for row in before]
    assert {row["comment"] for row in after} == {"blanked"}


def test_an_alert_that_was_resolved_is_not_open_any_more(untouched: Seeded) -> None:
    """The newest version of an alert counts, before ClickHouse has merged the old one away."""
    world = type(untouched.world)(untouched.world.now_ms)
    world.alert("worsening", world.now_ms - MINUTE, "web", "csat-1-5", "web got worse", version=1)
    world.alerts.append({**world.alerts[0], "state": "resolved", "version": 2})
    for alert in world.alerts:  # apart: rows of one insert are merged at once
        untouched.store.insert_columns("alerts", {name: [value] for name, value in alert.items()})
    rows = by_series(untouched.ask(OVERVIEW, OVERVIEW.panel(3)))
    assert rows[("web", "csat-1-5")]["worsening"] == 0
    told = [row["state"] for row in untouched.ask(OVERVIEW, OVERVIEW.panel(5)) if row["channel"] == "web"]
    assert told == ["resolved"]
