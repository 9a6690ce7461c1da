"""What the local page writes, without a browser: rows in, HTML out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboards import charts, page, pictures, timelines
from dashboards.alerts import ALERTS
from dashboards.channel import CHANNEL
from dashboards.overview import OVERVIEW
from dashboards.panel import Link
from dashboards.producers import PRODUCERS

SCORES, EVENTS = OVERVIEW.panel(3), OVERVIEW.panel(5)
START = datetime(2026, 3, 2, 10, tzinfo=UTC)
ROW: dict[str, Any] = {
    "channel": "app", "question": "CSAT 1–5", "score": "82.0 %", "interval": "79.0 to 84.9", "n": 1_204,
    "trend": "▼ −6.1", "net": 70.0, "evidence": "firm", "worsening": 0, "bad_alerts": 0, "metric": "csat",
    "scale": "csat-1-5", "value": 82.04, "lower": 79.0, "upper": 84.9,
}  # fmt: skip


def link(to: Link, row: Any) -> str:
    return f"/channel?channel={row['channel']}"


def cards(*rows: dict[str, Any]) -> str:
    return pictures.scores(rows, {}, SCORES, link)


def test_every_number_stands_with_its_interval_and_n() -> None:
    """A score alone invites people to act on noise."""
    html = cards(ROW)
    for part in ("82.0 %", "79.0 to 84.9", "n 1,204", "▼ −6.1", 'data-value="82.04"'):
        assert part in html


def test_few_answers_are_grey_and_say_so() -> None:
    """Four customers are not a channel."""
    html = cards({**ROW, "n": 4})
    assert 'class="line few"' in html
    assert "few answers" in html
    assert 'data-tone="quiet"' in html
    assert "few" not in cards(ROW)


def test_silence_has_no_bar_and_no_number() -> None:
    """Nothing is drawn where nobody answered."""
    html = cards({**ROW, "n": 0, "value": None, "lower": None, "upper": None, "net": None, "score": "no answers"})
    assert "no answers" in html
    assert "tick" not in html
    assert 'data-value=""' in html


def test_one_answer_has_a_value_and_no_band() -> None:
    """One answer says nothing of spread."""
    html = cards({**ROW, "n": 1, "lower": None, "upper": None, "interval": "–"})
    assert "tick" in html
    assert 'class="band"' not in html


@pytest.mark.parametrize("field", ["channel", "question", "score", "interval", "trend"])
def test_names_from_producers_cannot_become_markup(field: str) -> None:
    """A channel may be called anything."""
    html = cards({**ROW, field: '"><script>alert(1)</script>'})
    assert "<script>" not in html


@pytest.mark.parametrize("field", ["words", "channel"])
def test_words_of_alerts_cannot_become_markup(field: str) -> None:
    """They quote names."""
    row = {"at": START, "kind": "worsening", "channel": "app", "words": "app fell", "state": "firing"}
    assert "<img" not in pictures.events([{**row, field: "<img src=x>"}], EVENTS, link)


def test_comments_cannot_become_markup() -> None:
    """They are what anyone typed."""
    row = {"at": START, "touchpoint": "t", "location": "", "answer": "NPS: 1", "comment": "<b onclick=x>hi"}
    html = pictures.table([row], CHANNEL.panel(6))
    assert "&lt;b onclick=x&gt;hi" in html


def test_the_worst_channel_comes_first_and_its_scores_in_one_order() -> None:
    """Cards keep the order of the rows; inside one, CSAT, CES, NPS, so that eyes find them."""
    rows = [
        {**ROW, "channel": "web", "metric": "nps", "scale": "nps-0-10"},
        {**ROW, "channel": "app"},
        {**ROW, "channel": "web"},
    ]
    html = cards(*rows)
    assert html.index('data-key="web"') < html.index('data-key="app"')
    web = html[html.index('data-key="web"') : html.index('data-key="app"')]
    assert web.index('data-key="csat-1-5"') < web.index('data-key="nps-0-10"')


def test_a_card_has_the_colour_of_its_worst_firm_score() -> None:
    """Not of a score that rests on three answers."""
    bad, few = {**ROW, "net": -20.0, "scale": "csat-1-7"}, {**ROW, "net": -90.0, "n": 3, "scale": "csat-1-10"}
    assert 'class="card" data-tone="bad"' in cards(bad, ROW)
    assert 'class="card" data-tone="good"' in cards(ROW, few)


@pytest.mark.parametrize(
    ("metric", "scale", "value", "left"),
    [
        ("csat", "csat-1-5", 25.0, "25.0%"),
        ("nps", "nps-0-10", 0.0, "50.0%"),
        ("ces", "ces-agreement-1-7", 4.0, "50.0%"),
        ("ces", "ces-effort-1-5", 5.0, "100.0%"),
    ],
)
def test_a_bar_is_drawn_on_the_whole_scale(metric: str, scale: str, value: float, left: str) -> None:
    """Cut-off axes make small changes look large."""
    row = {**ROW, "metric": metric, "scale": scale, "value": value}
    assert f'<i class="tick" style="left:{left}"></i>' in pictures.interval_bar(row)


def test_an_empty_panel_says_so_in_its_own_words() -> None:
    """No alerts is good news, no answers is not."""
    assert "no alerts in the time shown" in pictures.events([], EVENTS, link)
    assert "no answers yet" in cards()


def points(*scores: float | None) -> list[dict[str, Any]]:
    return [
        {
            "time": START + timedelta(seconds=10 * number), "score": score, "n": 50,
            "lower": None if score is None else score - 5, "upper": None if score is None else score + 5,
        }
        for number, score in enumerate(scores)
    ]  # fmt: skip


def test_a_gap_breaks_the_line_in_two() -> None:
    """A line joined across an outage is a made-up score."""
    assert [len(run) for run in charts.runs(points(80, 81, None, None, 79, None))] == [2, 1]
    from_ms = int(START.timestamp() * 1_000)
    svg = charts.spark(points(80, None, 79), from_ms=from_ms, to_ms=from_ms + 20_000, ends=(70, 90))
    assert svg.count('<polyline class="line"') == 2


def test_the_large_graph_keeps_gaps_and_draws_the_band_between_its_edges() -> None:
    """The band is stacked: its lower edge, and the width above it."""
    options = charts.band(points(80, None), from_ms=0, to_ms=1, unit=" %")
    drawn = {series["name"]: [value for _, value in series["data"]] for series in options["series"]}
    assert drawn == {"answers": [50, 50], "lower": [75.0, None], "width": [10.0, None], "score": [80, None]}


def test_cards_share_one_axis_and_few_answers_do_not_set_it() -> None:
    """Else a channel with three answers would press all others flat."""
    few = [{**point, "n": 3, "lower": 0.0, "upper": 100.0} for point in points(50)]
    low, high = charts.limits([points(80, 82), few]) or (0, 0)
    assert 70 < low < 75
    assert 87 < high < 92
    assert charts.limits([points(None)]) is None


def test_a_choice_in_the_address_carries_to_the_next_board() -> None:
    """Names may hold anything, also in addresses."""
    assert pictures.query({"channel": ["a&b", "c d"], "window": "300"}) == "channel=a%26b&channel=c+d&window=300"


def test_the_stamp_says_when_a_source_is_behind() -> None:
    """A score that still misses answers must not look like one that has them all."""
    now_ms = 1_795_000_000_000
    assert "late" not in page.stamp(now_ms - 5_000, now_ms)
    assert "90 s behind" in page.stamp(now_ms - 90_000, now_ms)
    assert "not known" in page.stamp(None, now_ms)


def test_a_table_shows_as_many_digits_as_its_column_says() -> None:
    """Nobody reads 0.7246376811594203."""
    row: dict[str, Any] = {column.name: 1234.5678 for column in PRODUCERS.panel(1).columns if column.digits == 1}
    row |= {column.name: None for column in PRODUCERS.panel(1).columns if column.name not in row}
    html = pictures.table([row], PRODUCERS.panel(1))
    assert "1,234.6" in html
    assert "1234" not in html


def moments(name: str, *states: int) -> list[dict[str, Any]]:
    return [{"time": START + timedelta(minutes=n), "name": name, "state": state} for n, state in enumerate(states)]


def test_a_timeline_joins_what_is_alike_and_leaves_nothing_blank() -> None:
    """Two stretches of one state with a pause between are two bars, each as long as it lasted."""
    panel, from_ms = ALERTS.panel(3), int(START.timestamp() * 1_000)
    html = timelines.timeline(moments("app", 4, 4, 0, 4, 0), panel, from_ms, from_ms + 5 * 60_000)
    assert html.count('<i class="bad"') == 2
    assert 'style="left:0.00%;width:40.00%"' in html
    assert 'style="left:60.00%;width:20.00%"' in html
    assert "woke somebody" in html


def test_a_timeline_has_what_stands_above_what_is_over() -> None:
    rows = moments("over", 4, 4, 0) + moments("held", 1, 1, 1) + moments("stands", 0, 0, 4)
    html = timelines.timeline(rows, ALERTS.panel(3), 0, 1)
    assert html.index(">stands<") < html.index(">held<") < html.index(">over<")
    assert "nothing stood" in timelines.timeline([], ALERTS.panel(3), 0, 1)
    assert "<img" not in timelines.timeline(moments("<img src=x>", 4), ALERTS.panel(3), 0, 1)


def test_a_row_of_a_table_leads_where_its_column_says() -> None:
    row: dict[str, Any] = {column.name: "x" for column in ALERTS.panel(8).columns}
    row |= {"last_fired": START, "place": "<b>"}
    html = pictures.table([row], ALERTS.panel(8), lambda to, one: f"/alerts?alert={one['choice']}")
    assert '<a href="/alerts?alert=x" title="Why?">&lt;b&gt;</a>' in html
    assert "<a " not in pictures.table([row], ALERTS.panel(8))
