"""Windows under a flood of names: what is kept, what is told as `other`, and that every number stays exact."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.pure.cells import CellMessage, SeriesRow, SumRow
from streams.pure.counting import SLICE_MS
from streams.pure.members import FLOODS, Members, level
from streams.pure.sums import Ints
from streams.pure.telling import numbers_of
from streams.pure.windows import Windows
from tests.unit.test_windows import ONE, T0, cell, channel_row, counted, mark

WIDTH_MS = 10_000


def named(
    slice_no: int, answers: dict[str, int], *, upto: int = 0, block: int = 0, channel: str = "web"
) -> CellMessage:
    """A cell of csat answers of 4, by location."""
    rows: list[SeriesRow] = [
        ("purchase", "checkout", name, "", "customer", "csat", "csat-1-5", [(4, n, n * ONE, n * ONE)])
        for name, n in answers.items()
    ]
    return CellMessage("log", 0, block, WIDTH_MS, T0 + WIDTH_MS * slice_no, channel, 0, "w", 1, upto, rows)


def locations(windows: Windows, slice_no: int, length_ms: int = 60_000, channel: str = "web") -> dict[str, int]:
    """Answers by location of the window that ends with a slice, without those nobody answered."""
    rows = windows.sums(length_ms, T0 + WIDTH_MS * (slice_no + 1))
    return {row.member: row.n for row in rows if row.dimension == "location" and row.channel == channel and row.n}


def flooded(windows: Windows, slices: range, names: int = 300, answers: dict[str, int] | None = None) -> None:
    """Each slice brings so many names never seen before, beside those given."""
    for slice_no in slices:
        junk = {f"order-{slice_no}-{number}": 1 for number in range(names)}
        windows.apply(named(slice_no, {**(answers or {}), **junk}, block=slice_no))
        windows.expire(T0 + WIDTH_MS * slice_no)


def test_a_window_nobody_asked_for_forgets_expired_slices_too() -> None:
    """A worker that slept must not keep adding up what it no longer holds."""
    windows = Windows(WIDTH_MS, [20_000])
    windows.apply(cell(0, n=7))
    assert counted(windows, 0) == 7
    windows.expire(T0 + 10 * WIDTH_MS)
    assert counted(windows, 10) == 0


def test_answers_off_their_scale_are_passed_over_with_a_reason() -> None:
    """One odd cell must not stop the worker again and again, nor hide the sound answers beside it."""
    windows = Windows(WIDTH_MS, [20_000])
    odd = cell(0, n=2)
    odd.series[0][7].extend([(6, 1, ONE, ONE), (0, 1, ONE, ONE), (10**30, 1, ONE, ONE)])
    windows.apply(odd)
    assert counted(windows, 0) == 2
    assert windows.ignored == {"answers off their scale": 3}


@pytest.mark.parametrize("bins", [(5, -1, ONE, ONE), (5, 10**12, ONE, ONE), (5, 1, -1, ONE), (5, 1, ONE, 10**25)])
def test_counts_that_cannot_be_are_passed_over_with_a_reason(bins: tuple[int, int, int, int]) -> None:
    windows = Windows(WIDTH_MS, [20_000])
    odd = cell(0, n=2)
    odd.series[0][7].append(bins)
    windows.apply(odd)
    assert counted(windows, 0) == 2
    assert windows.ignored == {"impossible counts": 1}


def test_cells_of_impossible_times_are_not_kept() -> None:
    """A slice of next year would stay for a year; one between two slices would never leave."""
    windows = Windows(WIDTH_MS, [20_000])
    crooked, ahead = cell(0), cell(40_000)
    crooked.slice_ms += 1
    windows.apply(crooked, ahead, now_ms=T0)
    assert windows._slices == {}
    assert windows.ignored == {"a cell at an impossible time": 2}


def test_a_settled_block_takes_no_cell_that_was_never_seen() -> None:
    """All its cells were told before the marks that settled it; another one can only be a mistake."""
    windows = Windows(WIDTH_MS, [20_000])
    windows.apply(cell(0, n=4))
    for block in range(4):
        windows.mark(mark(block=block))
    windows.apply(cell(1, n=5))
    assert counted(windows, 1) == 4


def test_memory_under_a_flood_depends_on_what_is_kept_not_on_what_was_sent() -> None:
    windows = Windows(WIDTH_MS, [60_000], max_members=50)
    flooded(windows, range(5))
    early = len(windows.members)
    flooded(windows, range(5, 60))
    assert len(windows.members) <= early + 10
    assert early < 4 * 50


def test_names_that_come_no_more_are_given_back() -> None:
    """Otherwise each store that ever closed would cost memory and time for ever."""
    windows = Windows(WIDTH_MS, [60_000])
    for slice_no in range(50):
        windows.apply(named(slice_no, {f"pop-up-{slice_no}-{number}": 1 for number in range(100)}))
        windows.tell(60_000, T0 + WIDTH_MS * (slice_no + 1), final=False, channels_too=True, limit=1_000)
        windows.expire(T0 + WIDTH_MS * slice_no)
    assert len(windows.members) < 12 * 100


def test_silence_is_told_before_a_name_is_given_back() -> None:
    windows = Windows(WIDTH_MS, [20_000])
    windows.apply(named(0, {"a": 3}))
    told = []
    for slice_no in range(12):
        end_ms = T0 + WIDTH_MS * (slice_no + 1)
        rows = windows.tell(20_000, end_ms, final=False, channels_too=False, limit=100).rows
        told += [row.n for row in rows if row.member == "a"]
        windows.expire(end_ms - 1)
    assert told == [3, 0]
    assert windows.members.groups_of("location", "web") == []


def test_parts_add_up_to_the_channel_under_a_flood() -> None:
    windows = Windows(WIDTH_MS, [60_000], max_members=20)
    flooded(windows, range(20), answers={"berlin": 5})
    found = locations(windows, 19)
    row = next(row for row in windows.sums(60_000, T0 + 20 * WIDTH_MS) if row.dimension == "channel")
    assert sum(found.values()) == row.n == 6 * 305


def test_real_stores_keep_their_names_and_numbers_through_a_flood() -> None:
    """Invented names have few answers each: those with most stay apart, and each number told is exact."""
    windows = Windows(WIDTH_MS, [60_000], max_members=20)
    stores = {f"store-{number}": 2 + number for number in range(10)}
    flooded(windows, range(30), answers=stores)
    found = locations(windows, 29)
    assert {name: n for name, n in found.items() if name.startswith("store")} == {
        name: 6 * n for name, n in stores.items()
    }


def test_a_store_that_opens_during_a_flood_is_told_once_a_window_holds_all_of_its_answers() -> None:
    windows = Windows(WIDTH_MS, [60_000], max_members=20)
    flooded(windows, range(20))
    flooded(windows, range(20, 21), names=0, answers={"new": 9})
    told = {}
    for slice_no in range(21, 32):
        flooded(windows, range(slice_no, slice_no + 1), answers={"new": 9})
        told[slice_no] = locations(windows, slice_no).get("new")
    assert {n for n in told.values() if n is not None} == {54}, "never told with a part of its answers"
    assert told[31] == 54


def test_once_named_a_member_does_not_flicker() -> None:
    """Names of equal size: who is there stays, whoever else comes, though it would be first by name."""
    windows = Windows(WIDTH_MS, [60_000], max_members=10)
    stores = {f"store-{number}": 1 for number in range(10)}
    for slice_no in range(30):
        flooded(windows, range(slice_no, slice_no + 1), 100 if slice_no > 6 else 0, {} if slice_no % 6 else stores)
        assert sum(name.startswith("store") for name in locations(windows, slice_no)) == 10


def test_a_member_that_had_a_score_of_its_own_is_told_to_be_gone() -> None:
    windows = Windows(WIDTH_MS, [60_000], max_members=3)
    windows.apply(named(0, {"tiny": 1, "small": 2, "mid": 5}))
    assert len(windows.tell(60_000, T0 + WIDTH_MS, final=False, channels_too=True, limit=99).rows) == 6
    windows.apply(named(1, {"huge": 50}, block=1))
    windows.expire(T0 + WIDTH_MS)
    windows.apply(named(2, {"vast": 50}, block=2))
    windows.expire(T0 + 2 * WIDTH_MS)
    told = windows.tell(60_000, T0 + 3 * WIDTH_MS, final=False, channels_too=True, limit=99)
    assert {key[2] for key in told.gone} == {"tiny", "small"}
    assert told.others == {"web": {"location": 53}}, "newcomers are told as other until a window holds all of them"


def test_a_flood_in_one_channel_changes_no_number_of_another() -> None:
    quiet, loud = Windows(WIDTH_MS, [60_000], max_members=20), Windows(WIDTH_MS, [60_000], max_members=20)
    shop = {f"shop-{number}": 1 for number in range(15)}
    for slice_no in range(20):
        flooded(loud, range(slice_no, slice_no + 1))
        for windows in (quiet, loud):
            windows.apply(named(slice_no, shop, channel="app", block=100 + slice_no))
            windows.expire(T0 + WIDTH_MS * slice_no)
    assert locations(loud, 19, channel="app") == locations(quiet, 19, channel="app") == dict.fromkeys(shop, 6)


def test_where_many_channels_are_flooded_small_ones_stay_whole() -> None:
    windows = Windows(WIDTH_MS, [60_000], max_members=20)
    for slice_no in range(10):
        if slice_no >= 4:
            windows.apply(named(slice_no, {"till-1": 3, "till-2": 3}, channel="small", block=slice_no))
        for flood in range(3 * FLOODS):
            junk = {f"{flood}-{slice_no}-{number}": 1 for number in range(100)}
            windows.apply(named(slice_no, junk, channel=f"c{flood}", block=slice_no))
        windows.expire(T0 + WIDTH_MS * slice_no)
    assert locations(windows, 9, channel="small") == {"till-1": 18, "till-2": 18}
    assert len(windows.members) < 10 * FLOODS * 20


def test_rows_left_over_follow_and_quiet_channels_come_first() -> None:
    windows = Windows(WIDTH_MS, [60_000])
    windows.apply(named(0, {f"s{number}": 1 for number in range(500)}, channel="loud"))
    windows.apply(named(0, {"a": 1, "b": 1}, channel="quiet"))
    end_ms = T0 + WIDTH_MS
    first = windows.tell(60_000, end_ms, final=False, channels_too=False, limit=100)
    assert not first.whole
    assert first.members == 100
    assert {row.member for row in first.rows if row.channel == "quiet" and row.dimension == "location"} == {"a", "b"}
    seen = Counter(row.member for row in first.rows if row.dimension == "location")
    while True:
        told = windows.tell(60_000, end_ms, final=False, channels_too=False, limit=100)
        seen.update(row.member for row in told.rows if row.dimension == "location")
        if told.whole:
            break
    assert len(seen) == 502
    assert set(seen.values()) == {1}, "each row once, as long as nothing changes"
    assert windows.tell(60_000, end_ms, final=False, channels_too=False, limit=100).rows == []


def test_totals_hold_the_largest_touchpoints_by_name_and_all_answers() -> None:
    windows = Windows(WIDTH_MS, [60_000])
    row = named(0, {"x": 1}).series[0]
    message = named(0, {})
    message.series = [(row[0], f"page-{n}", "", "", *row[4:7], [(4, n + 1, (n + 1) * ONE, ONE)]) for n in range(900)]
    windows.apply(message)
    told = windows.tell(
        60_000, T0 + WIDTH_MS, final=False, channels_too=True, limit=0, totals_of=("channel", "touchpoint")
    )
    rows = told.totals["web"]
    assert len(rows) <= 401
    whole = channel_row(windows, 0, 60_000)
    assert whole is not None
    summed = [sum(column) for column in zip(*(numbers_of(r) for r in rows if r.dimension == "touchpoint"), strict=True)]
    assert summed == numbers_of(whole)
    assert {f"page-{n}" for n in range(850, 900)} <= {r.member for r in rows}


@pytest.mark.parametrize(
    ("sizes", "total", "expected"),
    [
        pytest.param([3, 4], 10, 4, id="all-fit"),
        pytest.param([1, 50, 60], 21, 10, id="the-large-share-what-the-small-leave"),
        pytest.param([], 10, 0, id="nobody"),
    ],
)
def test_a_level_cuts_the_large_only(sizes: list[int], total: int, expected: int) -> None:
    assert level(sizes, total) == expected


def test_an_id_is_handed_out_again_only_when_nobody_holds_it() -> None:
    members = Members(2)
    tail = ("purchase", "checkout", "a", "", "customer", "csat", "csat-1-5")
    first = members.route("web", tail, T0)
    assert first is not None
    members.forget([group for group in first[:5] if group])
    again = members.route("web", tail, T0)
    assert again is not None
    assert members.keys[again[3]] == ("location", "web", "a", "csat", "csat-1-5")
    assert first[0] == again[0], "a channel keeps its id: its silence is told"


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**9), max_members=st.sampled_from([2, 5, 12]))
def test_whatever_is_folded_and_when_members_told_are_exact_and_parts_add_up(seed: int, max_members: int) -> None:
    """Cells are replaced, blocks settle, slices expire, names are folded: what is told is the truth, or `other`."""
    rnd = random.Random(seed)
    windows = Windows(WIDTH_MS, [30_000, 80_000], max_members)
    truth: dict[tuple[int, int], tuple[tuple[int, int], dict[str, int]]] = {}
    now = 0
    for step in range(100):
        now += rnd.random() < 0.3
        block = now // 4 + rnd.choice([0, 0, -1])
        slice_no = now - rnd.choice([0, 0, 1, 3])
        names = [f"real-{rnd.randrange(4)}" for _ in range(3)] + [f"junk-{rnd.randrange(10**6)}" for _ in range(4)]
        version, known = truth.get((block, slice_no), ((1, -1), {}))
        grown = Counter(known) + Counter(rnd.choices(names, k=rnd.randrange(1, 9)))
        settled = windows._settled.get(("log", 0), -1)
        if block > settled:
            truth[(block, slice_no)] = ((1, step), dict(grown))
        windows.apply(named(slice_no, dict(grown), upto=step, block=block))
        if rnd.random() < 0.1:
            windows.apply(named(slice_no, dict(known), upto=version[1], block=block))  # a frozen writer's old version
        if rnd.random() < 0.4:
            windows.mark(mark(block=now // 4))
        if rnd.random() < 0.3:
            windows.expire(T0 + WIDTH_MS * now)
        if rnd.random() < 0.5:
            check(windows, truth, now - rnd.choice([0, 0, 1]))
    check(windows, truth, now)


def check(
    windows: Windows, truth: dict[tuple[int, int], tuple[tuple[int, int], dict[str, int]]], slice_no: int
) -> None:
    for length_ms in (30_000, 80_000):
        expected: dict[str, int] = defaultdict(int)
        for (_, other), (_, answers) in truth.items():
            if slice_no - length_ms // WIDTH_MS < other <= slice_no:
                for name, n in answers.items():
                    expected[name] += n
        rows: list[SumRow] = list(windows.sums(length_ms, T0 + WIDTH_MS * (slice_no + 1)))
        told = {row.member: row.n for row in rows if row.dimension == "location" and row.n}
        assert sum(told.values()) == sum(expected.values())
        assert sum(row.n for row in rows if row.dimension == "channel") == sum(expected.values())
        assert {name: n for name, n in told.items() if name != "other"} == {
            name: expected[name] for name in told if name != "other"
        }
    answers: Ints = windows._answers
    assert (answers >= 0).all()


def test_a_new_process_tells_also_what_has_become_empty() -> None:
    """What a dead process said of a member last would stand for ever, long after its answers left the window."""
    windows = Windows(SLICE_MS, [20_000, 600_000])
    windows.apply(cell(0, location="berlin"))
    end_ms = windows.current_end_ms(T0 + 60_000)
    rows = windows.tell(20_000, end_ms, final=False, channels_too=False, limit=100).rows
    assert [(row.dimension, row.n) for row in rows if row.member == "berlin"] == [("location", 0)]
    assert windows.tell(20_000, end_ms, final=False, channels_too=False, limit=100).rows == []
