"""Alerts in words: what somebody reads at three in the morning."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from streams.cli.alert_words import board, entry, lasting, numbers
from streams.edges.alert_records import Episode, SilenceTold, Story
from streams.pure.alerting.silence_steps import silence_step
from streams.pure.alerting.silences import Silence, turn

NOW_MS = 1_795_400_000_000
EPISODE = Episode(
    alert_id="5d1f0c2a9b7e4410", rule="channel-worsens", kind="worsening", scope={"channel": "app"}, place="app",
    state="firing", severity="page", fired_ms=NOW_MS - 60_000, at_ms=NOW_MS, held="", held_why="", who="",
    metric="csat", scale="csat-1-5", unit="%", value=41.0, baseline=10.0, lower=31.9, upper=50.8, n=1_204, bad=494,
    since_ms=NOW_MS - 40 * 60_000, until_ms=NOW_MS, harm=31.0, harm_ahead=12.0, verdict="rate", flaps=0, group_id="",
    sent="page", why="494 bad of 1204", word="",
)  # fmt: skip


def story(**changes: Any) -> Story:
    return Story(replace(EPISODE, **changes), [], [], [], [])


def test_a_line_says_how_bad_since_when_and_on_how_many_answers() -> None:
    first, second, third = entry(EPISODE, NOW_MS)
    assert first == "PAGE     app: channel-worsens, 5d1f0c2a9b7e4410"
    assert "(40 min): 41.0 % (31.9 to 50.8) of 1,204, against 10.0 %; harm 31, 12 more ahead" in second
    assert third.strip() == "firing"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"state": "acknowledged", "who": "Kim"}, "acknowledged (Kim has it)", id="taken"),
        pytest.param(
            {"held": "silenced", "held_why": "silence s-7 by Kim: tills"}, "silenced: silence s-7 by Kim", id="held"
        ),
        pytest.param({"flaps": 2}, "came back 2 times", id="flaps"),
        pytest.param({"state": "resolved", "who": "Kim", "held": "muted"}, "resolved", id="over"),
        pytest.param({"kind": "bad_answer"}, "told", id="single"),
        pytest.param({"word": "useless"}, "called useless", id="word"),
    ],
)
def test_the_state_says_who_has_it_and_what_holds_it(changes: dict[str, Any], said: str) -> None:
    """Of what is over it is nobody's to have, and nothing holds it."""
    line = entry(replace(EPISODE, **changes), NOW_MS)[2]
    assert said in line
    assert ("has it" in line) is (changes.get("state") == "acknowledged")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"value": None, "baseline": None}, ""),
        ({"value": 0.0, "unit": "", "lower": None, "n": 0, "baseline": 40.3}, "0, against 40.3"),
        ({"value": 181.0, "unit": "s", "lower": None, "n": 0, "baseline": None}, "181 s"),
        ({"value": None, "lower": None, "n": 0}, "–, against 10.0 %"),
    ],
)
def test_a_number_that_is_not_known_is_not_zero(changes: dict[str, Any], said: str) -> None:
    assert numbers(replace(EPISODE, **changes)) == said


def test_lengths_of_time_are_in_the_unit_people_think_in() -> None:
    assert [lasting(span) for span in (-5, 59_000, 119 * 60_000, 3 * 3_600_000, 50 * 3_600_000)] == [
        "0 min", "0 min", "119 min", "3 h", "2 days",
    ]  # fmt: skip


def test_the_board_is_opened_at_the_time_and_channel_of_the_alert() -> None:
    """An alert of several channels, or of none, has no board of one channel."""
    assert board(story()).startswith("/d/touchpulse-channel?from=")
    assert board(story(scope={"channel": "phone in"})).endswith("&var-channel=phone%20in")
    assert board(story(scope={"channel": "app, web"})).startswith("/d/touchpulse-alerts?")
    assert board(story(scope={})).startswith("/d/touchpulse-alerts?")


class TestSilences:
    """Their life, as history keeps it."""

    SILENCE = Silence("s-7", "Kim", "till update", NOW_MS, NOW_MS + 3_600_000, "nps", {"channel": "app"})

    def test_a_step_carries_all_that_a_list_shows(self) -> None:
        made = silence_step(self.SILENCE, "made", at_ms=NOW_MS, seq=3)
        assert (made.kind, made.who, made.change.why, made.change.rule) == ("silence", "Kim", "till update", "nps")
        assert made.facts is not None
        assert (made.facts.since_ms, made.facts.until_ms, made.scope) == (
            NOW_MS,
            NOW_MS + 3_600_000,
            {"channel": "app"},
        )
        assert made.change.state == "firing"

    def test_everything_that_time_does_to_a_silence_has_a_step(self) -> None:
        """The reminder ends nothing, what ends it does."""
        silence = Silence(**{name: getattr(self.SILENCE, name) for name in Silence.__struct_fields__})
        found = turn([silence], NOW_MS + 1) + turn([silence], NOW_MS + 3_600_000)
        idle = Silence("s-8", "Lee", "x", NOW_MS, NOW_MS + 80 * 3_600_000, "nps")
        found += turn([idle], NOW_MS + 25 * 3_600_000)
        steps = [silence_step(one, what, at_ms=NOW_MS, seq=0) for what, one in found]
        assert [(step.change.state, step.change.why) for step in steps] == [
            ("firing", "it ends within the hour"),
            ("resolved", "its time was over"),
            ("resolved", "it matched nothing for a day"),
        ]

    def test_who_ends_one_is_named(self) -> None:
        step = silence_step(self.SILENCE, "ended", at_ms=NOW_MS, seq=0, by="Lee")
        assert (step.who, step.change.why) == ("Lee", "ended by Lee")

    @pytest.mark.parametrize(
        ("rule", "scope", "quiet"),
        [
            ("", {"channel": "app"}, True),
            ("channel-worsens", {}, True),
            ("nps", {}, False),
            ("", {"stage": "use"}, False),
        ],
    )
    def test_what_it_matches_is_what_the_engine_holds(self, rule: str, scope: dict[str, str], quiet: bool) -> None:
        from streams.pure.alerting.silences import matching

        told = SilenceTold("s", "Kim", "x", rule, scope, "", NOW_MS - 1, NOW_MS + 1, None, "", None, 0)
        engines = Silence("s", "Kim", "x", NOW_MS - 1, NOW_MS + 1, rule, scope)
        assert told.matches(EPISODE) is quiet
        assert (matching([engines], EPISODE.rule, EPISODE.scope, NOW_MS) is not None) is quiet
