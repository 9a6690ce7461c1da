"""The engine: what pages, what waits, what is told together."""

from __future__ import annotations

import random
from typing import Any

import pytest

from streams.pure.alerting.engine import Engine, Step
from streams.pure.alerting.inputs import Act, Row, Silencing, Single, Slice, Tick
from streams.pure.alerting.rules import RuleFile
from streams.pure.alerting.silences import Silence
from streams.pure.alerting.words import told

HOUR_MS = 3_600_000
MONDAY = 1_767_571_200_000
WORSE = {"name": "worse", "kind": "worsening", "metric": "csat", "scale": "csat-1-5", "scope": {"channel": "each"}}


def engine(*rules: dict[str, Any], **more: Any) -> Engine:
    return Engine(RuleFile.model_validate({"version": 1, "rules": list(rules), **more}))


def row(channel: str, touchpoint: str, bad: int, n: int, **more: str) -> Row:
    names = {"stage": "", "location": "", "segment": "", "producer": "p", **more}
    return Row(
        channel, names["stage"], touchpoint, names["location"], names["segment"], names["producer"],
        "csat", "csat-1-5", [(1, bad), (5, n - bad)],
    )  # fmt: skip


def live(
    target: Engine, first_h: float, hours: float, shares: dict[str, float], *, seed: int = 1, touchpoint: str = "pay"
) -> list[Step]:
    """Ten answers every ten minutes of each channel."""
    rnd, steps = random.Random(f"{seed}{first_h}"), []
    for index in range(round(hours * 6)):
        start = MONDAY + round(first_h * HOUR_MS) + index * 600_000
        rows = [
            row(name, touchpoint, sum(rnd.random() < share for _ in range(10)), 10) for name, share in shares.items()
        ]
        steps += target.handle(Slice(start, start + 10_000, rows))
    return steps


def sent(steps: list[Step]) -> list[tuple[str, str]]:
    return [(step.page.rule, step.page.send) for step in steps if step.page]


def test_a_drop_pages_once_says_what_fell_and_tells_its_end() -> None:
    target = engine(WORSE)
    live(target, 0, 240, {"app": 0.1})
    steps = live(target, 240, 6, {"app": 0.5})
    assert sent(steps) == [("worse", "page")]
    page = next(step.page for step in steps if step.page)
    assert page.scope == {"channel": "app"}
    assert page.value is not None
    assert page.baseline is not None
    assert page.value > 25 > 15 > page.baseline
    assert page.harm > 3
    assert page.contributors[0].name == "pay"
    assert sent(live(target, 246, 12, {"app": 0.1})) == [("worse", "resolve")]
    headline, body = told(page)
    assert "app: bad CSAT answers rose from" in headline
    assert "Mostly: pay" in body
    assert "app:CSAT 差评率从" in told(page, "zh")[0]


def test_what_happens_in_several_channels_at_once_is_one_page() -> None:
    target = engine(WORSE, wait_s=1_800)
    live(target, 0, 240, {"app": 0.1, "web": 0.1, "store": 0.1})
    steps = live(target, 240, 3, {"app": 0.6, "web": 0.6, "store": 0.1})
    pages = [step.page for step in steps if step.page]
    assert [len(page.members) for page in pages] == [2]


def test_a_channel_that_pages_holds_its_touchpoints() -> None:
    part = {**WORSE, "name": "part", "scope": {"channel": "each", "touchpoint": "each"}}
    target = engine(WORSE, part)
    live(target, 0, 240, {"app": 0.1})
    steps = live(target, 240, 3, {"app": 0.6})
    assert sent(steps) == [("worse", "page")]
    assert any(step.change.held == "inhibited" for step in steps)


def test_little_harm_is_a_ticket_and_grows_into_a_page() -> None:
    target = engine({**WORSE, "severity": {"wake_from": 60.0, "ahead_h": 0.1}})
    live(target, 0, 240, {"app": 0.1})
    assert sent(live(target, 240, 1, {"app": 0.5})) == [("worse", "ticket")]
    assert sent(live(target, 241, 6, {"app": 0.5})) == [("worse", "page")]


