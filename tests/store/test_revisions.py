"""History that changes says so: what it was, what it became, when and why; once, whatever went wrong meanwhile."""

from __future__ import annotations

import pytest

from streams.edges import lanes
from streams.edges.lanes import recount_late
from streams.edges.revisions import FINE_SLICES, Revision, revisions, tell_late
from streams.edges.store import Store
from tests.kit.logs import event
from tests.store.test_lanes import HOUR_MS, store_answers

DAY_MS = 86_400_000


@pytest.fixture
def store(any_store: Store) -> Store:
    for table in ("revisions", "late_answers"):
        any_store.command(f"TRUNCATE TABLE {table}")
    return any_store


def told(store: Store) -> list[Revision]:
    return revisions(store, from_ms=HOUR_MS, to_ms=HOUR_MS + DAY_MS, metric="csat", scale="csat-1-5")


def changes(store: Store) -> list[tuple[int, str, int, int]]:
    """(slice within the hour in s, why, n before, n)."""
    return [((r.slice_ms - HOUR_MS) // 1000, r.why, r.n_before, r.n) for r in told(store)]


def test_a_late_answer_is_told_with_what_the_bar_was_and_what_it_became(store: Store) -> None:
    store_answers(store, "late", event("a", HOUR_MS + 1_000, score=1))
    recount_late(store, {HOUR_MS})
    store_answers(store, "import", event("b", HOUR_MS + 2_000, score=5), first_offset=7)
    recount_late(store, {HOUR_MS})
    first, second = told(store)
    assert (first.why, first.n_before, first.bad_before, first.n, first.bad) == ("late", 0, 0, 1, 1)
    assert (second.why, second.n_before, second.n, second.bad, second.top) == ("import", 1, 2, 1, 1)
    assert (first.channel, first.touchpoint, first.lane, first.width_s) == ("web", "checkout", "late", 10)
    assert first.revised_ms <= second.revised_ms


def test_a_recount_that_changes_nothing_tells_nothing(store: Store) -> None:
    """The same file imported again and again leaves one row."""
    for _ in range(3):
        store_answers(store, "import", event("a", HOUR_MS + 1_000))
        recount_late(store, {HOUR_MS, HOUR_MS + 10_000})
    assert changes(store) == [(0, "import", 0, 1)]
    assert store.rows("SELECT count() FROM revisions")[0][0] == 1


def test_an_answer_that_was_counted_live_too_is_told_as_having_left(store: Store) -> None:
    store_answers(store, "import", event("a", HOUR_MS + 1_000), topic="touchpoints.import")
    recount_late(store, {HOUR_MS})
    store_answers(store, "accepted", event("a", HOUR_MS + 1_000), first_offset=99)
    recount_late(store, {HOUR_MS})
    assert changes(store) == [(0, "import", 0, 1), (0, "live", 1, 0)]


def test_a_recount_interrupted_after_telling_is_told_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told first, written then: whoever takes over finds it told, and writes the bar."""
    store_answers(store, "late", event("a", HOUR_MS + 1_000))
    with monkeypatch.context() as broken:
        broken.setattr(lanes, "_recount_late_tier", _fail)
        with pytest.raises(InterruptedError):
            recount_late(store, {HOUR_MS})
    recount_late(store, {HOUR_MS})
    assert changes(store) == [(0, "late", 0, 1)]
    assert store.rows("SELECT sum(n) FROM panes_10s FINAL WHERE lane = 'late'")[0][0] == 1


def _fail(*_: object) -> None:
    raise InterruptedError


def test_two_recounts_at_once_tell_one_story(store: Store) -> None:
    """Both start from the bar as it was; the versions say which came upon the other's work."""
    store_answers(store, "late", event("a", HOUR_MS + 1_000))
    recount_late(store, {HOUR_MS})
    store_answers(store, "late", event("b", HOUR_MS + 1_000), first_offset=1)
    one = store.now_us()
    tell_late(store, [HOUR_MS // 1000], one)
    # The other one read the old state before the first had told, and sees one answer more.
    store_answers(store, "late", event("c", HOUR_MS + 1_000), first_offset=2)
    store.command(
        "INSERT INTO revisions SELECT * REPLACE (3 AS n, 3 AS top, version + 1 AS version, revised_at + "
        f"toIntervalMillisecond(1) AS revised_at) FROM revisions WHERE revisions.version = {one}"
    )
    # A third one came to the same as the second.
    store.command(
        "INSERT INTO revisions SELECT * REPLACE (version + 1 AS version, revised_at + toIntervalMillisecond(1) AS "
        f"revised_at) FROM revisions WHERE revisions.version = {one + 1}"
    )
    assert changes(store) == [(0, "late", 0, 1), (0, "late", 1, 2), (0, "late", 2, 3)]
    recount_late(store, {HOUR_MS})
    assert changes(store)[-1] == (0, "late", 2, 3)
    assert len(changes(store)) == 3


def test_an_answer_that_slips_in_between_telling_and_writing_is_told_by_its_own_recount(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the last thing told and the bar stored would differ for ever."""
    store_answers(store, "late", event("a", HOUR_MS + 1_000))
    write = lanes._recount_late_tier

    def slow(*arguments: object) -> None:
        store_answers(store, "late", event("b", HOUR_MS + 2_000), first_offset=1)
        write(*arguments)  # type: ignore[arg-type]  # as it was called

    with monkeypatch.context() as between:
        between.setattr(lanes, "_recount_late_tier", slow)
        recount_late(store, {HOUR_MS})
    recount_late(store, {HOUR_MS})
    assert changes(store) == [(0, "late", 0, 1), (0, "late", 1, 2)]


def test_very_many_slices_are_told_by_hour_and_channel(store: Store) -> None:
    """A survey of years must not fill the table with each of its answers; and what was told stays true afterwards."""
    many = FINE_SLICES + 40
    bodies = [event(f"e{n}", HOUR_MS + 10_000 * n, score=1 + n % 5, touchpoint=f"t{n % 7}") for n in range(many)]
    store_answers(store, "import", *bodies)
    recount_late(store, {HOUR_MS + 10_000 * number for number in range(many)})
    first, second = told(store)
    assert [(r.slice_ms, r.width_s, r.touchpoint, r.n_before, r.n) for r in (first, second)] == [
        (HOUR_MS, 3_600, "", 0, 360),
        (HOUR_MS + 3_600_000, 3_600, "", 0, 40),
    ]
    store_answers(store, "late", event("x", HOUR_MS + 5_000, touchpoint="t0"), first_offset=9_000)
    recount_late(store, {HOUR_MS})
    store_answers(store, "import", event("y", HOUR_MS + 5_000, touchpoint="t0"), first_offset=9_001)
    recount_late(store, {HOUR_MS + 10_000 * number for number in range(many)})
    # 361 and not 360: what the one slice was told to have gained is not told by the hour again.
    assert [(r.width_s, r.n_before, r.n) for r in told(store)[2:]] == [(10, 1, 2), (3_600, 361, 362)]


def test_a_receipt_asks_for_one_touchpoint_and_gets_what_was_told_of_all_together(store: Store) -> None:
    store_answers(store, "late", event("a", HOUR_MS + 1_000), event("b", HOUR_MS + 1_000, touchpoint="search"))
    recount_late(store, {HOUR_MS})
    asked = {"from_ms": HOUR_MS, "to_ms": HOUR_MS + 10_000, "metric": "csat", "scale": "csat-1-5"}
    assert [r.touchpoint for r in revisions(store, **asked, touchpoint="search")] == ["search"]
    assert len(revisions(store, **asked, channel="web")) == 2
    assert revisions(store, **asked, channel="app") == []
    assert revisions(store, **{**asked, "from_ms": HOUR_MS + 10_000, "to_ms": HOUR_MS + 20_000}) == []
