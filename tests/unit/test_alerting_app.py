"""The alert engine at work: what it says, what it keeps, and what a crash or other rules make of that."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.apps.alerting import Alerting
from streams.edges.alert_state import CHUNK_BYTES, Snapshot, keyed, latest
from streams.edges.errors import FileError
from streams.edges.settings import Settings
from streams.pure.alerting.engine import State
from streams.pure.alerting.inputs import Act, Row, Silencing, Single
from streams.pure.alerting.merging import Merging
from streams.pure.alerting.messages import ChangeMessage, Closed, PageMessage, Producers
from streams.pure.alerting.silences import Silence
from streams.pure.cells import AlertMessage, Message, decode

T0 = 1_700_000_000_000 - 1_700_000_000_000 % 60_000
S = 10_000
GOAL = """
version: 1
rules:
  - {name: below-goal, kind: level, metric: csat, scale: csat-1-5, scope: {channel: each}, below: 85, window_h: 1,
     min_n: 20, severity: {wake_from: 1}, receivers: [ops]}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(GOAL)
    return path


class At:
    """An engine, and the clock and log it lives by."""

    def __init__(self, rules: Path, kept: Snapshot | None = None) -> None:
        self.now_ms = T0
        self.app = Alerting(Settings(rules_path=rules), lambda: self.now_ms)
        self.app.restore(kept, upto=kept.upto if kept else 0)

    def hear(self, log: list[Message], start: int = 0) -> None:
        for offset in range(start, len(log)):
            message = log[offset]
            self.now_ms = max(self.now_ms, getattr(message, "end_ms", self.now_ms))
            self.app.take(message, offset)  # type: ignore[arg-type]

    def said(self) -> list[Message]:
        return [decode(value) for topic, _, _, value in self.app.due() if topic == "alerts"]


def pages(said: list[Message]) -> list[PageMessage]:
    return [message for message in said if isinstance(message, PageMessage)]


def slices(count: int, point: int, n: int = 5, first: int = 0) -> list[Message]:
    return [
        Closed(0, 1, number, T0 + number * S, T0 + (number + 1) * S, 0, 1,
               [Row("app", "", "", "", "", "", "csat", "csat-1-5", [(point, n)])])
        for number in range(first, first + count)
    ]  # fmt: skip


def test_a_missed_goal_becomes_history_a_record_and_a_page_for_its_receivers(rules: Path) -> None:
    at = At(rules)
    at.hear(slices(30, 1))
    said = at.said()
    (page,) = pages(said)
    assert (page.page.rule, page.page.scope, page.receivers) == ("below-goal", {"channel": "app"}, ["ops"])
    changes = [message for message in said if isinstance(message, ChangeMessage)]
    assert [change.change.state for change in changes][:2] == ["firing", "firing"]
    assert changes[0].facts is not None
    assert changes[0].facts.n >= 20
    record = [message for message in said if isinstance(message, AlertMessage)][-1]
    assert (record.alert_id, record.state, record.channel) == (page.page.alert_id, "firing", "app")
    assert record.reason.startswith("app: CSAT is ")


@pytest.mark.parametrize("cut", [3, 8, 14, 33])
def test_whoever_takes_over_says_the_same_with_the_same_ids(rules: Path, cut: int) -> None:
    """State is kept after some message; the crash comes ten messages later."""
    log = [*slices(30, 1), *slices(500, 5, n=20, first=30)]
    whole = At(rules)
    whole.hear(log)
    at = At(rules)
    at.hear(log[:cut])
    at.app._written = (0.0, -1)
    before = at.said()
    kept = latest((key or b"", value) for _, _, key, value in at.app.snapshot())
    assert kept is not None
    assert kept.upto == cut
    heir = At(rules, kept)
    heir.hear(log)  # from its beginning: what the state holds must change nothing
    said = before + heir.said()
    assert said == whole.said()
    assert [page.page.send for page in pages(said)] == ["page", "resolve"]


def test_a_snapshot_broken_off_leaves_the_one_before_whole() -> None:
    state = State(passed_over=7, beats={str(number): number for number in range(60_000)})
    one = keyed(Snapshot(5, "", state, Merging(), generation=1))
    assert len(one) > 2, "several chunks"
    two = keyed(Snapshot(9, "", State(passed_over=8), Merging(), generation=2))
    three = keyed(Snapshot(11, "", State(beats=state.beats, passed_over=9), Merging(), generation=3))
    assert latest([]) is None
    for broken in range(len(three) - 1):
        found = latest([*one, *two, *three[:broken]])
        assert found is not None
        # What compaction leaves of the log: the last record of each key, where it lay.
        kept = [*one, *two, *three[:broken]]
        last = {key: place for place, (key, _) in enumerate(kept)}
        compacted = latest(record for place, record in enumerate(kept) if last[record[0]] == place)
        assert compacted is not None
        assert (found.upto, compacted.upto, found.state.passed_over) == (9, 9, 8)
    whole = latest([*one, *two, *three])
    assert whole is not None
    assert whole.upto == 11
    assert max(len(value) for _, value in one) <= CHUNK_BYTES


def test_state_is_kept_after_what_it_led_to_and_not_all_the_time(rules: Path) -> None:
    at = At(rules)
    assert at.app.snapshot() == []
    at.hear(slices(1, 1))
    assert at.app.snapshot() != []
    at.hear(slices(2, 1), start=1)
    assert at.app.snapshot() == [], "a minute has to pass"


