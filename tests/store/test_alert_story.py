"""The story of an alert: what it said then, what the store says now, and how the commands tell it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from streams.cli import app
from streams.edges import alert_story
from streams.edges.alert_recount import actions_near, recount
from streams.edges.errors import UserError
from streams.edges.store import Store
from streams.pure.alerting.page import Facts, Member
from streams.pure.alerting.silences import Silence
from tests.kit.alerts import MINUTE, Scene, paged
from tests.kit.rows import columns

HOUR = 60 * MINUTE


@pytest.fixture
def store(alerts_store: Store) -> Store:
    return alerts_store


@pytest.fixture
def now_ms(store: Store) -> int:
    return store.now_us() // 1_000


class TestStory:
    """Why did it page."""

    def test_it_is_found_by_its_id_by_its_pages_and_by_the_minute(self, store: Store, now_ms: int) -> None:
        scene = Scene()
        told, other = paged(scene, now_ms), paged(scene, now_ms, channel="web")
        scene.lay(store.insert_columns)
        assert alert_story.resolve_id(store, told.id) == told.id
        assert alert_story.resolve_id(store, f"{told.id}-1") == told.id
        with pytest.raises(UserError, match="no alert and no page nope is known"):
            alert_story.resolve_id(store, "nope")
        then_ms = now_ms - 30 * MINUTE
        assert alert_story.at_moment(store, then_ms, "web") == (then_ms, [other.id])
        assert alert_story.at_moment(store, then_ms)[1] == [told.id, other.id]
        assert alert_story.at_moment(store, now_ms)[0] == then_ms, "the nearest, where nothing came in that minute"
        with pytest.raises(UserError, match="no alert of kiosk fired"):
            alert_story.at_moment(store, then_ms, "kiosk")

    def test_it_tells_every_step_every_sending_and_the_silence_that_held_it(self, store: Store, now_ms: int) -> None:
        scene = Scene()
        silence = Silence("s-7", "Kim", "till update", now_ms - HOUR, now_ms - 20 * MINUTE, "", {"channel": "store"})
        idle = Silence("s-8", "Lee", "other", now_ms - HOUR, now_ms + HOUR, "nps", {})
        for one in (silence, idle):
            scene.silence(one, at_ms=one.from_ms)
        told = scene.alert("store-worsens", {"channel": "store"}, now_ms - 40 * MINUTE)
        told.step(now_ms - 30 * MINUTE, "firing", "41 bad of 100")
        told.hold(now_ms - 30 * MINUTE, "silenced", "silence s-7 by Kim: till update")
        scene.silence(silence, "ended", at_ms=silence.to_ms)
        told.hold(now_ms - 20 * MINUTE, "", "nothing holds it any more")
        told.step(now_ms - 20 * MINUTE, "firing", "41 bad of 100", send="page")
        scene.delivery(told, "ops", "failed", now_ms, tries=3, error="timed out")
        scene.lay(store.insert_columns)
        story = alert_story.story(store, told.id)
        assert [(step.state, step.held, step.send) for step in story.steps] == [
            ("firing", "", ""), ("firing", "silenced", ""), ("firing", "", ""), ("firing", "", "page"),
        ]  # fmt: skip
        assert story.steps[0].contributors == [{"name": "checkout", "n": 60, "bad": 38, "excess": 32.0}]
        (sending,) = story.sendings
        assert [(one.receiver, one.state, one.tries, one.error) for one in sending.deliveries] == [
            ("ops", "failed", 3, "timed out")
        ]
        assert [(one.id, one.owner, one.ended_why, one.alerts) for one in story.silences] == [
            ("s-7", "Kim", "its time was over", 1)
        ]

    def test_a_part_of_a_group_knows_the_page_it_was_told_on(self, store: Store, now_ms: int) -> None:
        """Nothing was sent of it alone, and people were told all the same."""
        scene = Scene()
        part = scene.alert("store-worsens", {"location": "south"}, now_ms - HOUR).step(now_ms - HOUR, "firing", "x")
        first = scene.alert("store-worsens", {"location": "north"}, now_ms - HOUR)
        first.members = [Member(one.id, one.scope, 41.0, 10.0, 100, 31.0) for one in (first, part)]
        first.fire(now_ms - HOUR, "x")
        scene.lay(store.insert_columns)
        story = alert_story.story(store, part.id)
        assert [sending.alert_id for sending in story.sendings] == [first.id]
        assert [other.alert_id for other in story.with_it] == [first.id]

    def test_a_suspicion_that_never_fired_says_so(self, store: Store, now_ms: int) -> None:
        scene = Scene()
        told = scene.alert("channel-worsens", {"channel": "app"}, now_ms).step(now_ms, "resolved", "nothing")
        scene.lay(store.insert_columns)
        with pytest.raises(UserError, match="a suspicion only"):
            alert_story.story(store, told.id)


class TestRecount:
    """The numbers as they are now, beside what they were."""

    def panes(self, store: Store, at_ms: int, *rows: dict[str, Any]) -> None:
        usual = {"slice": at_ms // 10_000 * 10_000, "channel": "app", "touchpoint": "checkout", "location": ""}
        changes = [{**usual, "w_micro": 1, "w2_micro": 1, **row} for row in rows]
        store.insert_columns("panes_10s", columns("panes_10s", *changes))

    def test_answers_that_came_late_stand_beside_what_was_known_then(self, store: Store, now_ms: int) -> None:
        """41 bad of 100 were heard; 5 bad ones came late. Other channels and other times are not among them."""
        scene = Scene()
        told = paged(scene, now_ms)
        scene.lay(store.insert_columns)
        inside = now_ms - 35 * MINUTE
        self.panes(
            store, inside, {"bin": 1, "box": -1, "n": 41}, {"bin": 5, "n": 59},
            {"bin": 2, "box": -1, "n": 5, "lane": "late", "block": 12},
            {"bin": 1, "box": -1, "n": 900, "channel": "web"},
            {"bin": 1, "box": -1, "n": 900, "respondent": "employee"},
        )  # fmt: skip
        self.panes(store, now_ms - 50 * MINUTE, {"bin": 1, "box": -1, "n": 700})
        self.panes(store, now_ms - 25 * MINUTE, {"bin": 1, "box": -1, "n": 700})
        revised = {"channel": "app", "n_before": 0, "bad_before": 0, "n": 5, "bad": 5, "revised_at": now_ms}
        store.insert_columns(
            "revisions", columns("revisions", {**revised, "slice": inside // 10_000 * 10_000, "base": 0})
        )
        found = recount(store, alert_story.story(store, told.id), now_ms)
        assert found is not None
        assert (found.n, found.bad, found.late, found.table) == (105, 46, 5, "panes_10s")
        assert found.share_pct == pytest.approx(100 * 46 / 105)
        assert sum(one.n - one.n_before for one in found.revised) == 5

    def test_an_alert_of_weeks_ago_is_counted_from_the_hours_that_are_left(self, store: Store, now_ms: int) -> None:
        scene = Scene()
        told = paged(scene, now_ms - 200 * 24 * HOUR)
        scene.lay(store.insert_columns)
        found = recount(store, alert_story.story(store, told.id), now_ms)
        assert found is not None
        assert (found.table, found.n, found.share_pct) == ("panes_1h", 0, None)
        assert found.from_ms % HOUR == 0 == found.to_ms % HOUR

    def test_what_a_silent_till_sent_after_all_is_told(self, store: Store, now_ms: int) -> None:
        """It was offline: what it kept came when it was back."""
        scene = Scene()
        facts = Facts(value=0.0, baseline=40.0, since_ms=now_ms - 40 * MINUTE, until_ms=now_ms - 30 * MINUTE, harm=40.0)
        told = scene.alert("producer-silent", {"producer": "till"}, facts.since_ms, kind="silent", facts=facts)
        told.fire(now_ms - 30 * MINUTE, "silent for 10 minutes; 40 answers expected")
        scene.lay(store.insert_columns)
        inside = {"occurred_at": now_ms - 35 * MINUTE, "class": "late"}
        rows = [{**inside, "event_id": "a"}, {**inside, "event_id": "b", "class": "accepted"}]
        rows += [{**inside, "event_id": "c", "producer": "app"}, {"event_id": "d", "occurred_at": now_ms}]
        rows += [{"event_id": "e", "occurred_at": facts.since_ms + 2_000}]  # in the slice it was heard in last
        store.insert_columns("touchpoints", columns("touchpoints", *rows))
        found = recount(store, alert_story.story(store, told.id), now_ms)
        assert found is not None
        assert (found.n, found.late) == (2, 1)

    def test_what_was_done_shortly_before_is_told_with_it(self, store: Store, now_ms: int) -> None:
        scene = Scene()
        told = paged(scene, now_ms)
        scene.lay(store.insert_columns)
        actions = [
            {"action_id": "1", "what": "new checkout", "at": now_ms - 3 * HOUR, "channel": "app"},
            {"action_id": "2", "what": "elsewhere", "at": now_ms - 3 * HOUR, "channel": "web"},
            {"action_id": "3", "what": "long ago", "at": now_ms - 48 * HOUR, "channel": "app"},
        ]
        store.insert_columns("actions", columns("actions", *actions))
        release = {"mark_id": "4", "kind": "release", "what": "app 5.2", "at": now_ms - 2 * HOUR, "channel": "app"}
        taken_back = {**release, "mark_id": "5", "what": "a mistake", "removed": 1}
        store.insert_columns("marks", columns("marks", release, taken_back))
        near = actions_near(store, alert_story.story(store, told.id))
        assert [one.what for one in near] == ["app 5.2", "new checkout"]


class TestCommands:
    """`touchpulse alerts` and `touchpulse silences`, as somebody at night sees them."""

    @pytest.fixture
    def run(self, alerts_kept: Store, clickhouse_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
        monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_URL", clickhouse_url)
        monkeypatch.setenv("TOUCHPULSE_CLICKHOUSE_DATABASE", alerts_kept.database)
        return lambda *arguments: CliRunner().invoke(app, arguments)

    def test_the_list_and_the_story_say_what_is_stored(
        self, store: Store, now_ms: int, run: Callable[..., Any]
    ) -> None:
        scene = Scene()
        told = paged(scene, now_ms)
        scene.lay(store.insert_columns)
        listed = run("alerts", "list").output
        assert f"PAGE     app: channel-worsens, {told.id}" in listed
        assert "(40 min): 41.0 % (31.9 to 50.8) of 100, against 10.0 %; harm 31, 12 more ahead" in listed
        assert json.loads(run("alerts", "list", "--json").output)["alerts"][0]["place"] == "app"
        story = run("alerts", "why", f"{told.id}-1").output
        for part in (
            "pending to firing",
            "app: bad CSAT answers rose from 10 % to 41 %",
            "ops: delivered",
            "no answers",
        ):
            assert part in story
        (as_json,) = json.loads(run("alerts", "why", told.id, "--json").output)["alerts"]
        assert (as_json["episode"]["alert_id"], as_json["now"]["n"]) == (told.id, 0)

    def test_silences_are_listed_with_what_they_kept_quiet(
        self, store: Store, now_ms: int, run: Callable[..., Any]
    ) -> None:
        scene = Scene()
        silence = Silence("s-7", "Kim", "till update", now_ms - HOUR, now_ms + HOUR // 2, "store-worsens", {})
        scene.silence(silence, at_ms=silence.from_ms)
        told = scene.alert("store-worsens", {"channel": "store"}, now_ms - HOUR).step(now_ms - HOUR, "firing", "x")
        told.hold(now_ms - HOUR, "silenced", "silence s-7 by Kim: till update")
        over = Silence("s-6", "Lee", "sale", now_ms - HOUR, now_ms + HOUR, "", {"channel": "app"})
        scene.silence(over, at_ms=over.from_ms)
        scene.silence(over, "ended", at_ms=now_ms - MINUTE, by="Kim")
        scene.lay(store.insert_columns)
        text = run("silences", "list").output
        assert "s-7  ends within the hour" in text
        assert "keeps quiet rule store-worsens, 1 so far" in text
        assert "s-6" not in text
        assert "ended: ended by Kim" in run("silences", "list", "--all").output
        refused = run("silences", "end", "s-6", "--who", "Kim").exception
        assert isinstance(refused, UserError)
        assert "nothing to end" in str(refused)
