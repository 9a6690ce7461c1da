"""The life of an alert: states, silences, what is sent and under which id."""

from __future__ import annotations

import pytest

from streams.pure.alerting import life
from streams.pure.alerting.silences import IDLE_MS, Silence, SilenceError, checked, matching, turn

HOUR_MS = 3_600_000


def firing() -> life.Alert:
    alert = life.begin("r", ("app",), began_ms=1_000, now_ms=2_000, last=None)
    life.fire(alert, 2_000, "bad")
    return alert


def test_ids_say_what_an_alert_is_about_whoever_computes_them() -> None:
    assert firing().id == firing().id
    assert life.alert_id("r", ("app",), 1_000) != life.alert_id("r", ("app",), 1_001)
    assert life.alert_id("r", ("a", "b"), 1) != life.alert_id("r", ("ab",), 1)


def test_an_alert_ends_only_after_enough_slices_in_a_row() -> None:
    alert = firing()
    life.send(alert, "page", 3_000, "bad")
    assert life.clear(alert, 4_000, needed=3, why="") is not None
    assert alert.state == "recovering"
    life.unsure(alert, 5_000)
    assert alert.state == "firing"
    ends = [life.clear(alert, 6_000 + step, needed=3, why="over") for step in range(3)]
    assert ends[2] is not None
    assert (ends[2].state, ends[2].send) == ("resolved", "resolve")


def test_a_breach_while_recovering_is_the_same_alert_and_no_new_page() -> None:
    alert = firing()
    life.clear(alert, 3_000, needed=3, why="")
    change = life.fire(alert, 4_000, "bad again")
    assert change is not None
    assert (change.state, change.send, change.alert_id) == ("firing", "", alert.id)


def test_who_acknowledged_is_not_told_again() -> None:
    alert = firing()
    life.send(alert, "page", 3_000, "bad")
    life.acknowledge(alert, 4_000, "on-call")
    assert alert.state == "acknowledged"
    assert not life.repeat_due(alert, 99 * HOUR_MS, HOUR_MS)


def test_an_alert_soon_after_the_last_is_a_flap() -> None:
    last = firing()
    last.changed_ms = HOUR_MS
    assert life.begin("r", ("app",), began_ms=0, now_ms=2 * HOUR_MS, last=last).flaps == 1
    assert life.begin("r", ("app",), began_ms=0, now_ms=99 * HOUR_MS, last=last).flaps == 0


@pytest.mark.parametrize(
    ("silence", "problem"),
    [
        pytest.param(Silence("1", "", "x", 0, 1, "r"), "owner", id="nobody"),
        pytest.param(Silence("1", "me", "x", 5, 5, "r"), "end", id="no-end"),
        pytest.param(Silence("1", "me", "x", 0, 99 * 24 * HOUR_MS, "r"), "30 days", id="for-ever"),
        pytest.param(Silence("1", "me", "x", 0, 1), "everything", id="everything"),
    ],
)
def test_a_silence_without_owner_end_or_limit_is_refused(silence: Silence, problem: str) -> None:
    with pytest.raises(SilenceError, match=problem):
        checked(silence)


def test_a_silence_matches_its_scope_reminds_and_ends() -> None:
    silence = Silence("1", "me", "works", 0, 10 * HOUR_MS, "r", {"channel": "app"})
    assert matching([silence], "r", {"channel": "app", "touchpoint": "x"}, HOUR_MS) is silence
    assert matching([silence], "r", {"channel": "web"}, HOUR_MS) is None
    assert [what for what, _ in turn([silence], 9 * HOUR_MS + 1)] == ["reminder"]
    assert [what for what, _ in turn([silence], 10 * HOUR_MS)] == ["ended"]
    assert turn([silence], 11 * HOUR_MS) == []


def test_a_silence_that_keeps_nothing_quiet_ends_by_itself() -> None:
    silence = Silence("1", "me", "works", 0, 10 * IDLE_MS, "r")
    assert [what for what, _ in turn([silence], IDLE_MS)] == ["idle"]
    assert matching([silence], "r", {}, IDLE_MS) is None