async def test_changed_rules_are_taken_over_and_what_stood_of_them_is_ended(rules: Path) -> None:
    at = At(rules)
    at.hear(slices(30, 1))
    assert pages(at.said())
    rules.write_text(GOAL.replace("below: 85", "below: 86"))  # noqa: ASYNC240  nobody waits
    at.app._rules_read_s = 0.0
    await at.app.keep_rules()
    said = at.said()
    (page,) = pages(said)
    assert (page.page.send, page.page.reason) == ("resolve", "its rule was changed or taken away")
    at.hear(slices(60, 1), start=30)
    assert [one.page.rule for one in pages(at.said())] == ["below-goal"], "the new rule watches anew"


async def test_a_wrong_file_changes_nothing_and_says_why_once(rules: Path, caplog: pytest.LogCaptureFixture) -> None:
    at = At(rules)
    rules.write_text(GOAL.replace("below:", "bellow:"))  # noqa: ASYNC240  nobody waits
    for _ in range(3):
        at.app._rules_read_s = 0.0
        await at.app.keep_rules()
    (record,) = caplog.records
    assert "line 4" in record.message
    assert "did you mean 'below'" in record.message
    at.hear(slices(30, 1))
    assert pages(at.said()), "the rules before are in force"


def test_a_worker_does_not_start_with_wrong_rules(rules: Path) -> None:
    rules.write_text("version: 1\nrules: []\n")
    with pytest.raises(FileError, match=r"rules\.yaml, line 2, rules"):
        At(rules)


def test_rules_changed_while_nobody_ran_end_what_stood_of_them(rules: Path) -> None:
    at = At(rules)
    at.hear(slices(30, 1))
    at.app._written = (0.0, -1)
    kept = latest((key or b"", value) for _, _, key, value in at.app.snapshot())
    rules.write_text(GOAL.replace("below-goal", "another"))
    heir = At(rules, kept)
    (page,) = pages(heir.said())
    assert (page.page.send, page.page.rule) == ("resolve", "below-goal")


def test_acknowledged_is_a_step_and_useful_is_a_word_on_it(rules: Path) -> None:
    at = At(rules)
    at.hear(slices(30, 1))
    (page,) = pages(at.said())
    at.app.take(Act(T0, "acknowledge", page.page.alert_id, "ops-1"), 100)
    at.app.take(Act(T0, "useful", page.page.alert_id, "ops-1"), 101)
    at.app.take(Act(T0, "acknowledge", "no-such-alert", "ops-1"), 102)
    changes = [message for message in at.said() if isinstance(message, ChangeMessage)]
    assert [(one.change.state, one.said, one.who) for one in changes] == [
        ("acknowledged", "", ""),
        ("resolved", "useful", "ops-1"),
    ]


def test_a_silence_keeps_it_quiet_and_one_without_owner_is_refused(
    rules: Path, caplog: pytest.LogCaptureFixture
) -> None:
    at = At(rules)
    silence = Silence("s1", "ops-1", "works on the checkout", T0, T0 + 3_600_000, rule="below-goal")
    at.app.take(Silencing(T0, Silence("s0", "", "x", T0, T0 + 1, rule="below-goal")), 0)
    at.app.take(Silencing(T0, silence), 1)
    at.hear([*[Producers(0, T0, T0, [])] * 2, *slices(30, 1)], start=2)
    said = at.said()
    assert pages(said) == []
    steps = [one for one in said if isinstance(one, ChangeMessage)]
    assert any(one.kind == "level" and one.change.held == "silenced" for one in steps)
    (made,) = [one for one in steps if one.kind == "silence"]
    assert (made.change.alert_id, made.change.why, made.who) == ("s1", "works on the checkout", "ops-1")
    at.app.take(Silencing(T0, Silence("s1", "ops-2", "x", T0, T0 + 1), end=True), 100)
    at.app.take(Silencing(T0, Silence("s1", "ops-2", "x", T0, T0 + 1), end=True), 101)
    over = [one for one in at.said() if isinstance(one, ChangeMessage) and one.kind == "silence"]
    assert [(one.change.state, one.change.why) for one in over] == [("resolved", "ended by ops-2")]
    assert "needs an owner and a reason" in caplog.text


def test_a_bad_answer_that_rules_ask_for_pages_at_once_and_once(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(
        "version: 1\nrules:\n  - {name: gold, kind: bad_answer, metric: csat, scale: csat-1-5, segments: [gold]}\n"
    )
    at = At(path)
    row = Row("app", "", "pay", "", "gold", "shop", "csat", "csat-1-5", [(1, 1)])
    for offset in range(3):
        at.app.take(Single("shop:1", T0, row, []), offset)
    assert len(pages(at.said())) == 1


def test_time_alone_tells_that_scores_are_late(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("version: 1\nrules:\n  - {name: late, kind: late, after_s: 60}\n")
    at = At(path)
    at.hear(slices(2, 5))
    at.app.tick()
    assert pages(at.said()) == []
    at.now_ms += 120_000
    at.app.tick()
    assert pages(at.said()) == [], "it may be catching up"
    at.now_ms += 60_000
    at.app.tick()
    (page,) = pages(at.said())
    assert (page.page.kind, page.page.since_ms) == ("late", T0 + 2 * S)
