"""The board of the alerts says what the commands say, and what people are told is held to account."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from dashboards.alerts import ALERTS
from dashboards.alerts_sql import HELD, PAGE, TAKEN, TICKET
from dashboards.macros import Shown, expand
from streams.edges import alert_story
from streams.edges.settings import Settings
from streams.edges.store import Store
from tests.boards.conftest import Seeded
from tests.kit.alerts import MINUTE, Scene
from tests.kit.clickhouse import fresh_database, migrated
from tests.kit.seed_alerts import HOUR, alerted

Row = dict[str, Any]
DAY = 24 * HOUR


@pytest.fixture(scope="module")
def kept(clickhouse_url: str) -> Iterator[Store]:
    with migrated(Settings(clickhouse_url=clickhouse_url, clickhouse_database=fresh_database())) as store:
        yield store


@pytest.fixture
def empty(kept: Store) -> Store:
    for table in ("alert_history", "pages", "deliveries"):
        kept.command(f"TRUNCATE TABLE {table}")
    return kept


def ask(
    store: Store, panel_id: int, now_ms: int, rules: list[str], alert: str = "", *, span_ms: int = HOUR
) -> list[Row]:
    shown = Shown(now_ms - span_ms, now_ms, max(MINUTE, span_ms // 240))
    return store.query(expand(ALERTS.panel(panel_id).sql, shown=shown, values={"rule": rules, "alert": alert}))


def whole_now_ms() -> int:
    """The macros know whole seconds."""
    return int(time.time()) * 1_000


@pytest.mark.parametrize("panel", [pytest.param(panel, id=str(panel.id)) for panel in ALERTS.panels if panel.id != 1])
def test_a_new_installation_shows_words_and_no_error(empty: Store, panel: Any) -> None:
    assert ask(empty, panel.id, whole_now_ms(), [""]) == []


def test_at_a_glance_it_says_what_waits_for_somebody(small: Seeded) -> None:
    shown = {row["title"]: (row["shown"], row["note"]) for row in small.ask(ALERTS, ALERTS.panel(1))}
    assert shown == {
        "pages that stand": ("1", "0 taken"),
        "tickets that stand": ("1", ""),
        "held back": ("2", "1 inhibited, 1 silenced"),
        "silences in force": ("1", "1 to end within the hour"),
        "sendings not through": ("1", "0 refused"),
    }


def test_board_and_command_list_the_same_alerts_in_the_same_order(small: Seeded) -> None:
    rows = small.ask(ALERTS, ALERTS.panel(2))
    listed = alert_story.standing(small.store, small.world.now_ms)
    assert [row["alert_id"] for row in rows] == [one.alert_id for one in listed]
    told = small.alerted
    assert [one.alert_id for one in listed] == [told.paged.id, told.taken.id, told.part.id, told.silenced.id]
    assert rows[0]["numbers"] == "41.0 % (31.9 to 50.8) · n 100 · against 10.0 %"
    assert rows[1]["state_shown"] == "acknowledged, Kim has it"
    assert rows[2]["held_shown"] == "inhibited: part of channel-worsens app"


def test_a_click_on_an_alert_chooses_it_among_those_on_offer(small: Seeded) -> None:
    """A text that is not on offer would choose another alert on the local page."""
    offered = {row["name"] for row in small.ask(ALERTS, ALERTS.variable("alert").sql)}
    clicked = [row["choice"] for panel in (2, 8) for row in small.ask(ALERTS, ALERTS.panel(panel))]
    assert clicked
    assert offered.issuperset(clicked)
    (over,) = small.ask(ALERTS, ALERTS.panel(8))
    steps = small.ask(ALERTS, ALERTS.panel(4), alert=over["choice"])
    assert [row["what"] for row in steps] == ["pending to firing", "sent as page", "sent as resolve", "called useless"]


def test_the_timeline_draws_who_was_woken_and_who_was_not(small: Seeded) -> None:
    """An alert that is held as it fires woke nobody; what is over is over; two episodes of one place share a row."""
    minutes: dict[str, dict[int, int]] = {}
    for row in small.ask(ALERTS, ALERTS.panel(3)):
        ago = round((small.world.now_ms / 1_000 - row["time"].timestamp()) / 60)
        minutes.setdefault(row["name"], {})[ago] = row["state"]
    lines = {len(found) for found in minutes.values()}
    assert len(lines) == 1, "every name has a state in every step: no gap is left to the reader's imagination"
    assert minutes["app · channel-worsens"][20] == PAGE
    assert minutes["app · channel-worsens"][35] == 0
    assert set(minutes["app / checkout · touchpoint-worsens"].values()) == {0, HELD}
    assert (minutes["pickup · pickup-below-goal"][23], minutes["pickup · pickup-below-goal"][10]) == (TICKET, TAKEN)
    harbour = minutes["store / Harbour · store-worsens"]
    assert [harbour[ago] for ago in (53, 48, 43, 30)] == [PAGE, 0, PAGE, 0]


def test_a_single_bad_answer_is_a_point_and_not_an_episode(empty: Store) -> None:
    now_ms, scene = whole_now_ms(), Scene()
    scene.alert("gold-hurt", {}, now_ms - HOUR // 2, kind="bad_answer").fire(now_ms - HOUR // 2, "csat 1")
    scene.lay(empty.insert_columns)
    assert sum(row["state"] > 0 for row in ask(empty, 3, now_ms, ["gold-hurt"])) == 1
    assert ask(empty, 2, now_ms, ["gold-hurt"]) == []


def test_an_alert_that_began_before_the_time_shown_is_in_it(empty: Store) -> None:
    now_ms, scene = whole_now_ms(), Scene()
    told = scene.alert("channel-worsens", {"channel": "app"}, now_ms - 9 * DAY).fire(now_ms - 9 * DAY, "x")
    scene.lay(empty.insert_columns)
    assert {row["state"] for row in ask(empty, 3, now_ms, ["channel-worsens"])} == {PAGE}
    assert len(ask(empty, 4, now_ms, [], f"x · {told.id}")) == 2


def test_a_silence_shows_its_end_and_what_it_kept_quiet(small: Seeded) -> None:
    (row,) = small.ask(ALERTS, ALERTS.panel(5))
    assert (row["silence_state"], row["owner"], row["alerts"], row["of_place"]) == ("ends soon", "Kim", 1, "Old Town")
    assert round(row["ends"].timestamp() * 1_000) == small.world.now_ms + 30 * MINUTE


def test_a_rule_that_pages_more_than_twice_the_median_is_called_noisy(empty: Store) -> None:
    """Six pages against one each: three rules of a month. Repeats count, pages of two months ago do not."""
    now_ms, scene = whole_now_ms(), Scene()
    for rule, times in (("calm", 1), ("usual", 1), ("noisy", 5)):
        for number in range(times):
            at_ms = now_ms - (number + 8) * DAY
            scene.alert(rule, {"channel": "app"}, at_ms).fire(at_ms, "x").said(at_ms, "useless", "Kim")
        scene.alert(rule, {"channel": "app"}, now_ms - 50 * DAY).fire(now_ms - 50 * DAY, "x")
    again = scene.alert("noisy", {"channel": "web"}, now_ms - 2 * DAY)
    again.step(now_ms - 2 * DAY, "firing", "x").step(now_ms - 2 * DAY, "firing", "still stands", send="repeat")
    scene.lay(empty.insert_columns)
    rows = {row["rule"]: row for row in ask(empty, 6, now_ms, ["calm", "noisy", "usual"])}
    assert (rows["noisy"]["a_week"], rows["noisy"]["pages_7d"], rows["noisy"]["useless"]) == (1.5, 1, 5)
    assert rows["noisy"]["verdict"] == "noisy: 6.0x the median rule"
    assert rows["calm"]["verdict"] == "within"


@pytest.mark.parametrize(
    ("promised", "verdict"), [(1.0, "more useless than promised"), (3.0, "within"), (None, "within")]
)
def test_a_rule_is_held_to_the_false_pages_it_promised(empty: Store, promised: float | None, verdict: str) -> None:
    """Three called useless in four weeks: 0.93 + 2 x 0.97 is less than three, 2.8 + 2 x 1.67 is not."""
    now_ms, scene = whole_now_ms(), Scene()
    for number in range(3):
        at_ms = now_ms - (number + 8) * DAY
        told = scene.alert("channel", {"channel": "app"}, at_ms, promised=promised)
        told.fire(at_ms, "x").said(at_ms, "useless", "Kim")
    scene.lay(empty.insert_columns)
    (row,) = ask(empty, 6, now_ms, ["channel"])
    assert (row["useless"], row["promised"], row["verdict"]) == (3, promised, verdict)


def test_usefulness_is_a_share_with_its_interval_and_the_last_word_counts(empty: Store) -> None:
    """Six of eight useful: Wilson's ends are 40.9 and 92.9. Lee changed her mind once."""
    now_ms, scene = whole_now_ms(), Scene()
    for number in range(9):
        at_ms = now_ms - (50 - number) * MINUTE
        told = scene.alert("channel-worsens", {"channel": f"c{number}"}, at_ms).fire(at_ms, "x")
        if number == 7:
            told.said(at_ms, "useful", "Lee").said(at_ms + 1_000, "useless", "Lee")
        elif number < 8:
            told.said(at_ms, "useful" if number < 6 else "useless", "Kim")
    scene.lay(empty.insert_columns)
    (row,) = ask(empty, 7, now_ms, ["channel-worsens"])
    assert (row["useful"], row["useless"], row["unjudged"]) == (6, 2, 1)
    assert row["precision_shown"] == "○ 75.0 % (40.9 to 92.9) · n 8"