def test_a_late_pipeline_holds_what_it_makes_doubtful_and_lets_it_go_after() -> None:
    target = engine(WORSE, {"name": "late", "kind": "late", "after_s": 60})
    live(target, 0, 240, {"app": 0.1})
    now = MONDAY + 240 * HOUR_MS
    assert sent(target.handle(Tick(now, now - 600_000))) == [], "it may be catching up"
    assert sent(target.handle(Tick(now + 60_000, now - 600_000))) == [("late", "page")]
    assert sent(live(target, 240, 1, {"app": 0.6})) == []
    steps = [step for _ in range(3) for step in target.handle(Tick(now + HOUR_MS, now + HOUR_MS))]
    assert sent(steps) == [("late", "resolve"), ("worse", "page")]


def test_a_silence_keeps_a_page_back_until_it_ends() -> None:
    target = engine(WORSE)
    live(target, 0, 240, {"app": 0.1})
    start = MONDAY + 240 * HOUR_MS
    target.handle(Silencing(start, Silence("s", "me", "works", start, start + HOUR_MS, "worse")))
    assert sent(live(target, 240, 1, {"app": 0.6})) == []
    steps = target.handle(Tick(start + HOUR_MS, start + HOUR_MS))
    assert sent(steps) == [("worse", "page")]
    page = next(step.page for step in steps if step.page)
    assert page.silence_ended == "me, works"


def test_mute_times_are_local_and_a_standing_alert_is_sent_at_their_end() -> None:
    """Six in the morning in Berlin is five UTC in January."""
    target = engine({**WORSE, "mute": {"mon-sun": "00:00-06:00"}}, zone="Europe/Berlin")
    live(target, 0, 240, {"app": 0.1})
    assert sent(live(target, 240, 4.9, {"app": 0.6})) == []
    assert sent(live(target, 245, 0.5, {"app": 0.6})) == [("worse", "page")]


def test_a_rule_in_shadow_records_what_it_would_have_paged() -> None:
    target = engine({**WORSE, "shadow": True})
    live(target, 0, 240, {"app": 0.1})
    pages = [step.page for step in live(target, 240, 3, {"app": 0.6}) if step.page]
    assert [(page.send, page.shadow) for page in pages] == [("page", True)]


def test_repeats_are_exact_and_stop_when_somebody_has_it() -> None:
    target = engine({**WORSE, "repeat_h": 1.0})
    live(target, 0, 240, {"app": 0.1})
    first = next(step.page for step in live(target, 240, 1, {"app": 0.6}) if step.page)
    at = [step.change.at_ms for step in live(target, 241, 3, {"app": 0.6}) if step.change.send == "repeat"]
    assert [round((time - first.at_ms) / HOUR_MS, 2) for time in at][:2] == [1.0, 2.0]
    target.handle(Act(MONDAY + 244 * HOUR_MS, "acknowledge", first.alert_id, "on-call"))
    assert sent(live(target, 244, 3, {"app": 0.6})) == []


def test_the_same_bad_answer_is_told_once() -> None:
    target = engine({"name": "bad", "kind": "bad_answer", "metric": "csat", "scale": "csat-1-5", "words": ["smoke"]})
    answer = Single("1", MONDAY, row("app", "pay", 1, 1), ["smoke"])
    answer.row.bins = [(1, 1)]
    assert sent(target.handle(answer)) == [("bad", "ticket")]
    assert sent(target.handle(answer)) == []
    answer.words, answer.id = ["slow"], "2"
    assert sent(target.handle(answer)) == []


def test_a_heartbeat_beats_with_the_same_ids_for_whoever_beats() -> None:
    rule = {"name": "alive", "kind": "heartbeat", "every_s": 60}
    one, other = engine(rule), engine(rule)
    ids = [[step.page.id for step in each.handle(Tick(MONDAY + 61_000, MONDAY)) if step.page] for each in (one, other)]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 1
    assert one.handle(Tick(MONDAY + 62_000, MONDAY)) == []


@pytest.mark.parametrize("number", ["net_experience", "score", "bad_share"])
def test_a_level_needs_answers_and_certainty_to_begin_and_to_end(number: str) -> None:
    goal = {"above": 20.0} if number == "bad_share" else {"below": 60.0}
    target = engine({
        "name": "level", "kind": "level", "metric": "csat", "scale": "csat-1-5", "number": number, "min_n": 50, **goal,
    })  # fmt: skip
    assert sent(live(target, 0, 0.5, {"app": 0.6})) == []
    assert sent(live(target, 1, 2, {"app": 0.6})) == [("level", "page")]
    assert sent(live(target, 3, 4, {"app": 0.02})) == [("level", "resolve")]