def test_what_is_not_through_is_listed_until_it_is(empty: Store) -> None:
    """By its latest state, and how long it waits since it was sent."""
    now_ms, scene = whole_now_ms(), Scene()
    told = scene.alert("channel-worsens", {"channel": "app"}, now_ms - HOUR).fire(now_ms - 30 * MINUTE, "x")
    scene.delivery(told, "ops", "failed", now_ms - 29 * MINUTE, error="HTTP 500")
    scene.delivery(told, "mail", "trying", now_ms - 29 * MINUTE, tries=0)
    scene.lay(empty.insert_columns)
    assert {row["receiver"]: row["waits_s"] for row in ask(empty, 9, now_ms, ["channel-worsens"])} == {
        "ops": 1_800,
        "mail": 1_800,
    }
    later = Scene()
    later.delivery(told, "ops", "delivered", now_ms - MINUTE, tries=2)
    later.delivery(told, "mail", "refused", now_ms - MINUTE, error="no such address")
    later.lay(empty.insert_columns)
    (row,) = ask(empty, 9, now_ms, ["channel-worsens"])
    assert (row["receiver"], row["delivery"], row["trouble"]) == ("mail", "refused", "no such address")
    (sent,) = ask(empty, 10, now_ms, ["channel-worsens"])
    assert sent["told"] == "1 of 2 told, not mail"


def test_what_shadow_would_have_sent_is_apart_from_what_was_sent(small: Seeded) -> None:
    shadow = {row["page_id"] for row in small.ask(ALERTS, ALERTS.panel(11))}
    sent = {row["page_id"] for row in small.ask(ALERTS, ALERTS.panel(10))}
    assert shadow == {f"{small.alerted.shadow.id}-1"}
    assert not shadow & sent
    assert all(row["rule"] != "nps-worsens" for row in small.ask(ALERTS, ALERTS.panel(6)))


def test_a_rule_that_is_not_chosen_is_not_shown(small: Seeded) -> None:
    for panel in (2, 3, 6, 7, 8, 9, 10):
        rows = small.ask(ALERTS, ALERTS.panel(panel), rule=["store-worsens"])
        assert all("store-worsens" in (row.get("rule") or row["name"]) for row in rows), panel


def test_the_scene_has_an_alert_of_every_fate() -> None:
    """Else a panel would be tested on less than it shows."""
    told = alerted(1_790_000_000_000)
    assert (told.paged.state, told.taken.state, told.over.state) == ("firing", "acknowledged", "resolved")
    assert (told.part.held, told.silenced.held, told.shadow.held) == ("inhibited", "silenced", "shadow")
